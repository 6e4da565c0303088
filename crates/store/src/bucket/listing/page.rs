//! One page of a listing. Keys under a common prefix are never walked: the scan seeks behind the prefix.

use crate::failure::Failure;
use crate::index::record::{self, Bucket, Object};
use crate::index::{Lookup, Next, OBJECTS, key};
use crate::store::Asked;

/// What a listing covers.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) prefix: String,
    /// Never empty: S3 reads an empty one as none.
    pub(crate) delimiter: Option<String>,
    pub(crate) most: usize,
}

impl Span {
    /// Reads `prefix`, `delimiter` and the parameter that bounds the page.
    pub(crate) fn read(asked: &Asked<'_>, bound: &str, most: usize) -> Result<Self, Failure> {
        Ok(Self {
            prefix: asked.query.value("prefix").unwrap_or_default().to_owned(),
            delimiter: asked.query.value("delimiter").filter(|text| !text.is_empty()).map(str::to_owned),
            most: asked.query.count(bound, most, most)?,
        })
    }

    /// The common prefix a key belongs to: up to the first delimiter behind the prefix.
    pub(crate) fn common_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        let rest = key.strip_prefix(self.prefix.as_str())?;
        let delimiter = self.delimiter.as_deref()?;
        let end = self.prefix.len() + rest.find(delimiter)? + delimiter.len();
        key.get(..end)
    }

    /// The first key that may be on a page behind `marker`. A marker that is a common prefix has been
    /// told already, with all keys under it.
    pub(crate) fn behind(&self, marker: &str) -> Vec<u8> {
        match self.common_prefix(marker) {
            Some(prefix) if prefix == marker => key::successor(marker.as_bytes()).unwrap_or_default(),
            _ if marker.is_empty() => Vec::new(),
            _ => [marker.as_bytes(), &[0]].concat(),
        }
    }
}

/// Where a page begins.
#[derive(Debug, Clone)]
pub(crate) enum Start {
    /// Behind a key or a common prefix.
    After(String),
    /// At these bytes.
    At(Vec<u8>),
}

/// One line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry<T> {
    Key(String, T),
    Prefix(String),
}

/// A page, and where the next one begins when there is more.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) entries: Vec<Entry<T>>,
    pub(crate) next: Option<Vec<u8>>,
}

impl<T> Page<T> {
    /// The name of the last entry.
    pub(crate) fn last(&self) -> Option<&str> {
        self.entries.last().map(|entry| match entry {
            Entry::Key(name, _) | Entry::Prefix(name) => name.as_str(),
        })
    }
}

/// Finds a page of objects. It reads an entry or seeks once for each line, and once more.
pub(crate) fn objects(
    lookup: &dyn Lookup,
    bucket: Bucket,
    span: &Span,
    start: Start,
) -> Result<Page<Object>, Failure> {
    let mut page = Page { entries: Vec::new(), next: None };
    if span.most == 0 {
        return Ok(page);
    }
    let from = match start {
        Start::After(marker) => span.behind(&marker),
        Start::At(place) => place,
    };
    let from = from.max(span.prefix.clone().into_bytes());
    let end = key::successor(span.prefix.as_bytes())
        .map_or_else(|| key::bucket_end(bucket.id), |end| key::object(bucket.id, &end));
    lookup.scan(OBJECTS, key::object(bucket.id, &from), Some(&end), &mut |at, stored| {
        let name = at.get(8..).unwrap_or_default();
        if page.entries.len() >= span.most {
            page.next = Some(name.to_vec());
            return Ok(Next::Stop);
        }
        let name = std::str::from_utf8(name).map_err(Failure::internal)?;
        match span.common_prefix(name) {
            None => {
                page.entries.push(Entry::Key(name.to_owned(), record::decode(stored)?));
                Ok(Next::Entry)
            }
            Some(prefix) => {
                page.entries.push(Entry::Prefix(prefix.to_owned()));
                let behind = key::successor(&key::object(bucket.id, prefix.as_bytes()));
                Ok(behind.map_or(Next::Stop, Next::Seek))
            }
        }
    })?;
    Ok(page)
}

//! Turning a store's listing into the client's names, without parsing it into a structure.
//!
//! ```text
//! store   <Name>usgs-landsat</Name><Prefix>collection02/a/</Prefix> … <Key>collection02/a/b.tif</Key>
//! client  <Name>landsat</Name>     <Prefix>a/</Prefix>              … <Key>a/b.tif</Key>
//! ```

mod role;

use super::alike::{Alike, Shape, behind};
use super::edits::{Edits, edited};
use super::error::XmlError;
use super::leaf::{Leaf, Spelling};
use super::names::Names;
use super::walk::{Piece, Walk};
use super::write::escape;
use brigade_sigv4::{percent_decode, percent_encode_path};
use bytes::Bytes;
use memchr::{memchr2, memmem};
use role::{Entry, Role, Text, role};
use std::borrow::Cow;

/// What stands in for the ids and names of owners: a store's account ids are nobody's business.
const OWNER: &str = "brigade";

/// What the client sent that a listing repeats.
#[derive(Debug, Clone, Copy, Default)]
pub struct Echo<'a> {
    /// Its `continuation-token`, decoded; `None` removes the element.
    pub continuation_token: Option<&'a str>,
    /// Its `prefix` and where it asked to begin, decoded, to be repeated instead of what the store repeats; `None` where the
    /// store repeats what the client asked in its own names.
    pub asked: Option<(&'a str, &'a str)>,
    /// The prefix that the store was asked for, in its own names: nothing else may be listed. Some stores overlook it.
    pub under: &'a str,
}

/// Whether a key, or with `true` a common prefix, of the client's is one that it can name.
pub type Only<'a> = &'a dyn Fn(&str, bool) -> bool;

/// Which listing a store was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListingKind {
    /// ListObjects.
    V1,
    /// ListObjectsV2.
    V2,
    /// ListMultipartUploads.
    Uploads,
    /// ListParts.
    Parts,
    /// ListObjectVersions.
    Versions,
}

impl ListingKind {
    const fn root(self) -> &'static str {
        match self {
            Self::V1 | Self::V2 => "ListBucketResult",
            Self::Uploads => "ListMultipartUploadsResult",
            Self::Parts => "ListPartsResult",
            Self::Versions => "ListVersionsResult",
        }
    }
}

/// Rewrites a store's listing into the client's names and leaves everything else as it is, byte for byte.
///
/// `only` says which entries the client can name, where not all: the others are removed. `seal` wraps the store's `NextContinuationToken` into one that only this bucket's listing accepts.
///
/// - `Name` and `Bucket` become `names.bucket`; owners become the constant `brigade`; Ceph's `Tenant` is removed.
/// - The mapping's prefix is taken off every key, common prefix and marker; in a document with `<EncodingType>url` it is
///   matched against the encoded spelling, and the rest stays encoded as it is.
/// - An entry that is the mapping's prefix itself (the folder marker of the mapping) is removed, and `KeyCount` corrected.
///   A listing that asks the store to start after the prefix never meets one. `StartAfter` that is the prefix is removed.
///
/// # Errors
/// [`XmlError::Foreign`] when a key or marker lies outside the mapping's prefix, or a key outside the one asked for; [`XmlError::StoreError`] for an `<Error>`;
/// [`XmlError::Stuck`] when removing the folder marker would leave a truncated page that cannot be continued; the others
/// when the document is not a whole listing of this kind.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html> and its siblings.
pub fn rewrite_listing(
    body: Bytes,
    kind: ListingKind,
    names: &Names<'_>,
    seal: impl Fn(&str) -> String,
    echo: &Echo<'_>,
    only: Option<Only<'_>>,
) -> Result<Bytes, XmlError> {
    let (document, ()) = edited(body, |text, edits| {
        let mut listing = Listing {
            names,
            echo,
            only,
            kind,
            spelling: spelling(text, kind)?,
            edits,
            entry: None,
            kept: 0,
            removed: 0,
            key_count: None,
            truncated: false,
            lost_marker: false,
        };
        listing.read(text, seal)?;
        Ok((listing.finish()?, ()))
    })?;
    Ok(document)
}

/// What has been read of a document, and what is to be changed in it.
struct Listing<'a> {
    names: &'a Names<'a>,
    echo: &'a Echo<'a>,
    only: Option<Only<'a>>,
    kind: ListingKind,
    spelling: Spelling,
    edits: Edits,
    entry: Option<OpenEntry>,
    kept: usize,
    removed: usize,
    /// The edit that writes the number, and what it is.
    key_count: Option<(usize, usize)>,
    truncated: bool,
    /// A marker was the mapping's prefix itself, which is nothing in the client's names.
    lost_marker: bool,
}

/// The entry being read.
struct OpenEntry {
    entry: Entry,
    /// Where it begins, and its first edit.
    begin: usize,
    first: usize,
    kept: usize,
    removed: usize,
}

impl Listing<'_> {
    fn read(&mut self, text: &str, seal: impl Fn(&str) -> String) -> Result<(), XmlError> {
        let mut walk = Walk::rooted_in(text, &[self.kind.root()])?;
        let shaped = self.is_plain();
        let mut shape = None;
        loop {
            if let Some(shape) = shape.as_ref().filter(|_| walk.path().len() == 1) {
                walk.pass(self.alike(shape, walk.place(), walk.rest()));
            }
            let place = walk.place();
            let Some(step) = walk.next()? else { return Ok(()) };
            match step.piece {
                Piece::Open(tag) | Piece::Empty(tag) => {
                    let opened = matches!(step.piece, Piece::Open(_));
                    match role(walk.path(), opened, tag.local, self.kind) {
                        Role::Copied => {}
                        Role::Entry(entry) if opened => {
                            let first = self.edits.len();
                            self.entry = Some(OpenEntry { entry, begin: place, first, kept: 0, removed: 0 });
                        }
                        Role::Entry(Entry::Item) => return Err(XmlError::Missing("Key")),
                        Role::Entry(Entry::Prefixes) => {}
                        Role::Text(role) => {
                            let empty = !opened;
                            let leaf = if empty { Leaf::empty(tag, walk.place()) } else { walk.leaf(tag)? };
                            self.text(role, &leaf, &seal)?;
                        }
                    }
                }
                Piece::Close(_) if walk.path().len() == 1 => {
                    let began = self.end(walk.place())?;
                    shape =
                        began.filter(|_| shaped).map(|began| Shape::of(walk.since(began))).unwrap_or(shape);
                }
                Piece::Close(_) | Piece::Text(_) | Piece::Cdata(_) | Piece::Reference(_) | Piece::Aside => {}
            }
        }
    }

    /// Ends the element below the root; gives where it began if it was an entry.
    fn end(&mut self, place: usize) -> Result<Option<usize>, XmlError> {
        let Some(entry) = self.entry.take() else { return Ok(None) };
        if entry.entry == Entry::Item && entry.kept + entry.removed != 1 {
            return Err(XmlError::Missing("Key"));
        }
        if entry.removed > 0 && entry.kept == 0 {
            self.edits.cut_instead(entry.first, entry.begin..place);
        }
        self.kept += entry.kept;
        self.removed += entry.removed;
        Ok(Some(entry.begin))
    }

    /// Whether an entry that is built like the one before it can be rewritten without a closer look: a key without references
    /// begins with what is asked for and the prefix as they are written here, and nothing but its end is left of it.
    fn is_plain(&self) -> bool {
        let plain =
            |text: &str| self.spelling == Spelling::Plain || memchr2(b'%', b'+', text.as_bytes()).is_none();
        self.only.is_none()
            && self.names.within.is_empty()
            && plain(self.names.prefix)
            && plain(self.echo.under)
    }

    /// Rewrites the entries of this shape at the beginning of `rest`, which stands at this place, up to one that takes a
    /// closer look; gives their length.
    fn alike(&mut self, shape: &Shape<'_>, place: usize, rest: &str) -> usize {
        let bytes = rest.as_bytes();
        let cut = self.names.prefix.len();
        let mut at = 0;
        while let Some(Alike { length, key }) = bytes.get(at..).and_then(|rest| shape.find(rest)) {
            let begin = at + key.start;
            let key = bytes.get(begin..at + key.end).unwrap_or_default();
            let asked = behind(key, self.echo.under).is_some();
            let named = behind(key, self.names.prefix).is_some_and(|left| !left.is_empty());
            if !asked || !named {
                break;
            }
            if cut > 0 {
                self.edits.cut(place + begin..place + begin + cut);
            }
            at += length;
            self.kept += 1;
        }
        at
    }

    fn text(&mut self, role: Text, leaf: &Leaf<'_>, seal: &impl Fn(&str) -> String) -> Result<(), XmlError> {
        match role {
            Text::Bucket => leaf.replace(&escaped(self.names.bucket), &mut self.edits),
            Text::EntryKey => self.entry_key(leaf)?,
            Text::OwnKey => {
                let key = self.strip(leaf)?;
                if key.is_empty() {
                    return Err(XmlError::Foreign);
                }
                leaf.replace(&key, &mut self.edits);
            }
            Text::Prefix | Text::Marker | Text::StartAfter if self.echo.asked.is_some() => {
                let (prefix, begin) = self.echo.asked.unwrap_or_default();
                let text = self.spelled(if role == Text::Prefix { prefix } else { begin });
                if text.is_empty() && role == Text::StartAfter {
                    leaf.remove(&mut self.edits);
                } else {
                    leaf.replace(&text, &mut self.edits);
                }
            }
            Text::Prefix | Text::Marker => leaf.replace(&self.strip_asked(leaf)?, &mut self.edits),
            Text::StartAfter => {
                let rest = self.strip_asked(leaf)?;
                if rest.is_empty() && !self.names.prefix.is_empty() {
                    leaf.remove(&mut self.edits);
                } else {
                    leaf.replace(&rest, &mut self.edits);
                }
            }
            Text::NextMarker => {
                let rest = self.strip_asked(leaf)?;
                self.lost_marker |= rest.is_empty() && !leaf.is_empty();
                leaf.replace(&rest, &mut self.edits);
            }
            Text::Token => match self.echo.continuation_token {
                Some(token) => leaf.replace(&escaped(token), &mut self.edits),
                None => leaf.remove(&mut self.edits),
            },
            Text::NextToken if leaf.is_empty() => {}
            Text::NextToken => leaf.replace(&escaped(&seal(&leaf.text())), &mut self.edits),
            Text::KeyCount => {
                if let Ok(count) = leaf.text().trim().parse() {
                    let edit = self.edits.replace(leaf.content(), &usize::to_string(&count));
                    self.key_count = Some((edit, count));
                }
            }
            Text::IsTruncated => self.truncated = leaf.text().trim() == "true",
            Text::Owner if leaf.is_empty() => {}
            Text::Owner => leaf.replace(OWNER, &mut self.edits),
            Text::Tenant => leaf.remove(&mut self.edits),
        }
        Ok(())
    }

    fn entry_key(&mut self, leaf: &Leaf<'_>) -> Result<(), XmlError> {
        if !self.is_asked(leaf) {
            return Err(XmlError::Foreign);
        }
        let rest = self.strip(leaf)?;
        let removed = self.is_nameless(leaf, &rest);
        let entry = self.entry.as_mut().ok_or(XmlError::Malformed)?;
        if entry.entry == Entry::Item && entry.kept + entry.removed > 0 {
            return Err(XmlError::unexpected("Key"));
        }
        if removed {
            entry.removed += 1;
            leaf.remove(&mut self.edits);
        } else {
            entry.kept += 1;
            leaf.replace(&rest, &mut self.edits);
        }
        Ok(())
    }

    /// Whether an entry begins as it must, in any of the spellings that stores mix: a plus may be one where all else is encoded.
    fn is_asked(&self, leaf: &Leaf<'_>) -> bool {
        let under = self.echo.under;
        let begins = |spelling| leaf.strip(under, spelling).is_some();
        let with_plus =
            || percent_decode(&leaf.text()).is_some_and(|text| text.starts_with(under.as_bytes()));
        begins(self.spelling) || begins(Spelling::Plain) || (self.spelling == Spelling::Url && with_plus())
    }

    /// Whether the client has no name for an entry: the mapping's own folder marker, or what `only` leaves out.
    fn is_nameless(&self, leaf: &Leaf<'_>, rest: &str) -> bool {
        if self.names.within.is_empty() && rest.is_empty() && !self.names.prefix.is_empty() {
            return true;
        }
        let Some(only) = self.only else { return false };
        let is_prefix = self.entry.as_ref().is_some_and(|entry| entry.entry == Entry::Prefixes);
        let text = leaf.text();
        let decoded = match self.spelling {
            Spelling::Plain => None,
            Spelling::Url => decoded(&text),
        };
        let client = |stored: &str| self.names.client(stored).is_some_and(|key| only(&key, is_prefix));
        !(decoded.is_some_and(|text| client(&text)) || client(&text))
    }

    /// A text of the client's as the document spells keys.
    fn spelled(&self, text: &str) -> String {
        match self.spelling {
            Spelling::Plain => escaped(text),
            Spelling::Url => percent_encode_path(text.as_bytes()),
        }
    }

    /// Takes the prefix off in the document's spelling, or else as plain text: SeaweedFS says `url` and encodes the keys of
    /// objects, but not those of uploads, nor any prefix or marker.
    fn strip<'t>(&self, leaf: &Leaf<'t>) -> Result<Cow<'t, str>, XmlError> {
        let plain = || leaf.strip(self.names.prefix, Spelling::Plain);
        let rest = leaf.strip(self.names.prefix, self.spelling).or_else(plain).ok_or(XmlError::Foreign)?;
        Ok(if self.names.within.is_empty() {
            rest
        } else {
            Cow::Owned(self.spelled(self.names.within) + &rest)
        })
    }

    /// What the client asked, from what we asked. Stores leave it empty when nothing was asked.
    fn strip_asked<'t>(&self, leaf: &Leaf<'t>) -> Result<Cow<'t, str>, XmlError> {
        if leaf.is_empty() { Ok(Cow::Borrowed("")) } else { self.strip(leaf) }
    }

    /// What is to be changed.
    fn finish(mut self) -> Result<Edits, XmlError> {
        // V1 is continued from its last key when it has no marker.
        let lost_last = self.kind == ListingKind::V1 && self.removed > 0 && self.kept == 0;
        if self.truncated && (self.lost_marker || lost_last) {
            return Err(XmlError::Stuck);
        }
        if let Some((edit, count)) = self.key_count.filter(|_| self.removed > 0) {
            self.edits.put_instead(edit, &count.saturating_sub(self.removed).to_string());
        }
        Ok(self.edits)
    }
}

/// How the document spells its keys. `EncodingType` may come after them, so this is a reading of its own.
fn spelling(text: &str, kind: ListingKind) -> Result<Spelling, XmlError> {
    if memmem::find(text.as_bytes(), b"EncodingType").is_none() {
        return Ok(Spelling::Plain);
    }
    let mut walk = Walk::rooted_in(text, &[kind.root()])?;
    while let Some(step) = walk.next()? {
        if let Piece::Open(tag) = step.piece
            && tag.local == "EncodingType"
            && walk.path().len() == 2
            && walk.leaf(tag)?.text().trim() == "url"
        {
            return Ok(Spelling::Url);
        }
    }
    Ok(Spelling::Plain)
}

/// A text of `encoding-type=url` as it was.
fn decoded(text: &str) -> Option<String> {
    String::from_utf8(percent_decode(&text.replace('+', " "))?).ok()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, &mut out);
    out
}

#[cfg(test)]
mod tests;

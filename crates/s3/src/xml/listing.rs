//! Turning a store's listing into the client's names, without parsing it into a structure.
//!
//! ```text
//! store   <Name>usgs-landsat</Name><Prefix>collection02/a/</Prefix> … <Key>collection02/a/b.tif</Key>
//! client  <Name>landsat</Name>     <Prefix>a/</Prefix>              … <Key>a/b.tif</Key>
//! ```

mod role;

use super::alike::{Alike, Shape, behind};
use super::error::XmlError;
use super::leaf::{Leaf, Spelling};
use super::names::Names;
use super::walk::{Piece, Tag, Walk};
use super::write::escape;
use brigade_sigv4::{percent_decode, percent_encode_path};
use memchr::{memchr2, memmem};
use role::{Entry, Role, Text, role};
use std::borrow::Cow;
use std::ops::Range;

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

/// Rewrites a store's listing into the client's names and copies everything else byte for byte.
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
    body: &[u8],
    kind: ListingKind,
    names: &Names<'_>,
    seal: impl Fn(&str) -> String,
    echo: &Echo<'_>,
    only: Option<Only<'_>>,
) -> Result<Vec<u8>, XmlError> {
    let text = Walk::text(body)?;
    let spelling = spelling(text, kind)?;
    let mut listing = Listing {
        names,
        echo,
        only,
        kind,
        spelling,
        out: String::with_capacity(body.len()),
        entry: None,
        kept: 0,
        removed: 0,
        key_count: None,
        truncated: false,
        lost_marker: false,
    };
    let out = &mut listing.out;
    let (mut walk, root) = Walk::rooted_in(text, &[kind.root()], |raw| out.push_str(raw))?;
    out.push_str(root.raw);
    let shaped = listing.is_plain();
    let mut shape = None;
    let mut began = 0;
    loop {
        if let Some(shape) = shape.as_ref().filter(|_| walk.path().len() == 1) {
            walk.pass(listing.alike(shape, walk.rest()));
        }
        let place = walk.place();
        let Some(step) = walk.next()? else { break };
        match step.piece {
            Piece::Open(tag) | Piece::Empty(tag) => {
                let opened = matches!(step.piece, Piece::Open(_));
                match role(walk.path(), opened, tag.local, kind) {
                    Role::Copied => listing.out.push_str(step.raw),
                    Role::Entry(entry) => {
                        began = place;
                        listing.begin(entry, tag, opened)?;
                    }
                    Role::Text(role) => {
                        let leaf = if opened { walk.leaf(tag)? } else { Leaf::empty(tag) };
                        listing.text(role, &leaf, &seal)?;
                    }
                }
            }
            Piece::Close(_) => {
                listing.out.push_str(step.raw);
                if walk.path().len() == 1 && listing.end()? && shaped {
                    shape = Shape::of(walk.since(began));
                }
            }
            Piece::Text(_) | Piece::Cdata(_) | Piece::Reference(_) | Piece::Aside => {
                listing.out.push_str(step.raw)
            }
        }
    }
    listing.finish()
}

/// The rewritten document so far.
struct Listing<'a> {
    names: &'a Names<'a>,
    echo: &'a Echo<'a>,
    only: Option<Only<'a>>,
    kind: ListingKind,
    spelling: Spelling,
    out: String,
    entry: Option<OpenEntry>,
    kept: usize,
    removed: usize,
    /// Where the number is in `out`, and what it is.
    key_count: Option<(Range<usize>, usize)>,
    truncated: bool,
    /// A marker was the mapping's prefix itself, which is nothing in the client's names.
    lost_marker: bool,
}

/// The entry being read.
struct OpenEntry {
    entry: Entry,
    /// Where it begins in the output.
    start: usize,
    kept: usize,
    removed: usize,
}

impl Listing<'_> {
    fn begin(&mut self, entry: Entry, tag: Tag<'_>, opened: bool) -> Result<(), XmlError> {
        if opened {
            self.entry = Some(OpenEntry { entry, start: self.out.len(), kept: 0, removed: 0 });
        } else if entry == Entry::Item {
            return Err(XmlError::Missing("Key"));
        }
        self.out.push_str(tag.raw);
        Ok(())
    }

    /// Ends the element below the root; gives whether it was an entry.
    fn end(&mut self) -> Result<bool, XmlError> {
        let Some(entry) = self.entry.take() else { return Ok(false) };
        if entry.entry == Entry::Item && entry.kept + entry.removed != 1 {
            return Err(XmlError::Missing("Key"));
        }
        if entry.removed > 0 && entry.kept == 0 {
            self.out.truncate(entry.start);
        }
        self.kept += entry.kept;
        self.removed += entry.removed;
        Ok(true)
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

    /// Rewrites the entries of this shape at the beginning of `rest`, up to one that takes a closer look; gives their length.
    fn alike(&mut self, shape: &Shape<'_>, rest: &str) -> usize {
        let bytes = rest.as_bytes();
        let cut = self.names.prefix.len();
        // What is before `copied` is in the output already. It lags behind, so that all between two changes is copied at once.
        let (mut at, mut copied) = (0, 0);
        while let Some(Alike { length, key }) = bytes.get(at..).and_then(|rest| shape.find(rest)) {
            let (begin, next) = (at + key.start, at + key.start + cut);
            let key = bytes.get(begin..at + key.end).unwrap_or_default();
            let asked = behind(key, self.echo.under).is_some();
            let named = behind(key, self.names.prefix).is_some_and(|left| !left.is_empty());
            if !asked || !named || !rest.is_char_boundary(next) {
                break;
            }
            if cut > 0 {
                self.out.push_str(rest.get(copied..begin).unwrap_or_default());
                copied = next;
            }
            at += length;
            self.kept += 1;
        }
        self.out.push_str(rest.get(copied..at).unwrap_or_default());
        at
    }

    fn text(&mut self, role: Text, leaf: &Leaf<'_>, seal: &impl Fn(&str) -> String) -> Result<(), XmlError> {
        match role {
            Text::Bucket => leaf.replace(&escaped(self.names.bucket), &mut self.out),
            Text::EntryKey => self.entry_key(leaf)?,
            Text::OwnKey => {
                let key = self.strip(leaf)?;
                if key.is_empty() {
                    return Err(XmlError::Foreign);
                }
                leaf.replace(&key, &mut self.out);
            }
            Text::Prefix | Text::Marker | Text::StartAfter if self.echo.asked.is_some() => {
                let (prefix, begin) = self.echo.asked.unwrap_or_default();
                let text = self.spelled(if role == Text::Prefix { prefix } else { begin });
                if !(text.is_empty() && role == Text::StartAfter) {
                    leaf.replace(&text, &mut self.out);
                }
            }
            Text::Prefix | Text::Marker => leaf.replace(&self.strip_asked(leaf)?, &mut self.out),
            Text::StartAfter => {
                let rest = self.strip_asked(leaf)?;
                if !rest.is_empty() || self.names.prefix.is_empty() {
                    leaf.replace(&rest, &mut self.out);
                }
            }
            Text::NextMarker => {
                let rest = self.strip_asked(leaf)?;
                self.lost_marker |= rest.is_empty() && !leaf.is_empty();
                leaf.replace(&rest, &mut self.out);
            }
            Text::Token => {
                if let Some(token) = self.echo.continuation_token {
                    leaf.replace(&escaped(token), &mut self.out);
                }
            }
            Text::NextToken if leaf.is_empty() => leaf.copy(&mut self.out),
            Text::NextToken => leaf.replace(&escaped(&seal(&leaf.text())), &mut self.out),
            Text::KeyCount => match leaf.text().trim().parse::<usize>() {
                Ok(count) => {
                    let range = leaf.replace_at(&count.to_string(), &mut self.out);
                    self.key_count = Some((range, count));
                }
                Err(_) => leaf.copy(&mut self.out),
            },
            Text::IsTruncated => {
                self.truncated = leaf.text().trim() == "true";
                leaf.copy(&mut self.out);
            }
            Text::Owner if leaf.is_empty() => leaf.copy(&mut self.out),
            Text::Owner => leaf.replace(OWNER, &mut self.out),
            Text::Tenant => {}
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
        } else {
            entry.kept += 1;
            leaf.replace(&rest, &mut self.out);
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

    fn finish(mut self) -> Result<Vec<u8>, XmlError> {
        // V1 is continued from its last key when it has no marker.
        let lost_last = self.kind == ListingKind::V1 && self.removed > 0 && self.kept == 0;
        if self.truncated && (self.lost_marker || lost_last) {
            return Err(XmlError::Stuck);
        }
        if let Some((range, count)) = self.key_count {
            self.out.replace_range(range, &count.saturating_sub(self.removed).to_string());
        }
        Ok(self.out.into_bytes())
    }
}

/// How the document spells its keys. `EncodingType` may come after them, so this is a reading of its own.
fn spelling(text: &str, kind: ListingKind) -> Result<Spelling, XmlError> {
    if memmem::find(text.as_bytes(), b"EncodingType").is_none() {
        return Ok(Spelling::Plain);
    }
    let (mut walk, _) = Walk::rooted_in(text, &[kind.root()], |_| {})?;
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

//! Entries of a listing that are built like the one before them, as nearly all are: their tags are compared as one text,
//! and only what stands between is looked at.
//!
//! ```text
//! the one before   <Contents><Key>a</Key><ETag>&quot;1&quot;</ETag><Size>7</Size></Contents>
//! its shape        <Contents><Key> key </Key><ETag> text </ETag><Size> text </Size></Contents>
//! ```
//!
//! A shape is taken of an entry that the strict walk has read to its end, so what has the same tags is as well formed. An entry
//! with anything else in it (attributes, comments, CDATA, a reference in its key, an owner) is left to the walk.

use super::walk::resolve;
use memchr::memchr2;
use std::ops::Range;

/// The tags of an entry, with a text behind each run of them but the last.
pub(super) struct Shape<'a> {
    texts: Vec<(&'a str, Text)>,
    end: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    Copied,
    Key,
}

/// An entry of a shape at the beginning of a text: where it ends, and where its key is.
pub(super) struct Alike {
    pub(super) length: usize,
    pub(super) key: Range<usize>,
}

/// References are short.
const REFERENCE: usize = 12;

impl<'a> Shape<'a> {
    /// The shape of a whole entry, if it has one.
    pub(super) fn of(entry: &'a str) -> Option<Self> {
        let mut texts = Vec::new();
        let mut path: Vec<&str> = Vec::new();
        let mut rest = entry;
        loop {
            let begin = rest;
            let mut text = Text::Copied;
            while let Some(tag) = rest.strip_prefix('<') {
                let (inside, behind) = tag.split_once('>')?;
                let (closes, name) = inside.strip_prefix('/').map_or((false, inside), |name| (true, name));
                if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                    return None;
                }
                text = Text::Copied;
                if closes {
                    path.pop();
                } else {
                    path.push(name);
                    text = role(&path)?;
                }
                rest = behind;
            }
            let tags = begin.strip_suffix(rest)?;
            if path.is_empty() {
                let one = texts.iter().filter(|(_, text)| *text == Text::Key).count() == 1;
                return (one && rest.is_empty()).then_some(Self { texts, end: tags });
            }
            texts.push((tags, text));
            rest = rest.get(rest.find('<')?..)?;
        }
    }

    /// The entry at the beginning of `text`, if it is one of this shape.
    pub(super) fn find(&self, text: &str) -> Option<Alike> {
        let mut rest = text;
        let mut key = 0..0;
        for (tags, what) in &self.texts {
            rest = rest.strip_prefix(tags)?;
            let length = match what {
                Text::Copied => end(rest)?,
                Text::Key => {
                    let end = memchr2(b'<', b'&', rest.as_bytes())?;
                    let begin = text.len() - rest.len();
                    key = begin..begin + end;
                    (rest.as_bytes().get(end) == Some(&b'<')).then_some(end)?
                }
            };
            rest = rest.get(length..).filter(|_| length > 0)?;
        }
        let behind = rest.strip_prefix(self.end)?;
        Some(Alike { length: text.len() - behind.len(), key })
    }
}

/// What the text of an element is; `None` where it would have to be replaced.
fn role(path: &[&str]) -> Option<Text> {
    match path {
        [.., "Owner" | "Initiator", "ID" | "DisplayName"] => None,
        ["CommonPrefixes", "Prefix"] => Some(Text::Key),
        ["Contents" | "Upload" | "Version" | "DeleteMarker", "Key"] => Some(Text::Key),
        _ => Some(Text::Copied),
    }
}

/// Where a text ends in which every reference is one.
fn end(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = text.as_bytes().get(at..)?;
        at += memchr2(b'<', b'&', rest)?;
        if text.as_bytes().get(at) == Some(&b'<') {
            return Some(at);
        }
        let reference = text.as_bytes().get(at + 1..)?;
        let length = reference.iter().take(REFERENCE).position(|byte| *byte == b';')?;
        resolve(text.get(at + 1..at + 1 + length)?).ok()?;
        at += length + 2;
    }
}

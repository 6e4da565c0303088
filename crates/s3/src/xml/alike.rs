//! Entries of a listing that are built like the one before them, as nearly all are: their tags are compared as one text,
//! and only what stands between is looked at.
//!
//! ```text
//! the one before   <Contents><Key>a</Key><ETag>&quot;1&quot;</ETag><Size>7</Size></Contents>
//! its shape        <Contents><Key> key </Key><ETag>&quot; text &quot;</ETag><Size> text </Size></Contents>
//! ```
//!
//! A shape is taken of an entry that the strict walk has read to its end, so what has the same tags and references is as well
//! formed. An entry with anything else in it (attributes, comments, CDATA, a reference in its key, an owner) is left to the walk.

use std::ops::Range;

/// The tags and references of an entry, with a text behind each run of them but the last.
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

impl<'a> Shape<'a> {
    /// The shape of a whole entry, if it has one.
    pub(super) fn of(entry: &'a str) -> Option<Self> {
        let mut texts = Vec::new();
        let mut path: Vec<&str> = Vec::new();
        let mut text = Text::Copied;
        let mut rest = entry;
        loop {
            let begin = rest;
            loop {
                if let Some(tag) = rest.strip_prefix('<') {
                    let (inside, behind) = tag.split_once('>')?;
                    let (closes, name) =
                        inside.strip_prefix('/').map_or((false, inside), |name| (true, name));
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
                } else if let Some(reference) = rest.strip_prefix('&').filter(|_| text == Text::Copied) {
                    rest = reference.split_once(';')?.1;
                } else {
                    break;
                }
            }
            let fixed = begin.strip_suffix(rest)?;
            if path.is_empty() {
                let one = texts.iter().filter(|(_, text)| *text == Text::Key).count() == 1;
                return (one && rest.is_empty()).then_some(Self { texts, end: fixed });
            }
            texts.push((fixed, text));
            rest = rest.get(special(rest.as_bytes()).filter(|length| *length > 0)?..)?;
        }
    }

    /// The entry at the beginning of `text`, if it is one of this shape.
    pub(super) fn find(&self, text: &[u8]) -> Option<Alike> {
        let mut at = 0;
        let mut key = 0..0;
        for (fixed, what) in &self.texts {
            let rest = behind(text.get(at..)?, fixed)?;
            let length = special(rest).filter(|length| *length > 0)?;
            let begin = at + fixed.len();
            at = begin + length;
            if *what == Text::Key {
                key = begin..at;
            }
        }
        behind(text.get(at..)?, self.end)?;
        Some(Alike { length: at + self.end.len(), key })
    }
}

/// What is behind this beginning. Of texts as short as tags, the call of a comparison costs more than the comparison.
pub(super) fn behind<'t>(text: &'t [u8], beginning: &str) -> Option<&'t [u8]> {
    let (begins, rest) = text.split_at_checked(beginning.len())?;
    let (left, left_end) = begins.as_chunks::<8>();
    let (right, right_end) = beginning.as_bytes().as_chunks::<8>();
    let same = left.iter().zip(right).all(|(left, right)| left == right)
        && match (begins.last_chunk::<8>(), beginning.as_bytes().last_chunk::<8>()) {
            (Some(left), Some(right)) => left == right,
            _ => left_end == right_end,
        };
    same.then_some(rest)
}

/// Where the first tag or reference begins, or something else that ordinary texts do not have: NUL is forbidden, and `>` is where
/// it ends `]]>`. Texts are too short for the call of a search to pay.
fn special(text: &[u8]) -> Option<usize> {
    let is_special = |byte: u8| (byte == b'<') | (byte == b'&') | (byte == b'>') | (byte == 0);
    let (blocks, end) = text.as_chunks::<16>();
    let found = |block: &[u8; 16]| block.iter().fold(false, |found, byte| found | is_special(*byte));
    match blocks.iter().position(found) {
        Some(block) => Some(16 * block + blocks.get(block)?.iter().position(|byte| is_special(*byte))?),
        None => Some(16 * blocks.len() + end.iter().position(|byte| is_special(*byte))?),
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

#[cfg(test)]
mod tests {
    use super::{behind, special};

    #[test]
    fn a_special_byte_is_found_wherever_it_is() {
        for length in 0..70 {
            let text = vec![b';'; length];
            assert_eq!(special(&text), None);
            for at in 0..length {
                for byte in [b'<', b'&', b'>', 0] {
                    let mut text = text.clone();
                    (text[at], text[length - 1]) = (byte, byte);
                    assert_eq!(special(&text), Some(at), "{at} of {length}");
                }
            }
        }
    }

    #[test]
    fn every_byte_of_a_beginning_counts() {
        let text: String = (0..70).map(|at| char::from(b'0' + at)).collect();
        for length in 0..text.len() {
            let (beginning, rest) = text.split_at(length);
            assert_eq!(behind(text.as_bytes(), beginning), Some(rest.as_bytes()));
            for at in 0..length {
                let mut other = text.clone().into_bytes();
                other[at] ^= 1;
                assert_eq!(behind(&other, beginning), None, "{at} of {length}");
            }
            assert_eq!(
                behind(&text.as_bytes()[..length.saturating_sub(1)], beginning).is_some(),
                length == 0
            );
        }
    }
}

//! An element that holds text only: its text, and taking a prefix off it without touching the rest.

use super::walk::{Piece, Step, Tag};
use super::write::escape;
use memchr::memchr2;
use std::borrow::Cow;
use std::ops::Range;

/// An element of text, in the pieces it was written in.
#[derive(Debug)]
pub(super) struct Leaf<'a> {
    open: Tag<'a>,
    pieces: Vec<Step<'a>>,
    close: &'a str,
}

/// How the text of keys is written in a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As it is.
    Plain,
    /// `encoding-type=url`: `%XX` for a byte, `+` for a space.
    Url,
}

impl<'a> Leaf<'a> {
    pub(super) const fn new(open: Tag<'a>, pieces: Vec<Step<'a>>, close: &'a str) -> Self {
        Self { open, pieces, close }
    }

    /// The element `<Name/>`.
    pub(super) const fn empty(tag: Tag<'a>) -> Self {
        Self { open: tag, pieces: Vec::new(), close: "" }
    }

    /// The text as an XML parser gives it: pieces joined, references resolved, line ends normalized.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for step in &self.pieces {
            match step.piece {
                Piece::Text(part) | Piece::Cdata(part) => normalize(part, &mut text),
                Piece::Reference(c) => text.push(c),
                Piece::Open(_) | Piece::Empty(_) | Piece::Close(_) | Piece::Aside => {}
            }
        }
        text
    }

    /// Whether the text holds a control character as itself, which XML 1.0 forbids.
    pub(super) fn has_raw_controls(&self) -> bool {
        self.pieces.iter().any(|step| match step.piece {
            Piece::Text(part) | Piece::Cdata(part) => {
                part.chars().any(|c| c < ' ' && !matches!(c, '\t' | '\r' | '\n'))
            }
            Piece::Reference(_) | Piece::Open(_) | Piece::Empty(_) | Piece::Close(_) | Piece::Aside => false,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.iter().all(|step| match step.piece {
            Piece::Text(part) | Piece::Cdata(part) => part.is_empty(),
            Piece::Reference(_) => false,
            Piece::Open(_) | Piece::Empty(_) | Piece::Close(_) | Piece::Aside => true,
        })
    }

    /// Appends the element as it was written.
    pub(super) fn copy(&self, out: &mut String) {
        out.push_str(self.open.raw);
        for step in &self.pieces {
            out.push_str(step.raw);
        }
        out.push_str(self.close);
    }

    /// Appends the element with `content`, which is already escaped, in place of its own.
    pub(super) fn replace(&self, content: &str, out: &mut String) {
        self.replace_at(content, out);
    }

    /// As [`Leaf::replace`]; returns where in `out` the content is.
    pub(super) fn replace_at(&self, content: &str, out: &mut String) -> Range<usize> {
        let Some(open) = self.open.raw.strip_suffix("/>").filter(|_| !content.is_empty()) else {
            out.push_str(self.open.raw);
            let start = out.len();
            out.push_str(content);
            out.push_str(self.close);
            return start..start + content.len();
        };
        out.push_str(open.trim_end());
        out.push('>');
        let start = out.len();
        out.push_str(content);
        out.push_str("</");
        out.push_str(self.open.name);
        out.push('>');
        start..start + content.len()
    }

    /// What is left of the element's content, still escaped and encoded as it was written, after `prefix`; `None` when the
    /// text does not begin with it.
    ///
    /// The prefix is matched against what the text means, byte by byte, whatever mix of references, CDATA and `%XX` spells
    /// it; what follows is not decoded.
    pub(super) fn strip(&self, prefix: &str, spelling: Spelling) -> Option<Cow<'a, str>> {
        if let Some(rest) = self.strip_plain(prefix, spelling) {
            return Some(Cow::Borrowed(rest));
        }
        let mut matcher = Matcher { want: prefix.as_bytes(), spelling, percent: Percent::No };
        let mut rest = String::new();
        for step in &self.pieces {
            if matcher.is_done() {
                rest.push_str(step.raw);
                continue;
            }
            match step.piece {
                Piece::Text(part) => rest.push_str(matcher.eat(part)?),
                Piece::Cdata(part) => escape(matcher.eat(part)?, &mut rest),
                Piece::Reference(c) => matcher.eat_one(c)?,
                Piece::Open(_) | Piece::Empty(_) | Piece::Close(_) | Piece::Aside => {}
            }
        }
        matcher.is_done().then_some(Cow::Owned(rest))
    }

    /// The same for what most keys are: one text, in which the prefix stands as it is.
    fn strip_plain(&self, prefix: &str, spelling: Spelling) -> Option<&'a str> {
        let [Step { piece: Piece::Text(text), .. }] = &*self.pieces else { return None };
        let spelled = spelling == Spelling::Url && memchr2(b'%', b'+', prefix.as_bytes()).is_some();
        if spelled { None } else { text.strip_prefix(prefix) }
    }
}

/// Consumes the spelling of a prefix, character by character.
struct Matcher<'p> {
    want: &'p [u8],
    spelling: Spelling,
    percent: Percent,
}

/// How far into `%XX` the matcher is.
#[derive(Clone, Copy)]
enum Percent {
    No,
    Sign,
    Digit(u8),
}

impl Matcher<'_> {
    const fn is_done(&self) -> bool {
        self.want.is_empty()
    }

    /// Eats from `part` until the prefix is spelled out; returns the rest.
    fn eat<'t>(&mut self, part: &'t str) -> Option<&'t str> {
        let mut chars = part.chars();
        while !self.is_done() {
            let Some(c) = chars.next() else { break };
            self.eat_one(c)?;
        }
        Some(chars.as_str())
    }

    fn eat_one(&mut self, c: char) -> Option<()> {
        let digit = c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (self.percent, self.spelling, c) {
            (Percent::Sign, _, _) => self.percent = Percent::Digit(digit?),
            (Percent::Digit(high), _, _) => {
                self.percent = Percent::No;
                self.expect(&[high.wrapping_mul(16).wrapping_add(digit?)])?;
            }
            (Percent::No, Spelling::Url, '%') => self.percent = Percent::Sign,
            (Percent::No, Spelling::Url, '+') => self.expect(b" ")?,
            (Percent::No, Spelling::Url | Spelling::Plain, _) => {
                self.expect(c.encode_utf8(&mut [0; 4]).as_bytes())?;
            }
        }
        Some(())
    }

    fn expect(&mut self, bytes: &[u8]) -> Option<()> {
        self.want = self.want.strip_prefix(bytes)?;
        Some(())
    }
}

/// Appends `text` with its line ends as an XML 1.0 parser gives them.
fn normalize(text: &str, out: &mut String) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\r' {
            chars.next_if_eq(&'\n');
            out.push('\n');
        } else {
            out.push(c);
        }
    }
}

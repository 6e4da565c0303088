//! An element that holds text only: its text, and taking a prefix off it without touching the rest.

use super::edits::Edits;
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
    /// Where in the document what is between the tags begins.
    begin: usize,
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
    /// An element whose content begins at this place of the document.
    pub(super) const fn new(open: Tag<'a>, begin: usize, pieces: Vec<Step<'a>>, close: &'a str) -> Self {
        Self { open, pieces, close, begin }
    }

    /// The element `<Name/>`, which ends at this place of the document.
    pub(super) const fn empty(tag: Tag<'a>, end: usize) -> Self {
        Self { open: tag, pieces: Vec::new(), close: "", begin: end }
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

    /// Where in the document its content is.
    pub(super) fn content(&self) -> Range<usize> {
        self.begin..self.begin + self.pieces.iter().map(|step| step.raw.len()).sum::<usize>()
    }

    /// Where in the document it is.
    pub(super) fn whole(&self) -> Range<usize> {
        self.begin - self.open.raw.len()..self.content().end + self.close.len()
    }

    /// Takes the element out of the document.
    pub(super) fn remove(&self, edits: &mut Edits) {
        edits.cut(self.whole());
    }

    /// Puts `content`, which is already escaped, in place of its own.
    pub(super) fn replace(&self, content: &str, edits: &mut Edits) {
        let Range { start, end } = self.content();
        let last = self.pieces.last().map_or("", |step| step.raw);
        match self.open.raw.strip_suffix("/>") {
            Some(open) if !content.is_empty() => {
                let (open, name) = (open.trim_end(), self.open.name);
                edits.replace(self.whole(), &format!("{open}>{content}</{name}>"));
            }
            _ if last.ends_with(content) => edits.cut(start..end - content.len()),
            _ => {
                edits.replace(start..end, content);
            }
        }
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

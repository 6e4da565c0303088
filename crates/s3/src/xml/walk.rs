//! A strict walk over a document, piece by piece, each with the exact bytes it was written in.

use super::error::{StoreError, XmlError, parse_error};
use super::leaf::Leaf;
use super::lexis::{are_apart, is_blank, is_name, is_sane, is_utf8, resolve};
use memchr::memchr2;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// How many pieces one text may be made of: a key of 1,024 bytes that are all references, and then some.
const MAX_PIECES: usize = 8192;

/// How deep elements may be nested, the root included.
const MAX_DEPTH: usize = 16;

/// The reader under everything in this module.
///
/// It adds what the event reader does not check: one root and nothing after it, no DTD, known entities only, sane names and
/// attributes, UTF-8, a bounded depth, and an end. Whitespace is allowed before the declaration: S3 sends it to keep a
/// connection alive while it completes an upload.
///
/// Text, references and tags without attributes are all that long documents are made of: they are taken apart here. What is
/// rarer is left to quick-xml, one event at a time.
pub(super) struct Walk<'a> {
    text: &'a str,
    /// How much of it has been read.
    at: usize,
    /// The names of the open elements without their namespace prefixes, and with them.
    path: Vec<&'a str>,
    names: Vec<&'a str>,
    stage: Stage,
}

/// One piece of a document and the bytes it was written in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'a> {
    /// The bytes of the document, unchanged; the pieces of a document joined are the document.
    pub(super) raw: &'a str,
    pub(super) piece: Piece<'a>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Piece<'a> {
    /// `<Name …>`; the path already holds it.
    Open(Tag<'a>),
    /// `<Name …/>`; the path does not hold it.
    Empty(Tag<'a>),
    /// `</Name>`; the path no longer holds it.
    Close(Tag<'a>),
    /// Text without references.
    Text(&'a str),
    /// The inside of a CDATA section.
    Cdata(&'a str),
    /// A character or entity reference, resolved.
    Reference(char),
    /// The declaration, a comment or a processing instruction.
    Aside,
}

/// A tag: its bytes, and its name with and without the namespace prefix.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag<'a> {
    pub(super) raw: &'a str,
    pub(super) name: &'a str,
    pub(super) local: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Start,
    Prolog,
    Root,
    Epilog,
}

impl<'a> Walk<'a> {
    /// A walk over text.
    pub(super) fn over(text: &'a str) -> Self {
        Self { text, at: 0, path: Vec::new(), names: Vec::new(), stage: Stage::Start }
    }

    /// A walk over `body`, which must be UTF-8.
    pub(super) fn over_bytes(body: &'a [u8]) -> Result<Self, XmlError> {
        Self::text(body).map(Self::over)
    }

    /// A body as text, without its byte order mark: looked at once, whatever is read of it then.
    pub(super) fn text(body: &'a [u8]) -> Result<&'a str, XmlError> {
        let text = std::str::from_utf8(body).map_err(|error| match error.error_len() {
            None => XmlError::Cut,
            Some(_) => XmlError::Malformed,
        })?;
        Ok(text.trim_start_matches('\u{feff}'))
    }

    /// A walk over a store's answer, which must have one of these roots: it stands behind the root's tag.
    ///
    /// An `<Error>` root is [`XmlError::StoreError`], whatever the status of the answer was.
    pub(super) fn rooted(body: &'a [u8], roots: &[&str]) -> Result<Self, XmlError> {
        Self::rooted_in(Self::text(body)?, roots)
    }

    /// The same over [text](Self::text).
    pub(super) fn rooted_in(text: &'a str, roots: &[&str]) -> Result<Self, XmlError> {
        let mut walk = Self::over(text);
        while let Some(step) = walk.next()? {
            let (Piece::Open(tag) | Piece::Empty(tag)) = step.piece else { continue };
            if roots.contains(&tag.local) {
                return Ok(walk);
            }
            if tag.local == "Error" {
                let unnamed = || StoreError { code: String::from("InternalError"), ..StoreError::default() };
                return Err(XmlError::StoreError(parse_error(text.as_bytes()).unwrap_or_else(unnamed)));
            }
            return Err(XmlError::WrongRoot);
        }
        Err(XmlError::Cut)
    }

    /// The local names of the open elements, the root first.
    pub(super) fn path(&self) -> &[&'a str] {
        &self.path
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// What has been read, from a place on that [`Self::place`] gave.
    pub(super) fn since(&self, place: usize) -> &'a str {
        self.text.get(place..self.at).unwrap_or_default()
    }

    /// How much has been read.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// Passes over so many bytes that are whole elements inside the root.
    pub(super) fn pass(&mut self, length: usize) {
        self.at += length;
    }

    /// The next piece, or `None` after a complete document.
    pub(super) fn next(&mut self) -> Result<Option<Step<'a>>, XmlError> {
        let rest = self.text.get(self.at..).ok_or(XmlError::Malformed)?;
        let Some(first) = rest.bytes().next() else {
            return if self.stage == Stage::Epilog { Ok(None) } else { Err(XmlError::Cut) };
        };
        let ordinary = match first {
            b'<' => self.ordinary_tag(rest),
            b'&' => self.reference(rest)?,
            _ => Some(self.run(rest)?),
        };
        let step = match ordinary {
            Some(step) => step,
            None => self.rare(rest)?,
        };
        self.at += step.raw.len();
        Ok(Some(step))
    }

    /// Text up to the next tag or reference.
    fn run(&self, rest: &'a str) -> Result<Step<'a>, XmlError> {
        let end = memchr2(b'<', b'&', rest.as_bytes()).unwrap_or(rest.len());
        let raw = rest.get(..end).ok_or(XmlError::Malformed)?;
        let stray = self.stage != Stage::Root && !is_blank(raw);
        // Other control characters are forbidden too, but stores write them; NUL not even a reference can name.
        let odd = memchr2(b'\0', b']', raw.as_bytes()).is_some();
        if stray || (odd && (raw.contains('\0') || raw.contains("]]>"))) {
            return Err(XmlError::Malformed);
        }
        Ok(Step { raw, piece: Piece::Text(raw) })
    }

    /// A reference, if it has an end.
    fn reference(&self, rest: &'a str) -> Result<Option<Step<'a>>, XmlError> {
        let Some(length) = rest.bytes().skip(1).position(|byte| matches!(byte, b';' | b'&' | b'<')) else {
            return Ok(None);
        };
        let (Some(name), Some(b';')) = (rest.get(1..length + 1), rest.as_bytes().get(length + 1)) else {
            return Ok(None);
        };
        self.inside()?;
        let raw = rest.get(..length + 2).ok_or(XmlError::Malformed)?;
        Ok(Some(Step { raw, piece: Piece::Reference(resolve(name)?) }))
    }

    /// A tag inside the root with a plain name and nothing else. What it could be wrong in is left to [`Self::rare`].
    fn ordinary_tag(&mut self, rest: &'a str) -> Option<Step<'a>> {
        if self.stage != Stage::Root {
            return None;
        }
        let bytes = rest.as_bytes();
        let closes = bytes.get(1) == Some(&b'/');
        let begin = if closes { 2 } else { 1 };
        let length = bytes.get(begin..)?.iter().position(|byte| !byte.is_ascii_alphanumeric())?;
        let name =
            rest.get(begin..begin + length).filter(|name| !name.starts_with(|c: char| c.is_ascii_digit()))?;
        let end = begin + length;
        if name.is_empty() {
            return None;
        }
        let tag = |to| Some(Tag { raw: rest.get(..to)?, name, local: name });
        let (raw, piece) = match (closes, bytes.get(end)?, bytes.get(end + 1)) {
            (true, b'>', _) if self.names.last() == Some(&name) => {
                let tag = tag(end + 1)?;
                self.close();
                (tag.raw, Piece::Close(tag))
            }
            (false, b'>', _) if self.path.len() < MAX_DEPTH => {
                let tag = tag(end + 1)?;
                self.open(tag);
                (tag.raw, Piece::Open(tag))
            }
            (false, b'/', Some(b'>')) if self.path.len() < MAX_DEPTH => {
                let tag = tag(end + 2)?;
                (tag.raw, Piece::Empty(tag))
            }
            _ => return None,
        };
        Some(Step { raw, piece })
    }

    /// Whatever else there is, and what is wrong.
    fn rare(&mut self, rest: &'a str) -> Result<Step<'a>, XmlError> {
        let mut reader = Reader::from_str(rest);
        let config = reader.config_mut();
        config.check_comments = true;
        // The names of ends are compared here.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        let event = reader.read_event();
        let length = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = event.map_err(|error| {
            let at_the_end = length >= rest.len();
            if at_the_end && matches!(error, quick_xml::Error::Syntax(_)) {
                XmlError::Cut
            } else {
                XmlError::Malformed
            }
        })?;
        let raw = rest.get(..length).ok_or(XmlError::Malformed)?;
        if raw.contains('\0') {
            return Err(XmlError::Malformed);
        }
        let piece = match event {
            Event::Eof | Event::Text(_) | Event::GeneralRef(_) => return Err(XmlError::Malformed),
            Event::Start(start) => {
                let tag = self.enter(raw, &start)?;
                self.open(tag);
                Piece::Open(tag)
            }
            Event::Empty(start) => {
                let tag = self.enter(raw, &start)?;
                self.leave();
                Piece::Empty(tag)
            }
            Event::End(_) => {
                let name = raw.strip_prefix("</").and_then(|name| name.strip_suffix('>')).unwrap_or_default();
                let tag = Tag::named(raw, name.trim_end_matches([' ', '\t', '\r', '\n']));
                if self.names.last() != Some(&tag.name) {
                    return Err(XmlError::Malformed);
                }
                self.close();
                Piece::Close(tag)
            }
            Event::CData(_) => {
                self.inside()?;
                let inner = raw.strip_prefix("<![CDATA[").and_then(|inner| inner.strip_suffix("]]>"));
                Piece::Cdata(inner.ok_or(XmlError::Malformed)?)
            }
            Event::Decl(declaration) => {
                if self.stage != Stage::Start || !is_utf8(&declaration) {
                    return Err(XmlError::Malformed);
                }
                self.stage = Stage::Prolog;
                Piece::Aside
            }
            Event::Comment(_) | Event::PI(_) => {
                if self.stage == Stage::Start {
                    self.stage = Stage::Prolog;
                }
                Piece::Aside
            }
            Event::DocType(_) => return Err(XmlError::Doctype),
        };
        Ok(Step { raw, piece })
    }

    /// Reads the element that `open` began up to its end; it may hold text only.
    pub(super) fn leaf(&mut self, open: Tag<'a>) -> Result<Leaf<'a>, XmlError> {
        let (begin, mut pieces) = (self.at, Vec::new());
        while let Some(step) = self.next()? {
            match step.piece {
                Piece::Close(close) => return Ok(Leaf::new(open, begin, pieces, close.raw)),
                Piece::Open(tag) | Piece::Empty(tag) => {
                    return Err(XmlError::unexpected(tag.local));
                }
                Piece::Text(_) | Piece::Cdata(_) | Piece::Reference(_) | Piece::Aside => {
                    // Millions of references in one text would cost twenty times their length.
                    if pieces.len() >= MAX_PIECES {
                        return Err(XmlError::Malformed);
                    }
                    pieces.push(step);
                }
            }
        }
        Err(XmlError::Cut)
    }

    fn enter(&mut self, raw: &'a str, start: &BytesStart<'_>) -> Result<Tag<'a>, XmlError> {
        if self.stage == Stage::Epilog {
            return Err(XmlError::Malformed);
        }
        if self.path.len() >= MAX_DEPTH {
            return Err(XmlError::TooDeep);
        }
        let name = raw.get(1..start.name().as_ref().len().saturating_add(1)).unwrap_or_default();
        let sane = start.attributes().all(|attribute| attribute.is_ok_and(|found| is_sane(&found)));
        if !sane || !is_name(name) || !are_apart(raw) {
            return Err(XmlError::Malformed);
        }
        self.stage = Stage::Root;
        Ok(Tag::named(raw, name))
    }

    fn open(&mut self, tag: Tag<'a>) {
        self.path.push(tag.local);
        self.names.push(tag.name);
    }

    fn close(&mut self) {
        self.path.pop();
        self.names.pop();
        self.leave();
    }

    fn leave(&mut self) {
        if self.path.is_empty() {
            self.stage = Stage::Epilog;
        }
    }

    fn inside(&self) -> Result<(), XmlError> {
        if self.stage == Stage::Root { Ok(()) } else { Err(XmlError::Malformed) }
    }
}

impl<'a> Tag<'a> {
    fn named(raw: &'a str, name: &'a str) -> Self {
        let local = name.split_once(':').map_or(name, |(_, local)| local);
        Self { raw, name, local }
    }
}

//! Reads heads, requests' and answers', as their lines come.
//!
//! ```text
//! first line ─ header lines ─ empty line ─► parts + what Follows
//!   └─ anything two parsers could read in two ways ─► Violation
//! ```
//!
//! Lines are looked at once each, however the bytes are cut. What is kept of them is their name, and where their value
//! lies; values are made only of a whole head, and share its bytes.

mod names;

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header, request, response};

use names::Names;

/// Why a head is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// The request line is not `METHOD SP target SP HTTP/1.x`, or the status line none.
    FirstLine,
    /// The target has a byte that must be percent-encoded, or a fragment.
    Target,
    /// The target is longer than it may be.
    TargetTooLong,
    /// The head is longer than it may be, or has too many lines.
    HeadTooLarge,
    /// A line ends in a bare line feed, holds a control character, is folded, or is no `name: value`.
    HeaderLine,
    /// `Transfer-Encoding` other than exactly one `chunked`.
    TransferEncoding,
    /// `Content-Length` more than once, or not a plain number.
    ContentLength,
    /// `Transfer-Encoding` and `Content-Length` together.
    BothLengths,
    /// No `Host`, or more than one.
    Host,
}

/// What follows a head (RFC 9112, 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    /// A body of exactly so many bytes, which may be none.
    Length(u64),
    /// A chunked body.
    Chunked,
    /// A body that ends with the connection: an answer that did not say how long it is.
    UntilClose,
}

/// Bounds of a head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadLimits {
    /// Bytes of the whole head.
    pub(crate) head: usize,
    /// Bytes of a request's target.
    pub(crate) target: usize,
    /// Header lines.
    pub(crate) headers: usize,
}

/// Reads one head after another, each given to it in a growing buffer.
#[derive(Debug)]
pub(crate) struct Head {
    kind: Kind,
    limits: HeadLimits,
    /// Where the line that has not ended yet begins.
    line_at: usize,
    /// Up to where its end has been looked for.
    seen: usize,
    first: Option<First>,
    fields: Vec<Field>,
    names: Names,
    http10: bool,
    hosts: usize,
    chunked: bool,
    length: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Request,
    Answer,
}

/// Where the words of the first line lie.
#[derive(Clone, Debug)]
enum First {
    Request { method: Range<usize>, target: Range<usize> },
    Answer { status: StatusCode },
}

/// A header line's name, and where its value lies.
#[derive(Clone, Debug)]
struct Field {
    name: HeaderName,
    value: Range<usize>,
}

/// Longer bodies than this are nobody's.
const MAX_LENGTH: u64 = i64::MAX as u64;

impl Head {
    /// Reads what clients ask.
    pub(crate) fn request(limits: HeadLimits) -> Self {
        Self::new(Kind::Request, limits)
    }

    /// Reads what stores answer.
    pub(crate) fn answer(limits: HeadLimits) -> Self {
        Self::new(Kind::Answer, limits)
    }

    fn new(kind: Kind, limits: HeadLimits) -> Self {
        Self {
            kind,
            limits,
            line_at: 0,
            seen: 0,
            first: None,
            fields: Vec::new(),
            names: Names::default(),
            http10: false,
            hosts: 0,
            chunked: false,
            length: None,
        }
    }

    /// Takes a request's head off the front of `bytes`, once all of it is there; `None` asks for more behind the same bytes.
    ///
    /// After a violation nothing else can be read: where the next head begins is not known.
    pub(crate) fn read_request(
        &mut self,
        bytes: &mut BytesMut,
    ) -> Result<Option<(request::Parts, Follows)>, Violation> {
        let Some(length) = self.whole(bytes)? else { return Ok(None) };
        let follows = self.request_follows()?;
        let raw = bytes.split_to(length).freeze();
        let (mut parts, ()) = http::Request::new(()).into_parts();
        if let Some(First::Request { method, target }) = &self.first {
            parts.method = raw
                .get(method.clone())
                .and_then(|method| Method::from_bytes(method).ok())
                .ok_or(Violation::FirstLine)?;
            parts.uri = Uri::from_maybe_shared(raw.slice(target.clone())).map_err(|_| Violation::Target)?;
        }
        parts.version = self.version();
        parts.headers = self.headers(&raw)?;
        self.begin_anew();
        Ok(Some((parts, follows)))
    }

    /// Takes an answer's head off the front of `bytes`, as [`Head::read_request`] does. What follows it depends on what was
    /// `asked`; a head of 100 to 199 is followed by another.
    pub(crate) fn read_answer(
        &mut self,
        asked: &Method,
        bytes: &mut BytesMut,
    ) -> Result<Option<(response::Parts, Follows)>, Violation> {
        let Some(length) = self.whole(bytes)? else { return Ok(None) };
        let raw = bytes.split_to(length).freeze();
        let (mut parts, ()) = http::Response::new(()).into_parts();
        if let Some(First::Answer { status }) = self.first {
            parts.status = status;
        }
        let follows = self.answer_follows(asked, parts.status)?;
        parts.version = self.version();
        parts.headers = self.headers(&raw)?;
        self.begin_anew();
        Ok(Some((parts, follows)))
    }

    fn begin_anew(&mut self) {
        self.fields.clear();
        (self.line_at, self.seen, self.first) = (0, 0, None);
        (self.http10, self.hosts, self.chunked, self.length) = (false, 0, false, None);
    }

    /// The head's length, once its last line is there.
    fn whole(&mut self, bytes: &[u8]) -> Result<Option<usize>, Violation> {
        while let Some(end) = bytes.get(self.seen..).and_then(|rest| memchr::memchr(b'\n', rest)) {
            let end = self.seen + end;
            let begin = self.line_at;
            let line = bytes.get(begin..end).and_then(|line| line.strip_suffix(b"\r"));
            let line = line.ok_or(Violation::HeaderLine)?;
            self.line_at = end + 1;
            self.seen = end + 1;
            if end >= self.limits.head {
                return Err(Violation::HeadTooLarge);
            }
            match (line.is_empty(), self.first.is_some()) {
                // Empty lines before a request are allowed (RFC 9112, 2.2).
                (true, false) => {}
                (true, true) => return Ok(Some(end + 1)),
                (false, false) => self.first_line(line, begin)?,
                (false, true) if self.fields.len() >= self.limits.headers => {
                    return Err(Violation::HeadTooLarge);
                }
                (false, true) => self.header_line(line, begin)?,
            }
        }
        self.seen = bytes.len();
        if self.seen >= self.limits.head {
            let in_target = self.first.is_none() && self.kind == Kind::Request;
            return Err(if in_target { Violation::TargetTooLong } else { Violation::HeadTooLarge });
        }
        Ok(None)
    }

    fn first_line(&mut self, line: &[u8], at: usize) -> Result<(), Violation> {
        self.first = Some(match self.kind {
            Kind::Request => self.request_line(line, at)?,
            Kind::Answer => self.status_line(line)?,
        });
        Ok(())
    }

    fn request_line(&mut self, line: &[u8], at: usize) -> Result<First, Violation> {
        let mut words = line.split(|&b| b == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Violation::FirstLine);
        };
        self.http10 = is_http10(version)?;
        if target.len() > self.limits.target {
            return Err(Violation::TargetTooLong);
        }
        let visible = target.iter().fold(true, |all, b| all & (*b > b' ') & (*b != 0x7f));
        if method.is_empty() || !is_token(method) || target.is_empty() || !visible {
            return Err(Violation::FirstLine);
        }
        // What parses a URI cuts a fragment off unseen.
        if memchr::memchr(b'#', target).is_some() {
            return Err(Violation::Target);
        }
        let method = at..at + method.len();
        let target = method.end + 1..method.end + 1 + target.len();
        Ok(First::Request { method, target })
    }

    /// `HTTP/1.x SP three digits [SP reason]` (RFC 9112, 4).
    fn status_line(&mut self, line: &[u8]) -> Result<First, Violation> {
        let mut words = line.splitn(3, |&b| b == b' ');
        let (Some(version), Some(status)) = (words.next(), words.next()) else {
            return Err(Violation::FirstLine);
        };
        self.http10 = is_http10(version)?;
        if !is_text(words.next().unwrap_or_default()) {
            return Err(Violation::FirstLine);
        }
        let status = StatusCode::from_bytes(status).map_err(|_| Violation::FirstLine)?;
        Ok(First::Answer { status })
    }

    fn header_line(&mut self, line: &[u8], at: usize) -> Result<(), Violation> {
        let colon = memchr::memchr(b':', line).ok_or(Violation::HeaderLine)?;
        let (name, rest) = line.split_at_checked(colon).ok_or(Violation::HeaderLine)?;
        let rest = rest.strip_prefix(b":").unwrap_or(rest);
        // Only these two are white space around a value (RFC 9110, 5.6.3).
        let blank = |b: &u8| matches!(b, b' ' | b'\t');
        let before = rest.iter().take_while(|b| blank(b)).count();
        let value = rest.get(before..).unwrap_or_default();
        let value = value.get(..value.len() - value.iter().rev().take_while(|b| blank(b)).count());
        let value = value.unwrap_or_default();
        let name = self.names.at(self.fields.len(), name).filter(|_| is_text(value));
        let name = name.ok_or(Violation::HeaderLine)?;
        match name {
            header::HOST => self.hosts += 1,
            header::TRANSFER_ENCODING => {
                if self.chunked || self.http10 || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Violation::TransferEncoding);
                }
                self.chunked = true;
            }
            header::CONTENT_LENGTH => {
                let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
                let number = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                match (self.length, number) {
                    (None, Some(number)) if digits && number <= MAX_LENGTH => self.length = Some(number),
                    _ => return Err(Violation::ContentLength),
                }
            }
            _ => {}
        }
        let value_at = at + colon + 1 + before;
        self.fields.push(Field { name, value: value_at..value_at + value.len() });
        Ok(())
    }

    fn request_follows(&self) -> Result<Follows, Violation> {
        if self.hosts != 1 {
            return Err(Violation::Host);
        }
        Ok(self.framed()?.unwrap_or(Follows::Length(0)))
    }

    fn answer_follows(&self, asked: &Method, status: StatusCode) -> Result<Follows, Violation> {
        let framed = self.framed()?;
        let never = status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || *asked == Method::HEAD;
        Ok(if never { Follows::Length(0) } else { framed.unwrap_or(Follows::UntilClose) })
    }

    fn framed(&self) -> Result<Option<Follows>, Violation> {
        match (self.chunked, self.length) {
            (false, length) => Ok(length.map(Follows::Length)),
            (true, None) => Ok(Some(Follows::Chunked)),
            (true, Some(_)) => Err(Violation::BothLengths),
        }
    }

    fn version(&self) -> Version {
        if self.http10 { Version::HTTP_10 } else { Version::HTTP_11 }
    }

    fn headers(&mut self, raw: &Bytes) -> Result<HeaderMap, Violation> {
        let mut headers = HeaderMap::with_capacity(self.fields.len());
        for Field { name, value } in self.fields.drain(..) {
            let value =
                HeaderValue::from_maybe_shared(raw.slice(value)).map_err(|_| Violation::HeaderLine)?;
            headers.append(name, value);
        }
        Ok(headers)
    }
}

fn is_http10(version: &[u8]) -> Result<bool, Violation> {
    match version {
        b"HTTP/1.1" => Ok(false),
        b"HTTP/1.0" => Ok(true),
        _ => Err(Violation::FirstLine),
    }
}

/// What a value or a reason is made of (RFC 9110, 5.5). Every byte is looked at whatever the others are: many at once.
fn is_text(text: &[u8]) -> bool {
    text.iter().fold(true, |all, b| all & ((*b == b'\t') | ((*b >= b' ') & (*b != 0x7f))))
}

/// What a method is made of (RFC 9110, 5.6.2).
fn is_token(word: &[u8]) -> bool {
    word.iter().all(|b| TOKEN.get(usize::from(*b)).copied().unwrap_or(false))
}

const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        #[allow(
            clippy::indexing_slicing,
            reason = "a byte is less than 256, and this is known when it is built"
        )]
        {
            table[byte as usize] = byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'!' | b'#'
                        | b'$'
                        | b'%'
                        | b'&'
                        | b'\''
                        | b'*'
                        | b'+'
                        | b'-'
                        | b'.'
                        | b'^'
                        | b'_'
                        | b'`'
                        | b'|'
                        | b'~'
                );
        }
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests;

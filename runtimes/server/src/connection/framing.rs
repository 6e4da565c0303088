//! Follows the framing of HTTP/1 requests, byte by byte, before hyper does.
//!
//! ```text
//! Head ─ lines, to the empty one ─► Body(length) ─ all of it ─► Head …
//!   │                          └──► Open   chunked: hyper decodes it, and the connection closes after the answer
//!   └─ anything two parsers could read in two ways ─► Violation
//! ```
//!
//! hyper accepts more than is safe in front of a store: `Transfer-Encoding: gzip, chunked`, a `Content-Length` beside
//! it, bare line feeds, two `Host` headers. Once parsed, the traces of that are gone; hence this look at the wire.

/// Why a head is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// The request line is not `METHOD SP target SP HTTP/1.x`.
    RequestLine,
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

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    /// A body of exactly so many bytes, which may be none; then the next head.
    Body(u64),
    /// A chunked body; nothing after it is a request.
    Open,
}

/// Bounds of a head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadLimits {
    /// Bytes of the whole head.
    pub(crate) head: usize,
    /// Bytes of the target.
    pub(crate) target: usize,
    /// Header lines.
    pub(crate) headers: usize,
}

/// Reads one head, given to it in a growing buffer.
#[derive(Debug, Default)]
pub(crate) struct Head {
    /// Where the line that has not ended yet begins.
    line_at: usize,
    /// Up to where its end has been looked for.
    seen: usize,
    lines: usize,
    http10: bool,
    hosts: usize,
    chunked: usize,
    length: Option<u64>,
}

/// Lengths behind this are marks of their own to hyper.
const MAX_LENGTH: u64 = i64::MAX as u64;

impl Head {
    /// Looks at `bytes`, which begin where the head begins and hold all of it that has come.
    ///
    /// `Some` gives the head's length and what follows it; `None` asks for more.
    pub(crate) fn read(
        &mut self,
        bytes: &[u8],
        limits: &HeadLimits,
    ) -> Result<Option<(usize, Follows)>, Violation> {
        while let Some(end) = bytes.get(self.seen..).and_then(|rest| rest.iter().position(|&b| b == b'\n')) {
            let end = self.seen + end;
            let line = bytes.get(self.line_at..end).and_then(|line| line.strip_suffix(b"\r"));
            let line = line.ok_or(Violation::HeaderLine)?;
            self.line_at = end + 1;
            self.seen = end + 1;
            if end >= limits.head {
                return Err(Violation::HeadTooLarge);
            }
            match (line.is_empty(), self.lines) {
                // Empty lines before a request are allowed (RFC 9112, 2.2).
                (true, 0) => {}
                (true, _) => return self.follows().map(|follows| Some((end + 1, follows))),
                (false, 0) => self.request_line(line, limits)?,
                (false, lines) if lines > limits.headers => return Err(Violation::HeadTooLarge),
                (false, _) => self.header(line)?,
            }
            self.lines += usize::from(!line.is_empty());
        }
        self.seen = bytes.len();
        if self.seen >= limits.head {
            let in_first_line = self.lines == 0;
            return Err(if in_first_line { Violation::TargetTooLong } else { Violation::HeadTooLarge });
        }
        Ok(None)
    }

    fn request_line(&mut self, line: &[u8], limits: &HeadLimits) -> Result<(), Violation> {
        let mut words = line.split(|&b| b == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Violation::RequestLine);
        };
        self.http10 = match version {
            b"HTTP/1.1" => false,
            b"HTTP/1.0" => true,
            _ => return Err(Violation::RequestLine),
        };
        if target.len() > limits.target {
            return Err(Violation::TargetTooLong);
        }
        let visible = |b: &u8| *b > b' ' && *b != 0x7f;
        if method.is_empty()
            || !method.iter().all(is_token)
            || target.is_empty()
            || !target.iter().all(visible)
        {
            return Err(Violation::RequestLine);
        }
        // hyper would answer such a target with nothing at all, and cut a fragment off unseen.
        if target.contains(&b'#') || http::Uri::try_from(target).is_err() {
            return Err(Violation::Target);
        }
        Ok(())
    }

    fn header(&mut self, line: &[u8]) -> Result<(), Violation> {
        let colon = line.iter().position(|&b| b == b':').ok_or(Violation::HeaderLine)?;
        let (name, value) = line.split_at_checked(colon).ok_or(Violation::HeaderLine)?;
        let value = value.strip_prefix(b":").unwrap_or(value).trim_ascii();
        let printable = |b: &u8| *b == b'\t' || (*b >= b' ' && *b != 0x7f);
        if name.is_empty() || !name.iter().all(is_token) || !value.iter().all(printable) {
            return Err(Violation::HeaderLine);
        }
        if name.eq_ignore_ascii_case(b"host") {
            self.hosts += 1;
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.chunked += 1;
            if self.chunked > 1 || self.http10 || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Violation::TransferEncoding);
            }
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
            let number = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            match (self.length, number) {
                (None, Some(number)) if digits && number <= MAX_LENGTH => self.length = Some(number),
                _ => return Err(Violation::ContentLength),
            }
        }
        Ok(())
    }

    fn follows(&self) -> Result<Follows, Violation> {
        if self.hosts != 1 {
            return Err(Violation::Host);
        }
        match (self.chunked, self.length) {
            (0, length) => Ok(Follows::Body(length.unwrap_or(0))),
            (_, None) => Ok(Follows::Open),
            (_, Some(_)) => Err(Violation::BothLengths),
        }
    }
}

/// A character of a method or a header's name (RFC 9110, 5.6.2).
fn is_token(b: &u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b)
}

#[cfg(test)]
mod tests;

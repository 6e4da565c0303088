//! Takes bodies out of their framing (RFC 9112, sections 6 and 7).

use bytes::{Buf, Bytes, BytesMut};

use super::head::Follows;

/// What is left of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// So many bytes; none when it is over.
    Length(u64),
    /// Chunks.
    Chunked(Chunks),
    /// Whatever comes until the connection ends.
    UntilClose,
}

/// Where in the chunks the next byte lies. Numbers count what the bounds leave of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chunks {
    /// At a chunk's head.
    Head,
    /// In its data, of which so much is left.
    Data(u64),
    /// At the line end behind it.
    End,
    /// In the lines behind the last chunk, which may have so many bytes more.
    Trailers(usize),
    /// Behind the last line.
    Over,
}

/// What a look at the bytes gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Bytes of the body.
    Data(Bytes),
    /// Nothing without more bytes.
    More,
    /// The body has ended; what is left of the bytes is not its own.
    Over,
}

/// The framing is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed chunks")]
pub(crate) struct Malformed;

/// Bytes of a chunk's head: its size, and extensions that nobody reads.
const CHUNK_HEAD: usize = 1 << 10;

/// Bytes of all trailers of a body, which nobody reads either.
const TRAILERS: usize = 16 << 10;

impl Framing {
    /// Whether the body is known to have ended.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunks::Over))
    }

    /// How many bytes are left, where that is known.
    pub(crate) fn left(&self) -> Option<u64> {
        match self {
            Self::Length(left) => Some(*left),
            Self::Chunked(Chunks::Over) => Some(0),
            Self::Chunked(_) | Self::UntilClose => None,
        }
    }

    /// Whether the body is complete when the connection ends here.
    pub(crate) fn may_end(&self) -> bool {
        self.is_over() || *self == Self::UntilClose
    }

    /// Takes what is next off the front of `bytes`.
    ///
    /// # Errors
    /// [`Malformed`], after which nothing more can be told from the bytes.
    pub(crate) fn step(&mut self, bytes: &mut BytesMut) -> Result<Step, Malformed> {
        match self {
            Self::Length(0) => Ok(Step::Over),
            _ if bytes.is_empty() => Ok(Step::More),
            Self::Length(left) => Ok(Step::Data(take(left, bytes))),
            Self::UntilClose => Ok(Step::Data(bytes.split().freeze())),
            Self::Chunked(chunks) => chunks.step(bytes),
        }
    }
}

impl From<Follows> for Framing {
    fn from(follows: Follows) -> Self {
        match follows {
            Follows::Length(length) => Self::Length(length),
            Follows::Chunked => Self::Chunked(Chunks::Head),
            Follows::UntilClose => Self::UntilClose,
        }
    }
}

impl Chunks {
    fn step(&mut self, bytes: &mut BytesMut) -> Result<Step, Malformed> {
        loop {
            match self {
                Self::Head => {
                    let Some(line) = line(bytes, CHUNK_HEAD)? else { return Ok(Step::More) };
                    *self = match size(&line)? {
                        0 => Self::Trailers(TRAILERS),
                        size => Self::Data(size),
                    };
                }
                Self::Data(0) => *self = Self::End,
                Self::Data(_) if bytes.is_empty() => return Ok(Step::More),
                Self::Data(left) => return Ok(Step::Data(take(left, bytes))),
                Self::End => {
                    let Some(line) = line(bytes, 0)? else { return Ok(Step::More) };
                    debug_assert!(line.is_empty());
                    *self = Self::Head;
                }
                Self::Trailers(left) => {
                    let Some(line) = line(bytes, *left)? else { return Ok(Step::More) };
                    *self = match line.is_empty() {
                        true => Self::Over,
                        false => Self::Trailers(left.saturating_sub(line.len() + 2)),
                    };
                }
                Self::Over => return Ok(Step::Over),
            }
        }
    }
}

fn take(left: &mut u64, bytes: &mut BytesMut) -> Bytes {
    let now = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
    *left -= now as u64;
    bytes.split_to(now).freeze()
}

/// Takes a line of at most `limit` bytes off, without its end; `None` when it has not ended yet.
fn line(bytes: &mut BytesMut, limit: usize) -> Result<Option<Bytes>, Malformed> {
    let looked_at = bytes.get(..(limit + 2).min(bytes.len())).unwrap_or_default();
    match memchr::memchr(b'\n', looked_at) {
        Some(end) => {
            let line = bytes.split_to(end).freeze();
            bytes.advance(1);
            let line = line.strip_suffix(b"\r").map(|line| line.len()).map(|length| line.slice(..length));
            line.map(Some).ok_or(Malformed)
        }
        // The longest line ends two bytes behind the limit.
        None if looked_at.len() >= limit + 2 => Err(Malformed),
        None => Ok(None),
    }
}

/// A chunk's size: hexadecimal digits, before extensions if any.
fn size(line: &[u8]) -> Result<u64, Malformed> {
    let digits = line.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let (digits, rest) = line.split_at_checked(digits).ok_or(Malformed)?;
    let extended = rest.trim_ascii_start().first();
    if digits.is_empty() || digits.len() > 15 || !matches!(extended, None | Some(b';')) {
        return Err(Malformed);
    }
    if !rest.iter().all(|b| *b == b'\t' || (*b >= b' ' && *b != 0x7f))
        || (extended.is_none() && !rest.is_empty())
    {
        return Err(Malformed);
    }
    let text = std::str::from_utf8(digits).map_err(|_| Malformed)?;
    u64::from_str_radix(text, 16).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests;

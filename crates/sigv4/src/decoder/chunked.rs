//! `aws-chunked`, read strictly
//! ([chunked uploads](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html),
//! [trailers](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html)).
//!
//! ```text
//! body    = *( SIZE [";chunk-signature=" SIG] CRLF DATA CRLF ) "0" [";chunk-signature=" SIG] CRLF trailer CRLF
//! trailer = [ NAME ":" VALUE eol ] [ "x-amz-trailer-signature:" SIG eol ]
//! eol     = CRLF | LF CRLF                                  ; minio-go ends a line the second way
//! ```

use std::fmt;

use bytes::{Buf as _, Bytes};
use sha2::{Digest as _, Sha256};

use super::{DecodeError, Output};
use crate::checksum::ChecksumAlgorithm;
use crate::content_sha256::EMPTY_HASH;
use crate::hexadecimal;
use crate::verify::ChunkContext;

pub(super) struct Chunked {
    state: State,
    /// A line that is not complete yet.
    line: Vec<u8>,
    length: u64,
    declared: Option<ChecksumAlgorithm>,
    signing: Option<Signing>,
    section: Section,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before or in a chunk's first line.
    Size,
    /// In a chunk's data; the count is never zero.
    Data(u64),
    /// Before or in the line end after a chunk's data.
    DataEnd,
    /// In the trailer section.
    Trailer,
    /// After the last byte.
    Done,
}

struct Signing {
    context: ChunkContext,
    hash: Sha256,
    claimed: [u8; 32],
}

/// What the trailer section has said so far.
#[derive(Default)]
struct Section {
    checksum: Option<String>,
    signed: bool,
    /// The last line ended in LF alone, so CR LF must follow.
    bare: bool,
}

/// The longest line: a trailer with a SHA-256 and its signature needs under 100 bytes.
const LINE: usize = 512;

const SIGNATURE: &[u8] = b"chunk-signature=";
const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";

impl Chunked {
    pub(super) fn new(
        context: Option<ChunkContext>,
        length: u64,
        declared: Option<ChecksumAlgorithm>,
    ) -> Self {
        let signing = context.map(|context| Signing { context, hash: Sha256::new(), claimed: [0; 32] });
        Self { state: State::Size, line: Vec::new(), length, declared, signing, section: Section::default() }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn push(
        &mut self,
        mut input: Bytes,
        output: &mut Output,
        out: &mut Vec<Bytes>,
    ) -> Result<(), DecodeError> {
        while !input.is_empty() {
            match self.state {
                State::Data(left) => self.data(left, &mut input, output, out)?,
                State::Size | State::DataEnd | State::Trailer => {
                    if !self.fill_line(&mut input)? {
                        return Ok(());
                    }
                    let line = std::mem::take(&mut self.line);
                    self.state = match self.state {
                        State::DataEnd if line == b"\r\n" => State::Size,
                        State::DataEnd => return Err(DecodeError::ChunkEnd),
                        State::Trailer => self.trailer_line(&line, output)?,
                        State::Size | State::Data(_) | State::Done => self.size_line(&line, output)?,
                    };
                }
                State::Done => return Err(DecodeError::TrailingBytes),
            }
        }
        Ok(())
    }

    pub(super) fn finish(&self) -> Result<(), DecodeError> {
        if self.state == State::Done { Ok(()) } else { Err(DecodeError::Unfinished) }
    }

    /// Moves bytes up to and including the next LF into `line`; whether it is complete.
    fn fill_line(&mut self, input: &mut Bytes) -> Result<bool, DecodeError> {
        let limit = if self.state == State::DataEnd { 2 } else { LINE };
        let room = limit - self.line.len().min(limit);
        let end = input.iter().take(room).position(|byte| *byte == b'\n');
        let taken = end.map_or(input.len().min(room), |end| end + 1);
        self.line.extend(input.iter().take(taken));
        input.advance(taken);
        match end {
            Some(_) => Ok(true),
            None if self.line.len() < limit => Ok(false),
            None if self.state == State::DataEnd => Err(DecodeError::ChunkEnd),
            None => Err(DecodeError::LineTooLong),
        }
    }

    fn size_line(&mut self, line: &[u8], output: &Output) -> Result<State, DecodeError> {
        let malformed = DecodeError::ChunkHeader { signed: self.signing.is_some() };
        let line = line.strip_suffix(b"\r\n").ok_or(malformed.clone())?;
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let (size, extension) = line.split_at_checked(digits).ok_or(malformed.clone())?;
        let size = str::from_utf8(size)
            .ok()
            .filter(|digits| digits.len() <= 16)
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
            .ok_or(malformed.clone())?;
        if size > self.length.saturating_sub(output.count()) {
            return Err(DecodeError::TooLong { declared: self.length });
        }
        match &mut self.signing {
            None if extension.is_empty() => {}
            None => return Err(malformed),
            Some(signing) => {
                let given = extension
                    .strip_prefix(b";")
                    .and_then(|it| it.strip_prefix(SIGNATURE))
                    .ok_or(malformed)?;
                signing.claimed = hexadecimal::decode(given).ok_or(DecodeError::ChunkSignature)?;
            }
        }
        if size > 0 {
            return Ok(State::Data(size));
        }
        self.check_chunk()?;
        if output.count() < self.length {
            return Err(DecodeError::TooShort { declared: self.length, found: output.count() });
        }
        Ok(State::Trailer)
    }

    fn data(
        &mut self,
        left: u64,
        input: &mut Bytes,
        output: &mut Output,
        out: &mut Vec<Bytes>,
    ) -> Result<(), DecodeError> {
        let taken = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
        let piece = input.split_to(taken);
        if let Some(signing) = &mut self.signing {
            signing.hash.update(&piece);
        }
        output.take(piece, out);
        self.state = match left - taken as u64 {
            0 => {
                self.check_chunk()?;
                State::DataEnd
            }
            left => State::Data(left),
        };
        Ok(())
    }

    fn check_chunk(&mut self) -> Result<(), DecodeError> {
        let Some(signing) = &mut self.signing else { return Ok(()) };
        let hash = signing.hash.finalize_reset().into();
        if signing.context.accept_chunk(&EMPTY_HASH, &hash, &signing.claimed) {
            Ok(())
        } else {
            Err(DecodeError::ChunkSignature)
        }
    }

    fn trailer_line(&mut self, line: &[u8], output: &Output) -> Result<State, DecodeError> {
        let line = line.strip_suffix(b"\n").ok_or(DecodeError::MalformedTrailer)?;
        let whole = line.strip_suffix(b"\r");
        let was_bare = std::mem::replace(&mut self.section.bare, whole.is_none());
        match whole.unwrap_or(line) {
            b"" if whole.is_none() => Err(DecodeError::MalformedTrailer),
            b"" if was_bare => Ok(State::Trailer),
            b"" => self.end(output),
            _ if was_bare => Err(DecodeError::MalformedTrailer),
            text => {
                let text = str::from_utf8(text).map_err(|_| DecodeError::MalformedTrailer)?;
                let (name, value) = text.split_once(':').ok_or(DecodeError::MalformedTrailer)?;
                self.trailer(name, value.trim_matches(' '))?;
                Ok(State::Trailer)
            }
        }
    }

    fn trailer(&mut self, name: &str, value: &str) -> Result<(), DecodeError> {
        if self.section.signed {
            return Err(DecodeError::MalformedTrailer);
        }
        if name.eq_ignore_ascii_case(TRAILER_SIGNATURE) {
            return self.check_trailer(value);
        }
        let algorithm = ChecksumAlgorithm::from_header(name).ok_or(DecodeError::UndeclaredTrailer)?;
        if self.declared != Some(algorithm) {
            return Err(DecodeError::UndeclaredTrailer);
        }
        if !algorithm.is_value(value) || self.section.checksum.is_some() {
            return Err(DecodeError::MalformedTrailer);
        }
        self.section.checksum = Some(value.to_owned());
        Ok(())
    }

    fn check_trailer(&mut self, value: &str) -> Result<(), DecodeError> {
        let (Some(signing), Some(algorithm), Some(checksum)) =
            (&mut self.signing, self.declared, &self.section.checksum)
        else {
            return Err(DecodeError::MalformedTrailer);
        };
        let mut hash = Sha256::new();
        for part in [algorithm.header(), ":", checksum, "\n"] {
            hash.update(part);
        }
        let given = hexadecimal::decode(value.as_bytes()).ok_or(DecodeError::TrailerSignature)?;
        if !signing.context.accept_trailer(&hash.finalize().into(), &given) {
            return Err(DecodeError::TrailerSignature);
        }
        self.section.signed = true;
        Ok(())
    }

    fn end(&self, output: &Output) -> Result<State, DecodeError> {
        let Some(algorithm) = self.declared else { return Ok(State::Done) };
        let given = self.section.checksum.as_deref().ok_or(DecodeError::MissingTrailer(algorithm))?;
        if self.signing.is_some() && !self.section.signed {
            return Err(DecodeError::TrailerSignature);
        }
        if output.trailer().is_some_and(|trailer| trailer.value == given) {
            Ok(State::Done)
        } else {
            Err(DecodeError::Checksum(algorithm))
        }
    }
}

impl fmt::Debug for Chunked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunked")
            .field("state", &self.state)
            .field("length", &self.length)
            .field("declared", &self.declared)
            .field("signed", &self.signing.is_some())
            .finish_non_exhaustive()
    }
}

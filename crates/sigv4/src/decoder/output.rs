//! What comes out of a decoder: plain bytes or fresh chunks, the last piece always held back.

use bytes::{Bytes, BytesMut};

use super::Trailer;
use crate::checksum::{Checksum, ChecksumAlgorithm};

/// Bytes of a chunk of a reframed output, its last chunk excepted.
const CHUNK: u64 = 64 * 1024;

/// Pieces below this size are gathered, so that a flood of tiny chunks does not become one of tiny frames.
const SMALL: usize = 512;

/// What is gathered at most.
const GATHERED: usize = 8 * 1024;

#[derive(Debug)]
pub(super) struct Output {
    framing: Framing,
    held: Held,
    count: u64,
    checksum: Option<Checksum>,
}

#[derive(Debug)]
enum Framing {
    Plain,
    /// Bytes of the body not yet announced in a chunk, and of the current chunk not yet sent.
    Chunks {
        unannounced: u64,
        open: u64,
        first: bool,
    },
}

#[derive(Debug)]
enum Held {
    Nothing,
    Whole(Bytes),
    Gathered(BytesMut),
}

impl Output {
    pub(super) fn plain(checksum: Option<ChecksumAlgorithm>) -> Self {
        Self { framing: Framing::Plain, held: Held::Nothing, count: 0, checksum: checksum.map(Checksum::new) }
    }

    pub(super) fn reframed(checksum: ChecksumAlgorithm, length: u64) -> Self {
        let framing = Framing::Chunks { unannounced: length, open: 0, first: true };
        Self { framing, ..Self::plain(Some(checksum)) }
    }

    pub(super) fn is_reframed(&self) -> bool {
        matches!(self.framing, Framing::Chunks { .. })
    }

    pub(super) fn algorithm(&self) -> Option<ChecksumAlgorithm> {
        self.checksum.as_ref().map(Checksum::algorithm)
    }

    /// Plain bytes taken in so far.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Bytes that come out for a body of `length`.
    pub(super) fn length(&self, length: u64) -> u64 {
        match (&self.framing, &self.checksum) {
            (Framing::Chunks { .. }, Some(checksum)) => {
                let rest = length % CHUNK;
                let last = if rest == 0 { 0 } else { chunk_length(rest) };
                let chunks = (length / CHUNK).saturating_mul(chunk_length(CHUNK));
                let algorithm = checksum.algorithm();
                let end = "0\r\n:\r\n\r\n".len() + algorithm.header().len() + algorithm.encoded_len();
                chunks.saturating_add(last).saturating_add(end as u64)
            }
            (Framing::Chunks { .. } | Framing::Plain, _) => length,
        }
    }

    /// Takes a piece of the body: it is held, and what was held goes out.
    pub(super) fn take(&mut self, piece: Bytes, out: &mut Vec<Bytes>) {
        if piece.is_empty() {
            return;
        }
        self.count += piece.len() as u64;
        if let Some(checksum) = &mut self.checksum {
            checksum.update(&piece);
        }
        if piece.len() >= SMALL {
            self.release(out);
            self.held = Held::Whole(piece);
            return;
        }
        if let Held::Gathered(gathered) = &mut self.held
            && gathered.len() + piece.len() <= GATHERED
        {
            return gathered.extend_from_slice(&piece);
        }
        self.release(out);
        self.held = Held::Gathered(BytesMut::from(&*piece));
    }

    /// The body is proved: everything goes out, and the end of the framing.
    pub(super) fn finish(&mut self, out: &mut Vec<Bytes>) {
        self.release(out);
        if let (Framing::Chunks { first, .. }, Some(trailer)) = (&self.framing, self.trailer()) {
            let close = if *first { "" } else { "\r\n" };
            let end = format!("{close}0\r\n{}:{}\r\n\r\n", trailer.algorithm.header(), trailer.value);
            out.push(end.into());
        }
    }

    /// The body is refused: nothing more goes out.
    pub(super) fn discard(&mut self) {
        self.held = Held::Nothing;
    }

    /// The checksum of what was taken in so far.
    pub(super) fn trailer(&self) -> Option<Trailer> {
        let checksum = self.checksum.clone()?;
        Some(Trailer { algorithm: checksum.algorithm(), value: checksum.finish() })
    }

    fn release(&mut self, out: &mut Vec<Bytes>) {
        let piece = match std::mem::replace(&mut self.held, Held::Nothing) {
            Held::Nothing => return,
            Held::Whole(piece) => piece,
            Held::Gathered(gathered) => gathered.freeze(),
        };
        match &mut self.framing {
            Framing::Plain => out.push(piece),
            Framing::Chunks { unannounced, open, first } => {
                let mut rest = piece;
                while !rest.is_empty() {
                    if *open == 0 {
                        let size = CHUNK.min(*unannounced);
                        out.push(announce(size, *first));
                        (*open, *unannounced, *first) = (size, *unannounced - size, false);
                    }
                    let fits = usize::try_from(*open).map_or(rest.len(), |open| open.min(rest.len()));
                    if fits == 0 {
                        // Unreachable: no body is longer than was declared.
                        return;
                    }
                    out.push(rest.split_to(fits));
                    *open -= fits as u64;
                }
            }
        }
    }
}

fn announce(size: u64, first: bool) -> Bytes {
    match (size, first) {
        (CHUNK, true) => Bytes::from_static(b"10000\r\n"),
        (CHUNK, false) => Bytes::from_static(b"\r\n10000\r\n"),
        (_, true) => format!("{size:x}\r\n").into(),
        (_, false) => format!("\r\n{size:x}\r\n").into(),
    }
}

/// Size line, data and line end of a chunk of `size` bytes.
fn chunk_length(size: u64) -> u64 {
    let digits = u64::from(size.checked_ilog2().unwrap_or_default() / 4 + 1);
    digits.saturating_add(4).saturating_add(size)
}

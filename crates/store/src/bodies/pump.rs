//! Reading an object's pieces in order, in bounded chunks.

use super::{Lease, Source};
use bytes::Bytes;
use std::collections::VecDeque;
use std::io;

/// Bytes read at a time.
const CHUNK: usize = 256 * 1024;

/// A run of bytes to read.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) origin: Origin,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

/// Where a piece's bytes are: a body of that number, or at hand.
#[derive(Debug)]
pub(crate) enum Origin {
    Body(u64),
    Bytes(Bytes),
}

/// Reads pieces one after the other.
#[derive(Debug)]
pub(crate) struct Pump {
    lease: Option<Lease>,
    pieces: VecDeque<Piece>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    source: Source,
    offset: u64,
    left: u64,
}

impl Pump {
    /// Reads `pieces`, which were found in the index after `lease` was taken.
    pub(crate) fn new(lease: Lease, pieces: VecDeque<Piece>) -> Self {
        Self { lease: Some(lease), pieces, open: None }
    }

    /// How many bytes are left to read.
    pub(crate) fn length(&self) -> u64 {
        let open = self.open.as_ref().map_or(0, |open| open.left);
        self.pieces.iter().map(|piece| piece.length).fold(open, u64::saturating_add)
    }

    /// The next bytes, at most 256 KiB; empty at the end. Blocking.
    pub(crate) fn read(&mut self) -> io::Result<Bytes> {
        loop {
            if let Some(open) = self.open.as_mut().filter(|open| open.left > 0) {
                let most = usize::try_from(open.left).unwrap_or(CHUNK).min(CHUNK);
                let bytes = open.source.read(open.offset, most)?;
                open.offset += bytes.len() as u64;
                open.left -= bytes.len() as u64;
                return Ok(bytes);
            }
            self.open = None;
            let Some(piece) = self.pieces.pop_front() else {
                self.lease = None;
                return Ok(Bytes::new());
            };
            let source = match (piece.origin, &self.lease) {
                (Origin::Bytes(bytes), _) => Source::Inline(bytes),
                (Origin::Body(id), Some(lease)) => lease.bodies().open(id)?,
                (Origin::Body(_), None) => return Err(io::ErrorKind::NotFound.into()),
            };
            self.open = Some(Open { source, offset: piece.offset, left: piece.length });
            if self.pieces.is_empty() {
                // What is open stays readable when it is removed.
                self.lease = None;
            }
        }
    }
}

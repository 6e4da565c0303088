//! A hash that is fed many small pieces. They are gathered first: a call of the hash costs as much as tens of bytes do.

use sha2::digest::Update;

/// The hash `H` of pieces.
#[derive(Clone)]
pub(crate) struct Gathered<H> {
    hash: H,
    held: [u8; 256],
    length: usize,
}

impl<H: Update> Gathered<H> {
    pub(crate) fn new(hash: H) -> Self {
        Self { hash, held: [0; 256], length: 0 }
    }

    pub(crate) fn update(&mut self, piece: &[u8]) {
        if !self.hold(piece) {
            self.flush();
            if !self.hold(piece) {
                self.hash.update(piece);
            }
        }
    }

    /// Adds one byte.
    pub(crate) fn push(&mut self, byte: u8) {
        if self.length == self.held.len() {
            self.flush();
        }
        if let Some(room) = self.held.get_mut(self.length) {
            *room = byte;
            self.length += 1;
        }
    }

    /// The hash that has taken in every piece.
    pub(crate) fn end(mut self) -> H {
        self.flush();
        self.hash
    }

    /// Whether there was room for the piece.
    fn hold(&mut self, piece: &[u8]) -> bool {
        let end = self.length + piece.len();
        let room = self.held.get_mut(self.length..end);
        room.is_some_and(|room| {
            room.copy_from_slice(piece);
            self.length = end;
            true
        })
    }

    fn flush(&mut self) {
        self.hash.update(self.held.get(..self.length).unwrap_or_default());
        self.length = 0;
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn pieces_of_any_length_are_hashed_as_one_text() {
        let text: Vec<u8> = (0..2_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        for piece in [1, 7, 255, 256, 257, 600] {
            let mut hash = Gathered::new(Sha256::new());
            text.chunks(piece).for_each(|piece| match piece {
                [byte] => hash.push(*byte),
                piece => hash.update(piece),
            });
            assert_eq!(hash.end().finalize(), Sha256::digest(&text), "{piece}");
        }
    }
}

//! Cyclic redundancy checks where the fast ones cannot be: their tables would weigh more than the rest of a Worker.
//!
//! Eight bytes at a time, by tables that are made when they are first needed.

use std::sync::OnceLock;

type Tables = [[u64; 256]; 8];

/// One in the making. All are reflected, begin with ones and end inverted, so a narrow one is a wide one with high zeros.
#[derive(Clone)]
pub(super) struct Crc {
    tables: &'static Tables,
    state: u64,
    ones: u64,
}

impl Crc {
    pub(super) fn crc32() -> Self {
        static TABLES: OnceLock<Box<Tables>> = OnceLock::new();
        Self::new(TABLES.get_or_init(|| tables(0xedb8_8320)), u64::from(u32::MAX))
    }

    pub(super) fn crc32c() -> Self {
        static TABLES: OnceLock<Box<Tables>> = OnceLock::new();
        Self::new(TABLES.get_or_init(|| tables(0x82f6_3b78)), u64::from(u32::MAX))
    }

    pub(super) fn crc64_nvme() -> Self {
        static TABLES: OnceLock<Box<Tables>> = OnceLock::new();
        Self::new(TABLES.get_or_init(|| tables(0x9a6c_9329_ac4b_c9b5)), u64::MAX)
    }

    fn new(tables: &'static Tables, ones: u64) -> Self {
        Self { tables, state: ones, ones }
    }

    pub(super) fn update(&mut self, data: &[u8]) {
        let [t0, t1, t2, t3, t4, t5, t6, t7] = self.tables;
        let mut state = self.state;
        let (eights, rest) = data.as_chunks::<8>();
        for eight in eights {
            let [b0, b1, b2, b3, b4, b5, b6, b7] = (state ^ u64::from_le_bytes(*eight)).to_le_bytes();
            state = entry(t7, b0)
                ^ entry(t6, b1)
                ^ entry(t5, b2)
                ^ entry(t4, b3)
                ^ entry(t3, b4)
                ^ entry(t2, b5)
                ^ entry(t1, b6)
                ^ entry(t0, b7);
        }
        for byte in rest {
            let [low, ..] = (state ^ u64::from(*byte)).to_le_bytes();
            state = entry(t0, low) ^ (state >> 8);
        }
        self.state = state;
    }

    pub(super) fn finish(&self) -> u64 {
        self.state ^ self.ones
    }
}

fn entry(table: &[u64; 256], byte: u8) -> u64 {
    table.get(usize::from(byte)).copied().unwrap_or_default()
}

/// The tables of a reflected polynomial: the first is a byte's remainder, each next that of the byte followed by a zero more.
fn tables(polynomial: u64) -> Box<Tables> {
    let mut tables = Box::new([[0; 256]; 8]);
    let mut before: Option<[u64; 256]> = None;
    let mut first = [0; 256];
    for (byte, entry) in (0u64..).zip(first.iter_mut()) {
        *entry =
            (0..8).fold(byte, |rest, _| if rest & 1 == 1 { (rest >> 1) ^ polynomial } else { rest >> 1 });
    }
    for table in tables.iter_mut() {
        *table = match before {
            None => first,
            Some(before) => before.map(|rest| {
                let [low, ..] = rest.to_le_bytes();
                entry(&first, low) ^ (rest >> 8)
            }),
        };
        before = Some(*table);
    }
    tables
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Crc;
    use crate::checksum::fast;

    proptest! {
        #[test]
        fn the_small_are_the_fast(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..5)) {
            let both = [
                (Crc::crc32(), fast::Crc::crc32()),
                (Crc::crc32c(), fast::Crc::crc32c()),
                (Crc::crc64_nvme(), fast::Crc::crc64_nvme()),
            ];
            for (mut small, mut fast) in both {
                for piece in &pieces {
                    small.update(piece);
                    fast.update(piece);
                }
                prop_assert_eq!(small.finish(), fast.finish());
            }
        }
    }
}

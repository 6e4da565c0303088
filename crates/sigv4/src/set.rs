//! Sets of bytes, as tables: one look for each byte of a text.

/// The set of these.
pub(crate) const fn set(mut members: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    while let [first, rest @ ..] = members {
        #[allow(
            clippy::indexing_slicing,
            reason = "a byte is less than 256, and this is known when it is built"
        )]
        {
            table[*first as usize] = true;
        }
        members = rest;
    }
    table
}

/// Whether the byte is in the set.
pub(crate) fn has(set: &[bool; 256], byte: u8) -> bool {
    set.get(usize::from(byte)).copied().unwrap_or(false)
}

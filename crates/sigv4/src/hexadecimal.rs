//! Lower-case hexadecimal of 32 bytes: hashes and signatures, without an allocation.

/// The 64 digits of `bytes`.
pub(crate) fn encode(bytes: &[u8; 32]) -> [u8; 64] {
    let mut digits = [0; 64];
    for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    digits
}

/// Reads exactly 64 lower-case digits.
pub(crate) fn decode(text: &[u8]) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.try_into().ok()?;
    let (mut bytes, mut all) = ([0; 32], 0);
    for (byte, [high, low]) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        let (high, low) = (value(*high), value(*low));
        all |= high | low;
        *byte = high << 4 | low & 15;
    }
    (all < 16).then_some(bytes)
}

const fn digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
}

/// What a digit stands for; more than fifteen for what is none.
fn value(digit: u8) -> u8 {
    VALUES.get(usize::from(digit)).copied().unwrap_or(NONE)
}

const NONE: u8 = 0xff;

/// Each request has two hashes in digits: they are looked up rather than told apart.
const VALUES: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut value = 0_u8;
    while value < 16 {
        #[allow(
            clippy::indexing_slicing,
            reason = "a byte is less than 256, and this is known when it is built"
        )]
        {
            table[digit(value) as usize] = value;
        }
        value += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lower_case_digits_are_read() {
        let bytes: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 7 + 9).unwrap());
        let text = encode(&bytes);
        assert_eq!(decode(&text), Some(bytes));
        for other in (0..=u8::MAX).filter(|byte| !b"0123456789abcdef".contains(byte)) {
            for at in [0, 1, 62, 63] {
                let mut text = text;
                text[at] = other;
                assert_eq!(decode(&text), None, "{other:#x} at {at}");
            }
        }
        assert_eq!(decode(&text[1..]), None);
    }
}

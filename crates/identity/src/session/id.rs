//! The id of a session, and the access key id it shows.

use std::fmt;

/// 80 random bits, which the access key id spells out: whoever has the one has the other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId([u8; 10]);

/// RFC 4648's base 32.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// How AWS's temporary access key ids begin.
const PREFIX: &str = "ASIA";

impl SessionId {
    /// The id of these random bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 10]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 10] {
        &self.0
    }

    /// The access key id of its credentials: `ASIA` and 16 letters and digits.
    #[must_use]
    pub fn key_id(&self) -> String {
        let mut text = String::with_capacity(20);
        text.push_str(PREFIX);
        let bits = self.0.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        for place in (0..16).rev() {
            let digit = usize::try_from(bits >> (place * 5) & 31).unwrap_or(0);
            text.extend(ALPHABET.get(digit).map(|letter| char::from(*letter)));
        }
        text
    }

    /// The id that an access key id spells out; `None` for a key id that no session has.
    #[must_use]
    pub fn of_key_id(key_id: &str) -> Option<Self> {
        let digits = key_id.strip_prefix(PREFIX).filter(|digits| digits.len() == 16)?;
        let mut bits = 0_u128;
        for letter in digits.bytes() {
            let digit = ALPHABET.iter().position(|it| *it == letter)?;
            bits = bits << 5 | u128::try_from(digit).ok()?;
        }
        let (_, bytes) =
            bits.to_be_bytes().split_last_chunk::<10>().map(|(rest, bytes)| (rest.len(), *bytes))?;
        Some(Self(bytes))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key_id())
    }
}

#[cfg(test)]
mod tests {
    use super::SessionId;

    #[test]
    fn a_key_id_spells_out_its_session() {
        for (bytes, key_id) in [
            ([0; 10], "ASIAAAAAAAAAAAAAAAAA"),
            ([0xff; 10], "ASIA7777777777777777"),
            // RFC 4648 section 10: "foobar" and four more bytes.
            (*b"foobarfoob", "ASIAMZXW6YTBOJTG633C"),
        ] {
            assert_eq!(SessionId::new(bytes).key_id(), key_id);
            assert_eq!(SessionId::of_key_id(key_id), Some(SessionId::new(bytes)));
        }
        for other in [
            "",
            "ASIA",
            "AKIAAAAAAAAAAAAAAAAA",
            "ASIAaaaaaaaaaaaaaaaa",
            "ASIA1AAAAAAAAAAAAAAA",
            "ASIAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(SessionId::of_key_id(other), None, "{other}");
        }
    }
}

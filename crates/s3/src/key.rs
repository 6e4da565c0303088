//! The key of an object, byte for byte.

use std::fmt;

/// The key of an object: 1 to 1024 bytes of UTF-8, any of them.
///
/// A key is what the client named after percent-decoding the path once; nothing is normalised, so `a//b`,
/// `a/../b`, `a%2Fb` (sent as `a%252Fb`) and `dir/` are four keys like any other.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectKey(Box<str>);

/// Why bytes are not an object's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// More than 1024 bytes.
    #[error("your key is too long: a key has at most 1024 bytes")]
    TooLong,
    /// Not UTF-8, a broken percent escape, or empty.
    #[error("couldn't parse the key: it must be UTF-8, percent-encoded once")]
    Malformed,
}

impl ObjectKey {
    /// Takes decoded bytes as a key.
    ///
    /// # Errors
    /// [`KeyError`]: S3 answers 400 `KeyTooLongError` or `InvalidURI`.
    pub fn new(bytes: Vec<u8>) -> Result<Self, KeyError> {
        if bytes.is_empty() {
            return Err(KeyError::Malformed);
        }
        if bytes.len() > 1024 {
            return Err(KeyError::TooLong);
        }
        // NUL is legal UTF-8, but no store keeps it and many truncate there: another object's name.
        if bytes.contains(&0) {
            return Err(KeyError::Malformed);
        }
        String::from_utf8(bytes).map(|s| Self(s.into())).map_err(|_| KeyError::Malformed)
    }

    /// Reads a key from the raw, percent-encoded path text behind `/bucket/`.
    ///
    /// # Errors
    /// As [`ObjectKey::new`].
    pub fn decode(raw: &str) -> Result<Self, KeyError> {
        Self::new(brigade_sigv4::percent_decode(raw).ok_or(KeyError::Malformed)?)
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

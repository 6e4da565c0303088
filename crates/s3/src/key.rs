//! The key of an object, byte for byte.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// The key of an object: 1 to 1024 bytes of UTF-8, any of them.
///
/// A key is what the client named after percent-decoding the path once; nothing is normalised, so `a//b`,
/// `a/../b`, `a%2Fb` (sent as `a%252Fb`) and `dir/` are four keys like any other. Cloning one is cheap.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectKey(Arc<str>);

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
        text(bytes).map(|text| Self(text.into()))
    }

    /// Reads a key from the raw, percent-encoded path text behind `/bucket/`.
    ///
    /// # Errors
    /// As [`ObjectKey::new`].
    pub fn decode(raw: &str) -> Result<Self, KeyError> {
        Self::decoded(raw).map(|text| Self((*text).into()))
    }

    /// The text of the key that such a path names.
    pub(crate) fn decoded(raw: &str) -> Result<Cow<'_, str>, KeyError> {
        if raw.as_bytes().contains(&b'%') {
            return text(brigade_sigv4::percent_decode(raw).ok_or(KeyError::Malformed)?).map(Cow::Owned);
        }
        is_key(raw).map(|()| Cow::Borrowed(raw))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn text(bytes: Vec<u8>) -> Result<String, KeyError> {
    if bytes.len() > 1024 {
        return Err(KeyError::TooLong);
    }
    let text = String::from_utf8(bytes).map_err(|_| KeyError::Malformed)?;
    is_key(&text).map(|()| text)
}

fn is_key(text: &str) -> Result<(), KeyError> {
    if text.len() > 1024 {
        return Err(KeyError::TooLong);
    }
    // NUL is legal UTF-8, but no store keeps it and many truncate there: another object's name.
    if text.is_empty() || text.as_bytes().contains(&0) {
        return Err(KeyError::Malformed);
    }
    Ok(())
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

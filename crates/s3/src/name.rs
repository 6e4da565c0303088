//! The name of a bucket, as clients give it.

use std::fmt;
use std::sync::Arc;

/// The name of a bucket: 3 to 63 of `a-z 0-9 . -`, beginning and ending with a letter or digit.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>. A name never
/// begins with a dot, so `/.brigade/…` and `/.sts` cannot be buckets. Cloning it is cheap.
///
/// ```
/// use brigade_s3::BucketName;
/// assert!(BucketName::parse("landsat").is_ok());
/// assert!(BucketName::parse("Landsat").is_err());
/// assert!(BucketName::parse("a/b").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketName(Arc<str>);

/// Why a text is not a bucket's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Shorter than 3 or longer than 63 bytes.
    #[error("a bucket name has 3 to 63 characters")]
    Length,
    /// A character other than `a-z 0-9 . -`, or one of these in the wrong place.
    #[error("a bucket name holds a-z, 0-9, '.' and '-', and begins and ends with a letter or digit")]
    Character,
}

impl BucketName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`NameError`], which S3 answers with 400 `InvalidBucketName`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if !(3..=63).contains(&text.len()) {
            return Err(NameError::Length);
        }
        let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = text.as_bytes();
        let plain = bytes.iter().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'));
        if !plain || !edge(bytes.first()) || !edge(bytes.last()) || text.contains("..") {
            return Err(NameError::Character);
        }
        Ok(Self(text.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for BucketName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_authz_09_look_alikes_are_not_names() {
        for bad in [
            "",
            "ab",
            "Demo",
            "demo ",
            "dem%6f",
            "demo/",
            "-demo",
            "demo-",
            ".demo",
            "demo.",
            "a..b",
            "démo",
            "demo\0",
            "de_mo",
            "ｄｅｍｏ",
        ] {
            assert!(BucketName::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["demo", "a.b-c", "123", "a".repeat(63).as_str()] {
            assert_eq!(BucketName::parse(good).unwrap().as_str(), good);
        }
    }
}

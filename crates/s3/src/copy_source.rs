//! The object a copy reads, as `x-amz-copy-source` names it.

use brigade_policy::{Action, Ask, Target};
use brigade_sigv4::{percent_decode, percent_encode, percent_encode_path};

use crate::operation::Version;
use crate::{BucketName, Code, Inside, Named, ObjectKey, S3Error};

/// The source of a copy: read once, here; what is authorized is what is sent on.
///
/// Source: `x-amz-copy-source` of <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>:
/// `[/]bucket/key[?versionId=id]`, percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopySource {
    /// The bucket, as the client named it.
    pub bucket: BucketName,
    /// The key in it.
    pub key: ObjectKey,
    /// Which version of it.
    pub version: Version,
}

impl CopySource {
    /// Reads the header's value.
    ///
    /// # Errors
    /// 400 `InvalidArgument` when it is not a bucket and a key; 501 for access points, which are not served.
    pub(crate) fn parse(value: &str) -> Result<Self, S3Error> {
        let bad = || {
            S3Error::new(Code::InvalidArgument)
                .say("x-amz-copy-source must be bucket/key, percent-encoded, optionally with ?versionId=…")
        };
        if value.starts_with("arn:") || value.starts_with("/arn:") {
            return Err(
                S3Error::new(Code::NotImplemented).say("Access points are not served as copy sources.")
            );
        }
        // The `?` that begins the version is a raw one: `%3FversionId` belongs to the key (versitygw 67aaa80).
        let (path, version) = match value.split_once('?') {
            None => (value, Version::Current),
            Some((path, query)) => {
                let id = query.strip_prefix("versionId=").filter(|id| !id.is_empty() && !id.contains('&'));
                let id = String::from_utf8(percent_decode(id.ok_or_else(bad)?).ok_or_else(bad)?)
                    .map_err(|_| bad())?;
                (path, Version::Named(id.into()))
            }
        };
        // Some SDKs encode the slash behind the bucket too, so the path is decoded before it is split.
        let path = String::from_utf8(percent_decode(path).ok_or_else(bad)?).map_err(|_| bad())?;
        let (bucket, key) = path.strip_prefix('/').unwrap_or(&path).split_once('/').ok_or_else(bad)?;
        Ok(Self {
            bucket: BucketName::parse(bucket).map_err(|_| bad())?,
            key: ObjectKey::new(key.into()).map_err(|_| bad())?,
            version,
        })
    }

    /// The question that must be answered with yes before the source is read.
    pub(crate) fn ask(&self) -> Ask<'_> {
        let action = match self.version {
            Version::Current => Action::GetObject,
            Version::Named(_) => Action::GetObjectVersion,
        };
        Ask::new(action, Target::Object { bucket: self.bucket.as_str(), key: self.key.as_str() })
    }

    /// What a registry is asked for.
    #[must_use]
    pub fn named(&self) -> Named<'_> {
        Named { bucket: &self.bucket, inside: Inside::Key(self.key.as_str()) }
    }

    /// The header for the store, in the store's names.
    pub(crate) fn header(&self, stored_as: &str, stored_key: &str) -> String {
        let mut value = format!(
            "/{}/{}",
            percent_encode(stored_as.as_bytes()),
            percent_encode_path(stored_key.as_bytes())
        );
        if let Version::Named(id) = &self.version {
            value.push_str("?versionId=");
            value.push_str(&percent_encode(id.as_bytes()));
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_copy_01_the_source_is_read_once_and_written_as_read() {
        for (value, expect) in [
            ("demo/key", Ok("/real/p/key")),
            ("/demo/key", Ok("/real/p/key")),
            ("demo%2Fkey", Ok("/real/p/key")),
            ("/demo/a%20b%2Bc+d", Ok("/real/p/a%20b%2Bc%2Bd")),
            ("demo/k?versionId=v%2F1", Ok("/real/p/k?versionId=v%2F1")),
            ("demo/k%3FversionId=v", Ok("/real/p/k%3FversionId%3Dv")),
            ("demo//lead", Ok("/real/p//lead")),
            ("demo/../secret/x", Ok("/real/p/../secret/x")),
            ("demo", Err(Code::InvalidArgument)),
            ("demo/", Err(Code::InvalidArgument)),
            ("", Err(Code::InvalidArgument)),
            ("Demo/k", Err(Code::InvalidArgument)),
            ("demo/k?versionId=", Err(Code::InvalidArgument)),
            ("demo/k?acl", Err(Code::InvalidArgument)),
            ("demo/k?versionId=a&versionId=b", Err(Code::InvalidArgument)),
            ("demo/%zz", Err(Code::InvalidArgument)),
            ("demo/%ff", Err(Code::InvalidArgument)),
            ("arn:aws:s3:us-east-1:1:accesspoint/a/object/k", Err(Code::NotImplemented)),
        ] {
            let read = CopySource::parse(value)
                .map(|source| source.header("real", &format!("p/{}", source.key)))
                .map_err(|e| e.code());
            assert_eq!(read, expect.map(str::to_owned), "{value}");
        }
    }
}

//! What the arguments of an operation are read from.

use brigade_sigv4::ContentSha256;
use http::{HeaderMap, HeaderValue};

use crate::query::Query;
use crate::{BucketsQuery, Code, CopySource, ListQuery, Payload, S3Error, Version};

/// A request's head, as its operation's row reads it.
#[derive(Debug)]
pub(crate) struct Form<'a> {
    pub(crate) query: &'a Query,
    pub(crate) headers: &'a HeaderMap,
    /// `x-amz-copy-source`, from the headers or a presigned URL.
    pub(crate) source: Option<&'a HeaderValue>,
    pub(crate) sha256: ContentSha256,
}

impl Form<'_> {
    pub(crate) fn version(&self) -> Version {
        self.query.value("versionId").map_or(Version::Current, |id| Version::Named(id.into()))
    }

    pub(crate) fn payload(&self) -> Result<Payload, S3Error> {
        Payload::of_upload(self.headers, self.sha256)
    }

    pub(crate) fn copy_source(&self) -> Result<CopySource, S3Error> {
        let value = self.source.and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
        CopySource::parse(value.ok_or_else(|| {
            S3Error::new(Code::InvalidArgument).say("x-amz-copy-source must be percent-encoded UTF-8.")
        })?)
    }

    pub(crate) fn buckets(&self) -> BucketsQuery {
        let owned = |name| self.query.value(name).map(str::to_owned);
        BucketsQuery {
            prefix: owned("prefix").unwrap_or_default(),
            after: owned("continuation-token"),
            max: self.query.value("max-buckets").and_then(|max| max.parse().ok()),
            region: owned("bucket-region"),
        }
    }

    pub(crate) fn listing(&self) -> ListQuery {
        ListQuery {
            prefix: self.query.value("prefix").unwrap_or_default().into(),
            token: self.query.value("continuation-token").map(Into::into),
        }
    }
}

//! Addressing: which bucket and key a request's Host and path name.

use std::borrow::Cow;

use brigade_sigv4::{percent_decode, query_pairs};
use http::{header, request};

use crate::{BucketName, Code, ObjectKey, S3Error};

/// How buckets are found: in the path, or in front of one of these domains in the Host header.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>.
#[derive(Clone, Debug, Default)]
pub struct Addressing {
    domains: Vec<Domain>,
}

/// A domain below which every label, or run of labels, is a bucket: `s3.example.org`. Held in lower case, no port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain(Box<str>);

/// Why a text is not a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a host name without scheme, port or leading dot, such as s3.example.org")]
pub struct DomainError;

/// Where a request goes, as far as it decides whose cross-origin rules hold: known even of requests that are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination<'a> {
    /// The bucket.
    pub bucket: BucketName,
    /// Whether it names an object there.
    pub object: bool,
    /// The object's key, or the prefix of a listing; empty where there is none, and for what is no key.
    pub inside: Cow<'a, str>,
}

/// What a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Service,
    Bucket(BucketName),
    Object(BucketName, ObjectKey),
}

impl Domain {
    /// Reads a domain.
    ///
    /// # Errors
    /// [`DomainError`] when it is not a plain host name.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        let lower = text.to_ascii_lowercase();
        let label = |l: &str| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if lower.split('.').all(label) { Ok(Self(lower.into())) } else { Err(DomainError) }
    }
}

impl Addressing {
    /// Buckets in the path, and in front of these domains.
    #[must_use]
    pub fn new(domains: Vec<Domain>) -> Self {
        // The longest first, so that `b.s3.example.org` under both `example.org` and `s3.example.org` is `b`.
        let mut sorted: Vec<Domain> = Vec::new();
        for domain in domains {
            let place = sorted.partition_point(|other| other.0.len() >= domain.0.len());
            sorted.insert(place, domain);
        }
        Self { domains: sorted }
    }

    /// What the Host header and the raw path name. Both come from one place: a bucket in the Host makes the whole
    /// path the key.
    pub(crate) fn place(&self, host: &str, path: &str) -> Result<Place, S3Error> {
        let path = path.strip_prefix('/').ok_or_else(|| S3Error::new(Code::InvalidUri))?;
        if let Some(bucket) = self.virtual_bucket(host) {
            return Self::within(bucket?, path);
        }
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        if path.is_empty() {
            return Ok(Place::Service);
        }
        Self::within(name(bucket)?, key)
    }

    /// Whether a Host header is that of no bucket.
    #[must_use]
    pub fn is_service(&self, host: &str) -> bool {
        self.virtual_bucket(host).is_none()
    }

    /// Where a request goes; `None` when it names no bucket.
    #[must_use]
    pub fn destination<'a>(&self, head: &'a request::Parts) -> Option<Destination<'a>> {
        let host = head.headers.get(header::HOST).map_or(Some(""), |host| host.to_str().ok())?;
        let path = head.uri.path().strip_prefix('/')?;
        let (bucket, raw_key) = match self.virtual_bucket(host) {
            Some(bucket) => (bucket.ok()?, path),
            None => {
                let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
                (name(bucket).ok()?, key)
            }
        };
        let object = !raw_key.is_empty();
        let inside = if object {
            ObjectKey::decoded(raw_key).ok()
        } else {
            let pairs = query_pairs(head.uri.query().unwrap_or_default());
            let prefix = pairs.filter_map(Result::ok).find(|(name, _)| name == "prefix");
            prefix.map(|(_, value)| value)
        };
        Some(Destination { bucket, object, inside: inside.unwrap_or_default() })
    }

    fn within(bucket: BucketName, raw_key: &str) -> Result<Place, S3Error> {
        if raw_key.is_empty() {
            return Ok(Place::Bucket(bucket));
        }
        Ok(Place::Object(bucket, ObjectKey::decode(raw_key)?))
    }

    /// The bucket in front of a domain, or `None` when the host is no bucket of any domain.
    fn virtual_bucket(&self, host: &str) -> Option<Result<BucketName, S3Error>> {
        if self.domains.is_empty() {
            return None;
        }
        let host = without_port(host).trim_end_matches('.');
        if self.domains.iter().any(|domain| host.eq_ignore_ascii_case(&domain.0)) {
            return None;
        }
        self.domains.iter().find_map(|domain| {
            let (bucket, end) = host.split_at_checked(host.len().checked_sub(domain.0.len())?)?;
            // The dot is part of what is stripped: `evils3.example.org` is not below `s3.example.org`.
            let bucket = bucket.strip_suffix('.').filter(|_| end.eq_ignore_ascii_case(&domain.0))?;
            Some(name(&bucket.to_ascii_lowercase()))
        })
    }
}

/// Whether the Host named the bucket of a request, of which this is the key; it is empty for the bucket itself. Then the
/// path is the key and no more.
pub(crate) fn named_by_host(head: &request::Parts, key: &str) -> bool {
    let path = head.uri.path().strip_prefix('/').and_then(percent_decode);
    path.is_some_and(|path| path == key.as_bytes())
}

fn name(text: &str) -> Result<BucketName, S3Error> {
    BucketName::parse(text).map_err(|why| S3Error::new(Code::InvalidBucketName).because(why.to_string()))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(host: &str, path: &str) -> Result<String, Code> {
        let how = Addressing::new(
            ["example.org", "s3.example.org"].into_iter().map(|d| Domain::parse(d).unwrap()).collect(),
        );
        match how.place(host, path) {
            Ok(Place::Service) => Ok("service".into()),
            Ok(Place::Bucket(b)) => Ok(b.to_string()),
            Ok(Place::Object(b, k)) => Ok(format!("{b} | {k}")),
            Err(error) => Err(error.code()),
        }
    }

    #[test]
    fn hosts_and_paths() {
        for (host, path, expect) in [
            ("localhost:9000", "/", Ok("service")),
            ("localhost", "/demo", Ok("demo")),
            ("localhost", "/demo/", Ok("demo")),
            ("localhost", "/demo/a/b", Ok("demo | a/b")),
            ("localhost", "/demo//a//b/", Ok("demo | /a//b/")),
            ("localhost", "/demo/a%2Fb%20c+d", Ok("demo | a/b c+d")),
            ("localhost", "/demo/../x/./y", Ok("demo | ../x/./y")),
            ("localhost", "/demo%2Fa", Err(Code::InvalidBucketName)),
            ("localhost", "//a", Err(Code::InvalidBucketName)),
            ("localhost", "/dem%6F/a", Err(Code::InvalidBucketName)),
            ("localhost", "/demo/%FF", Err(Code::InvalidUri)),
            ("localhost", "/demo/%zz", Err(Code::InvalidUri)),
            ("localhost", "/demo/a%00b", Err(Code::InvalidUri)),
            ("s3.example.org", "/demo/k", Ok("demo | k")),
            ("S3.EXAMPLE.ORG:443", "/demo/k", Ok("demo | k")),
            ("demo.s3.example.org", "/k", Ok("demo | k")),
            ("DEMO.s3.example.org:9000", "/k/l", Ok("demo | k/l")),
            ("demo.s3.example.org", "/", Ok("demo")),
            ("a.b.s3.example.org", "/k", Ok("a.b | k")),
            ("demo.s3.example.org.", "/k", Ok("demo | k")),
            // bugs.md, s3s #649: a suffix without the label boundary is another host altogether.
            ("evils3.example.org", "/k", Ok("evils3 | k")),
            ("evilexample.org", "/demo/k", Ok("demo | k")),
            ("bad_name.s3.example.org", "/k", Err(Code::InvalidBucketName)),
        ] {
            assert_eq!(place(host, path), expect.map(str::to_owned), "{host} {path}");
        }
    }

    #[test]
    fn where_a_request_goes_is_known_of_requests_that_are_refused_too() {
        let how = Addressing::new(vec![Domain::parse("s3.example.org").unwrap()]);
        for (host, target, expect) in [
            ("localhost", "/demo/a%2Fb?uploads", Some("demo object a/b")),
            ("localhost", "/demo/%FF", Some("demo object ")),
            ("localhost", "/demo?prefix=a%2Fb&prefix=c&x=%zz", Some("demo bucket a/b")),
            ("localhost", "/demo/?list-type=2", Some("demo bucket ")),
            ("demo.s3.example.org:443", "/k?prefix=a", Some("demo object k")),
            ("demo.s3.example.org", "/", Some("demo bucket ")),
            ("localhost", "/", None),
            ("localhost", "/Demo/k", None),
            ("bad_name.s3.example.org", "/demo/k", None),
        ] {
            let request = http::Request::builder().uri(target).header("host", host).body(()).unwrap();
            let found = how.destination(&request.into_parts().0).map(|to| {
                format!("{} {} {}", to.bucket, if to.object { "object" } else { "bucket" }, to.inside)
            });
            assert_eq!(found.as_deref(), expect, "{host} {target}");
        }
    }

    #[test]
    fn r_authz_10_a_bucket_in_the_host_makes_the_whole_path_the_key() {
        assert_eq!(place("demo.s3.example.org", "/other/k"), Ok("demo | other/k".into()));
    }
}

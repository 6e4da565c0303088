//! The address of a request for a store.

use brigade_sigv4::{push_percent_encoded, push_percent_encoded_path};
use bytes::Bytes;
use http::Uri;
use http::uri::{Parts, PathAndQuery};

use crate::{Bucket, Code, S3Error};

/// The store's address of a key or of the bucket, with this query. Of its parameters, `flags` have no value.
pub(crate) fn uri(
    bucket: &Bucket,
    key: Option<&str>,
    query: &[(String, String)],
    flags: &[&str],
) -> Result<Uri, S3Error> {
    let endpoint = &bucket.backend.endpoint;
    // Just so much where nothing is escaped: what has room left is given away only with memory of its own beside it.
    let length = endpoint.base().len() + 1 + bucket.stored_as.len() + key.map_or(0, |key| 1 + key.len());
    let more = if query.is_empty() { 0 } else { 64 };
    let mut target = String::with_capacity(length + more);
    target.push_str(endpoint.base());
    target.push('/');
    push_percent_encoded(&mut target, &bucket.stored_as);
    if let Some(key) = key {
        target.push('/');
        push_percent_encoded_path(&mut target, key);
    }
    for (at, (name, value)) in query.iter().enumerate() {
        target.push(if at == 0 { '?' } else { '&' });
        push_percent_encoded(&mut target, name);
        if !(value.is_empty() && flags.contains(&name.as_str())) {
            target.push('=');
            push_percent_encoded(&mut target, value);
        }
    }
    let bad = |why: &dyn std::fmt::Display| S3Error::new(Code::InvalidUri).because(why.to_string());
    let mut parts = Parts::default();
    parts.scheme = Some(endpoint.scheme().clone());
    parts.authority = Some(endpoint.authority().clone());
    parts.path_and_query =
        Some(PathAndQuery::from_maybe_shared(Bytes::from(target)).map_err(|why| bad(&why))?);
    Uri::from_parts(parts).map_err(|why| bad(&why))
}

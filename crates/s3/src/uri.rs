//! The address of a request for a store.

use brigade_sigv4::{percent_encode, percent_encode_path};
use http::Uri;

use crate::{Bucket, Code, S3Error};

/// The store's address of a key or of the bucket, with this query. Of its parameters, `flags` have no value.
pub(crate) fn uri(
    bucket: &Bucket,
    key: Option<&str>,
    query: &[(String, String)],
    flags: &[&str],
) -> Result<Uri, S3Error> {
    let endpoint = &bucket.backend.endpoint;
    let mut target = format!("{}/{}", endpoint.base(), percent_encode(bucket.stored_as.as_bytes()));
    if let Some(key) = key {
        target.push('/');
        target.push_str(&percent_encode_path(key.as_bytes()));
    }
    for (at, (name, value)) in query.iter().enumerate() {
        target.push(if at == 0 { '?' } else { '&' });
        target.push_str(&percent_encode(name.as_bytes()));
        if !(value.is_empty() && flags.contains(&name.as_str())) {
            target.push('=');
            target.push_str(&percent_encode(value.as_bytes()));
        }
    }
    Uri::builder()
        .scheme(endpoint.scheme().clone())
        .authority(endpoint.authority().clone())
        .path_and_query(target)
        .build()
        .map_err(|why| S3Error::new(Code::InvalidUri).because(why.to_string()))
}

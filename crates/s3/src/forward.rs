//! A request for a store, and the one place where it is signed.

use std::fmt;

use brigade_sigv4::{ContentSha256, SigningKeys, Timestamp};
use http::{HeaderName, HeaderValue, header, request};

use crate::{Backend, BackendAuth, Code, Inbound, Lent, Outbound, S3Error, Upload};

/// A request for the store that only lacks its signature.
pub struct Forward {
    pub(crate) head: request::Parts,
    pub(crate) payload: ContentSha256,
    pub(crate) upload: Upload,
    pub(crate) inbound: Inbound,
}

impl Forward {
    /// How the store is to be asked for credentials.
    #[must_use]
    pub fn auth(&self) -> &BackendAuth {
        &self.inbound.bucket.backend.auth
    }

    /// Signs the request for the store.
    ///
    /// # Errors
    /// 500 `InternalError` when the request cannot be signed, which its construction rules out.
    pub fn sign(
        mut self,
        lent: &Lent,
        now: Timestamp,
        keys: &SigningKeys,
    ) -> Result<(Outbound, Inbound), S3Error> {
        sign(&mut self.head, self.payload, &self.inbound.bucket.backend, lent, now, keys)?;
        Ok((Outbound { head: self.head, upload: self.upload }, self.inbound))
    }
}

/// Signs a head for a store: the one place where any outbound request is signed.
///
/// # Errors
/// 500 `InternalError` when the request cannot be signed, which its construction rules out.
pub(crate) fn sign(
    head: &mut request::Parts,
    payload: ContentSha256,
    backend: &Backend,
    lent: &Lent,
    now: Timestamp,
    keys: &SigningKeys,
) -> Result<(), S3Error> {
    match lent {
        Lent::Keys(credentials) => {
            brigade_sigv4::sign(head, payload, credentials, &backend.region, "s3", now, keys)
                .map_err(|why| S3Error::new(Code::InternalError).because(why.to_string()))?;
        }
        Lent::Unsigned => {
            if let Ok(host) = HeaderValue::from_str(backend.endpoint.authority().as_str()) {
                head.headers.insert(header::HOST, host);
            }
            // A store in this process checks the body against this as any other would.
            head.headers.insert(HeaderName::from_static("x-amz-content-sha256"), payload.header());
        }
    }
    Ok(())
}

impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forward")
            .field("method", &self.head.method)
            .field("upload", &self.upload)
            .finish_non_exhaustive()
    }
}

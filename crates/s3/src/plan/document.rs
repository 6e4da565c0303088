//! Bodies that the gateway has read: passed on as they are, or written anew.

use brigade_sigv4::{ChecksumAlgorithm, ContentSha256, Verified};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header, request};

use super::Draft;
use crate::{Code, Op, Row, S3Error, Upload, body_digest, xml};

/// The bodies that are no XML.
const JSON: &[Op] = &[Op::PutBucketPolicy];

impl Draft {
    /// A document for the store, as the client wrote it: whole, and what its head says it is.
    pub(super) fn document(
        &mut self,
        client: &request::Parts,
        proof: Option<&Verified>,
        body: &[u8],
        row: &Row,
    ) -> Result<(), S3Error> {
        let sha256 = proof.map_or(ContentSha256::Unsigned, Verified::content_sha256);
        body_digest::check(&client.headers, sha256, body)?;
        body_digest::check_checksums(&client.headers, body)?;
        if !body.is_empty() && !JSON.contains(&row.op) {
            // A result that RestoreObject writes elsewhere would go to a bucket of the store's that nobody authorized.
            let foreign = xml::holds(body, "OutputLocation")
                .map_err(|why| S3Error::new(Code::MalformedXml).because(why.to_string()))?;
            if foreign {
                return Err(S3Error::new(Code::NotImplemented).say("OutputLocation is not implemented."));
            }
        }
        self.payload = body_digest::sha256(body);
        self.length(body.len() as u64);
        self.upload = Upload::Replace(Bytes::copy_from_slice(body));
        Ok(())
    }

    /// A document of our own in place of the client's, whose checksums say nothing of it.
    pub(super) fn rewritten(&mut self, body: Vec<u8>) {
        for algorithm in ChecksumAlgorithm::ALL {
            self.headers.remove(algorithm.header());
        }
        self.headers.remove("x-amz-sdk-checksum-algorithm");
        self.headers.remove(HeaderName::from_static("content-md5"));
        if !body.is_empty() {
            if let Ok(md5) = HeaderValue::from_str(&body_digest::content_md5(&body)) {
                self.headers.insert("content-md5", md5);
            }
            self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        }
        self.length(body.len() as u64);
        self.payload = body_digest::sha256(&body);
        self.upload = Upload::Replace(body.into());
    }
}

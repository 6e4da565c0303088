//! What a request's head says of a body that the gateway itself reads.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use brigade_sigv4::{Checksum, ChecksumAlgorithm, ContentSha256};
use http::HeaderMap;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::{Code, S3Error};

/// Checks a control body against its signed hash and its `Content-MD5`: a body the gateway consumes,
/// the gateway hashes.
pub(crate) fn check(headers: &HeaderMap, sha256: ContentSha256, body: &[u8]) -> Result<(), S3Error> {
    match sha256 {
        ContentSha256::Hash(declared) if <[u8; 32]>::from(Sha256::digest(body)) != declared => {
            return Err(S3Error::new(Code::ContentSha256Mismatch));
        }
        ContentSha256::Hash(_) | ContentSha256::Unsigned => {}
        ContentSha256::StreamingUnsignedTrailer
        | ContentSha256::StreamingSigned
        | ContentSha256::StreamingSignedTrailer => return Err(S3Error::new(Code::InvalidRequest)),
    }
    if let Some(declared) = headers.get("content-md5") {
        let sum = BASE64_STANDARD.decode(declared.as_bytes()).ok().filter(|sum| sum.len() == 16);
        let sum = sum.ok_or_else(|| S3Error::new(Code::InvalidDigest))?;
        if sum != Md5::digest(body).as_slice() {
            return Err(S3Error::new(Code::BadDigest));
        }
    }
    Ok(())
}

/// Checks a control body against the checksums of its head. Not for CompleteMultipartUpload: there, they are the object's.
pub(crate) fn check_checksums(headers: &HeaderMap, body: &[u8]) -> Result<(), S3Error> {
    for algorithm in ChecksumAlgorithm::ALL {
        if let Some(declared) = headers.get(algorithm.header()) {
            let mut sum = Checksum::new(algorithm);
            sum.update(body);
            if declared.as_bytes() != sum.finish().as_bytes() {
                return Err(S3Error::new(Code::BadDigest));
            }
        }
    }
    Ok(())
}

/// Refuses checksums that cannot be checked here, of a body that is written anew: they would be lost with it.
pub(crate) fn check_all(headers: &HeaderMap, body: &[u8]) -> Result<(), S3Error> {
    const ABOUT: [&str; 3] = ["algorithm", "mode", "type"];
    for name in headers.keys() {
        let Some(what) = name.as_str().strip_prefix("x-amz-checksum-") else { continue };
        if !ABOUT.contains(&what) && ChecksumAlgorithm::from_header(name.as_str()).is_none() {
            return Err(S3Error::new(Code::NotImplemented)
                .say(format!("{name} is not implemented for this operation; use x-amz-checksum-crc32."))
                .with("Header", name.as_str()));
        }
    }
    check_checksums(headers, body)
}

/// The `Content-MD5` of a body the gateway made.
pub(crate) fn content_md5(body: &[u8]) -> String {
    BASE64_STANDARD.encode(Md5::digest(body))
}

/// The SHA-256 of a body the gateway made.
pub(crate) fn sha256(body: &[u8]) -> ContentSha256 {
    ContentSha256::Hash(Sha256::digest(body).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_xml_03_a_wrong_digest_of_a_batch_delete_is_refused() {
        let body = b"<Delete/>";
        let right = ContentSha256::Hash(Sha256::digest(body).into());
        for (name, value, sha256, expect) in [
            ("x-none", "".to_owned(), right, None),
            ("x-none", "".to_owned(), ContentSha256::Hash([0; 32]), Some(Code::ContentSha256Mismatch)),
            ("x-none", "".to_owned(), ContentSha256::StreamingSigned, Some(Code::InvalidRequest)),
            ("content-md5", content_md5(body), right, None),
            ("content-md5", content_md5(b"other"), right, Some(Code::BadDigest)),
            ("content-md5", "AAAA".to_owned(), right, Some(Code::InvalidDigest)),
            ("x-amz-checksum-crc32", "AAAAAA==".to_owned(), right, Some(Code::BadDigest)),
        ] {
            let headers = [(name.parse().unwrap(), value.parse().unwrap())].into_iter().collect();
            let checked = check(&headers, sha256, body).and_then(|()| check_checksums(&headers, body));
            assert_eq!(checked.err().map(|e| e.code()), expect, "{name}: {value}");
        }
    }
}

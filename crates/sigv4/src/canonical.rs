//! The canonical request and the string to sign, fed to the hash as they are made.
//!
//! S3's rules, not those of other services: the path is decoded once and encoded once, dot segments and
//! double slashes stay
//! ([Authenticating requests](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html)).

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::content_sha256::ContentSha256;
use crate::hexadecimal;
use crate::keys::SigningKey;
use crate::percent;
use crate::timestamp::Timestamp;
use crate::wire::Wire;

/// Why no canonical request can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotCanonical<'a> {
    /// An escape in path or query is malformed.
    Escape,
    /// This header is to be signed and is not there.
    Absent(&'a str),
}

/// All but the last line of a canonical request, hashed so far. Cheap to clone and finish twice.
#[derive(Clone)]
pub(crate) struct Canonical(Sha256);

impl Canonical {
    /// `signed` is the `;`-joined list of lower-case names. `presigned` leaves `X-Amz-Signature` out of the query.
    pub(crate) fn of<'s>(
        wire: &Wire<'_>,
        signed: &'s str,
        presigned: bool,
    ) -> Result<Self, NotCanonical<'s>> {
        let mut hash = Sha256::new();
        hash.update(wire.method.as_str());
        hash.update(b"\n");
        let path = percent::canonical_path(wire.path).ok_or(NotCanonical::Escape)?;
        hash.update(if path.is_empty() { b"/" } else { path.as_bytes() });
        hash.update(b"\n");
        query(&mut hash, wire.query, presigned).ok_or(NotCanonical::Escape)?;
        hash.update(b"\n");
        for name in signed.split(';') {
            header(&mut hash, wire, name).ok_or(NotCanonical::Absent(name))?;
        }
        hash.update(b"\n");
        hash.update(signed);
        hash.update(b"\n");
        Ok(Self(hash))
    }

    /// The hash of the canonical request that ends in this payload line.
    pub(crate) fn finish(mut self, payload: ContentSha256) -> [u8; 32] {
        payload.with_text(|text| self.0.update(text));
        self.0.finalize().into()
    }
}

/// What a signature is bound to besides the request: when, and for which day, region and service.
#[derive(Clone)]
pub(crate) struct Scope {
    /// `20150830T123600Z`.
    pub(crate) at: Box<str>,
    /// `20150830/us-east-1/s3/aws4_request`.
    pub(crate) scope: Box<str>,
}

impl Scope {
    pub(crate) fn new(at: Timestamp, region: &str, service: &str) -> Self {
        let at = at.amz_date();
        let day = at.split_once('T').map_or("", |(day, _)| day);
        Self { scope: [day, "/", region, "/", service, "/aws4_request"].concat().into(), at: at.into() }
    }

    /// `20150830`.
    pub(crate) fn day(&self) -> &str {
        self.scope.split_once('/').map_or("", |(day, _)| day)
    }

    /// The signature of a canonical request.
    pub(crate) fn sign(&self, key: &SigningKey, canonical: &[u8; 32]) -> [u8; 32] {
        key.sign(&[
            b"AWS4-HMAC-SHA256\n",
            self.at.as_bytes(),
            b"\n",
            self.scope.as_bytes(),
            b"\n",
            &hexadecimal::encode(canonical),
        ])
    }
}

/// Sorts by encoded name, then encoded value: sorting the joined text would put `a-b=1` before `a=2`.
fn query(hash: &mut Sha256, raw: &str, presigned: bool) -> Option<()> {
    if raw.is_empty() {
        return Some(());
    }
    let mut pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::with_capacity(8);
    for (name, value) in percent::raw_pairs(raw) {
        let name = percent::canonical_query_part(name)?;
        if !(presigned && name == "X-Amz-Signature") {
            pairs.push((name, percent::canonical_query_part(value)?));
        }
    }
    pairs.sort_unstable();
    let mut joint: &[u8] = b"";
    for (name, value) in &pairs {
        hash.update(joint);
        hash.update(name.as_bytes());
        hash.update(b"=");
        hash.update(value.as_bytes());
        joint = b"&";
    }
    Some(())
}

/// Feeds `name:value\n`, values as bytes: trimmed, runs of spaces made one, repeated lines joined with commas.
fn header(hash: &mut Sha256, wire: &Wire<'_>, name: &str) -> Option<()> {
    let mut joint: &[u8] = b":";
    hash.update(name);
    for value in wire.headers.get_all(name) {
        hash.update(joint);
        squeeze(hash, value.as_bytes());
        joint = b",";
    }
    hash.update(b"\n");
    (joint == b",").then_some(())
}

/// S3 trims spaces alone, no other white space.
fn squeeze(hash: &mut Sha256, value: &[u8]) {
    if !value.starts_with(b" ") && !value.ends_with(b" ") && !value.windows(2).any(|pair| pair == b"  ") {
        return hash.update(value);
    }
    let mut joint: &[u8] = b"";
    for word in value.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
        hash.update(joint);
        hash.update(word);
        joint = b" ";
    }
}

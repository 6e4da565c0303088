//! The canonical request and the string to sign, fed to the hash as they are made, a few blocks at a time.
//!
//! S3's rules, not those of other services: the path is decoded once and encoded once, dot segments and
//! double slashes stay
//! ([Authenticating requests](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html)).

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use crate::content_sha256::ContentSha256;
use crate::gathered::Gathered;
use crate::hexadecimal;
use crate::keys::SigningKey;
use crate::percent;
use crate::pieces;
use crate::timestamp::{AmzDate, Timestamp};
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
pub(crate) struct Canonical(Gathered<Sha256>);

impl Canonical {
    /// `signed` is the `;`-joined list of lower-case names. `presigned` leaves `X-Amz-Signature` out of the query.
    pub(crate) fn of<'s>(
        wire: &Wire<'_>,
        signed: &'s str,
        presigned: bool,
    ) -> Result<Self, NotCanonical<'s>> {
        let mut hash = Gathered::new(Sha256::new());
        hash.update(wire.method.as_str().as_bytes());
        hash.push(b'\n');
        let path = percent::canonical_path(wire.path).ok_or(NotCanonical::Escape)?;
        hash.update(if path.is_empty() { b"/" } else { path.as_bytes() });
        hash.push(b'\n');
        query(&mut hash, wire.query, presigned).ok_or(NotCanonical::Escape)?;
        hash.push(b'\n');
        let mut headers: Headers<'_> = Vec::with_capacity(wire.headers.len());
        headers.extend(wire.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
        for name in pieces::split(signed, b';') {
            header(&mut hash, &headers, name).ok_or(NotCanonical::Absent(name))?;
        }
        hash.push(b'\n');
        hash.update(signed.as_bytes());
        hash.push(b'\n');
        Ok(Self(hash))
    }

    /// The hash of the canonical request that ends in this payload line.
    pub(crate) fn finish(mut self, payload: ContentSha256) -> [u8; 32] {
        payload.with_text(|text| self.0.update(text));
        self.0.end().finalize().into()
    }
}

/// What a signature is bound to besides the request: when, and for which day, region and service.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) at: AmzDate,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(at: Timestamp, region: &'a str, service: &'a str) -> Self {
        Self { at: AmzDate::of(at), region, service }
    }

    /// The pieces of `20150830/us-east-1/s3/aws4_request`.
    pub(crate) fn pieces(&self) -> [&[u8]; 6] {
        let (region, service) = (self.region.as_bytes(), self.service.as_bytes());
        [self.at.day(), b"/", region, b"/", service, b"/aws4_request"]
    }

    /// The signature of what is named `algorithm`, for a moment and a scope, over these lines.
    pub(crate) fn sign(&self, key: &SigningKey, algorithm: &[u8], hashes: &[&[u8; 32]]) -> [u8; 32] {
        key.sign_by(|text| {
            for piece in [algorithm, b"\n", self.at.text(), b"\n"].into_iter().chain(self.pieces()) {
                text.update(piece);
            }
            for hash in hashes {
                text.push(b'\n');
                text.update(&hexadecimal::encode(hash));
            }
        })
    }
}

/// What the string to sign of a request begins with.
pub(crate) const REQUEST: &[u8] = b"AWS4-HMAC-SHA256";

/// Sorts by encoded name, then encoded value: sorting the joined text would put `a-b=1` before `a=2`.
fn query(hash: &mut Gathered<Sha256>, raw: &str, presigned: bool) -> Option<()> {
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

/// A head's lines, taken out of their map once: each name is looked for among them.
type Headers<'a> = Vec<(&'a str, &'a [u8])>;

/// Feeds `name:value\n`, values as bytes: trimmed, runs of spaces made one, repeated lines joined with commas.
///
/// There are few headers: comparing each name costs less than hashing one to look it up.
fn header(hash: &mut Gathered<Sha256>, headers: &Headers<'_>, name: &str) -> Option<()> {
    let mut joint = b':';
    hash.update(name.as_bytes());
    for (_, value) in headers.iter().filter(|(other, _)| *other == name) {
        hash.push(joint);
        squeeze(hash, value);
        joint = b',';
    }
    hash.push(b'\n');
    (joint == b',').then_some(())
}

/// S3 trims spaces alone, no other white space.
fn squeeze(hash: &mut Gathered<Sha256>, value: &[u8]) {
    if !value.starts_with(b" ") && !value.ends_with(b" ") && !has_run(value) {
        return hash.update(value);
    }
    let mut joint: &[u8] = b"";
    for word in value.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
        hash.update(joint);
        hash.update(word);
        joint = b" ";
    }
}

/// Whether there are two spaces in a row. Every byte is looked at whatever the others are: many at once.
fn has_run(value: &[u8]) -> bool {
    let pairs = value.iter().zip(value.iter().skip(1));
    pairs.fold(false, |found, (one, next)| found | ((*one == b' ') & (*next == b' ')))
}

//! Which headers cross, each way: two tables.
//!
//! A header that means something to S3 either crosses to the store or the request is refused; none is dropped
//! silently. What means nothing to S3 (cookies, forwarding notes, a browser's own) ends at the gateway.

use brigade_policy::Action;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::lookup::Lookup;
use crate::table::{Level, Row};
use crate::{Code, Op, S3Error};

/// What becomes of a header of the client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crossing {
    /// It goes to the store as it came.
    Forward,
    /// It goes to the store if the caller may do this too.
    Needs(Action),
    /// It is read here, and made anew where the store needs it.
    Ours,
}

/// The request headers S3 knows, without `x-amz-meta-*`, which are forwarded.
static REQUEST: Lookup<Crossing, 84> = {
    use Crossing::{Forward, Needs, Ours};
    Lookup::new(&[
        // The object's own headers.
        ("cache-control", Forward),
        ("content-disposition", Forward),
        ("content-encoding", Ours), // aws-chunked is taken off where the framing is
        ("content-language", Forward),
        ("content-length", Ours),
        ("content-md5", Forward),
        ("content-type", Forward),
        ("expires", Forward),
        // Reading part of it, or under a condition.
        ("range", Forward),
        ("if-match", Forward),
        ("if-none-match", Forward),
        ("if-modified-since", Forward),
        ("if-unmodified-since", Forward),
        ("if-range", Forward),
        ("accept-encoding", Forward),
        ("x-amz-if-match-initiated-time", Forward),
        ("x-amz-if-match-last-modified-time", Forward),
        ("x-amz-if-match-size", Forward),
        // Checksums.
        ("x-amz-checksum-algorithm", Forward),
        ("x-amz-checksum-crc32", Forward),
        ("x-amz-checksum-crc32c", Forward),
        ("x-amz-checksum-crc64nvme", Forward),
        ("x-amz-checksum-md5", Forward),
        ("x-amz-checksum-mode", Forward),
        ("x-amz-checksum-sha1", Forward),
        ("x-amz-checksum-sha256", Forward),
        ("x-amz-checksum-sha512", Forward),
        ("x-amz-checksum-type", Forward),
        ("x-amz-checksum-xxhash128", Forward),
        ("x-amz-checksum-xxhash3", Forward),
        ("x-amz-checksum-xxhash64", Forward),
        ("x-amz-mp-object-size", Forward),
        ("x-amz-sdk-checksum-algorithm", Forward),
        // Storage and encryption.
        ("x-amz-server-side-encryption", Forward),
        ("x-amz-server-side-encryption-aws-kms-key-id", Forward),
        ("x-amz-server-side-encryption-bucket-key-enabled", Forward),
        ("x-amz-server-side-encryption-context", Forward),
        ("x-amz-server-side-encryption-customer-algorithm", Forward),
        ("x-amz-server-side-encryption-customer-key", Forward),
        ("x-amz-server-side-encryption-customer-key-md5", Forward),
        ("x-amz-storage-class", Forward),
        ("x-amz-website-redirect-location", Forward),
        ("x-amz-expected-bucket-owner", Forward),
        ("x-amz-max-parts", Forward),
        ("x-amz-object-attributes", Forward),
        ("x-amz-optional-object-attributes", Forward),
        ("x-amz-part-number-marker", Forward),
        ("x-amz-request-payer", Forward),
        // Copies.
        ("x-amz-copy-source", Ours),
        ("x-amz-copy-source-if-match", Forward),
        ("x-amz-copy-source-if-modified-since", Forward),
        ("x-amz-copy-source-if-none-match", Forward),
        ("x-amz-copy-source-if-unmodified-since", Forward),
        ("x-amz-copy-source-range", Forward),
        ("x-amz-copy-source-server-side-encryption-customer-algorithm", Forward),
        ("x-amz-copy-source-server-side-encryption-customer-key", Forward),
        ("x-amz-copy-source-server-side-encryption-customer-key-md5", Forward),
        ("x-amz-metadata-directive", Forward),
        ("x-amz-source-expected-bucket-owner", Forward),
        ("x-amz-tagging-directive", Forward),
        // A bucket's configuration.
        ("x-amz-bucket-object-lock-token", Forward),
        ("x-amz-confirm-remove-self-bucket-access", Forward),
        ("x-amz-skip-destination-validation", Forward),
        ("x-amz-transition-default-minimum-object-size", Forward),
        // What takes a permission of its own.
        ("x-amz-acl", Needs(Action::PutObjectAcl)),
        ("x-amz-bucket-object-lock-enabled", Needs(Action::PutBucketObjectLockConfiguration)),
        ("x-amz-bypass-governance-retention", Needs(Action::BypassGovernanceRetention)),
        ("x-amz-grant-full-control", Needs(Action::PutObjectAcl)),
        ("x-amz-grant-read", Needs(Action::PutObjectAcl)),
        ("x-amz-grant-read-acp", Needs(Action::PutObjectAcl)),
        ("x-amz-grant-write", Needs(Action::PutObjectAcl)),
        ("x-amz-grant-write-acp", Needs(Action::PutObjectAcl)),
        ("x-amz-object-lock-legal-hold", Needs(Action::PutObjectLegalHold)),
        ("x-amz-object-lock-mode", Needs(Action::PutObjectRetention)),
        ("x-amz-object-lock-retain-until-date", Needs(Action::PutObjectRetention)),
        ("x-amz-object-ownership", Needs(Action::PutBucketOwnershipControls)),
        ("x-amz-tagging", Needs(Action::PutObjectTagging)),
        // The sender's identity and framing.
        ("x-amz-api-version", Ours), // the AWS SDK for C++ names the only one there is
        ("x-amz-content-sha256", Ours),
        ("x-amz-date", Ours),
        ("x-amz-decoded-content-length", Ours),
        ("x-amz-security-token", Ours),
        ("x-amz-trailer", Ours),
        ("x-amz-user-agent", Ours),
    ])
};

/// The headers of a store's answer that reach the client, without `x-amz-meta-*`, which do.
///
/// What is not here stays behind: the store's request ids, its name, its region, cookies, its own CORS.
static RESPONSE: Lookup<(), 52> = Lookup::names(&[
    "accept-ranges",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-range",
    "content-type",
    "etag",
    "expires",
    "last-modified",
    "x-amz-abort-date",
    "x-amz-abort-rule-id",
    "x-amz-archive-status",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-md5",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
    "x-amz-checksum-sha512",
    "x-amz-checksum-type",
    "x-amz-checksum-xxhash128",
    "x-amz-checksum-xxhash3",
    "x-amz-checksum-xxhash64",
    "x-amz-copy-source-version-id",
    "x-amz-delete-marker",
    "x-amz-expiration",
    "x-amz-missing-meta",
    "x-amz-mp-parts-count",
    "x-amz-object-lock-event-hold",
    "x-amz-object-lock-event-hold-duration-days",
    "x-amz-object-lock-event-hold-duration-years",
    "x-amz-object-lock-legal-hold",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-object-size",
    "x-amz-replication-status",
    "x-amz-request-charged",
    "x-amz-restore",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-server-side-encryption-context",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-server-side-encryption-customer-key-md5",
    "x-amz-storage-class",
    "x-amz-tagging-count",
    "x-amz-transition-default-minimum-object-size",
    "x-amz-version-id",
    "x-amz-website-redirect-location",
]);

/// Headers of an error answer that help the client and say nothing of the store.
static ERROR_RESPONSE: Lookup<(), 5> = Lookup::names(&[
    "content-range",
    "last-modified",
    "retry-after",
    "x-amz-delete-marker",
    "x-amz-version-id",
]);

const KMS_KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";

fn crossing(name: &str) -> Option<Crossing> {
    if name.starts_with("x-amz-meta-") {
        return Some(Crossing::Forward);
    }
    REQUEST.find(name)
}

/// Whether an ACL leaves the object to its owner alone: what an upload without any says too.
fn is_private_acl(name: &HeaderName, value: &HeaderValue) -> bool {
    name == "x-amz-acl" && (value == "private" || value == "bucket-owner-full-control")
}

/// Whether a header says that what it could ask for is not asked.
fn asks_nothing(name: &HeaderName, value: &HeaderValue) -> bool {
    let switch =
        matches!(name.as_str(), "x-amz-bypass-governance-retention" | "x-amz-bucket-object-lock-enabled");
    switch && value.as_bytes().eq_ignore_ascii_case(b"false")
}

/// The permissions that a request's headers ask for beyond its operation's.
///
/// Refuses what S3 gives a meaning that this table does not know, and single-valued headers given twice.
pub(crate) fn needs(headers: &HeaderMap) -> Result<Vec<Action>, S3Error> {
    let mut needs = Vec::new();
    let mut last = None;
    for (name, value) in headers {
        let text = name.as_str();
        let crossing = crossing(text);
        if text.starts_with("x-amz-") && crossing.is_none() && !text.starts_with("x-amzn-") {
            return Err(S3Error::new(Code::NotImplemented)
                .say(format!("A header you provided implies functionality that is not implemented: {text}"))
                .with("Header", text));
        }
        // A map gives the values of one name one after another.
        let again = last.replace(name) == Some(name);
        if again && crossing.is_some() && !text.starts_with("x-amz-meta-") && !REPEATABLE.contains(&text) {
            return Err(S3Error::new(Code::InvalidRequest)
                .say(format!("The header {text} was given twice; give it once.")));
        }
        if let Some(Crossing::Needs(action)) = crossing
            && !is_private_acl(name, value)
            && !asks_nothing(name, value)
            && !needs.contains(&action)
        {
            needs.push(action);
        }
    }
    Ok(needs)
}

/// The same for an operation: a bucket's ACL has an action of its own, and what sets an ACL needs no other.
pub(crate) fn needs_of(row: &Row, mut needs: Vec<Action>) -> Vec<Action> {
    for need in &mut needs {
        if *need == Action::PutObjectAcl && row.level() == Level::Bucket {
            *need = Action::PutBucketAcl;
        }
    }
    if row.op == Op::PutObjectAcl {
        needs.retain(|need| *need != Action::PutObjectAcl);
    }
    needs
}

/// Lists that HTTP lets a sender split over several lines.
const REPEATABLE: &[&str] = &[
    "accept-encoding",
    "cache-control",
    "content-encoding",
    "if-match",
    "if-none-match",
    "x-amz-object-attributes",
    "x-amz-optional-object-attributes",
];

/// The client's headers that go to the store as they came.
pub(crate) fn forwarded(client: &HeaderMap, into: &mut HeaderMap) {
    into.reserve(client.len());
    for (name, value) in client {
        if matches!(crossing(name.as_str()), Some(Crossing::Forward | Crossing::Needs(_))) {
            into.append(name.clone(), value.clone());
        }
    }
}

/// The content encodings of an object itself: what the client sent without `aws-chunked`.
pub(crate) fn content_encodings(client: &HeaderMap) -> Result<Vec<&str>, S3Error> {
    let mut encodings = Vec::new();
    for value in client.get_all(header::CONTENT_ENCODING) {
        let text = value.to_str().map_err(|_| {
            S3Error::new(Code::InvalidArgument)
                .say("Content-Encoding must be made of visible ASCII characters.")
        })?;
        encodings.extend(text.split(',').map(str::trim).filter(|e| !e.is_empty()));
    }
    Ok(encodings)
}

/// Takes out of an answer's headers what must not reach the client.
pub(crate) fn keep_delivered(headers: HeaderMap) -> HeaderMap {
    let mut kept = keep(headers, |name| RESPONSE.has(name) || name.starts_with("x-amz-meta-"));
    // `arn:aws:kms:region:account:key/id`: the account is the operator's.
    if let Some(arn) = kept.get_mut(KMS_KEY)
        && let Some((_, key)) =
            arn.to_str().ok().filter(|text| text.starts_with("arn:")).and_then(|text| text.rsplit_once(':'))
        && let Ok(key) = HeaderValue::from_str(key)
    {
        *arn = key;
    }
    kept
}

/// Takes out of an error answer's headers what must not reach the client.
pub(crate) fn keep_of_error(headers: HeaderMap) -> HeaderMap {
    keep(headers, |name| ERROR_RESPONSE.has(name))
}

/// Most of what a store says is kept: what is not is taken out, a few at a time, so that nothing need be hashed or moved
/// for the rest.
fn keep(mut headers: HeaderMap, which: impl Fn(&str) -> bool) -> HeaderMap {
    loop {
        let mut gone: [Option<HeaderName>; 8] = Default::default();
        let found = headers.keys().filter(|name| !which(name.as_str()));
        gone.iter_mut().zip(found).for_each(|(place, name)| *place = Some(name.clone()));
        for name in gone.iter().flatten() {
            headers.remove(name);
        }
        if gone.last().is_none_or(Option::is_none) {
            return headers;
        }
    }
}

#[cfg(test)]
mod tests;

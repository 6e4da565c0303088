//! What is known of a request, for the conditions of policies.

use std::borrow::Cow;
use std::sync::Arc;

use brigade_policy::Facts;
use brigade_sigv4::{Timestamp, query_pairs};
use http::{HeaderMap, HeaderValue, header, request};

use crate::{Arrival, BucketOp, BucketRequest, Caller, Code, Op, S3Error, Version};

/// The facts of one request. There are none where no policy asks for any: most requests pay nothing for them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(Option<Arc<Each>>);

#[derive(Debug)]
struct Each {
    /// Of the request as a whole.
    request: Facts,
    /// Of the copy source: what is asked of it is asked of that alone.
    source: Facts,
    /// Of any one object: what goes for every question.
    common: Facts,
}

/// The headers that have a condition key, each with its key. Those of a presigned URL count as headers.
///
/// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>.
const HEADERS: [(&str, &str); 18] = [
    ("if-match", "s3:if-match"),
    ("if-none-match", "s3:if-none-match"),
    ("x-amz-acl", "s3:x-amz-acl"),
    ("x-amz-grant-full-control", "s3:x-amz-grant-full-control"),
    ("x-amz-grant-read", "s3:x-amz-grant-read"),
    ("x-amz-grant-read-acp", "s3:x-amz-grant-read-acp"),
    ("x-amz-grant-write", "s3:x-amz-grant-write"),
    ("x-amz-grant-write-acp", "s3:x-amz-grant-write-acp"),
    ("x-amz-metadata-directive", "s3:x-amz-metadata-directive"),
    ("x-amz-object-lock-legal-hold", "s3:object-lock-legal-hold"),
    ("x-amz-object-lock-mode", "s3:object-lock-mode"),
    ("x-amz-object-lock-retain-until-date", "s3:object-lock-retain-until-date"),
    ("x-amz-object-ownership", "s3:x-amz-object-ownership"),
    ("x-amz-server-side-encryption", "s3:x-amz-server-side-encryption"),
    ("x-amz-server-side-encryption-aws-kms-key-id", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
    ("x-amz-server-side-encryption-customer-algorithm", "s3:x-amz-server-side-encryption-customer-algorithm"),
    ("x-amz-storage-class", "s3:x-amz-storage-class"),
    ("x-amz-website-redirect-location", "s3:x-amz-website-redirect-location"),
];

/// The parameters of listings that have a condition key.
const PARAMETERS: [(&str, &str); 3] =
    [("prefix", "s3:prefix"), ("delimiter", "s3:delimiter"), ("max-keys", "s3:max-keys")];

const VERSION: &str = "s3:VersionId";

/// What the keys of a request's tags begin with, and of its locks.
const TAGS: &str = "s3:RequestObjectTag";
const LOCKS: &str = "s3:object-lock-";

const TAGGING: &str = "x-amz-tagging";

impl Known {
    /// Collects what the head and its arrival say of a request.
    ///
    /// # Errors
    /// 400 for tags that cannot be read, and where there is too much to judge.
    pub(crate) fn of(
        request: &BucketRequest,
        caller: &Caller,
        client: &request::Parts,
        arrival: &Arrival,
    ) -> Result<Self, S3Error> {
        let common = common(caller, client, arrival)?;
        let mut own = common.clone();
        let sent = |name: &str| {
            let headers = [&client.headers, &request.carried.hoisted];
            headers.into_iter().flat_map(move |headers| headers.get_all(name)).map(text).collect::<Vec<_>>()
        };
        // A body says it, which is read only for who may write it; a header says nothing of it then.
        let elsewhere = said_elsewhere(request, &sent("x-amz-tagging-directive"), !sent(TAGGING).is_empty());
        if let Some(keys) = elsewhere {
            own.conceal(keys);
        }
        for (name, key) in HEADERS {
            let values = sent(name);
            if !values.is_empty() && elsewhere.is_none_or(|keys| !key.starts_with(keys)) {
                add(&mut own, key, values)?;
            }
        }
        let mut sha256 = sent("x-amz-content-sha256");
        if sha256.is_empty() && caller.signed().is_some_and(|signed| signed.presigned) {
            sha256.push("UNSIGNED-PAYLOAD".into());
        }
        if !sha256.is_empty() {
            add(&mut own, "s3:x-amz-content-sha256", sha256)?;
        }
        if elsewhere != Some(TAGS) {
            tags(&mut own, &sent(TAGGING))?;
        }
        let parameter = |name: &str| request.carried.query.iter().find(|(n, _)| n == name).map(|(_, v)| v);
        match &request.op {
            BucketOp::List(..) | BucketOp::ListVersions(_) | BucketOp::ListUploads(_) => {
                for (name, key) in PARAMETERS {
                    if let Some(value) = parameter(name) {
                        add(&mut own, key, [value.as_str()])?;
                    }
                }
            }
            BucketOp::Object(..) => {
                if let Some(id) = parameter("versionId") {
                    add(&mut own, VERSION, [id.as_str()])?;
                }
            }
            BucketOp::Head
            | BucketOp::Create
            | BucketOp::Delete
            | BucketOp::Location
            | BucketOp::Cors
            | BucketOp::DeleteMany
            | BucketOp::Configuration => {}
        }
        let mut source = common.clone();
        if let Some(from) = request.copy_source() {
            add(&mut own, "s3:x-amz-copy-source", [format!("{}/{}", from.bucket, from.key)])?;
            if let Version::Named(id) = &from.version {
                add(&mut source, VERSION, [id.clone()])?;
            }
        }
        Ok(Self(Some(Arc::new(Each { request: own, source, common }))))
    }

    /// Of the request as a whole.
    pub(crate) fn request(&self) -> &Facts {
        self.0.as_deref().map_or(Facts::none(), |each| &each.request)
    }

    /// Of the tags that a copy takes along, which only the source's store knows.
    pub(crate) fn taken_along(&self) -> Facts {
        let mut facts = self.request().clone();
        facts.conceal(TAGS);
        facts
    }

    /// Of the object that a copy reads.
    pub(crate) fn source(&self) -> &Facts {
        self.0.as_deref().map_or(Facts::none(), |each| &each.source)
    }

    /// Of one object among many.
    pub(crate) fn object(&self, version: Option<&str>) -> Cow<'_, Facts> {
        match (self.0.as_deref(), version) {
            (None, _) => Cow::Borrowed(Facts::none()),
            (Some(each), None) => Cow::Borrowed(&each.common),
            (Some(each), Some(id)) => Cow::Owned(with(&each.common, VERSION, id)),
        }
    }

    /// Of the same listing of another prefix.
    pub(crate) fn listing(&self, prefix: &str) -> Cow<'_, Facts> {
        match self.0.as_deref() {
            None => Cow::Borrowed(Facts::none()),
            Some(each) => Cow::Owned(with(&each.request, "s3:prefix", prefix)),
        }
    }
}

/// What goes for every question that a request asks.
fn common(caller: &Caller, client: &request::Parts, arrival: &Arrival) -> Result<Facts, S3Error> {
    let mut facts = Facts::default();
    if let Some(from) = arrival.from {
        add(&mut facts, "aws:SourceIp", [from.to_canonical().to_string()])?;
    }
    add(&mut facts, "aws:SecureTransport", [arrival.secure.to_string()])?;
    add(&mut facts, "aws:CurrentTime", [arrival.at.iso8601()])?;
    add(&mut facts, "aws:EpochTime", [arrival.at.as_unix().to_string()])?;
    for (name, key) in [(header::USER_AGENT, "aws:UserAgent"), (header::REFERER, "aws:Referer")] {
        if let Some(value) = client.headers.get(name) {
            add(&mut facts, key, [text(value)])?;
        }
    }
    if let Some(signed) = caller.signed() {
        add(&mut facts, "s3:authType", [signed.kind()])?;
        add(&mut facts, "s3:signatureversion", ["AWS4-HMAC-SHA256"])?;
        add(&mut facts, "s3:signatureAge", [age(signed.at, arrival.at)])?;
    }
    Ok(facts)
}

/// How old a signature is, in milliseconds. One from a clock that is ahead is new.
fn age(signed: Timestamp, now: Timestamp) -> String {
    now.as_unix().saturating_sub(signed.as_unix()).saturating_mul(1000).to_string()
}

/// The beginning of the keys that headers say nothing of, because a body does, or the source of a copy.
fn said_elsewhere(request: &BucketRequest, directive: &[Box<str>], tagged: bool) -> Option<&'static str> {
    let name = request.name();
    if name == Op::PutObjectTagging {
        return Some(TAGS);
    }
    if matches!(name, Op::PutObjectRetention | Op::PutObjectLegalHold) {
        return Some(LOCKS);
    }
    let replaced = matches!(directive, [one] if **one == *"REPLACE");
    (name == Op::CopyObject && tagged && !replaced).then_some(TAGS)
}

fn tags(facts: &mut Facts, sent: &[Box<str>]) -> Result<(), S3Error> {
    let [sent] = sent else { return Ok(()) };
    let bad = || {
        S3Error::new(Code::InvalidArgument)
            .say("The header x-amz-tagging must be tags as a query has them, each name once: a=b&c=d.")
    };
    let mut names: Vec<Box<str>> = Vec::new();
    for pair in query_pairs(sent) {
        let (name, value) = pair.map_err(|_| bad())?;
        facts.add(&format!("s3:RequestObjectTag/{name}"), [&*value]).map_err(|_| bad())?;
        names.push((*name).into());
    }
    if names.is_empty() { Ok(()) } else { add(facts, "s3:RequestObjectTagKeys", names) }
}

fn text(value: &HeaderValue) -> Box<str> {
    String::from_utf8_lossy(value.as_bytes()).into()
}

fn add<V: Into<Box<str>>>(
    facts: &mut Facts,
    key: &str,
    values: impl IntoIterator<Item = V>,
) -> Result<(), S3Error> {
    facts.add(key, values).map_err(|why| {
        S3Error::new(Code::InvalidRequest)
            .say("The request says too much for the policies that it is judged by; send fewer and shorter headers.")
            .because(why.to_string())
    })
}

/// The same facts with another value of a key; where there is no room for it, its value cannot be known.
fn with(facts: &Facts, key: &str, value: &str) -> Facts {
    let mut facts = facts.clone();
    facts.remove(key);
    if facts.add(key, [value]).is_err() {
        facts.conceal(key);
    }
    facts
}

/// The names that a form's head lends from the request it came with, for policies to ask of.
pub(crate) fn lend_to_form(client: &HeaderMap, form: &mut HeaderMap) {
    for name in [header::USER_AGENT, header::REFERER] {
        if let Some(value) = client.get(&name) {
            form.insert(name, value.clone());
        }
    }
}

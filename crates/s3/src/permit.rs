//! Authorization: the one place where a request becomes a permit.

use std::fmt;
use std::sync::Arc;

use brigade_policy::{Action, Ask, Decision, Policy, Target};
use http::{Method, request};

use crate::known::Known;
use crate::table::Content;
use crate::{
    Above, Arrival, Bucket, BucketName, BucketOp, BucketRequest, Caller, Code, CopySource, Found, ObjectKey,
    S3Error, Version,
};

/// Proof that a caller may do one operation on one bucket. [`authorize`] alone makes one, and without one there is
/// nothing that could be sent to a store.
pub struct Permit {
    pub(crate) caller: Caller,
    pub(crate) request: BucketRequest,
    pub(crate) place: Found,
    pub(crate) source: Option<Arc<Bucket>>,
    pub(crate) known: Known,
}

/// What an operation's body needs, known from the head alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The body is not the gateway's to read.
    Leave,
    /// The body is for the gateway: read it, up to this many bytes.
    Buffer {
        /// In bytes.
        limit: usize,
    },
}

/// Decides. `bucket` and `source` are what the registry knows of the buckets that the request and its copy source name;
/// `client` is the request's head, and `arrival` when and from where it came: what conditions ask of.
///
/// A bucket that does not exist and one that is closed to the caller are answered alike, so names cannot be fished for.
///
/// # Errors
/// 403 `AccessDenied`; 404 `NoSuchBucket` for a caller who would be allowed if it existed; 400 for a head that conditions
/// cannot be asked of.
pub fn authorize(
    caller: &Caller,
    request: BucketRequest,
    bucket: Option<Found>,
    source: Option<Found>,
    client: &request::Parts,
    arrival: &Arrival,
) -> Result<Permit, S3Error> {
    let asked = [&bucket, &source].into_iter().any(|place| caller.asks_of_facts(policy(place.as_ref())));
    let known = if asked { Known::of(&request, caller, client, arrival)? } else { Known::default() };
    for ask in request.asks() {
        let ask = ask.with(known.request());
        allowed(caller, &ask, decide(caller, &ask, bucket.as_ref()))?;
    }
    if matches!(request.op, BucketOp::DeleteMany) {
        // The objects are named in the body, which is read only for who may delete something here.
        let name = request.bucket.as_str();
        let some = [Action::DeleteObject, Action::DeleteObjectVersion]
            .iter()
            .any(|action| caller.may_in(*action, name, policy(bucket.as_ref())));
        if !some {
            return Err(denied(
                caller,
                &Ask::new(Action::DeleteObject, Target::Bucket(name)),
                &Decision::NotAllowed,
            ));
        }
    }
    if let Some(named) = request.copy_source() {
        let ask = named.ask().with(known.source());
        allowed(caller, &ask, decide(caller, &ask, source.as_ref()))?;
    }
    if matches!(request.op, BucketOp::Create | BucketOp::Delete) && !bucket.as_ref().is_some_and(may_be_made)
    {
        return Err(S3Error::new(Code::AccessDenied).say(
            "Access Denied: this gateway creates and deletes only buckets whose entry in its configuration has create = true, and no prefix.",
        ));
    }
    let missing = |name: &BucketName| S3Error::new(Code::NoSuchBucket).with("BucketName", name.as_str());
    let place = bucket.ok_or_else(|| missing(&request.bucket))?;
    if let Found::Above(above) = &place {
        above.admit(&request)?;
    }
    let source = match (request.copy_source(), source) {
        (None, _) => None,
        (Some(_), Some(Found::Bucket(source))) => Some(source),
        (Some(named), Some(Found::Above(_))) => {
            return Err(S3Error::new(Code::NoSuchKey).with("Key", named.key.as_str()));
        }
        (Some(named), None) => return Err(missing(&named.bucket)),
    };
    Ok(Permit { caller: caller.clone(), request, place, source, known })
}

fn decide(caller: &Caller, ask: &Ask<'_>, place: Option<&Found>) -> Decision {
    match place {
        Some(Found::Bucket(bucket)) => caller.decide(ask, Some(&bucket.public)),
        Some(Found::Above(above)) => above.decide(caller, ask),
        None => caller.decide(ask, None),
    }
}

/// What a place says of callers, as a whole.
fn policy(place: Option<&Found>) -> Option<&Policy> {
    match place {
        Some(Found::Bucket(bucket)) => Some(&bucket.public),
        Some(Found::Above(_)) | None => None,
    }
}

/// Whether a place is a bucket of a store that may be created and deleted there.
fn may_be_made(place: &Found) -> bool {
    match place {
        Found::Bucket(bucket) => bucket.create && bucket.prefix.is_empty() && bucket.within.is_empty(),
        Found::Above(_) => false,
    }
}

impl Above {
    /// Whether an operation can be done above a name. What is asked of one object is refused: it is in no place.
    fn admit(&self, request: &BucketRequest) -> Result<(), S3Error> {
        match &request.op {
            BucketOp::Head
            | BucketOp::Create
            | BucketOp::Delete
            | BucketOp::Location
            | BucketOp::Cors
            | BucketOp::List(..)
            | BucketOp::ListVersions(_)
            | BucketOp::ListUploads(_)
            | BucketOp::DeleteMany
            | BucketOp::Configuration => Ok(()),
            BucketOp::Object(..) => {
                let (row, key) = (request.row(), request.key().map_or("", |key| key.as_str()));
                Err(if row.requires.contains(&"uploadId") {
                    S3Error::new(Code::NoSuchUpload)
                } else if matches!(row.method, Method::GET | Method::HEAD) {
                    S3Error::new(Code::NoSuchKey).with("Key", key)
                } else {
                    S3Error::new(Code::InvalidArgument).say(self.advice())
                })
            }
        }
    }

    /// What a key here must begin with, for whoever wrote one that does not.
    pub(crate) fn advice(&self) -> String {
        match self.forms() {
            forms if forms.is_empty() => "No key can begin so in this bucket.".to_owned(),
            forms => format!("A key in this bucket begins with {forms} and goes on behind it."),
        }
    }
}

fn allowed(caller: &Caller, ask: &Ask<'_>, decision: Decision) -> Result<(), S3Error> {
    if decision.is_allowed() { Ok(()) } else { Err(denied(caller, ask, &decision)) }
}

fn denied(caller: &Caller, ask: &Ask<'_>, decision: &Decision) -> S3Error {
    let target = match ask.target {
        Target::Bucket(bucket) => bucket.to_owned(),
        Target::Listing { bucket, prefix } => format!("{bucket} with the prefix {prefix:?}"),
        Target::Object { bucket, key } => format!("{bucket}/{key}"),
    };
    let action = ask.action.name();
    let why = match decision {
        Decision::DeniedBy { by } => format!("{action} on {target} is denied by {by}"),
        Decision::NotAllowed | Decision::Allowed { .. } => format!("nothing allows {action} on {target}"),
    };
    let error = S3Error::new(Code::AccessDenied).because(why);
    // What is said depends on the request alone, never on what exists.
    match caller {
        Caller::Anonymous => {
            error.say(format!("Access Denied: anonymous callers may not do {action} here; sign the request."))
        }
        Caller::Known(_) => {
            error.say(format!("Access Denied: your key has no permission for {action} on {target}."))
        }
    }
}

/// Whether a caller may do one more thing in the bucket of a permit: the objects of a batch.
pub(crate) fn also_may(caller: &Caller, bucket: &Bucket, ask: &Ask<'_>) -> bool {
    caller.decide(ask, Some(&bucket.public)).is_allowed()
}

/// Whether a caller may copy an object's tags along with it, as Amazon S3 asks where the source has any.
///
/// # Errors
/// 403 `AccessDenied`.
pub(crate) fn may_copy_tags(
    caller: &Caller,
    (source, from): (&Bucket, &CopySource),
    (bucket, key): (&Bucket, &ObjectKey),
    known: &Known,
) -> Result<(), S3Error> {
    let read = match from.version {
        Version::Named(_) => Action::GetObjectVersionTagging,
        Version::Current => Action::GetObjectTagging,
    };
    let theirs = Target::Object { bucket: from.bucket.as_str(), key: from.key.as_str() };
    let own = Target::Object { bucket: bucket.name.as_str(), key: key.as_str() };
    let may = also_may(caller, source, &Ask::new(read, theirs).with(known.source()))
        && also_may(caller, bucket, &Ask::new(Action::PutObjectTagging, own).with(&known.taken_along()));
    let refused = || {
        S3Error::new(Code::AccessDenied).say(format!(
            "Access Denied: the source has tags, and copying them takes {} on it and s3:PutObjectTagging on the copy; or \
             replace them with x-amz-tagging-directive: REPLACE.",
            read.name()
        ))
    };
    if may { Ok(()) } else { Err(refused()) }
}

impl Permit {
    /// What the body needs.
    #[must_use]
    pub fn reading(&self) -> Reading {
        match self.request.row.content {
            Content::Control { limit } | Content::Document { limit } => Reading::Buffer { limit },
            Content::Nothing | Content::Upload | Content::Form => Reading::Leave,
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("caller", &self.caller)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

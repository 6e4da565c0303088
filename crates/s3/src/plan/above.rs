//! What is asked above the names of patterns: a bucket whose keys begin with the name of a place.

use std::sync::Arc;

use brigade_policy::{Action, Ask, Target};
use brigade_sigv4::{ContentSha256, Verified};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header, request};

use super::{Draft, EXPECTED_OWNER, Plan, configuration};
use crate::inbound::Task;
use crate::inquiry::{Asked, Question};
use crate::known::Known;
use crate::permit::also_may;
use crate::uri::uri;
use crate::xml::{self, DeleteObject};
use crate::{
    Above, Bucket, BucketOp, BucketRequest, Caller, Code, Inquiry, ListQuery, ListVersion, ObjectKey,
    S3Error, Upload, answer, body_digest, headers,
};

/// Who asks, and with what.
pub(super) struct Asker<'a> {
    pub(super) caller: &'a Caller,
    pub(super) client: &'a request::Parts,
    pub(super) proof: Option<&'a Verified>,
    pub(super) control: &'a [u8],
    pub(super) region: &'a str,
    pub(super) known: &'a Known,
}

/// What becomes of a request above the names.
#[allow(clippy::large_enum_variant, reason = "one per request, moved a few times: cheaper than a box")]
pub(super) enum Below {
    Planned(Plan),
    /// All of it lies in this bucket of one store.
    Through(Arc<Bucket>),
}

impl Asker<'_> {
    /// Refuses what asks whose a bucket is, where no one store could say.
    fn expects_no_owner(&self, request: &BucketRequest) -> Result<(), S3Error> {
        let expects = |headers: &HeaderMap| headers.contains_key(EXPECTED_OWNER);
        if expects(&self.client.headers) || expects(&request.carried.hoisted) {
            return Err(S3Error::new(Code::NotImplemented).say(format!(
                "{EXPECTED_OWNER} is not implemented for a bucket whose keys lie in several places."
            )));
        }
        Ok(())
    }
}

impl Above {
    pub(super) fn plan(&self, asker: &Asker<'_>, request: &BucketRequest) -> Result<Below, S3Error> {
        let planned = |plan| Ok(Below::Planned(plan));
        if !matches!(request.op, BucketOp::DeleteMany) {
            asker.expects_no_owner(request)?;
        }
        match &request.op {
            BucketOp::Head => planned(Plan::Answer(answer::head(asker.region))),
            BucketOp::Location => planned(Plan::Answer(answer::location(asker.region))),
            BucketOp::Cors => {
                let document = self.cors().document(request.bucket.as_str())?;
                planned(Plan::Answer(answer::document(document)))
            }
            BucketOp::List(version, query) => self.list(asker, request, *version, query),
            BucketOp::ListVersions(query) | BucketOp::ListUploads(query) => self.pass(asker, request, query),
            BucketOp::Configuration => match configuration::of_a_part(request.row())? {
                Some(answer) => planned(Plan::Answer(answer)),
                None => Err(S3Error::new(Code::NotImplemented).say(format!(
                    "{} is not implemented for a bucket whose keys lie in several places.",
                    request.name().name()
                ))),
            },
            // `authorize` refuses both.
            BucketOp::Create | BucketOp::Delete => Err(S3Error::new(Code::AccessDenied)),
            BucketOp::DeleteMany => planned(Plan::Inquire(Box::new(self.delete(asker, request)?))),
            // `authorize` refuses what is asked of one object.
            BucketOp::Object(..) => Err(S3Error::new(Code::NoSuchKey)),
        }
    }

    fn list(
        &self,
        asker: &Asker<'_>,
        request: &BucketRequest,
        version: ListVersion,
        query: &ListQuery,
    ) -> Result<Below, S3Error> {
        if request.parameter("delimiter") != "/" && !self.is_nothing(&query.prefix) {
            return self.pass(asker, request, query);
        }
        let level = self.level(&query.prefix).map_err(|_| {
            S3Error::new(Code::NotImplemented)
                .say(format!("The names below this prefix cannot be listed here. {}", self.advice()))
                .because("a template has its names in another form than folders of the store")
        })?;
        let asked = Asked::read(version, query, request);
        let inquiry = Inquiry::level(asker.caller.clone(), asker.known.clone(), self.clone(), level, asked)?;
        Ok(Below::Planned(Plan::Inquire(Box::new(inquiry))))
    }

    /// A listing that one store can answer as a whole.
    fn pass(&self, asker: &Asker<'_>, request: &BucketRequest, query: &ListQuery) -> Result<Below, S3Error> {
        let delimited = !request.parameter("delimiter").is_empty();
        let bucket = self.through(&query.prefix, delimited).ok_or_else(|| {
            S3Error::new(Code::NotImplemented).say(format!(
                "What begins with this prefix does not lie in one place; list with the delimiter / and no other, or with \
                 a longer prefix. {}",
                self.advice()
            ))
        })?;
        // What made the request allowed may have been another place's being public.
        if !request.asks().all(|ask| also_may(asker.caller, &bucket, &ask.with(asker.known.request()))) {
            return Err(S3Error::new(Code::AccessDenied).because("public only in a part of what was listed"));
        }
        Ok(Below::Through(bucket))
    }

    /// Sorts a batch delete by places, each of whose stores is asked in turn.
    fn delete(&self, asker: &Asker<'_>, request: &BucketRequest) -> Result<Inquiry, S3Error> {
        let Asker { caller, client, proof, control, known, .. } = *asker;
        let sha256 = proof.map_or(ContentSha256::Unsigned, Verified::content_sha256);
        body_digest::check(&client.headers, sha256, control)?;
        body_digest::check_all(&client.headers, control)?;
        let batch = xml::parse_delete(control)
            .map_err(|why| S3Error::new(Code::MalformedXml).because(why.to_string()))?;
        let stands = |object: &DeleteObject| {
            let action = match object.version_id {
                None => Action::DeleteObject,
                Some(_) => Action::DeleteObjectVersion,
            };
            let target = Target::Object { bucket: request.bucket.as_str(), key: &object.key };
            let known = known.object(object.version_id.as_deref());
            // Nothing that is public deletes, and these places have no policies of their own.
            let may = std::iter::once(action)
                .chain(request.carried.needs.iter().copied())
                .all(|action| caller.decide(&Ask::new(action, target).with(&known), None).is_allowed());
            if !may {
                return Err(S3Error::new(Code::AccessDenied));
            }
            ObjectKey::new(object.key.clone().into_bytes())?;
            let place = self.place(&object.key);
            let bucket = place.ok_or_else(|| S3Error::new(Code::InvalidArgument).say(self.advice()))?;
            bucket.stored_key(&object.key)?;
            bucket.admits_version(object.version_id.as_deref())?;
            Ok(bucket)
        };
        let mut refused = Vec::new();
        let mut places: Vec<(Arc<Bucket>, Vec<DeleteObject>)> = Vec::new();
        for object in batch.objects {
            match stands(&object) {
                Err(why) => refused.push((object, why)),
                Ok(bucket) => match places.iter_mut().find(|(place, _)| place.within == bucket.within) {
                    Some((_, objects)) => objects.push(object),
                    None => places.push((bucket, vec![object])),
                },
            }
        }
        let places = places
            .into_iter()
            .map(|(bucket, objects)| {
                let question = question(client, request, &bucket, &objects)?;
                Ok((question, bucket, objects))
            })
            .collect::<Result<Vec<_>, S3Error>>()?;
        Ok(Inquiry::deletes(places, refused, batch.quiet))
    }
}

/// The request for one store to delete these.
fn question(
    client: &request::Parts,
    request: &BucketRequest,
    bucket: &Bucket,
    objects: &[DeleteObject],
) -> Result<Question, S3Error> {
    bucket.admits_ids(request)?;
    let mut draft = Draft {
        key: None,
        query: request.carried.query.clone(),
        headers: HeaderMap::new(),
        payload: ContentSha256::EMPTY,
        upload: Upload::Replace(Bytes::new()),
        task: Task::Pass,
    };
    headers::forwarded(&client.headers, &mut draft.headers);
    headers::forwarded(&request.carried.hoisted, &mut draft.headers);
    draft.batch(objects, bucket);
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = client.method.clone();
    head.uri = uri(bucket, None, &draft.query, request.row.requires)?;
    head.headers = draft.headers;
    head.headers.remove(header::RANGE);
    head.headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let body = match draft.upload {
        Upload::Replace(body) => body,
        Upload::AsIs | Upload::Decode(_) => return Err(S3Error::new(Code::InternalError)),
    };
    Ok(Question::new(head, draft.payload, body, &bucket.backend))
}

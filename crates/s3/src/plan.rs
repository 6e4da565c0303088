//! What a permitted request becomes: an answer of our own, or a request for the store.

mod above;
mod batch;
mod configuration;
mod create;
mod document;
mod listing;
mod upload;

use std::sync::Arc;

use brigade_policy::Ask;
use brigade_sigv4::{ContentSha256, Verified, percent_encode_path};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, header, request};

use above::{Asker, Below};

use crate::addressing::named_by_host;
use crate::inbound::{Task, View};
use crate::permit::{Permit, also_may, may_copy_tags};
use crate::table::Content;
use crate::uri::uri;
use crate::xml::{self, ListingKind};
use crate::{
    Bucket, BucketOp, BucketRequest, Code, CopySource, Forward, Found, Inbound, Inquiry, ObjectKey, ObjectOp,
    Relay, S3Error, Scout, Upload, answer, body_digest, headers,
};

const EXPECTED_OWNER: &str = "x-amz-expected-bucket-owner";

fn owner_unknown() -> S3Error {
    S3Error::new(Code::NotImplemented).say(format!(
        "{EXPECTED_OWNER} is not implemented for this operation on this bucket: its store is not asked."
    ))
}

/// What is to be done for a permitted request.
#[derive(Debug)]
pub enum Plan {
    /// Brigade answers by itself.
    Answer(Response<Bytes>),
    /// The store is asked.
    Forward(Box<Forward>),
    /// One store is read, and another written.
    Relay(Box<Relay>),
    /// The store is asked what must be known before it writes, and then to write.
    Scouted(Box<Scout>, Box<Forward>),
    /// Stores are asked, one question after the other.
    Inquire(Box<Inquiry>),
}

/// What an operation makes of the client's request, beyond what every operation does.
struct Draft {
    /// The key at the store; `None` for the bucket itself.
    key: Option<String>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    payload: ContentSha256,
    upload: Upload,
    task: Task,
}

impl Permit {
    /// Plans the request. `client` is its head, `proof` its verified signature, `control` the body if
    /// [`Permit::reading`] asked for it, `region` the one clients sign for.
    ///
    /// # Errors
    /// What the arguments or the control body deserve: 400 mostly, 501 for what a store could not hold.
    pub fn plan(
        self,
        client: &request::Parts,
        proof: Option<&Verified>,
        control: &[u8],
        region: &str,
    ) -> Result<Plan, S3Error> {
        let Self { caller, request, place, source, known } = self;
        let asker = Asker { caller: &caller, client, proof, control, region, known: &known };
        let (bucket, above) = match place {
            Found::Bucket(bucket) => (bucket, None),
            Found::Above(above) => match above.plan(&asker, &request)? {
                Below::Planned(plan) => return Ok(plan),
                Below::Through(bucket) => (bucket, Some(above)),
            },
        };
        bucket.admits_ids(&request)?;
        if let (Some(source), Some(from)) = (&source, request.copy_source()) {
            source.admits_source(from)?;
        }
        let carried = request.carried.query.clone();
        let key = |key: &ObjectKey| bucket.stored_key(key.as_str()).map(Some);
        let mut draft = Draft {
            key: None,
            query: carried,
            headers: HeaderMap::new(),
            payload: ContentSha256::EMPTY,
            upload: Upload::Replace(Bytes::new()),
            task: Task::Pass,
        };
        headers::forwarded(&client.headers, &mut draft.headers);
        headers::forwarded(&request.carried.hoisted, &mut draft.headers);
        if let Content::Document { .. } = request.row.content {
            draft.document(client, proof, control, request.row)?;
        }
        if !request.row.answer.is_empty() {
            draft.task = Task::Document { roots: request.row.answer };
        }
        match &request.op {
            // Of a name that a pattern took only the store knows whether there is such a bucket.
            // Whose a bucket is, its store must say too.
            BucketOp::Location if bucket.open || draft.headers.contains_key(EXPECTED_OWNER) => {
                draft.task = Task::Location { region: region.into() }
            }
            BucketOp::Configuration => {
                let apart = configuration::apart(&bucket, request.row);
                if !matches!(apart, Ok(None)) && draft.headers.contains_key(EXPECTED_OWNER) {
                    return Err(owner_unknown());
                }
                if let Some(answer) = apart? {
                    return Ok(Plan::Answer(answer));
                }
            }
            BucketOp::Create => {
                let sha256 = proof.map_or(ContentSha256::Unsigned, Verified::content_sha256);
                body_digest::check(&client.headers, sha256, control)?;
                body_digest::check_all(&client.headers, control)?;
                draft.create(&bucket, control, region)?;
            }
            BucketOp::Delete => {}
            BucketOp::Location => return Ok(Plan::Answer(answer::location(region))),
            BucketOp::Cors if draft.headers.contains_key(EXPECTED_OWNER) => return Err(owner_unknown()),
            BucketOp::Cors => {
                return bucket.cors.document(bucket.name.as_str()).map(answer::document).map(Plan::Answer);
            }
            BucketOp::Head => draft.task = Task::HeadBucket { region: region.into() },
            BucketOp::List(version, query) => draft.list(&bucket, query, *version)?,
            BucketOp::ListVersions(query) => draft.list_versions(&bucket, query)?,
            BucketOp::ListUploads(query) => draft.list_uploads(&bucket, query)?,
            BucketOp::DeleteMany => {
                let sha256 = proof.map_or(ContentSha256::Unsigned, Verified::content_sha256);
                body_digest::check(&client.headers, sha256, control)?;
                body_digest::check_all(&client.headers, control)?;
                // What a header asks for besides, such as to bypass a retention, must be allowed for each key too.
                let may = |ask: &Ask<'_>| {
                    std::iter::once(ask.action)
                        .chain(request.carried.needs.iter().copied())
                        .all(|action| also_may(&caller, &bucket, &Ask { action, ..*ask }))
                };
                if !draft.delete(&bucket, control, &known, may)? {
                    return draft.task.answer_without_store();
                }
            }
            BucketOp::Object(object, ObjectOp::Copy(from) | ObjectOp::UploadPartCopy(from))
                if source.as_ref().is_some_and(|source| !source.same_store(&bucket)) =>
            {
                let source = source.as_ref().ok_or_else(|| S3Error::new(Code::NoSuchBucket))?;
                draft.content_encoding(client)?;
                let to = (&bucket, object);
                let relay = Relay::new(&caller, (source, from), to, draft.query, draft.headers, &known)?;
                return Ok(Plan::Relay(Box::new(relay)));
            }
            BucketOp::Object(object, op) => {
                draft.key = key(object)?;
                draft.object(client, proof, &bucket, source.as_deref(), (object, op), control)?;
                if let (ObjectOp::Copy(from), Some(source)) = (op, &source)
                    && draft.headers.get("x-amz-tagging-directive").is_none_or(|it| it != "REPLACE")
                    && let Err(why) = may_copy_tags(&caller, (source, from), (&bucket, object), &known)
                {
                    let scout = Scout::of_tags(source, from, why)?;
                    return Ok(Plan::Scouted(Box::new(scout), draft.into_forward(client, request, bucket)?));
                }
            }
        }
        if matches!(request.op, BucketOp::Configuration) && client.method != Method::GET {
            let uri = uri(&bucket, None, &draft.query, request.row.requires)?;
            let scout =
                Scout::before(request.row, &bucket, uri)?.expecting(draft.headers.get(EXPECTED_OWNER));
            return Ok(Plan::Scouted(Box::new(scout), draft.into_forward(client, request, bucket)?));
        }
        if let (Task::List { view, .. }, above) = (&mut draft.task, above) {
            view.only = above;
        }
        draft.into_forward(client, request, bucket).map(Plan::Forward)
    }
}

impl Draft {
    fn object(
        &mut self,
        client: &request::Parts,
        proof: Option<&Verified>,
        bucket: &Bucket,
        source: Option<&Bucket>,
        (key, op): (&ObjectKey, &ObjectOp),
        control: &[u8],
    ) -> Result<(), S3Error> {
        match op {
            ObjectOp::Get(_)
            | ObjectOp::Head(_)
            | ObjectOp::Delete(_)
            | ObjectOp::AbortUpload
            | ObjectOp::Facet => {}
            ObjectOp::Put(payload) | ObjectOp::UploadPart(payload) => {
                self.task = Task::Store;
                self.body(payload, proof, bucket.backend.verify_payload)?;
                self.content_encoding(client)?;
            }
            ObjectOp::Copy(from) | ObjectOp::UploadPartCopy(from) => {
                self.content_encoding(client)?;
                self.copy(from, source)?;
            }
            ObjectOp::CreateUpload => {
                self.content_encoding(client)?;
                self.headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
                self.task = Task::Initiate;
            }
            ObjectOp::CompleteUpload => self.complete(client, proof, bucket, key, control)?,
            ObjectOp::ListParts => {
                self.bound("max-parts");
                let kind = ListingKind::Parts;
                self.task = Task::List { kind, prefix: String::new(), token: None, view: View::default() };
            }
        }
        Ok(())
    }

    fn complete(
        &mut self,
        client: &request::Parts,
        proof: Option<&Verified>,
        bucket: &Bucket,
        key: &ObjectKey,
        control: &[u8],
    ) -> Result<(), S3Error> {
        let sha256 = proof.map_or(ContentSha256::Unsigned, Verified::content_sha256);
        body_digest::check(&client.headers, sha256, control)?;
        xml::verify_completion(control)
            .map_err(|why| S3Error::new(Code::MalformedXml).because(why.to_string()))?;
        self.payload = body_digest::sha256(control);
        self.length(control.len() as u64);
        self.upload = Upload::Replace(Bytes::copy_from_slice(control));
        let host = client.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let path = if named_by_host(client, key.as_str()) {
            key.to_string()
        } else {
            format!("{}/{key}", bucket.name)
        };
        let scheme = client.uri.scheme_str().unwrap_or("http");
        let location = format!("{scheme}://{host}/{}", percent_encode_path(path.as_bytes()));
        self.task = Task::Complete { location };
        Ok(())
    }

    fn copy(&mut self, from: &CopySource, source: Option<&Bucket>) -> Result<(), S3Error> {
        let source = source.ok_or_else(|| S3Error::new(Code::NoSuchBucket))?;
        let stored = source.stored_key(from.key.as_str())?;
        let value = HeaderValue::from_str(&from.header(&source.stored_as, &stored));
        self.headers.insert("x-amz-copy-source", value.map_err(|_| S3Error::new(Code::InvalidArgument))?);
        self.length(0);
        self.task = Task::Copy;
        Ok(())
    }

    fn into_forward(
        self,
        client: &request::Parts,
        request: BucketRequest,
        bucket: Arc<Bucket>,
    ) -> Result<Box<Forward>, S3Error> {
        let Self { key, query, mut headers, payload, upload, task } = self;
        let reads = matches!(request.op, BucketOp::Object(_, ObjectOp::Get(_) | ObjectOp::Head(_)));
        if !reads {
            // What is rewritten must come whole and as it is.
            headers.remove(header::RANGE);
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        let uri = uri(&bucket, key.as_deref(), &query, request.row.requires)?;
        let (mut head, ()) = http::Request::new(()).into_parts();
        head.method = client.method.clone();
        head.uri = uri;
        head.headers = headers;
        let head_only = client.method == Method::HEAD;
        let key = request.key().cloned();
        let inbound = Inbound { task, bucket, key, head_only };
        Ok(Box::new(Forward { head, payload, upload, inbound }))
    }
}

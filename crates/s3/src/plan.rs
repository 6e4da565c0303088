//! What a permitted request becomes: an answer of our own, or a request for the store.

use std::fmt;

use brigade_policy::{Action, Ask, Target};
use brigade_sigv4::{
    ContentSha256, Decoder, SigningKeys, Timestamp, Verified, percent_encode, percent_encode_path,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, Uri, header, request};

use crate::inbound::{BatchDelete, Task};
use crate::operation::{ListVersion, Version};
use crate::payload::ChunkSigning;
use crate::permit::{Permit, also_may};
use crate::table::ROWS;
use crate::token::Sealer;
use crate::xml::{self, DeleteObject, ListingKind};
use crate::{
    BackendAuth, Bucket, BucketOp, BucketRequest, Code, CopySource, Inbound, Lent, ListQuery, ObjectKey,
    ObjectOp, Outbound, Payload, S3Error, Upload, answer, body_digest, headers,
};

/// What is to be done for a permitted request.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one per request, moved a few times: cheaper than a box")]
pub enum Plan {
    /// Brigade answers by itself.
    Answer(Response<Bytes>),
    /// The store is asked.
    Forward(Forward),
}

/// A request for the store that only lacks its signature.
pub struct Forward {
    head: request::Parts,
    payload: ContentSha256,
    upload: Upload,
    bucket: Bucket,
    inbound: Inbound,
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
        let Self { caller, request, bucket, source } = self;
        bucket.admits_ids(&request)?;
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
        match &request.op {
            BucketOp::Location => return Ok(Plan::Answer(answer::location(region))),
            BucketOp::Head => draft.task = Task::HeadBucket { region: region.into() },
            BucketOp::List(version, query) => draft.list(&bucket, query, *version)?,
            BucketOp::ListUploads(query) => draft.list_uploads(&bucket, query)?,
            BucketOp::DeleteMany => {
                let sha256 = proof.map_or(ContentSha256::Unsigned, Verified::content_sha256);
                body_digest::check(&client.headers, sha256, control)?;
                body_digest::check_checksums(&client.headers, control)?;
                // What a header asks for besides, such as to bypass a retention, must be allowed for each key too.
                let may = |ask: &Ask<'_>| {
                    std::iter::once(ask.action)
                        .chain(request.carried.needs.iter().copied())
                        .all(|action| also_may(&caller, &bucket, &Ask { action, target: ask.target }))
                };
                if !draft.delete(&bucket, control, may)? {
                    return draft.task.answer_without_store();
                }
            }
            BucketOp::Object(object, op) => {
                draft.key = key(object)?;
                draft.object(client, proof, &bucket, source.as_ref(), (object, op), control)?;
            }
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
            ObjectOp::Get(_) | ObjectOp::Head(_) | ObjectOp::Delete(_) | ObjectOp::AbortUpload => {}
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
                self.task = Task::List { kind: ListingKind::Parts, prefix: String::new(), token: None };
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
        let named_by_host = host.to_ascii_lowercase().starts_with(&format!("{}.", bucket.name));
        let path = if named_by_host { key.to_string() } else { format!("{}/{key}", bucket.name) };
        let scheme = client.uri.scheme_str().unwrap_or("http");
        let location = format!("{scheme}://{host}/{}", percent_encode_path(path.as_bytes()));
        self.task = Task::Complete { location };
        Ok(())
    }

    /// The body of an upload, and what the store is told of it.
    fn body(&mut self, payload: &Payload, proof: Option<&Verified>, verify: bool) -> Result<(), S3Error> {
        match *payload {
            Payload::Hashed { sha256, length } => {
                self.payload = ContentSha256::Hash(sha256);
                self.upload =
                    if verify { Upload::Decode(Decoder::hashed(sha256, Some(length))) } else { Upload::AsIs };
                self.length(length);
            }
            Payload::Unsigned { length } => {
                self.payload = ContentSha256::Unsigned;
                self.upload = Upload::AsIs;
                self.length(length);
            }
            Payload::Chunked { signing, trailer, decoded_length, framed_length } => {
                let decoder = match (signing, trailer) {
                    (ChunkSigning::Unsigned, trailer) if !verify => {
                        // The framing goes on as it is: the store decodes it and checks the checksum.
                        self.payload = ContentSha256::StreamingUnsignedTrailer;
                        self.upload = Upload::AsIs;
                        self.headers.insert("x-amz-decoded-content-length", decoded_length.into());
                        if let Some(trailer) = trailer {
                            self.headers.insert("x-amz-trailer", HeaderValue::from_static(trailer.header()));
                        }
                        if let Some(length) = framed_length {
                            self.length(length);
                        }
                        return Ok(());
                    }
                    (ChunkSigning::Unsigned, trailer) => Decoder::unsigned_trailer(decoded_length, trailer),
                    (ChunkSigning::Signed, trailer) => {
                        let context = proof.ok_or_else(|| S3Error::new(Code::AccessDenied))?.chunks();
                        match trailer {
                            None => Decoder::signed(context, decoded_length),
                            Some(trailer) => Decoder::signed_trailer(context, decoded_length, trailer),
                        }
                    }
                };
                // A checksum that is known only at the end goes on as a trailer, so the store checks and keeps it.
                let decoder = match trailer {
                    None => {
                        self.payload = ContentSha256::Unsigned;
                        decoder
                    }
                    Some(trailer) => {
                        self.payload = ContentSha256::StreamingUnsignedTrailer;
                        self.headers.insert("x-amz-decoded-content-length", decoded_length.into());
                        self.headers.insert("x-amz-trailer", HeaderValue::from_static(trailer.header()));
                        decoder.reframed()
                    }
                };
                if let Some(length) = decoder.output_length() {
                    self.length(length);
                }
                self.upload = Upload::Decode(decoder);
            }
        }
        Ok(())
    }

    fn length(&mut self, length: u64) {
        self.headers.insert(header::CONTENT_LENGTH, length.into());
    }

    /// `Content-Encoding` for the store: the object's own, and `aws-chunked` where the body is framed on its way there.
    fn content_encoding(&mut self, client: &request::Parts) -> Result<(), S3Error> {
        let mut encodings = headers::content_encodings(&client.headers)?;
        encodings.retain(|encoding| !encoding.eq_ignore_ascii_case("aws-chunked"));
        if self.payload.is_streaming() {
            encodings.insert(0, "aws-chunked");
        }
        if !encodings.is_empty() {
            let value = HeaderValue::from_str(&encodings.join(","))
                .map_err(|_| S3Error::new(Code::InvalidArgument))?;
            self.headers.insert(header::CONTENT_ENCODING, value);
        }
        Ok(())
    }

    fn copy(&mut self, from: &CopySource, source: Option<&Bucket>) -> Result<(), S3Error> {
        let source = source.ok_or_else(|| S3Error::new(Code::NoSuchBucket))?;
        source.stored_key(from.key.as_str())?;
        let value = HeaderValue::from_str(&from.header(&source.stored_as, &source.prefix));
        self.headers.insert("x-amz-copy-source", value.map_err(|_| S3Error::new(Code::InvalidArgument))?);
        self.length(0);
        self.task = Task::Copy;
        Ok(())
    }

    fn list(&mut self, bucket: &Bucket, query: &ListQuery, version: ListVersion) -> Result<(), S3Error> {
        let sealer = Sealer::of(bucket);
        self.bound("max-keys");
        self.under_prefix(bucket, &query.prefix, &["prefix", "marker", "start-after"])?;
        for (name, value) in &mut self.query {
            if name == "continuation-token" {
                *value = sealer.open(value, &query.prefix)?;
            }
        }
        // The mapping's own folder marker, an object named like its prefix, has no name here: begin behind it.
        let (kind, after) = match version {
            ListVersion::V1 => (ListingKind::V1, "marker"),
            ListVersion::V2 => (ListingKind::V2, "start-after"),
        };
        let begins = ["marker", "start-after", "continuation-token"].iter().any(|name| self.has(name));
        if !bucket.prefix.is_empty() && query.prefix.is_empty() && !begins {
            self.query.push((after.to_owned(), bucket.prefix.to_string()));
        }
        self.task = Task::List { kind, prefix: query.prefix.clone(), token: query.token.clone() };
        Ok(())
    }

    fn list_uploads(&mut self, bucket: &Bucket, query: &ListQuery) -> Result<(), S3Error> {
        self.bound("max-uploads");
        self.under_prefix(bucket, &query.prefix, &["prefix", "key-marker"])?;
        self.task = Task::List { kind: ListingKind::Uploads, prefix: query.prefix.clone(), token: None };
        Ok(())
    }

    /// Puts the mapping's prefix before the values of these parameters, and asks for it where the client asked for none.
    fn under_prefix(&mut self, bucket: &Bucket, prefix: &str, names: &[&str]) -> Result<(), S3Error> {
        self.query.retain(|(name, value)| !(value.is_empty() && names.contains(&name.as_str())));
        for (name, value) in &mut self.query {
            if names.contains(&name.as_str()) {
                *value = bucket.stored_key(value)?;
            }
        }
        if prefix.is_empty() && !bucket.prefix.is_empty() {
            self.query.push(("prefix".to_owned(), bucket.prefix.to_string()));
        }
        Ok(())
    }

    /// A page holds at most 1,000 entries, whatever is asked for and whatever the store would give.
    fn bound(&mut self, name: &str) {
        for (_, value) in self.query.iter_mut().filter(|(n, _)| n == name) {
            if value.parse::<u64>().is_ok_and(|n| n > 1000) {
                "1000".clone_into(value);
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        self.query.iter().any(|(n, _)| n == name)
    }

    /// Sorts a batch delete into what may be deleted and what not; whether anything is left to ask the store for.
    fn delete(
        &mut self,
        bucket: &Bucket,
        control: &[u8],
        may: impl Fn(&Ask<'_>) -> bool,
    ) -> Result<bool, S3Error> {
        let request = xml::parse_delete(control)
            .map_err(|why| S3Error::new(Code::MalformedXml).because(why.to_string()))?;
        let name = bucket.name.as_str();
        let allowed = |object: &DeleteObject| {
            let action = match object.version_id {
                None => Action::DeleteObject,
                Some(_) => Action::DeleteObjectVersion,
            };
            may(&Ask { action, target: Target::Object { bucket: name, key: &object.key } })
        };
        let (asked, refused): (Vec<_>, Vec<_>) = request.objects.into_iter().partition(allowed);
        for object in &asked {
            ObjectKey::new(object.key.clone().into_bytes())?;
            bucket.stored_key(&object.key)?;
        }
        let some = !asked.is_empty();
        let body = xml::write_delete(&asked, &bucket.prefix);
        for algorithm in brigade_sigv4::ChecksumAlgorithm::ALL {
            self.headers.remove(algorithm.header());
        }
        self.headers.remove("x-amz-sdk-checksum-algorithm");
        if let Ok(md5) = HeaderValue::from_str(&body_digest::content_md5(&body)) {
            self.headers.insert("content-md5", md5);
        }
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        self.length(body.len() as u64);
        self.payload = body_digest::sha256(&body);
        self.upload = Upload::Replace(body.into());
        self.task = Task::Delete(BatchDelete { asked, refused, quiet: request.quiet });
        Ok(some)
    }

    fn into_forward(
        self,
        client: &request::Parts,
        request: BucketRequest,
        bucket: Bucket,
    ) -> Result<Forward, S3Error> {
        let Self { key, query, mut headers, payload, upload, task } = self;
        let reads = matches!(request.op, BucketOp::Object(_, ObjectOp::Get(_) | ObjectOp::Head(_)));
        if !reads {
            // What is rewritten must come whole and as it is.
            headers.remove(header::RANGE);
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        let uri = uri(&bucket, key.as_deref(), &query, request.name())?;
        let (mut head, ()) = http::Request::new(()).into_parts();
        head.method = client.method.clone();
        head.uri = uri;
        head.headers = headers;
        let head_only = client.method == Method::HEAD;
        let key = request.key().cloned();
        let inbound = Inbound { task, bucket: bucket.clone(), key, head_only };
        Ok(Forward { head, payload, upload, bucket, inbound })
    }
}

/// The store's address of a key or of the bucket, with this query.
fn uri(
    bucket: &Bucket,
    key: Option<&str>,
    query: &[(String, String)],
    op: crate::Op,
) -> Result<Uri, S3Error> {
    let endpoint = &bucket.backend.endpoint;
    let mut target = format!("{}/{}", endpoint.base(), percent_encode(bucket.stored_as.as_bytes()));
    if let Some(key) = key {
        target.push('/');
        target.push_str(&percent_encode_path(key.as_bytes()));
    }
    let flags = ROWS.iter().find(|row| row.op == op).map_or(&[][..], |row| row.requires);
    for (at, (name, value)) in query.iter().enumerate() {
        target.push(if at == 0 { '?' } else { '&' });
        target.push_str(&percent_encode(name.as_bytes()));
        if !(value.is_empty() && flags.contains(&name.as_str())) {
            target.push('=');
            target.push_str(&percent_encode(value.as_bytes()));
        }
    }
    Uri::builder()
        .scheme(endpoint.scheme().clone())
        .authority(endpoint.authority().clone())
        .path_and_query(target)
        .build()
        .map_err(|why| S3Error::new(Code::InvalidUri).because(why.to_string()))
}

impl Bucket {
    /// The key at the store of a key here.
    ///
    /// # Errors
    /// 400 `KeyTooLongError` with the mapping's prefix counted in; 400 `InvalidArgument` for a key whose path the store
    /// might resolve to another, unless the backend is known to keep keys byte for byte.
    pub(crate) fn stored_key(&self, key: &str) -> Result<String, S3Error> {
        let stored = format!("{}{key}", self.prefix);
        if stored.len() > 1024 {
            return Err(S3Error::new(Code::KeyTooLong));
        }
        if !self.backend.exact_keys && could_be_resolved(&stored) {
            return Err(S3Error::new(Code::InvalidArgument).say(
                "The store behind this bucket may read a key with an empty, '.' or '..' segment or a backslash as another \
                 key. Where it keeps keys byte for byte, its operator can say so with exact_keys = true.",
            ));
        }
        Ok(stored)
    }
}

impl Bucket {
    /// Refuses the ids of uploads and versions that a store which takes them for parts of a path could follow elsewhere.
    fn admits_ids(&self, request: &BucketRequest) -> Result<(), S3Error> {
        if self.backend.exact_keys {
            return Ok(());
        }
        let leads_away = |id: &str| {
            matches!(id, "." | "..")
                || id.contains(['/', '\\'])
                || id.bytes().any(|byte| byte.is_ascii_control())
        };
        for (name, id) in &request.carried.query {
            let code = match name.as_str() {
                "uploadId" => Code::NoSuchUpload,
                "versionId" => Code::NoSuchVersion,
                _ => continue,
            };
            if leads_away(id) {
                return Err(S3Error::new(code));
            }
        }
        match request.copy_source().map(|source| &source.version) {
            Some(Version::Named(id)) if leads_away(id) => Err(S3Error::new(Code::NoSuchVersion)),
            Some(Version::Named(_) | Version::Current) | None => Ok(()),
        }
    }
}

/// Whether a store that takes keys for paths could read a key as another one.
fn could_be_resolved(key: &str) -> bool {
    let inner = key.strip_suffix('/').unwrap_or(key);
    !key.is_empty()
        && (key.contains('\\') || inner.split('/').any(|segment| matches!(segment, "" | "." | "..")))
}

impl Forward {
    /// How the store is to be asked for credentials.
    #[must_use]
    pub fn auth(&self) -> &BackendAuth {
        &self.bucket.backend.auth
    }

    /// Signs the request for the store: the one place where any outbound request is signed.
    ///
    /// # Errors
    /// 500 `InternalError` when the request cannot be signed, which its construction rules out.
    pub fn sign(
        mut self,
        lent: &Lent,
        now: Timestamp,
        keys: &SigningKeys,
    ) -> Result<(Outbound, Inbound), S3Error> {
        match lent {
            Lent::Keys(credentials) => {
                brigade_sigv4::sign(
                    &mut self.head,
                    self.payload,
                    credentials,
                    &self.bucket.backend.region,
                    "s3",
                    now,
                    keys,
                )
                .map_err(|why| S3Error::new(Code::InternalError).because(why.to_string()))?;
            }
            Lent::Unsigned => {
                if let Ok(host) = HeaderValue::from_str(self.bucket.backend.endpoint.authority().as_str()) {
                    self.head.headers.insert(header::HOST, host);
                }
                // A store in this process checks the body against this as any other would.
                if let Ok(value) = HeaderValue::from_str(&self.payload.header_value()) {
                    self.head.headers.insert(HeaderName::from_static("x-amz-content-sha256"), value);
                }
            }
        }
        Ok((Outbound { head: self.head, upload: self.upload }, self.inbound))
    }
}

impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forward")
            .field("method", &self.head.method)
            .field("upload", &self.upload)
            .finish_non_exhaustive()
    }
}

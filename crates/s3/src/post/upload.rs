//! A form that has passed, as the upload it stands for.

use brigade_sigv4::{Decoder, Timestamp, Verified};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, header, request, response};
use memchr::memmem;
use sha2::{Digest as _, Sha256};

use super::answer::{Stored, Success};
use super::fields::{PostForm, authenticates};
use super::policy::{PostPolicy, Sizes};
use super::reader::FormError;
use super::request::{Boundary, PostRequest};
use crate::addressing::named_by_host;
use crate::known::lend_to_form;
use crate::operation::Carried;
use crate::permit::Permit;
use crate::table::rows;
use crate::{
    BucketName, BucketOp, BucketRequest, Code, ObjectKey, ObjectOp, Op, Payload, S3Error, headers, xml,
};

/// Up to so many bytes, what is left of a form is read whole, and its file found wherever it ends.
const WHOLE: usize = 1 << 20;

/// The end of a form behind its last delimiter.
const CLOSE: usize = b"--\r\n".len();

/// An upload as a form describes it, in the names of `PutObject`. Only [`PostRequest::upload`] makes one.
pub struct PostUpload {
    bucket: BucketName,
    key: ObjectKey,
    head: request::Parts,
    boundary: Boundary,
    rest: u64,
    sizes: Sizes,
    success: Success,
    base: String,
}

/// How the file of a form comes.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one per request, moved a few times: cheaper than a box")]
pub enum PostFile {
    /// Within the rest of the body, which has at most so many bytes: read it, and let [`PostUpload::whole`] find the file.
    Whole {
        /// In bytes.
        limit: usize,
    },
    /// As the rest of the body, less the end of the form, which the decoder takes off. It refuses a form that goes on behind
    /// the file: a store must know the length at the beginning.
    Streamed(Payload, Decoder),
}

impl PostRequest {
    /// Judges a form and makes of it an upload. `proof` is the verified signature of its policy; without one the form is
    /// anonymous, and its policy is not looked at. `client` is the head it came with.
    ///
    /// # Errors
    /// 403 `AccessDenied` where the policy does not admit the form, 400 `InvalidPolicyDocument` where it is none, 400
    /// `EntityTooLarge` and `EntityTooSmall`; 400 for fields that make no upload, and 501 for those with a meaning that is not
    /// served.
    pub fn upload(
        self,
        form: &PostForm,
        proof: Option<&Verified>,
        client: &request::Parts,
        now: Timestamp,
    ) -> Result<PostUpload, S3Error> {
        let key = key(form)?;
        let sizes = match (proof, form.value("policy")) {
            (Some(_), Some(policy)) => PostPolicy::read(policy)?.admit(form, self.bucket.as_str(), now)?,
            (Some(_), None) => return Err(S3Error::new(Code::InvalidPolicyDocument)),
            (None, _) => Sizes::ANY,
        };
        let mut head = head(form)?;
        lend_to_form(&client.headers, &mut head.headers);
        let rest = self.length.checked_sub(form.before()).ok_or(FormError::Malformed)?;
        let upload = PostUpload {
            key,
            base: base(client, &self.bucket),
            bucket: self.bucket,
            head,
            boundary: self.boundary,
            rest,
            sizes,
            success: Success::of(form),
        };
        if let Some(length) = upload.length() {
            sizes.admit(length)?;
        }
        Ok(upload)
    }
}

impl PostUpload {
    /// The key of the object.
    #[must_use]
    pub fn key(&self) -> &ObjectKey {
        &self.key
    }

    /// The head of the `PutObject` that the form stands for, to be planned with.
    #[must_use]
    pub fn head(&self) -> &request::Parts {
        &self.head
    }

    /// What is asked for, to be authorized: a `PutObject`, with what its fields need besides. Its body is not known yet:
    /// [`Permit::carrying`] says what it is.
    ///
    /// # Errors
    /// 501 `NotImplemented` for a field that stands for no header.
    pub fn request(&self) -> Result<BucketRequest, S3Error> {
        let row = rows().find(|row| row.op == Op::PutObject);
        let row = row.ok_or_else(|| S3Error::new(Code::InternalError))?;
        let needs = headers::needs(&self.head.headers)?;
        Ok(BucketRequest {
            bucket: self.bucket.clone(),
            op: BucketOp::Object(self.key.clone(), ObjectOp::Put(Payload::Unsigned { length: 0 })),
            row,
            carried: Carried { query: Vec::new(), hoisted: HeaderMap::new(), needs },
        })
    }

    /// How the file comes.
    #[must_use]
    pub fn file(&self) -> PostFile {
        match self.length() {
            None => PostFile::Whole { limit: WHOLE },
            Some(length) => {
                let decoder = Decoder::form_file(length, self.boundary.delimiter());
                PostFile::Streamed(Payload::Unsigned { length }, decoder)
            }
        }
    }

    /// Finds the file in the rest of the body. What comes behind it is not looked at, as by S3.
    ///
    /// # Errors
    /// 400 `MalformedPOSTRequest` when it does not end, `EntityTooLarge` and `EntityTooSmall`.
    pub fn whole(&self, rest: &Bytes) -> Result<(Payload, Bytes), S3Error> {
        let delimiter = self.boundary.delimiter();
        let end = memmem::find(rest, delimiter).ok_or(FormError::Malformed)?;
        let after = rest.get(end + delimiter.len()..).unwrap_or_default();
        // Text that only begins like the delimiter: cut off there, the file would be another.
        let padding = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let ends_line = after.get(padding..).is_some_and(|line| line.starts_with(b"\r\n"));
        if !after.starts_with(b"--") && !ends_line {
            return Err(FormError::Malformed.into());
        }
        let file = rest.slice(..end);
        let length = file.len() as u64;
        self.sizes.admit(length)?;
        Ok((Payload::Hashed { sha256: Sha256::digest(&file).into(), length }, file))
    }

    /// The answer, given the head of the store's own, which is sifted already.
    #[must_use]
    pub fn answer(&self, store: response::Parts) -> Response<Bytes> {
        let stored = Stored { bucket: &self.bucket, key: &self.key, base: &self.base };
        stored.answer(&self.success, store)
    }

    /// The length of a file that is streamed.
    fn length(&self) -> Option<u64> {
        let end = (self.boundary.delimiter().len() + CLOSE) as u64;
        (self.rest > WHOLE as u64).then(|| self.rest.saturating_sub(end))
    }
}

impl Permit {
    /// The permit for an upload whose body has become known since. What may be stored does not depend on its bytes.
    #[must_use]
    pub fn carrying(mut self, payload: Payload) -> Self {
        if let BucketOp::Object(_, ObjectOp::Put(placeholder)) = &mut self.request.op {
            *placeholder = payload;
        }
        self
    }
}

fn key(form: &PostForm) -> Result<ObjectKey, S3Error> {
    let missing = |message: &'static str| {
        S3Error::new(Code::InvalidArgument).say(message).with("ArgumentName", "key").with("ArgumentValue", "")
    };
    let key = form.value("key").ok_or_else(|| {
        missing("Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields: what comes behind the file is not read.")
    })?;
    if key.is_empty() {
        return Err(missing("User key must have a length greater than 0."));
    }
    Ok(ObjectKey::new(key.as_bytes().to_vec())?)
}

/// The fields, other than `x-amz-…`, that are headers of an upload by the same name.
const HEADERS: [&str; 7] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-md5",
    "content-type",
    "expires",
];

/// The `x-amz-` fields that are headers of an upload by the same name, besides `x-amz-meta-…`. Those that end in a hyphen stand
/// for every name that begins so.
const AMZ_HEADERS: [&str; 11] = [
    "x-amz-acl",
    "x-amz-checksum-",
    "x-amz-expected-bucket-owner",
    "x-amz-grant-",
    "x-amz-meta-",
    "x-amz-object-lock-",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
];

/// The head of the `PutObject` that a form stands for.
fn head(form: &PostForm) -> Result<request::Parts, S3Error> {
    let mut headers = HeaderMap::new();
    for (name, value) in form.iter().filter(|(name, _)| !authenticates(name)) {
        let name = name.to_ascii_lowercase();
        let (name, value) = match &*name {
            "acl" => ("x-amz-acl", value.to_owned()),
            "tagging" => ("x-amz-tagging", tagging(value)?),
            name if is_header(name)? => (name, value.to_owned()),
            _ => continue,
        };
        // An empty field of a form is one that was not filled in; metadata may be empty.
        if value.is_empty() && !name.starts_with("x-amz-meta-") {
            continue;
        }
        let refused = || {
            S3Error::new(Code::InvalidArgument)
                .say(format!("The form field {name} cannot be a header: it may hold no line breaks or control characters."))
                .with("ArgumentName", name)
        };
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| refused())?;
        if headers.insert(header, value).is_some() {
            return Err(FormError::Repeated(name.to_owned()).into());
        }
    }
    let (mut head, ()) = http::Request::new(()).into_parts();
    head.method = Method::PUT;
    head.headers = headers;
    Ok(head)
}

/// Whether a field, in lower case, stands for a header; another that S3 might give a meaning to is refused.
fn is_header(name: &str) -> Result<bool, S3Error> {
    let known = |it: &&str| if it.ends_with('-') { name.starts_with(it) } else { name == *it };
    if HEADERS.contains(&name) || AMZ_HEADERS.iter().any(known) {
        return Ok(true);
    }
    if name.starts_with("x-amz-") || name.starts_with("if-") {
        return Err(S3Error::new(Code::NotImplemented)
            .say(format!("The form field {name} implies functionality that is not implemented."))
            .with("Header", name));
    }
    Ok(false)
}

/// The header for the document of a field `tagging`.
fn tagging(document: &str) -> Result<String, S3Error> {
    if document.is_empty() {
        return Ok(String::new());
    }
    xml::tagging_header(document.as_bytes())
        .map_err(|why| S3Error::new(Code::MalformedXml).because(why.to_string()))
}

/// The bucket's address as the client reached it, with a slash behind it.
fn base(client: &request::Parts, bucket: &BucketName) -> String {
    let host = client.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let scheme = client.uri.scheme_str().unwrap_or("http");
    if named_by_host(client, "") {
        format!("{scheme}://{host}/")
    } else {
        format!("{scheme}://{host}/{bucket}/")
    }
}

impl std::fmt::Debug for PostUpload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostUpload")
            .field("bucket", &self.bucket)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

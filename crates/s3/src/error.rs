//! Errors: one table of codes, one document.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use crate::RequestId;
use crate::xml::Document;

/// An error as S3 says it: a code with its status, a message that says what to do, and for the log, why.
///
/// `Display` is the message for the client; [`S3Error::reason`] is for the log alone.
#[derive(Clone, Debug)]
pub struct S3Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    code: Code,
    message: Cow<'static, str>,
    details: Vec<(&'static str, String)>,
    headers: HeaderMap,
    reason: Option<String>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal $status:literal $message:literal;)*) => {
        /// The codes Brigade answers with: S3's names, statuses and messages.
        ///
        /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is named and described by its row")]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The status that goes with it.
            #[must_use]
            pub fn status(self) -> StatusCode {
                let status: u16 = match self { $(Self::$variant => $status,)* };
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }

            const fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)* }
            }
        }
    };
}

codes! {
    AccessControlListNotSupported = "AccessControlListNotSupported" 400 "The bucket does not allow ACLs.";
    AccessDenied = "AccessDenied" 403 "Access Denied";
    AmbiguousGrantByEmailAddress = "AmbiguousGrantByEmailAddress" 400 "The email address you provided is associated with more than one account.";
    AccessForbidden = "AccessForbidden" 403 "AccessForbidden";
    AuthorizationHeaderMalformed = "AuthorizationHeaderMalformed" 400 "The authorization header is malformed.";
    AuthorizationQueryParametersError = "AuthorizationQueryParametersError" 400 "The authorization query parameters are malformed.";
    BackendAuthenticationFailed = "BackendAuthenticationFailed" 502 "The store behind this bucket did not accept the gateway's credentials. Its operator must check the backend's `auth` and `region`.";
    BackendError = "BackendError" 502 "The store behind this bucket gave an answer that cannot be passed on.";
    BadDigest = "BadDigest" 400 "The Content-MD5 or checksum value that you specified did not match what the server received.";
    BucketAlreadyExists = "BucketAlreadyExists" 409 "The requested bucket name is not available. Select another name and try again.";
    BadRequest = "BadRequest" 400 "Bad Request";
    BucketAlreadyOwnedByYou = "BucketAlreadyOwnedByYou" 409 "The bucket you tried to create already exists, and you own it.";
    BucketNotEmpty = "BucketNotEmpty" 409 "The bucket you tried to delete is not empty.";
    ConditionalRequestConflict = "ConditionalRequestConflict" 409 "A conflicting operation happened during your request. Try again.";
    ContentSha256Mismatch = "XAmzContentSHA256Mismatch" 400 "The provided 'x-amz-content-sha256' header does not match what was computed.";
    EntityTooLarge = "EntityTooLarge" 400 "Your proposed upload exceeds the maximum allowed object size. Use a multipart upload.";
    EntityTooSmall = "EntityTooSmall" 400 "Your proposed upload is smaller than the minimum allowed object size.";
    ExpectationFailed = "ExpectationFailed" 417 "The only expectation the server understands is 100-continue.";
    ExpiredToken = "ExpiredToken" 400 "The provided token has expired.";
    IllegalLocationConstraint = "IllegalLocationConstraintException" 400 "The location constraint is not valid here.";
    IncompleteBody = "IncompleteBody" 400 "You did not provide the number of bytes specified by the Content-Length HTTP header, or the body's framing is broken.";
    InternalError = "InternalError" 500 "We encountered an internal error. Please try again.";
    InvalidAccessKeyId = "InvalidAccessKeyId" 403 "The access key id you provided does not exist in our records, or is no longer valid.";
    InvalidArgument = "InvalidArgument" 400 "Invalid Argument";
    InvalidBucketAclWithObjectOwnership = "InvalidBucketAclWithObjectOwnership" 400 "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting.";
    InvalidBucketName = "InvalidBucketName" 400 "The specified bucket is not valid.";
    InvalidBucketState = "InvalidBucketState" 409 "The request is not valid for the current state of the bucket.";
    InvalidChunkSize = "InvalidChunkSizeError" 400 "A chunk of the aws-chunked body has a size that is not allowed.";
    InvalidDigest = "InvalidDigest" 400 "The Content-MD5 or checksum value that you specified is not valid.";
    InvalidEncryptionAlgorithm = "InvalidEncryptionAlgorithmError" 400 "The encryption request that you specified is not valid.";
    InvalidLocationConstraint = "InvalidLocationConstraint" 400 "The specified location constraint is not valid.";
    InvalidObjectState = "InvalidObjectState" 403 "The operation is not valid for the object's storage class.";
    InvalidPart = "InvalidPart" 400 "One or more of the specified parts could not be found, or its entity tag did not match.";
    InvalidPartNumber = "InvalidPartNumber" 416 "The requested partnumber is not satisfiable.";
    InvalidPartOrder = "InvalidPartOrder" 400 "The list of parts was not in ascending order.";
    InvalidPolicyDocument = "InvalidPolicyDocument" 400 "The content of the form does not meet the conditions specified in the policy document.";
    InvalidRange = "InvalidRange" 416 "The requested range is not satisfiable.";
    InvalidRequest = "InvalidRequest" 400 "Invalid Request";
    InvalidStorageClass = "InvalidStorageClass" 400 "The storage class you specified is not valid.";
    InvalidTag = "InvalidTag" 400 "The tag provided was not a valid tag.";
    InvalidTargetBucketForLogging = "InvalidTargetBucketForLogging" 400 "The target bucket for logging does not exist, is not owned by you, or does not have the appropriate grants.";
    InvalidToken = "InvalidToken" 400 "The provided token is malformed or otherwise not valid.";
    InvalidUri = "InvalidURI" 400 "Couldn't parse the specified URI: a path is UTF-8, percent-encoded once.";
    KeyTooLong = "KeyTooLongError" 400 "Your key is too long: a key has at most 1024 bytes.";
    KmsDisabled = "KMS.DisabledException" 400 "The KMS key is disabled.";
    MalformedAcl = "MalformedACLError" 400 "The ACL that you provided was not well-formed or did not validate against our published schema.";
    MalformedPolicy = "MalformedPolicy" 400 "The policy is not well-formed or names what it may not.";
    MalformedPost = "MalformedPOSTRequest" 400 "The body of your POST request is not well-formed multipart/form-data.";
    MalformedTrailer = "MalformedTrailerError" 400 "The request contained trailing data that was not well-formed or did not conform to x-amz-trailer.";
    MalformedXml = "MalformedXML" 400 "The XML you provided was not well-formed or did not validate against our published schema.";
    MaxMessageLengthExceeded = "MaxMessageLengthExceeded" 400 "Your request was too big.";
    MaxPostPreDataLengthExceeded = "MaxPostPreDataLengthExceeded" 400 "Your POST request fields preceding the upload file were too large.";
    MetadataTooLarge = "MetadataTooLarge" 400 "Your metadata headers exceed the maximum allowed metadata size.";
    MethodNotAllowed = "MethodNotAllowed" 405 "The specified method is not allowed against this resource.";
    MissingContentLength = "MissingContentLength" 411 "You must provide the Content-Length (or, for aws-chunked, x-amz-decoded-content-length) HTTP header.";
    MissingSecurityHeader = "MissingSecurityHeader" 400 "Your request was missing a required header.";
    NoSuchBucket = "NoSuchBucket" 404 "The specified bucket does not exist.";
    NoSuchBucketPolicy = "NoSuchBucketPolicy" 404 "The bucket policy does not exist.";
    NoSuchConfiguration = "NoSuchConfiguration" 404 "The specified configuration does not exist.";
    NoSuchCorsConfiguration = "NoSuchCORSConfiguration" 404 "The CORS configuration does not exist.";
    NoSuchKey = "NoSuchKey" 404 "The specified key does not exist.";
    NoSuchLifecycleConfiguration = "NoSuchLifecycleConfiguration" 404 "The lifecycle configuration does not exist.";
    NoSuchObjectLockConfiguration = "NoSuchObjectLockConfiguration" 404 "The specified object does not have an Object Lock configuration.";
    NoSuchPublicAccessBlockConfiguration = "NoSuchPublicAccessBlockConfiguration" 404 "The public access block configuration was not found.";
    NoSuchTagSet = "NoSuchTagSet" 404 "The TagSet does not exist.";
    NoSuchUpload = "NoSuchUpload" 404 "The specified multipart upload does not exist. The upload id might not be valid, or the upload might have been aborted or completed.";
    NoSuchVersion = "NoSuchVersion" 404 "The version id specified in the request does not match an existing version.";
    NoSuchWebsiteConfiguration = "NoSuchWebsiteConfiguration" 404 "The specified bucket does not have a website configuration.";
    NotImplemented = "NotImplemented" 501 "A header, parameter or operation you used implies functionality that is not implemented.";
    NotModified = "NotModified" 304 "Not Modified";
    ObjectAlreadyInActiveTier = "ObjectAlreadyInActiveTierError" 403 "This object is not in an archive tier.";
    ObjectLockConfigurationNotFound = "ObjectLockConfigurationNotFoundError" 404 "Object Lock configuration does not exist for this bucket.";
    OperationAborted = "OperationAborted" 409 "A conflicting conditional operation is currently in progress against this resource. Try again.";
    OwnershipControlsNotFound = "OwnershipControlsNotFoundError" 404 "The bucket ownership controls were not found.";
    PreconditionFailed = "PreconditionFailed" 412 "At least one of the preconditions you specified did not hold.";
    QuotaExceeded = "QuotaExceeded" 403 "The store behind this bucket is full.";
    ReplicationConfigurationNotFound = "ReplicationConfigurationNotFoundError" 404 "The replication configuration was not found.";
    RequestHeaderSectionTooLarge = "RequestHeaderSectionTooLarge" 400 "Your request header section exceeds the maximum allowed size.";
    RequestTimeTooSkewed = "RequestTimeTooSkewed" 403 "The difference between the request time and the server's time is too large.";
    RequestTimeout = "RequestTimeout" 400 "Your socket connection to the server was not read from or written to within the timeout period.";
    RestoreAlreadyInProgress = "RestoreAlreadyInProgress" 409 "Object restore is already in progress.";
    ServerSideEncryptionConfigurationNotFound = "ServerSideEncryptionConfigurationNotFoundError" 404 "The server-side encryption configuration was not found.";
    ServiceUnavailable = "ServiceUnavailable" 503 "The store behind this bucket cannot be reached now. Please try again.";
    SignatureDoesNotMatch = "SignatureDoesNotMatch" 403 "The request signature we calculated does not match the signature you provided. Check your secret access key and signing method.";
    SlowDown = "SlowDown" 503 "Please reduce your request rate.";
    TooManyBuckets = "TooManyBuckets" 400 "You have attempted to create more buckets than allowed.";
    TooManyParts = "TooManyParts" 400 "You have attempted to create more parts than the maximum allowed.";
    UnexpectedContent = "UnexpectedContent" 400 "This request does not support content.";
    UnresolvableGrantByEmailAddress = "UnresolvableGrantByEmailAddress" 400 "The email address you provided does not match any account on record.";
}

impl Code {
    /// Whether it says that a bucket has no such configuration.
    #[must_use]
    pub const fn is_absence(self) -> bool {
        matches!(
            self,
            Self::NoSuchBucketPolicy
                | Self::NoSuchConfiguration
                | Self::NoSuchCorsConfiguration
                | Self::NoSuchLifecycleConfiguration
                | Self::NoSuchPublicAccessBlockConfiguration
                | Self::NoSuchTagSet
                | Self::NoSuchWebsiteConfiguration
                | Self::ObjectLockConfigurationNotFound
                | Self::OwnershipControlsNotFound
                | Self::ReplicationConfigurationNotFound
                | Self::ServerSideEncryptionConfigurationNotFound
        )
    }

    /// The code of this name, if it is one of ours.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl S3Error {
    /// An error with its code's own message.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inner {
            code,
            message: Cow::Borrowed(code.message()),
            details: Vec::new(),
            headers: HeaderMap::new(),
            reason: None,
        }))
    }

    /// Says something more exact to the client.
    #[must_use]
    pub fn say(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Notes for the log why; the client does not see it.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.0.reason = Some(reason.into());
        self
    }

    /// Adds an element to the document, such as `Region`.
    #[must_use]
    pub fn with(mut self, element: &'static str, text: impl Into<String>) -> Self {
        self.0.details.push((element, text.into()));
        self
    }

    /// Adds headers to the answer.
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.0.headers = headers;
        self
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What the client is told.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Why, for the log: the message, and what must not be told to the client.
    #[must_use]
    pub fn reason(&self) -> String {
        match &self.0.reason {
            Some(reason) => format!("{}: {reason}", self.0.code.name()),
            None => format!("{}: {}", self.0.code.name(), self.0.message),
        }
    }

    /// The answer: S3's error document. An answer to HEAD has its headers only; the runtime leaves the body out.
    #[must_use]
    pub fn into_response(self, id: RequestId) -> Response<Bytes> {
        let Inner { code, message, details, headers, .. } = *self.0;
        let xml = Document::plain("Error", |error| {
            error.text("Code", code.name());
            error.text("Message", &message);
            for (element, text) in &details {
                error.text(element, text);
            }
            error.text("RequestId", &id.to_string());
        });
        let mut response = Response::new(Bytes::from(xml));
        *response.status_mut() = code.status();
        *response.headers_mut() = headers;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        response
    }
}

impl std::fmt::Display for S3Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.code.name(), self.0.message)
    }
}

impl std::error::Error for S3Error {}

impl From<crate::KeyError> for S3Error {
    fn from(error: crate::KeyError) -> Self {
        Self::new(match error {
            crate::KeyError::TooLong => Code::KeyTooLong,
            crate::KeyError::Malformed => Code::InvalidUri,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_err_03_request_text_is_escaped_and_never_html() {
        let error = S3Error::new(Code::InvalidArgument).say("<script>&\u{1}").with("Region", "<b>");
        let response = error.into_response(RequestId::default());
        assert_eq!(response.status(), 400);
        assert_eq!(response.headers()["content-type"], "application/xml");
        let text = std::str::from_utf8(response.body()).unwrap();
        assert!(text.contains("<Message>&lt;script&gt;&amp;"), "{text}");
        assert!(text.contains("<Region>&lt;b&gt;</Region>"), "{text}");
    }

    #[test]
    fn every_code_has_one_name() {
        for code in Code::ALL {
            assert_eq!(Code::from_name(code.name()), Some(*code));
            assert!(code.status().as_u16() >= 300);
        }
    }
}

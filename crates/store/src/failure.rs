//! Why a request failed: an S3 code, its status and message, and the XML that tells the client.

use http::StatusCode;

/// A refused or failed request: becomes S3's error document, or a bodiless response for HEAD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    /// In place of the code's own message.
    pub(crate) message: Option<String>,
    /// Further elements of the document: name and text.
    pub(crate) details: Vec<(&'static str, String)>,
    /// What failed in the store itself: for the operator, never for the client.
    pub(crate) fault: Option<String>,
}

impl Failure {
    /// A failure with a message of its own.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..Self::from(code) }
    }

    /// Adds an element to the error document.
    pub(crate) fn with(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.details.push((name, text.into()));
        self
    }

    /// An argument of the request is wrong; names it as S3 does.
    pub(crate) fn argument(name: &str, value: &str, message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message).with("ArgumentName", name).with("ArgumentValue", value)
    }

    /// A precondition did not hold; names the header as S3 does.
    pub(crate) fn precondition(condition: &str) -> Self {
        Self::from(Code::PreconditionFailed).with("Condition", condition)
    }

    /// A fault of the store itself. The cause stays here: clients learn nothing of the machine.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        Self { fault: Some(cause.to_string()), ..Self::from(Code::InternalError) }
    }

    /// Whether the store is at fault, not the request.
    pub(crate) fn is_internal(&self) -> bool {
        self.fault.is_some()
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.code.row().1
    }

    pub(crate) fn name(&self) -> &'static str {
        self.code.row().0
    }

    pub(crate) fn text(&self) -> &str {
        self.message.as_deref().unwrap_or(self.code.row().2)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.fault {
            Some(fault) => f.write_str(fault),
            None => write!(f, "{}: {}", self.name(), self.text()),
        }
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self { code, message: None, details: Vec::new(), fault: None }
    }
}

macro_rules! codes {
    ($($name:ident $status:ident $message:literal;)*) => {
        /// S3's error codes as this store uses them (AWS: "Error responses", List of error codes).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code {
            $($name,)*
        }

        impl Code {
            /// The code as written, its status, and its usual message.
            pub(crate) fn row(self) -> (&'static str, StatusCode, &'static str) {
                match self {
                    $(Self::$name => (stringify!($name), StatusCode::$status, $message),)*
                }
            }
        }
    };
}

codes! {
    AccessControlListNotSupported BAD_REQUEST "The bucket does not allow ACLs";
    AccessDenied FORBIDDEN "Access Denied";
    BadDigest BAD_REQUEST "The Content-MD5 or checksum value that you specified did not match what the server received.";
    BucketNotEmpty CONFLICT "The bucket you tried to delete is not empty";
    EntityTooLarge BAD_REQUEST "Your proposed upload exceeds the maximum allowed size";
    EntityTooSmall BAD_REQUEST "Your proposed upload is smaller than the minimum allowed size";
    InternalError INTERNAL_SERVER_ERROR "We encountered an internal error. Please try again.";
    IncompleteBody BAD_REQUEST "The request body terminated unexpectedly";
    InsufficientCapacity INSUFFICIENT_STORAGE "The store has no room left for this object";
    InvalidArgument BAD_REQUEST "Invalid Argument";
    InvalidBucketName BAD_REQUEST "The specified bucket is not valid.";
    InvalidDigest BAD_REQUEST "The Content-MD5 or checksum value that you specified is not valid.";
    InvalidPart BAD_REQUEST "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
    InvalidPartNumber RANGE_NOT_SATISFIABLE "The requested partnumber is not satisfiable";
    InvalidPartOrder BAD_REQUEST "The list of parts was not in ascending order. Parts must be ordered by part number.";
    InvalidRange RANGE_NOT_SATISFIABLE "The requested range is not satisfiable";
    InvalidRequest BAD_REQUEST "Invalid Request";
    InvalidStorageClass BAD_REQUEST "The storage class you specified is not valid";
    InvalidTag BAD_REQUEST "The tag provided was not a valid tag.";
    InvalidURI BAD_REQUEST "Couldn't parse the specified URI.";
    KeyTooLongError BAD_REQUEST "Your key is too long";
    MalformedTrailerError BAD_REQUEST "The request contained trailing data that was not well-formed or did not conform to our published schema.";
    MalformedXML BAD_REQUEST "The XML you provided was not well-formed or did not validate against our published schema";
    MaxMessageLengthExceeded BAD_REQUEST "Your request was too big.";
    MetadataTooLarge BAD_REQUEST "Your metadata headers exceed the maximum allowed metadata size";
    MethodNotAllowed METHOD_NOT_ALLOWED "The specified method is not allowed against this resource.";
    MissingContentLength LENGTH_REQUIRED "You must provide the Content-Length HTTP header.";
    NoSuchBucket NOT_FOUND "The specified bucket does not exist";
    NoSuchKey NOT_FOUND "The specified key does not exist.";
    NoSuchUpload NOT_FOUND "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    NoSuchVersion NOT_FOUND "The specified version does not exist.";
    NotImplemented NOT_IMPLEMENTED "A header or query you provided implies functionality that is not implemented";
    OperationAborted CONFLICT "A conflicting conditional operation is currently in progress against this resource. Please try again.";
    PreconditionFailed PRECONDITION_FAILED "At least one of the pre-conditions you specified did not hold";
    ServiceUnavailable SERVICE_UNAVAILABLE "Please reduce your request rate.";
    XAmzContentSHA256Mismatch BAD_REQUEST "The provided 'x-amz-content-sha256' header does not match what was computed.";
}

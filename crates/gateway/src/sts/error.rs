//! What STS answers when it refuses: its own codes, in its own document.

use std::borrow::Cow;

use brigade_s3::{RequestId, xml::Document};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::answer::NAMESPACE;

/// A refusal of STS: a code with its status, a message that says what to do, and for the log, why.
///
/// Neither may hold a token.
#[derive(Clone, Debug)]
pub(crate) struct StsError {
    pub(crate) code: StsCode,
    pub(crate) message: Cow<'static, str>,
    pub(crate) reason: Option<String>,
}

macro_rules! codes {
    ($($variant:ident = $name:literal $status:literal;)*) => {
        /// The codes of STS that Brigade answers with.
        ///
        /// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html> and its
        /// [common errors](https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum StsCode { $($variant,)* }

        impl StsCode {
            /// The code on the wire.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The status that goes with it.
            pub(crate) fn status(self) -> StatusCode {
                let status: u16 = match self { $(Self::$variant => $status,)* };
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    };
}

codes! {
    AccessDenied = "AccessDenied" 403;
    ExpiredToken = "ExpiredToken" 403;
    ExpiredTokenException = "ExpiredTokenException" 400;
    IdpCommunicationError = "IDPCommunicationError" 400;
    IncompleteSignature = "IncompleteSignature" 400;
    InternalFailure = "InternalFailure" 500;
    InvalidAction = "InvalidAction" 400;
    InvalidClientTokenId = "InvalidClientTokenId" 403;
    InvalidIdentityToken = "InvalidIdentityToken" 400;
    MalformedPolicyDocument = "MalformedPolicyDocument" 400;
    MalformedQueryString = "MalformedQueryString" 400;
    MissingAction = "MissingAction" 400;
    MissingAuthenticationToken = "MissingAuthenticationToken" 403;
    PackedPolicyTooLarge = "PackedPolicyTooLarge" 400;
    RequestEntityTooLarge = "RequestEntityTooLarge" 413;
    ServiceUnavailable = "ServiceUnavailable" 503;
    SignatureDoesNotMatch = "SignatureDoesNotMatch" 403;
    ValidationError = "ValidationError" 400;
}

impl StsError {
    pub(crate) fn new(code: StsCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), reason: None }
    }

    /// Notes for the log why; the client does not see it.
    pub(crate) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Why, for the log.
    pub(crate) fn reason(&self) -> String {
        match &self.reason {
            Some(reason) => format!("{}: {reason}", self.code.name()),
            None => format!("{}: {}", self.code.name(), self.message),
        }
    }

    pub(crate) fn into_response(self, id: RequestId) -> Response<Bytes> {
        let status = self.code.status();
        let fault = if status.is_server_error() { "Receiver" } else { "Sender" };
        let xml = Document::of(NAMESPACE, "ErrorResponse", |root| {
            root.element("Error", |error| {
                error.text("Type", fault);
                error.text("Code", self.code.name());
                error.text("Message", &self.message);
            });
            root.text("RequestId", &id.to_string());
        });
        let mut response = Response::new(Bytes::from(xml));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
        if self.code == StsCode::ServiceUnavailable {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_text_in_an_error_is_escaped() {
        let error = StsError::new(StsCode::ValidationError, "</Message><script xmlns=\"x\">");
        let response = error.into_response(RequestId::default());
        assert_eq!(response.status(), 400);
        assert_eq!(
            std::str::from_utf8(response.body()).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <Error><Type>Sender</Type><Code>ValidationError</Code>\
             <Message>&lt;/Message&gt;&lt;script xmlns=&quot;x&quot;&gt;</Message></Error>\
             <RequestId>0000000000000000</RequestId></ErrorResponse>"
        );
    }
}

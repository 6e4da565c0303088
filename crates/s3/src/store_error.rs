//! What a store's refusal becomes for the client: S3's code in our own words, and nothing of the store.

use http::{HeaderMap, StatusCode};

use crate::xml::{StoreError, XmlError, parse_error};
use crate::{Code, S3Error, headers};

/// Translates a store's error answer. `bucket_only` tells a missing bucket from a missing key where there is no document.
pub(crate) fn translate(status: StatusCode, headers: &HeaderMap, body: &[u8], bucket_only: bool) -> S3Error {
    let error = match parse_error(body) {
        Some(error) => {
            of_document(&error).unwrap_or_else(|| of_status(status, bucket_only).because(told(&error)))
        }
        None => of_status(status, bucket_only),
    };
    error.with_headers(headers::keep_of_error(headers.clone()))
}

/// Whether a store's error answer says that it does not take our credentials.
#[must_use]
pub fn refuses_credentials(status: StatusCode, body: &[u8]) -> bool {
    status.is_client_error()
        && translate(status, &HeaderMap::new(), body, false).code() == Code::BackendAuthenticationFailed
}

/// Translates an answer that could not be read as what it should be.
pub(crate) fn of_xml(error: XmlError) -> S3Error {
    match error {
        XmlError::StoreError(error) => {
            of_document(&error).unwrap_or_else(|| S3Error::new(Code::BackendError).because(told(&error)))
        }
        XmlError::Cut
        | XmlError::Malformed
        | XmlError::Doctype
        | XmlError::TooDeep
        | XmlError::WrongRoot
        | XmlError::Unexpected(_)
        | XmlError::Missing(_)
        | XmlError::TooMany
        | XmlError::Foreign
        | XmlError::Stuck => S3Error::new(Code::BackendError).because(error.to_string()),
    }
}

fn told(error: &StoreError) -> String {
    format!("the store said {}: {}", error.code, error.message)
}

/// By the document's code, unless it is one that S3 does not have.
fn of_document(error: &StoreError) -> Option<S3Error> {
    let code = match error.code.as_str() {
        // The store speaks of our credentials, clock or configuration, not of the client's.
        "SignatureDoesNotMatch"
        | "InvalidAccessKeyId"
        | "RequestTimeTooSkewed"
        | "ExpiredToken"
        | "InvalidToken"
        | "AuthorizationHeaderMalformed"
        | "AuthorizationQueryParametersError"
        | "TokenRefreshRequired"
        | "InvalidSecurity"
        | "NotSignedUp"
        | "RequestExpired" => Code::BackendAuthenticationFailed,
        "PermanentRedirect" | "TemporaryRedirect" | "Redirect" => Code::BackendError,
        "InvalidTag" | "TagInvalid" => Code::InvalidTag,
        // MinIO's and Ceph's words for the same.
        "XMinioInvalidObjectName" | "XMinioInvalidResourceName" | "InvalidObjectName" => {
            Code::InvalidArgument
        }
        "XMinioStorageFull" | "InsufficientCapacity" | "QuotaExceeded" => Code::QuotaExceeded,
        "SlowDownRead" | "SlowDownWrite" | "XMinioServerNotInitialized" => Code::SlowDown,
        name => Code::from_name(name)?,
    };
    Some(S3Error::new(code).because(told(error)))
}

fn of_status(status: StatusCode, bucket_only: bool) -> S3Error {
    let code = match status.as_u16() {
        300..400 => Code::BackendError,
        401 | 407 => Code::BackendAuthenticationFailed,
        403 => Code::AccessDenied,
        404 if bucket_only => Code::NoSuchBucket,
        404 => Code::NoSuchKey,
        405 => Code::MethodNotAllowed,
        409 => Code::OperationAborted,
        411 => Code::MissingContentLength,
        412 => Code::PreconditionFailed,
        413 => Code::EntityTooLarge,
        416 => Code::InvalidRange,
        429 | 503 => Code::SlowDown,
        501 => Code::NotImplemented,
        400..500 => Code::InvalidRequest,
        500 => Code::InternalError,
        _ => Code::BackendError,
    };
    S3Error::new(code).because(format!("the store answered {} without an error document", status.as_u16()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_err_02_a_stores_words_and_names_stay_behind() {
        let body = b"<Error><Code>NoSuchKey</Code><Message>no secret-bucket/prefix/k</Message><BucketName>secret-bucket</BucketName>\
                     <HostId>host</HostId></Error>";
        let error = translate(StatusCode::NOT_FOUND, &HeaderMap::new(), body, false);
        assert_eq!(error.code(), Code::NoSuchKey);
        let response = error.into_response(crate::RequestId::default());
        assert!(!String::from_utf8_lossy(response.body()).contains("secret-bucket"));
    }

    #[test]
    fn r_rel_07_a_redirect_of_the_store_is_neither_followed_nor_passed_on() {
        for status in [301, 302, 303, 307, 308] {
            let headers =
                [("location".parse().unwrap(), "http://elsewhere/".parse().unwrap())].into_iter().collect();
            let error = translate(StatusCode::from_u16(status).unwrap(), &headers, b"", false);
            assert_eq!(error.code(), Code::BackendError);
            assert!(!error.into_response(crate::RequestId::default()).headers().contains_key("location"));
        }
    }

    #[test]
    fn federation_misconfiguration_is_no_opaque_500() {
        for code in ["SignatureDoesNotMatch", "InvalidAccessKeyId", "ExpiredToken"] {
            let body =
                format!("<Error><Code>{code}</Code><AWSAccessKeyId>AKIDBACKEND</AWSAccessKeyId></Error>");
            let error = translate(StatusCode::FORBIDDEN, &HeaderMap::new(), body.as_bytes(), false);
            assert_eq!(error.code(), Code::BackendAuthenticationFailed);
            assert!(error.reason().contains(code));
        }
    }

    #[test]
    fn an_answer_that_is_not_s3_gets_a_code_all_the_same() {
        for (status, bucket_only, expect) in [
            (403, false, Code::AccessDenied),
            (404, false, Code::NoSuchKey),
            (404, true, Code::NoSuchBucket),
            (412, false, Code::PreconditionFailed),
            (416, false, Code::InvalidRange),
            (500, false, Code::InternalError),
            (502, false, Code::BackendError),
            (520, false, Code::BackendError),
            (503, false, Code::SlowDown),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(
                translate(status, &HeaderMap::new(), b"error code: 520", bucket_only).code(),
                expect,
                "{status}"
            );
        }
    }
}

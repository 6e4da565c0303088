//! What a client is told of a head that was refused on the wire, before there was a request to look at.

use brigade_s3::{Code, S3Error};

use crate::http1::head::Violation;

/// What a client is told of a head that was refused on the wire.
pub(crate) fn explain(violation: Violation) -> S3Error {
    match violation {
        Violation::FirstLine => invalid("The request line is malformed."),
        Violation::Target => S3Error::new(Code::InvalidUri)
            .say("Percent-encode what is no ASCII letter, digit or mark in the request's target."),
        Violation::TargetTooLong => S3Error::new(Code::InvalidUri).say("The request's target is too long."),
        Violation::HeadTooLarge => S3Error::new(Code::RequestHeaderSectionTooLarge),
        Violation::HeaderLine => invalid("A header line is malformed."),
        Violation::TransferEncoding => invalid("The only Transfer-Encoding understood is one `chunked`."),
        Violation::ContentLength => invalid("Send one Content-Length, in plain digits."),
        Violation::BothLengths => invalid("Send Content-Length or Transfer-Encoding, not both."),
        Violation::Host => invalid("Send one Host header."),
    }
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> S3Error {
    S3Error::new(Code::InvalidRequest).say(message)
}

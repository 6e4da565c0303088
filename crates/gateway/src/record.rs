//! The record: what happened to one request, as one value.

use std::sync::Arc;

use brigade_s3::{BucketName, ObjectKey, Op, Operation, RequestId};
use http::{Response, StatusCode};

/// The answer to a request, and the record of it.
#[derive(Debug)]
pub struct Reply<B> {
    /// The answer.
    pub response: Response<B>,
    /// What is to be noted of it once its body has been sent.
    pub record: Record,
}

/// What happened to one request, as far as its head tells. It holds no secret, signature, token or query.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The id the client was given.
    pub request_id: RequestId,
    /// A key id, or `anonymous`; `None` when the request was refused before its sender was known.
    pub caller: Option<Arc<str>>,
    /// The operation, once it is known.
    pub operation: Option<Op>,
    /// The bucket, as the client named it.
    pub bucket: Option<BucketName>,
    /// The key, as the client named it.
    pub key: Option<ObjectKey>,
    /// The answer's status; `None` until there is one.
    pub status: Option<StatusCode>,
    /// Why the request was refused or failed: the S3 code and what stood behind it.
    pub refused: Option<String>,
}

impl Record {
    /// Takes over what an operation names.
    pub(crate) fn of(&mut self, operation: &Operation) {
        match operation {
            Operation::ListBuckets(_) => self.operation = Some(Op::ListBuckets),
            Operation::Post(request) => {
                self.operation = Some(Op::PostObject);
                self.bucket = Some(request.bucket.clone());
            }
            Operation::Bucket(request) => {
                self.operation = Some(request.name());
                self.bucket = Some(request.bucket.clone());
                self.key = request.key().cloned();
            }
        }
    }
}

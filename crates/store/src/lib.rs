//! The embedded store: an S3 server in a crate, called in process.
//!
//! ```text
//! http::Request ─ route ─► Operation ─► bucket | object | upload ─► index (redb: one transaction decides)
//!                                                    └─ payload ─► bodies (files named by the store, or memory)
//! http::Response<StoreBody> ◄────────────────────────┘
//! ```
//!
//! It takes S3's HTTP types, path style, and answers them; there are no sockets and no signatures here: the gateway in
//! front has verified and authorized. It answers with S3's codes, statuses and XML.
//!
//! | level | operations |
//! |---|---|
//! | service | ListBuckets |
//! | bucket | CreateBucket, DeleteBucket, HeadBucket, GetBucketLocation, GetBucketVersioning (never enabled), ListObjects, ListObjectsV2, ListMultipartUploads, DeleteObjects |
//! | object | GetObject, HeadObject, GetObjectAttributes, PutObject, CopyObject, DeleteObject, Get-, Put- and DeleteObjectTagging |
//! | upload | CreateMultipartUpload, UploadPart, UploadPartCopy, ListParts, CompleteMultipartUpload, AbortMultipartUpload |
//!
//! All else is 501 `NotImplemented`, and so are headers that ask for what is not here (encryption, object lock, ACLs,
//! versions other than `null`): nothing is dropped silently.
//!
//! # What it promises
//! - A key is held byte for byte, whatever it is: bodies are files named by number, and no client text names a file.
//! - A body is on disk before the index names it, and the index is on disk before the client hears of it. A crash leaves
//!   the old object or the new one, and files that nothing names go when the store is opened again.
//! - Bodies never change: a reader has the whole object it began with, whatever replaces it; copies and completed
//!   uploads share bodies, and no byte is copied for them.
//! - A page of a listing reads as many entries of the index as it has lines, however many keys there are.
//! - Memory does not grow with objects.
//!
//! # Where it differs from S3
//! A copy of an object that was uploaded in parts keeps its ETag and its parts, where S3 makes it one part with a new
//! ETag. There is one owner, `brigade`, and one storage class.

mod bodies;
mod body;
mod bucket;
mod conditions;
mod error;
mod failure;
mod headers;
mod index;
mod object;
mod payload;
mod private;
mod range;
mod reply;
mod route;
mod store;
mod sum;
mod upload;
mod xml;

pub use body::StoreBody;
pub use error::{Fault, OpenError, StoreError};
pub use store::{Place, Store};

#[cfg(test)]
mod tests;

//! AWS Signature Version 4 as S3 speaks it: read what a request presents, verify it, sign a new one,
//! and take the `aws-chunked` encoding apart.
//!
//! ```text
//! Wire ─ Presented::read ─► Presented ─ verify(secret, region, now) ─► Verified ─ chunks ─► Decoder
//! Parts ─ sign(payload, credentials, region, now) ─► Parts
//! ```
//!
//! Nothing here waits, reads a clock, draws randomness, looks at the environment or logs: time is an
//! argument, and the caller moves the bytes. Only the bytes on the wire are verified or signed.
//!
//! ```
//! use brigade_sigv4::{ContentSha256, Credentials, Presented, SecretKey, SigningKeys, Timestamp, Wire, sign};
//!
//! let keys = SigningKeys::default();
//! let now = Timestamp::from_unix(1_440_938_160);
//! let who = Credentials { key_id: "AKIDEXAMPLE".into(), secret: SecretKey::new("secret"), session_token: None };
//! let (mut head, ()) = http::Request::get("http://bucket.example/key").body(())?.into_parts();
//! sign(&mut head, ContentSha256::EMPTY, &who, "us-east-1", "s3", now, &keys)?;
//!
//! let wire = Wire::from(&head);
//! let presented = Presented::read(&wire)?.ok_or("anonymous")?;
//! let verified = presented.verify(&wire, &who.secret, "us-east-1", now, &keys)?;
//! assert_eq!(verified.key_id(), "AKIDEXAMPLE");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod canonical;
mod checksum;
mod content_sha256;
mod decoder;
mod gathered;
mod hexadecimal;
mod keys;
mod percent;
mod pieces;
mod presented;
mod refusal;
mod secret;
mod service;
mod set;
mod sign;
mod timestamp;
mod verify;
mod wire;

pub use checksum::{Checksum, ChecksumAlgorithm};
pub use content_sha256::ContentSha256;
pub use decoder::{DecodeError, Decoder, Trailer, Verdict};
pub use keys::SigningKeys;
pub use percent::{
    NotUtf8, decode_path, decode_query, percent_decode, percent_encode, percent_encode_path,
    push_percent_encoded, push_percent_encoded_path, query_pairs,
};
pub use presented::{Presented, SignedForm};
pub use refusal::{Fault, Place, Refusal};
pub use secret::{Credentials, SecretKey};
pub use service::Service;
pub use sign::{SignError, sign};
pub use timestamp::Timestamp;
pub use verify::{ChunkContext, Verified};
pub use wire::Wire;

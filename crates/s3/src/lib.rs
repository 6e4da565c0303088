//! S3 as a proxy sees it: what a request asks for, who may ask it, and what is sent on in its place.
//!
//! ```text
//! head ─ S3Request::parse ─► BucketRequest ─ authorize ─► Permit ─ plan ─► Plan ─ sign ─► Outbound
//!                                                                              └─► Inbound ─ receive ─► Stream | Rewrite
//! ```
//!
//! Everything here is a pure function of its arguments: no I/O, no clock, no randomness.

mod addressing;
mod answer;
mod arrival;
mod backend;
mod body_digest;
mod bucket;
mod caller;
mod copy_source;
mod cors;
mod error;
mod form;
mod forward;
mod headers;
mod inbound;
mod inquiry;
mod key;
mod known;
mod lookup;
mod mapping;
mod name;
mod named;
mod op;
mod operation;
mod outbound;
mod payload;
mod permit;
mod plan;
mod post;
mod query;
mod refusal;
mod relay;
mod request;
mod scout;
mod store_error;
mod table;
mod token;
mod uri;
pub mod xml;

pub use addressing::{Addressing, Destination, Domain, DomainError};
pub use answer::BucketEntry;
pub use arrival::{Arrival, RequestId};
pub use backend::{Backend, BackendAuth, Endpoint, EndpointError, Lent};
pub use bucket::Bucket;
pub use caller::{Caller, Principal};
pub use copy_source::CopySource;
pub use cors::{
    CORS_METHODS, Cors, CorsRule, HeaderPattern, HeaderPatternError, OriginPattern, OriginPatternError,
};
pub use error::{Code, S3Error};
pub use forward::Forward;
pub use inbound::{Delivery, Inbound, Rewrite};
pub use inquiry::{Heard, Inquiry, Question};
pub use key::{KeyError, ObjectKey};
pub use mapping::{
    Above, Mapping, Mappings, NamePattern, OpenNames, PatternError, Template, TemplateError, Unused,
};
pub use name::{BucketName, NameError};
pub use named::{Found, Inside, Named};
pub use op::Op;
pub use operation::{
    BucketOp, BucketRequest, BucketsQuery, ListQuery, ListVersion, ObjectOp, Operation, Version,
};
pub use outbound::{Outbound, Upload};
pub use payload::{ChunkSigning, Payload};
pub use permit::{Permit, Reading, authorize};
pub use plan::Plan;
pub use post::{Boundary, FormError, FormReader, PostFile, PostForm, PostRequest, PostUpload};
pub use relay::{Fetched, Refused, Relay, Source};
pub use request::S3Request;
pub use scout::{Listens, Scout};
pub use store_error::refuses_credentials;
pub use table::{Content, Level, Row, rows as operations};

//! S3's XML, read strictly and rewritten in place: listings, batch deletes, outcomes, errors.
//!
//! ```text
//! client ── <Delete> ─► parse_delete ─► (authorize key by key) ─► write_delete ─► store
//! client ◄─ merge_delete_result ◄──────────────────────────── <DeleteResult> ── store
//! client ◄─ rewrite_listing · rewrite_complete · rewrite_initiate · verify_copy ── store
//! ```
//! Every function here is a pure function of complete bytes. A document that is cut, ill formed, too deep or that has a DTD is an
//! error, so that an answer which lost its end is never passed on as whole. What a rewrite does not change stays byte for
//! byte; no document is parsed into a structure and printed again, so elements nobody here has heard of survive.
//!
//! Element names are compared by their local part: a namespace prefix never hides a key from a rewrite.

mod alike;
mod buckets;
mod delete;
mod document;
mod edits;
mod error;
mod folders;
mod leaf;
mod lexis;
mod listing;
mod names;
mod outcome;
mod tagging;
mod walk;
mod write;

pub use buckets::{StoredBucket, StoredBuckets, parse_buckets};
pub use delete::{
    DeleteObject, DeleteRequest, Part, Refused, merge_delete_result, merge_delete_results, parse_delete,
    write_delete,
};
pub use document::{child, holds, parse_create, text_at, verify_document, verify_json};
pub use error::{StoreError, XmlError, parse_error};
pub use folders::{Folders, parse_folders};
pub use listing::{Echo, ListingKind, Only, rewrite_listing};
pub use names::Names;
pub use outcome::{
    Completed, Copied, Initiated, rewrite_complete, rewrite_initiate, verify_completion, verify_copy,
};
pub use tagging::tagging_header;
pub use write::{Document, escape};

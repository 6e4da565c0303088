//! What can be wrong with a document, and reading the error document of a store.

use super::walk::{Piece, Walk};
use thiserror::Error;

/// How much of a store's error document is read, in bytes.
const ERROR_LIMIT: usize = 64 * 1024;
/// How much of each of its texts is kept, in characters.
const TEXT_LIMIT: usize = 1024;

/// How much of an unexpected name is kept, in characters: it comes from whoever sent the document.
const NAME_LIMIT: usize = 64;

/// Why a document was refused.
///
/// From a client (`parse_delete`) every variant is S3's `MalformedXML`. From a store it means that nothing may be confirmed:
/// the answer is an error, [`XmlError::StoreError`] with the store's own reason.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum XmlError {
    /// The document ends before its root is closed.
    #[error("the document is cut")]
    Cut,
    /// Not well-formed XML in UTF-8; an entity that XML does not define counts.
    #[error("the document is not well formed")]
    Malformed,
    /// The document has a DTD.
    #[error("the document has a document type declaration")]
    Doctype,
    /// Elements are nested deeper than sixteen.
    #[error("the document is nested too deep")]
    TooDeep,
    /// The root is not the one expected.
    #[error("the document has another root than expected")]
    WrongRoot,
    /// An element or text stands where none may: unknown, repeated, or nested in a text. Holds at most the first 64 characters
    /// of what it was, for the log.
    #[error("the document holds something unexpected: {0}")]
    Unexpected(String),
    /// An element that must be there, and not empty, is not.
    #[error("the document has no {0}")]
    Missing(&'static str),
    /// More than 1,000 objects in a batch delete.
    #[error("the document has too many objects")]
    TooMany,
    /// A store's answer names a key outside the mapping's prefix. It is never shown.
    #[error("the store named a key outside the bucket")]
    Foreign,
    /// A page that is not the last has neither a key nor a marker that the client could continue from.
    #[error("the listing cannot be continued")]
    Stuck,
    /// The document is an `<Error>`, whatever the status said.
    #[error("the store answered {}", .0.code)]
    StoreError(StoreError),
}

impl XmlError {
    pub(super) fn unexpected(what: &str) -> Self {
        Self::Unexpected(what.chars().take(NAME_LIMIT).collect())
    }
}

/// A store's error document, as much of it as is safe to use: its texts are for the log and for choosing our own answer, and
/// are never shown to a client.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoreError {
    /// S3's error code, such as `NoSuchKey`. Never empty.
    pub code: String,
    /// The store's prose; may name its bucket, host and key.
    pub message: String,
    /// The region the store says it is in (`AuthorizationHeaderMalformed`, `PermanentRedirect`).
    pub region: Option<String>,
    /// The store's id of the request, for its operators.
    pub request_id: Option<String>,
}

/// Reads the error document of a store, leniently: `None` when `body` is not one.
///
/// A document that is cut after its `Code` still counts. At most 64 KiB are read, and 1,024 characters kept of each text.
/// The root is `Error`, or `ErrorResponse` around it as STS writes.
#[must_use]
pub fn parse_error(body: &[u8]) -> Option<StoreError> {
    let head = body.get(..ERROR_LIMIT).unwrap_or(body);
    let text = String::from_utf8_lossy(head);
    let mut walk = Walk::over(text.trim_start_matches('\u{feff}'));
    let mut error = StoreError::default();
    // What goes wrong after the code was read is of no interest: the code is what we came for.
    while let Ok(Some(step)) = walk.next() {
        let Piece::Open(tag) = step.piece else { continue };
        let field = match walk.path() {
            ["ErrorResponse", "Error"] => continue,
            ["Error" | "ErrorResponse", field] | ["ErrorResponse", "Error", field] => *field,
            _ => continue,
        };
        let Ok(leaf) = walk.leaf(tag) else { continue };
        let text: String = leaf.text().chars().take(TEXT_LIMIT).collect();
        match field {
            "Code" => error.code = text,
            "Message" => error.message = text,
            "Region" => error.region = Some(text),
            "RequestId" => error.request_id = Some(text),
            _ => {}
        }
    }
    (!error.code.is_empty()).then_some(error)
}

#[cfg(test)]
mod tests;

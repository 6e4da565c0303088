//! DeleteObjects: the client's list read strictly, the store's list written anew, and the two answers made one.

use super::error::XmlError;
use super::leaf::{Leaf, Spelling};
use super::lexis::is_blank;
use super::names::Names;
use super::walk::{Piece, Step, Walk};
use super::write::Document;
use std::collections::HashMap;

/// How many objects one request may name.
const MAX_OBJECTS: usize = 1000;

/// A store's codes that a client may see, each with our words for it. Any other becomes `InternalError`.
const CODES: [(&str, &str); 9] = [
    ("AccessDenied", "Access Denied"),
    ("InvalidArgument", "Invalid Argument"),
    ("KeyTooLongError", "Your key is too long"),
    ("MethodNotAllowed", "The specified method is not allowed against this resource."),
    ("NoSuchKey", "The specified key does not exist."),
    ("NoSuchVersion", "The specified version does not exist."),
    ("PreconditionFailed", "At least one of the pre-conditions you specified did not hold"),
    ("ServiceUnavailable", "Please reduce your request rate."),
    ("SlowDown", "Please reduce your request rate."),
];
const INTERNAL_ERROR: (&str, &str) = ("InternalError", "We encountered an internal error. Please try again.");

/// A batch delete, as the client sent it. Holds 1 to 1,000 objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteRequest {
    /// Whether the client wants to hear of failures only.
    pub quiet: bool,
    /// What to delete, in the client's order; the same object may be there twice.
    pub objects: Vec<DeleteObject>,
}

/// One object of a batch delete. The key is never empty; its length is not checked here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeleteObject {
    /// The key, as an XML parser gives the text: references resolved, pieces joined. It is this that must be authorized.
    pub key: String,
    /// The version; needs the right to delete versions.
    pub version_id: Option<String>,
    /// Delete only if the object has this ETag.
    pub etag: Option<String>,
    /// Delete only if it was last modified then.
    pub last_modified_time: Option<String>,
    /// Delete only if it has this size.
    pub size: Option<String>,
}

/// An object of a batch delete that was not sent on: the caller may not delete it, or the store could not hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused<'a> {
    /// The key, as the client named it.
    pub key: &'a str,
    /// The version the client named.
    pub version_id: Option<&'a str>,
    /// S3's code for why.
    pub code: &'static str,
    /// Why, in words.
    pub message: &'a str,
}

/// The objects of a batch delete that one store was asked to delete, and what it said.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// What they are called.
    pub names: Names<'a>,
    /// What was sent, in the client's keys.
    pub asked: &'a [DeleteObject],
    /// The store's `DeleteResult`, or the error code for each of its objects.
    pub heard: Result<&'a [u8], &'static str>,
}

/// Reads the body of a DeleteObjects request, strictly.
///
/// # Errors
/// Each is S3's `MalformedXML`: another root, an element that is unknown, repeated or nested in a text, no objects or more than
/// 1,000, an object without a key, an empty text, a DTD, an unknown entity, a control character not written as a reference,
/// trailing bytes.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>.
///
/// ```
/// let body = b"<Delete><Object><Key>a&amp;b</Key></Object></Delete>";
/// let request = brigade_s3::xml::parse_delete(body)?;
/// assert_eq!(request.objects[0].key, "a&b");
/// # Ok::<(), brigade_s3::xml::XmlError>(())
/// ```
pub fn parse_delete(body: &[u8]) -> Result<DeleteRequest, XmlError> {
    let mut walk = match Walk::rooted(body, &["Delete"]) {
        Err(XmlError::StoreError(_)) => return Err(XmlError::WrongRoot),
        rooted => rooted?,
    };
    let mut objects = Vec::new();
    let mut quiet = None;
    while let Some(step) = walk.next()? {
        match step.piece {
            Piece::Open(tag) if tag.local == "Object" => {
                if objects.len() >= MAX_OBJECTS {
                    return Err(XmlError::TooMany);
                }
                objects.push(parse_object(&mut walk)?);
            }
            Piece::Open(tag) if tag.local == "Quiet" && quiet.is_none() => {
                quiet = Some(match walk.leaf(tag)?.text().trim() {
                    "true" => true,
                    "false" => false,
                    other => return Err(XmlError::unexpected(other)),
                });
            }
            Piece::Open(tag) | Piece::Empty(tag) => return Err(XmlError::unexpected(tag.local)),
            Piece::Close(_) | Piece::Text(_) | Piece::Cdata(_) | Piece::Reference(_) | Piece::Aside => {
                blank(&step)?
            }
        }
    }
    if objects.is_empty() {
        return Err(XmlError::Missing("Object"));
    }
    Ok(DeleteRequest { quiet: quiet.unwrap_or(false), objects })
}

/// The body of the request to the store: its names, and never quiet, so that the store must account for each.
pub fn write_delete(objects: &[DeleteObject], names: &Names<'_>) -> Vec<u8> {
    Document::in_namespace("Delete", |delete| {
        for object in objects {
            delete.element("Object", |entry| {
                entry.text("Key", &names.stored(&object.key));
                let conditions = [
                    ("VersionId", &object.version_id),
                    ("ETag", &object.etag),
                    ("LastModifiedTime", &object.last_modified_time),
                    ("Size", &object.size),
                ];
                for (name, value) in conditions {
                    if let Some(value) = value {
                        entry.text(name, value);
                    }
                }
            });
        }
        delete.text("Quiet", "false");
    })
}

/// The client's `DeleteResult`, from the store's and from what was refused here.
///
/// `store_body` is `None` when nothing was sent to the store. `asked` is what was sent, in the client's keys. Every object of
/// `asked` is accounted for: one that the store does not mention is an `InternalError`, never silence. What the store says of
/// objects it was not asked about is not passed on. Its error codes are passed on when a client can use them; its prose is not.
/// `quiet` leaves out what was deleted.
///
/// # Errors
/// [`XmlError::StoreError`] for an `<Error>`; [`XmlError::Foreign`] when it names a key outside `prefix`; any other error when
/// the document is not a whole `DeleteResult`.
pub fn merge_delete_result(
    store_body: Option<&[u8]>,
    names: &Names<'_>,
    asked: &[DeleteObject],
    refused: &[Refused<'_>],
    quiet: bool,
) -> Result<Vec<u8>, XmlError> {
    let part = store_body.map(|body| Part { names: *names, asked, heard: Ok(body) });
    merge_delete_results(part.as_slice(), refused, quiet)
}

/// As [`merge_delete_result`], of objects that several stores were asked to delete.
///
/// # Errors
/// As [`merge_delete_result`].
pub fn merge_delete_results(
    parts: &[Part<'_>],
    refused: &[Refused<'_>],
    quiet: bool,
) -> Result<Vec<u8>, XmlError> {
    let answers = parts
        .iter()
        .map(|part| part.heard.map_or(Ok(Vec::new()), |body| parse_result(body, &part.names, part.asked)))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Document::in_namespace("DeleteResult", |result| {
        for (part, answers) in parts.iter().zip(&answers) {
            account(result, part, answers, quiet);
        }
        for refused in refused {
            failure(result, refused.key, refused.version_id, (refused.code, refused.message));
        }
    }))
}

/// Writes what became of every object that one store was asked to delete.
fn account(result: &mut Document, part: &Part<'_>, answers: &[Answer], quiet: bool) {
    let known =
        |code: &str| CODES.iter().copied().find(|(known, _)| *known == code).unwrap_or(INTERNAL_ERROR);
    let mut accounts = Accounts::of(part.asked);
    for answer in answers {
        let Some(asked) = accounts.settle(answer) else { continue };
        match &answer.outcome {
            Outcome::Deleted { .. } if quiet => {}
            Outcome::Deleted { rest } => {
                result.element("Deleted", |entry| {
                    entry.text("Key", &answer.key).verbatim(rest);
                });
            }
            Outcome::Failed { code } => failure(result, &asked.key, asked.version_id.as_deref(), known(code)),
        }
    }
    for missed in accounts.unsettled() {
        let why = part.heard.err().map_or(INTERNAL_ERROR, known);
        failure(result, &missed.key, missed.version_id.as_deref(), why);
    }
}

/// What a store says of one object.
struct Answer {
    /// The client's key.
    key: String,
    version_id: Option<String>,
    outcome: Outcome,
}

impl Answer {
    /// What a store says that deleted an object and tells nothing more.
    fn deleted(object: &DeleteObject) -> Self {
        let outcome = Outcome::Deleted { rest: String::new() };
        Self { key: object.key.clone(), version_id: object.version_id.clone(), outcome }
    }
}

enum Outcome {
    /// Deleted; `rest` is every child but the key, as the store wrote it.
    Deleted {
        rest: String,
    },
    Failed {
        code: String,
    },
}

/// Which objects that were asked for have been answered.
struct Accounts<'a> {
    asked: &'a [DeleteObject],
    settled: Vec<bool>,
    by_key: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Accounts<'a> {
    fn of(asked: &'a [DeleteObject]) -> Self {
        let mut by_key: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, object) in asked.iter().enumerate() {
            by_key.entry(&object.key).or_default().push(index);
        }
        Self { asked, settled: vec![false; asked.len()], by_key }
    }

    /// The object that `answer` is about, now settled with its repetitions; `None` when it was not asked.
    ///
    /// Stores differ in whether they repeat the version, so an answer without one, or to a question without one, may settle
    /// the first open question about its key when none matches exactly.
    fn settle(&mut self, answer: &Answer) -> Option<&'a DeleteObject> {
        let asked = self.asked;
        let indices = self.by_key.get(answer.key.as_str())?;
        let candidates =
            || indices.iter().filter_map(|index| asked.get(*index).map(|object| (*index, object)));
        let exact = candidates().find(|(_, object)| object.version_id == answer.version_id);
        let loose = || {
            candidates().find(|(index, object)| {
                let open = self.settled.get(*index) == Some(&false);
                open && (object.version_id.is_none() || answer.version_id.is_none())
            })
        };
        let (_, found) = exact.or_else(loose)?;
        for (index, object) in candidates() {
            if object.version_id == found.version_id
                && let Some(settled) = self.settled.get_mut(index)
            {
                *settled = true;
            }
        }
        Some(found)
    }

    fn unsettled(&self) -> impl Iterator<Item = &'a DeleteObject> {
        self.asked.iter().zip(&self.settled).filter(|(_, settled)| !**settled).map(|(object, _)| object)
    }
}

fn parse_object(walk: &mut Walk<'_>) -> Result<DeleteObject, XmlError> {
    let mut fields = Fields::default();
    while let Some(step) = walk.next()? {
        match step.piece {
            Piece::Open(tag) => {
                let leaf = walk.leaf(tag)?;
                fields.set(tag.local, &leaf)?;
            }
            Piece::Empty(tag) => return Err(XmlError::unexpected(tag.local)),
            Piece::Close(_) => {
                return Ok(DeleteObject {
                    key: fields.key.ok_or(XmlError::Missing("Key"))?,
                    version_id: fields.version_id,
                    etag: fields.etag,
                    last_modified_time: fields.last_modified_time,
                    size: fields.size,
                });
            }
            Piece::Text(_) | Piece::Cdata(_) | Piece::Reference(_) | Piece::Aside => blank(&step)?,
        }
    }
    Err(XmlError::Cut)
}

#[derive(Default)]
struct Fields {
    key: Option<String>,
    version_id: Option<String>,
    etag: Option<String>,
    last_modified_time: Option<String>,
    size: Option<String>,
}

impl Fields {
    fn set(&mut self, name: &str, leaf: &Leaf<'_>) -> Result<(), XmlError> {
        let unexpected = || XmlError::unexpected(name);
        let field = match name {
            "Key" => &mut self.key,
            "VersionId" => &mut self.version_id,
            "ETag" => &mut self.etag,
            "LastModifiedTime" => &mut self.last_modified_time,
            "Size" => &mut self.size,
            _ => return Err(unexpected()),
        };
        let text = leaf.text();
        if text.is_empty() || leaf.has_raw_controls() || field.replace(text).is_some() {
            return Err(unexpected());
        }
        Ok(())
    }
}

/// A piece between elements: nothing but whitespace and comments may stand there.
fn blank(step: &Step<'_>) -> Result<(), XmlError> {
    match step.piece {
        Piece::Close(_) | Piece::Aside => Ok(()),
        Piece::Text(text) if is_blank(text) => Ok(()),
        Piece::Text(_) | Piece::Cdata(_) | Piece::Reference(_) | Piece::Open(_) | Piece::Empty(_) => {
            Err(XmlError::unexpected("text"))
        }
    }
}

fn parse_result(body: &[u8], names: &Names<'_>, asked: &[DeleteObject]) -> Result<Vec<Answer>, XmlError> {
    let mut walk = Walk::rooted(body, &["DeleteResult"])?;
    let mut answers = Vec::new();
    while let Some(step) = walk.next()? {
        match (step.piece, walk.path()) {
            (Piece::Open(tag), [_, _]) if matches!(tag.local, "Deleted" | "Error") => {
                answers.push(parse_answer(&mut walk, names, tag.local == "Error")?);
            }
            (Piece::Empty(tag), [_]) if tag.local == "Deleted" => answers.push(None),
            _ => {}
        }
    }
    if !answers.is_empty() && answers.len() == asked.len() && answers.iter().all(Option::is_none) {
        // The JuiceFS gateway names none of what it deleted; what it could not delete would be an Error in place of one.
        return Ok(asked.iter().map(Answer::deleted).collect());
    }
    answers.into_iter().map(|answer| answer.ok_or(XmlError::Missing("Key"))).collect()
}

/// One entry of the answer; `None` for a `Deleted` that says nothing at all.
fn parse_answer(walk: &mut Walk<'_>, names: &Names<'_>, failed: bool) -> Result<Option<Answer>, XmlError> {
    let (mut key, mut version_id, mut code) = (None, None, None);
    let mut rest = String::new();
    while let Some(step) = walk.next()? {
        match (step.piece, walk.path()) {
            (Piece::Open(tag), [_, _, name @ ("Key" | "VersionId" | "Code")]) => {
                let field = match *name {
                    "Key" => &mut key,
                    "VersionId" => &mut version_id,
                    _ => &mut code,
                };
                let leaf = walk.leaf(tag)?;
                let text = if tag.local == "Key" {
                    leaf.strip(names.prefix, Spelling::Plain).map(|_| leaf.text()).ok_or(XmlError::Foreign)?
                } else {
                    rest.push_str(walk.since(leaf.whole().start));
                    leaf.text()
                };
                if field.replace(text).is_some() {
                    return Err(XmlError::unexpected(tag.local));
                }
            }
            (Piece::Close(_), [_]) => {
                if !failed && key.is_none() && is_blank(&rest) {
                    return Ok(None);
                }
                let key = key.ok_or(XmlError::Missing("Key"))?;
                let key = names.client(&key).ok_or(XmlError::Foreign)?;
                let version_id = version_id.filter(|version| !version.is_empty());
                let outcome = match (failed, code) {
                    (true, code) => Outcome::Failed { code: code.unwrap_or_default() },
                    (false, _) => Outcome::Deleted { rest },
                };
                return Ok(Some(Answer { key, version_id, outcome }));
            }
            _ => rest.push_str(step.raw),
        }
    }
    Err(XmlError::Cut)
}

fn failure(result: &mut Document, key: &str, version_id: Option<&str>, (code, message): (&str, &str)) {
    result.element("Error", |error| {
        error.text("Key", key);
        if let Some(version_id) = version_id {
            error.text("VersionId", version_id);
        }
        error.text("Code", code).text("Message", message);
    });
}

#[cfg(test)]
mod tests;

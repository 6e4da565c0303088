//! Which operation a request asks for: one closed table over method, level and query names.
//!
//! What is not in the table is refused. An unknown subresource is never taken for an operation without one.

use crate::failure::{Code, Failure};
use brigade_sigv4::{decode_path, query_pairs};
use http::{Method, request};

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    ListBuckets,
    Bucket(String, BucketOp),
    Object(Target, ObjectOp),
}

/// An object's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BucketOp {
    Create,
    Delete,
    Head,
    Location,
    Versioning,
    List,
    ListV2,
    ListUploads,
    DeleteObjects,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectOp {
    Get,
    Head,
    Attributes,
    Put,
    Copy,
    Delete,
    ReadTags,
    WriteTags,
    RemoveTags,
    CreateUpload,
    PutPart,
    CopyPart,
    ListParts,
    Complete,
    Abort,
}

/// The query's pairs, decoded, each name once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    fn parse(text: &str) -> Result<Self, Failure> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in query_pairs(text) {
            let (name, value) = pair.map_err(|_| Failure::from(Code::InvalidURI))?;
            if name.is_empty() && value.is_empty() {
                continue;
            }
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(Failure::argument(&name, &value, "A query parameter may be given only once."));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter, empty when it was given without one.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that counts something: within `0..=most`, `default` when absent or empty.
    pub(crate) fn count(&self, name: &str, default: usize, most: usize) -> Result<usize, Failure> {
        match self.value(name) {
            None | Some("") => Ok(default),
            Some(text) => {
                let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let number = text.parse::<i32>().ok().filter(|_| digits);
                let number = number.and_then(|number| usize::try_from(number).ok());
                let message = "Argument must be an integer between 0 and 2147483647";
                number.map(|number| number.min(most)).ok_or_else(|| Failure::argument(name, text, message))
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Service,
    Bucket(BucketOp),
    Object(ObjectOp),
}

/// Method, the parameters that make the operation, the parameters it may have besides, the operation.
type Row = (Method, &'static [&'static str], &'static [&'static str], Level);

const LISTING: &[&str] = &["prefix", "delimiter", "marker", "max-keys", "encoding-type"];
const LISTING_V2: &[&str] =
    &["prefix", "delimiter", "max-keys", "encoding-type", "continuation-token", "start-after", "fetch-owner"];
const READING: &[&str] = &[
    "partNumber",
    "versionId",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
];
const UPLOADS: &[&str] =
    &["prefix", "delimiter", "key-marker", "upload-id-marker", "max-uploads", "encoding-type"];
const VERSION: &[&str] = &["versionId"];

const TABLE: &[Row] = &[
    (Method::GET, &[], &["prefix", "max-buckets", "continuation-token"], Level::Service),
    (Method::HEAD, &[], &[], Level::Bucket(BucketOp::Head)),
    (Method::GET, &["location"], &[], Level::Bucket(BucketOp::Location)),
    (Method::GET, &["versioning"], &[], Level::Bucket(BucketOp::Versioning)),
    (Method::GET, &[], LISTING, Level::Bucket(BucketOp::List)),
    (Method::GET, &["list-type"], LISTING_V2, Level::Bucket(BucketOp::ListV2)),
    (Method::GET, &["uploads"], UPLOADS, Level::Bucket(BucketOp::ListUploads)),
    (Method::PUT, &[], &[], Level::Bucket(BucketOp::Create)),
    (Method::DELETE, &[], &[], Level::Bucket(BucketOp::Delete)),
    (Method::POST, &["delete"], &[], Level::Bucket(BucketOp::DeleteObjects)),
    (Method::GET, &[], READING, Level::Object(ObjectOp::Get)),
    (Method::HEAD, &[], READING, Level::Object(ObjectOp::Head)),
    (Method::GET, &["attributes"], VERSION, Level::Object(ObjectOp::Attributes)),
    (Method::GET, &["tagging"], VERSION, Level::Object(ObjectOp::ReadTags)),
    (Method::PUT, &["tagging"], VERSION, Level::Object(ObjectOp::WriteTags)),
    (Method::DELETE, &["tagging"], VERSION, Level::Object(ObjectOp::RemoveTags)),
    (Method::PUT, &[], &[], Level::Object(ObjectOp::Put)),
    (Method::DELETE, &[], VERSION, Level::Object(ObjectOp::Delete)),
    (Method::POST, &["uploads"], &[], Level::Object(ObjectOp::CreateUpload)),
    (Method::PUT, &["partNumber", "uploadId"], &[], Level::Object(ObjectOp::PutPart)),
    (
        Method::GET,
        &["uploadId"],
        &["part-number-marker", "max-parts", "encoding-type"],
        Level::Object(ObjectOp::ListParts),
    ),
    (Method::POST, &["uploadId"], &[], Level::Object(ObjectOp::Complete)),
    (Method::DELETE, &["uploadId"], &[], Level::Object(ObjectOp::Abort)),
];

/// Names that say nothing about the operation: SDKs add `x-id` to tell it to themselves.
const IGNORED: &[&str] = &["x-id"];

/// Reads the operation and the query off a request's head.
pub(crate) fn route(head: &request::Parts) -> Result<(Operation, Query), Failure> {
    let query = Query::parse(head.uri.query().unwrap_or_default())?;
    let path = head.uri.path();
    let path = path.strip_prefix('/').unwrap_or(path);
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let bucket = decode_path(bucket).map_err(|_| Failure::from(Code::InvalidURI))?;
    let key = decode_path(key).map_err(|_| Failure::from(Code::InvalidURI))?;
    if key.len() > 1024 {
        return Err(Failure::from(Code::KeyTooLongError)
            .with("Size", key.len().to_string())
            .with("MaxSizeAllowed", "1024"));
    }

    let fits = |(method, needs, may, level): &&Row| {
        let here = match level {
            Level::Service => bucket.is_empty() && key.is_empty(),
            Level::Bucket(_) => !bucket.is_empty() && key.is_empty(),
            Level::Object(_) => !bucket.is_empty() && !key.is_empty(),
        };
        let known = |name: &str| needs.contains(&name) || may.contains(&name) || IGNORED.contains(&name);
        here && *method == head.method
            && needs.iter().all(|name| query.value(name).is_some())
            && query.0.iter().all(|(name, _)| known(name))
    };
    let Some((.., level)) = TABLE.iter().find(fits) else {
        return Err(refusal(head, &query, key.is_empty()));
    };
    let operation = match *level {
        Level::Service => Operation::ListBuckets,
        Level::Bucket(op) => Operation::Bucket(bucket, op),
        Level::Object(op) => {
            let copies = head.headers.contains_key("x-amz-copy-source");
            let op = match (op, copies) {
                (ObjectOp::Put, true) => ObjectOp::Copy,
                (ObjectOp::PutPart, true) => ObjectOp::CopyPart,
                (op, _) => op,
            };
            Operation::Object(Target { bucket, key }, op)
        }
    };
    Ok((operation, query))
}

fn refusal(head: &request::Parts, query: &Query, no_key: bool) -> Failure {
    let half_a_part = query.value("partNumber").is_some() != query.value("uploadId").is_some();
    if head.method == Method::PUT && half_a_part && !no_key {
        return Failure::new(Code::InvalidArgument, "An upload's part needs both partNumber and uploadId.");
    }
    match head.method {
        Method::GET | Method::HEAD | Method::PUT | Method::POST | Method::DELETE => {
            Code::NotImplemented.into()
        }
        _ => Code::MethodNotAllowed.into(),
    }
}

/// The version asked for must be the only one there is: `null`.
pub(crate) fn only_version(version: Option<&str>) -> Result<(), Failure> {
    match version {
        None | Some("null") => Ok(()),
        Some("") => Err(Failure::argument("versionId", "", "Version id cannot be the empty string")),
        Some(other) => Err(Failure::from(Code::NoSuchVersion).with("VersionId", other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, target: &str, expect: Result<Operation, &str>) {
        let (head, ()) = http::Request::builder().method(method).uri(target).body(()).unwrap().into_parts();
        let got = route(&head).map(|(operation, _)| operation).map_err(|failure| failure.name());
        assert_eq!(got, expect, "{method} {target}");
    }

    fn object(key: &str, op: ObjectOp) -> Result<Operation, &'static str> {
        Ok(Operation::Object(Target { bucket: "b".into(), key: key.into() }, op))
    }

    #[test]
    fn r_sub_01_the_table_knows_its_operations_and_refuses_all_else() {
        let bucket = |op| Ok(Operation::Bucket("b".into(), op));
        check("GET", "/", Ok(Operation::ListBuckets));
        check("GET", "/b", bucket(BucketOp::List));
        check("GET", "/b/?list-type=2&prefix=a", bucket(BucketOp::ListV2));
        check("GET", "/b?acl", Err("NotImplemented"));
        check("PUT", "/b?policy", Err("NotImplemented"));
        check("DELETE", "/b?policy", Err("NotImplemented"));
        check("POST", "/b?delete", bucket(BucketOp::DeleteObjects));
        check("POST", "/b/k?delete", Err("NotImplemented"));
        check("POST", "/b", Err("NotImplemented"));
        check("GET", "/b/k", object("k", ObjectOp::Get));
        check("GET", "/b/k?x-id=GetObject&partNumber=1", object("k", ObjectOp::Get));
        check("GET", "/b//a/../%2e?tagging=", object("/a/../.", ObjectOp::ReadTags));
        check("PUT", "/b/k?acl", Err("NotImplemented"));
        check("PUT", "/b/k?legal-hold", Err("NotImplemented"));
        check("DELETE", "/b/k?tagging", object("k", ObjectOp::RemoveTags));
        check("PUT", "/b/k?tagging&tagging", Err("InvalidArgument"));
        check("PUT", "/b/k%zz", Err("InvalidURI"));
        check("PUT", "/b/k%ff", Err("InvalidURI"));
        check("PATCH", "/b/k", Err("MethodNotAllowed"));
    }

    #[test]
    fn r_mpu_03_half_of_the_multipart_parameters_is_no_upload() {
        check("PUT", "/b/k?partNumber=1", Err("InvalidArgument"));
        check("PUT", "/b/k?uploadId=1", Err("InvalidArgument"));
        check("PUT", "/b/k?uploadId=1&partNumber=1", object("k", ObjectOp::PutPart));
    }

    #[test]
    fn r_dos_01_a_key_of_1025_bytes_is_too_long() {
        let fits = "k".repeat(1024);
        check("GET", &format!("/b/{fits}"), object(&fits, ObjectOp::Get));
        check("GET", &format!("/b/{fits}k"), Err("KeyTooLongError"));
    }
}

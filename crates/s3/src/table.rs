//! The operation table: one row per operation, and nothing else is served.
//!
//! A request is of the one row whose method, level and required parameters it has and whose allowed parameters cover
//! the rest. What matches no row is refused, so `PUT ?tagging` can never be taken for an upload. A row says all there is to
//! say of an operation whose request and answer are small documents that name neither bucket nor key; of the others it says
//! who reads their arguments ([`Form`]), and `plan` and `inbound` have an arm each.

mod bucket;
mod configuration;
mod object;

use brigade_policy::Action;
use http::Method;

use crate::form::Form;
use crate::query::Query;
use crate::{BucketOp, Code, ObjectOp, Op, S3Error};

/// What a request names: the service, a bucket or an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `/`
    Service,
    /// `/bucket`
    Bucket,
    /// `/bucket/key`
    Object,
}

/// What an operation's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// It has none; what comes is not read.
    Nothing,
    /// An object's bytes, in any payload mode.
    Upload,
    /// An upload form, read up to where its file begins: who sends it stands in there.
    Form,
    /// A small document for the gateway, read up to a bound and written anew.
    Control {
        /// In bytes.
        limit: usize,
    },
    /// A small document for the store, read up to a bound, checked against what the head says of it, and passed on as it is.
    Document {
        /// In bytes.
        limit: usize,
    },
}

/// Who reads the arguments of an operation, which says what it names too.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reader {
    Service,
    Bucket(fn(&Form<'_>) -> Result<BucketOp, S3Error>),
    Object(fn(&Form<'_>) -> Result<ObjectOp, S3Error>),
    /// A bucket, and in it an object that an upload form in the body names.
    Post,
}

/// What takes the place of a root in a document that is no XML.
pub(crate) const JSON: &[&str] = &["{"];

/// One operation.
#[derive(Debug)]
pub struct Row {
    /// Its name.
    pub op: Op,
    /// Its method.
    pub method: Method,
    /// Whether `x-amz-copy-source` makes it.
    pub copies: bool,
    /// The parameters that make it: its sub-resource.
    pub requires: &'static [&'static str],
    /// The parameters it may have.
    pub allows: &'static [&'static str],
    /// What its sender must be allowed to do; nothing where that is asked elsewhere.
    pub actions: &'static [Action],
    /// The same for a request with `versionId`; empty where that makes no difference.
    pub versioned: &'static [Action],
    /// What its body is.
    pub content: Content,
    /// The roots that the document in its answer may have: a store that does not know the sub-resource may answer with the
    /// object or a listing. Empty where an answer is passed on as it comes, or is made anew.
    pub answer: &'static [&'static str],
    pub(crate) reader: Reader,
    pub(crate) apart: Apart,
    pub(crate) buckets: Mention,
}

/// What becomes of an operation on a bucket's configuration where the bucket is but a part of a store's: one with a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Apart {
    /// What is asked holds for every key alike and names none: the store is asked.
    Shared,
    /// The part has none of its own; S3's code for that. The store's would speak of keys that are not this bucket's.
    Absent(Code),
    /// The same, where S3 says so with an empty document of this root.
    Empty(&'static str),
    /// Who owns the part: the gateway, for all a client can know.
    Owned,
    /// It would govern keys that are not this bucket's: refused.
    Refused,
}

/// Whether a configuration's document names buckets of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mention {
    None,
    /// It does, so it is served only where clients call the bucket what the store does.
    Buckets,
}

/// Every operation that is served: its row. Nothing else is.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [bucket::ROWS, object::ROWS, configuration::ROWS].into_iter().flatten()
}

/// The row a request is of.
pub(crate) fn find(
    method: &Method,
    level: Level,
    copies: bool,
    query: &Query,
) -> Result<&'static Row, S3Error> {
    if !rows().any(|row| row.method == *method) {
        return Err(S3Error::new(Code::MethodNotAllowed));
    }
    rows()
        .find(|row| row.method == *method && row.level() == level && row.copies == copies && row.fits(query))
        .ok_or_else(|| refuse(method, level, query))
}

impl Row {
    const fn new(op: Op, method: Method, requires: &'static [&'static str], reader: Reader) -> Self {
        let none = &[];
        Self {
            op,
            method,
            copies: false,
            requires,
            allows: &[],
            actions: none,
            versioned: none,
            content: Content::Nothing,
            answer: &[],
            reader,
            apart: Apart::Shared,
            buckets: Mention::None,
        }
    }

    const fn service(op: Op, method: Method) -> Self {
        Self::new(op, method, &[], Reader::Service)
    }

    const fn bucket(
        op: Op,
        method: Method,
        requires: &'static [&'static str],
        read: fn(&Form<'_>) -> Result<BucketOp, S3Error>,
    ) -> Self {
        Self::new(op, method, requires, Reader::Bucket(read))
    }

    const fn form(op: Op) -> Self {
        Self::new(op, Method::POST, &[], Reader::Post).has(Content::Form)
    }

    const fn object(
        op: Op,
        method: Method,
        requires: &'static [&'static str],
        read: fn(&Form<'_>) -> Result<ObjectOp, S3Error>,
    ) -> Self {
        Self::new(op, method, requires, Reader::Object(read))
    }

    const fn allows(mut self, parameters: &'static [&'static str]) -> Self {
        self.allows = parameters;
        self
    }

    const fn needs(mut self, actions: &'static [Action]) -> Self {
        self.actions = actions;
        self
    }

    /// May have a `versionId`, and then needs these.
    const fn versioned(mut self, actions: &'static [Action]) -> Self {
        self.versioned = actions;
        self
    }

    const fn copies(mut self) -> Self {
        self.copies = true;
        self
    }

    const fn has(mut self, content: Content) -> Self {
        self.content = content;
        self
    }

    const fn apart(mut self, apart: Apart) -> Self {
        self.apart = apart;
        self
    }

    const fn mentions_buckets(mut self) -> Self {
        self.buckets = Mention::Buckets;
        self
    }

    const fn answers(mut self, roots: &'static [&'static str]) -> Self {
        self.answer = roots;
        self
    }

    /// What it names.
    #[must_use]
    pub const fn level(&self) -> Level {
        match self.reader {
            Reader::Service => Level::Service,
            Reader::Bucket(_) | Reader::Post => Level::Bucket,
            Reader::Object(_) => Level::Object,
        }
    }

    fn fits(&self, query: &Query) -> bool {
        self.requires.iter().all(|name| query.has(name)) && query.iter().all(|(name, _)| self.knows(name))
    }

    fn knows(&self, name: &str) -> bool {
        self.requires.contains(&name) || self.allows.contains(&name)
    }
}

/// Names what stands in the way, so that the client can tell a typing error from a missing feature.
fn refuse(method: &Method, level: Level, query: &Query) -> S3Error {
    let here = || rows().filter(|row| row.method == *method && row.level() == level);
    let what = match level {
        Level::Service => "the service",
        Level::Bucket => "a bucket",
        Level::Object => "an object",
    };
    if level == Level::Bucket && query.has("cors") && *method != Method::GET {
        return S3Error::new(Code::NotImplemented)
            .say("A bucket's CORS rules are written in the gateway's configuration, as [[buckets.NAME.cors]]; ask its operator.");
    }
    if let Some((name, _)) = query.iter().find(|(name, _)| !here().any(|row| row.knows(name))) {
        let name = quoted(name);
        let message = format!("{method} on {what} with the query parameter {name} is not implemented.");
        return S3Error::new(Code::NotImplemented).say(message);
    }
    if query.has("uploadId") || query.has("partNumber") {
        return S3Error::new(Code::InvalidArgument)
            .say("Give partNumber and uploadId together, and nothing else, to upload a part.");
    }
    S3Error::new(Code::NotImplemented)
        .say(format!("{method} on {what} with these query parameters is not implemented."))
}

/// A parameter's name as an error may repeat it: a presigned query that was encoded once more is a name too, and its
/// signature is nobody's business.
pub(crate) fn quoted(name: &str) -> String {
    let end = name.find(['=', '&', '?']).unwrap_or(name.len());
    let short: String = name.chars().take(64).collect();
    format!("{:?}", short.get(..end).unwrap_or(&short))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(method: &str, level: Level, copies: bool, query: &str) -> Result<Op, Code> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        find(&method, level, copies, &Query::parse(query).unwrap()).map(|row| row.op).map_err(|e| e.code())
    }

    #[test]
    fn r_sub_01_an_unknown_sub_resource_is_never_the_base_operation() {
        use Level::{Bucket, Object};
        let unknown = [
            "torrent",
            "session",
            "renameObject",
            "annotation",
            "metadataTable",
            "abac",
            "Uploads",
            "Tagging",
            "acl&tagging",
            "acl&uploadId=u&partNumber=1",
            "unknown",
            "x-amz-acl=public-read",
        ];
        for query in unknown {
            for method in ["GET", "HEAD", "PUT", "POST", "DELETE"] {
                for level in [Bucket, Object] {
                    for copies in [false, true] {
                        let found = op(method, level, copies, query);
                        assert!(
                            matches!(found, Err(Code::NotImplemented | Code::InvalidArgument)),
                            "{method} {level:?} ?{query}: {found:?}"
                        );
                    }
                }
            }
        }
        // A sub-resource is that of one level, and of some methods.
        for (method, level, query) in [
            ("PUT", Object, "policy"),
            ("DELETE", Object, "lifecycle"),
            ("GET", Object, "versions"),
            ("PUT", Bucket, "retention"),
            ("DELETE", Object, "acl"),
            ("HEAD", Object, "tagging"),
            ("HEAD", Bucket, "acl"),
            ("POST", Object, "tagging"),
            ("PUT", Object, "response-content-type=x"),
        ] {
            assert_eq!(
                op(method, level, false, query),
                Err(Code::NotImplemented),
                "{method} {level:?} ?{query}"
            );
        }
    }

    #[test]
    fn every_operation_is_found_by_its_form() {
        use Level::{Bucket, Object, Service};
        for (method, level, copies, query, expect) in [
            ("GET", Service, false, "", Ok(Op::ListBuckets)),
            ("GET", Bucket, false, "", Ok(Op::ListObjects)),
            ("GET", Bucket, false, "prefix=a&delimiter=/", Ok(Op::ListObjects)),
            ("GET", Bucket, false, "list-type=2&start-after=x", Ok(Op::ListObjectsV2)),
            ("GET", Bucket, false, "list-type=2&marker=x", Err(Code::NotImplemented)),
            ("GET", Bucket, false, "location", Ok(Op::GetBucketLocation)),
            ("GET", Bucket, false, "cors", Ok(Op::GetBucketCors)),
            ("GET", Object, false, "cors", Err(Code::NotImplemented)),
            ("PUT", Bucket, false, "cors", Err(Code::NotImplemented)),
            ("DELETE", Bucket, false, "cors", Err(Code::NotImplemented)),
            ("GET", Bucket, false, "uploads", Ok(Op::ListMultipartUploads)),
            ("GET", Object, false, "uploadId=u", Ok(Op::ListParts)),
            ("GET", Object, false, "partNumber=1&versionId=v", Ok(Op::GetObject)),
            ("PUT", Object, false, "", Ok(Op::PutObject)),
            ("PUT", Object, true, "", Ok(Op::CopyObject)),
            ("PUT", Object, true, "partNumber=1&uploadId=u", Ok(Op::UploadPartCopy)),
            ("PUT", Object, false, "partNumber=1&uploadId=u", Ok(Op::UploadPart)),
            ("PUT", Object, false, "partNumber=1", Err(Code::InvalidArgument)),
            ("PUT", Object, false, "uploadId=u", Err(Code::InvalidArgument)),
            ("PUT", Bucket, false, "", Ok(Op::CreateBucket)),
            ("PUT", Bucket, true, "", Err(Code::NotImplemented)),
            ("DELETE", Bucket, false, "", Ok(Op::DeleteBucket)),
            ("PUT", Object, false, "t%61gging=", Ok(Op::PutObjectTagging)),
            ("PUT", Object, true, "tagging", Err(Code::NotImplemented)),
            ("PUT", Bucket, false, "tagging", Ok(Op::PutBucketTagging)),
            ("GET", Bucket, false, "versions&key-marker=k&version-id-marker=v", Ok(Op::ListObjectVersions)),
            ("GET", Bucket, false, "inventory&id=1", Ok(Op::GetBucketInventoryConfiguration)),
            ("GET", Bucket, false, "inventory", Ok(Op::ListBucketInventoryConfigurations)),
            ("DELETE", Bucket, false, "inventory", Err(Code::NotImplemented)),
            ("POST", Object, false, "select&select-type=2", Ok(Op::SelectObjectContent)),
            ("POST", Bucket, false, "", Ok(Op::PostObject)),
            ("POST", Bucket, false, "delete", Ok(Op::DeleteObjects)),
            ("POST", Object, false, "delete", Err(Code::NotImplemented)),
            ("POST", Object, false, "uploads", Ok(Op::CreateMultipartUpload)),
            ("POST", Object, false, "uploadId=u", Ok(Op::CompleteMultipartUpload)),
            ("DELETE", Object, false, "uploadId=u", Ok(Op::AbortMultipartUpload)),
            ("PATCH", Object, false, "", Err(Code::MethodNotAllowed)),
            ("TRACE", Object, false, "", Err(Code::MethodNotAllowed)),
        ] {
            assert_eq!(op(method, level, copies, query), expect, "{method} {level:?} ?{query}");
        }
    }

    #[test]
    fn no_request_fits_two_rows() {
        for (at, a) in rows().enumerate() {
            for b in rows().skip(at + 1) {
                let same_place = a.method == b.method && a.level() == b.level() && a.copies == b.copies;
                let a_covers_b = b.requires.iter().all(|name| a.knows(name));
                let b_covers_a = a.requires.iter().all(|name| b.knows(name));
                assert!(!(same_place && a_covers_b && b_covers_a), "{:?} and {:?}", a.op, b.op);
            }
        }
    }

    #[test]
    fn every_operation_has_one_row() {
        for op in Op::ALL {
            assert_eq!(rows().filter(|row| row.op == *op).count(), 1, "{op:?}");
        }
    }

    #[test]
    fn an_action_is_asked_at_the_level_of_its_row() {
        for row in rows() {
            for action in row.actions.iter().chain(row.versioned) {
                let at = match action.level() {
                    brigade_policy::Level::Service => Level::Service,
                    brigade_policy::Level::Bucket => Level::Bucket,
                    brigade_policy::Level::Object => Level::Object,
                };
                assert_eq!(row.level(), at, "{:?} asks for {action}, which nobody could be allowed", row.op);
            }
        }
    }
}

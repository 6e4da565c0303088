//! Conditions in headers: what must hold of the object there is before it is read or replaced
//! ([Conditional requests](https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html)).

use crate::failure::{Code, Failure};
use crate::headers::{date, text};
use crate::index::record::Object;
use http::{HeaderMap, HeaderName};

/// Conditions for reading; the names of their headers may have a prefix, as copy sources have.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReadConditions {
    matching: Option<String>,
    none_matching: Option<String>,
    modified_since: Option<u64>,
    unmodified_since: Option<u64>,
}

/// What conditions say of an object to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fresh {
    /// Send it.
    Send,
    /// The client has it: 304.
    NotModified,
}

impl ReadConditions {
    /// Reads `If-Match` and its kin.
    pub(crate) fn read(headers: &HeaderMap, prefix: &str) -> Result<Self, Failure> {
        let name = |rest: &str| format!("{prefix}{rest}");
        Ok(Self {
            matching: text(headers, &name("if-match"))?.map(str::to_owned),
            none_matching: text(headers, &name("if-none-match"))?.map(str::to_owned),
            modified_since: date(headers, &name("if-modified-since"))?.map(|date| date.as_unix()),
            unmodified_since: date(headers, &name("if-unmodified-since"))?.map(|date| date.as_unix()),
        })
    }

    /// Judges the object. An ETag condition overrules the date condition of its kind (RFC 9110, section 13.2.2).
    pub(crate) fn check(&self, object: &Object) -> Result<Fresh, Failure> {
        match (&self.matching, self.unmodified_since) {
            (Some(etags), _) if !lists(etags, &object.etag) => return Err(Failure::precondition("If-Match")),
            (None, Some(date)) if object.modified > date => {
                return Err(Failure::precondition("If-Unmodified-Since"));
            }
            _ => {}
        }
        match (&self.none_matching, self.modified_since) {
            (Some(etags), _) if lists(etags, &object.etag) => Ok(Fresh::NotModified),
            (None, Some(date)) if object.modified <= date => Ok(Fresh::NotModified),
            _ => Ok(Fresh::Send),
        }
    }
}

/// Conditions for writing over, completing onto, or deleting a key.
#[derive(Debug, Clone, Default)]
pub(crate) struct WriteConditions {
    matching: Option<String>,
    absent: bool,
}

impl WriteConditions {
    /// Reads `If-Match` and `If-None-Match: *`; conditions S3 does not define for writing are refused.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, Failure> {
        for name in ["if-modified-since", "if-unmodified-since"] {
            if headers.contains_key(name) {
                return Err(Failure::from(Code::NotImplemented).with("Header", name));
            }
        }
        let absent = match text(headers, "if-none-match")? {
            None => false,
            Some("*") => true,
            Some(_) => return Err(Failure::from(Code::NotImplemented).with("Header", "If-None-Match")),
        };
        Ok(Self { matching: text(headers, "if-match")?.map(str::to_owned), absent })
    }

    /// Refuses every condition, for operations that have none.
    pub(crate) fn refuse_all(headers: &HeaderMap) -> Result<(), Failure> {
        match headers.keys().map(HeaderName::as_str).find(|name| name.starts_with("if-")) {
            Some(name) => Err(Failure::from(Code::NotImplemented).with("Header", name)),
            None => Ok(()),
        }
    }

    /// That the object's ETag be this.
    pub(crate) fn matching(etag: Option<&str>) -> Self {
        Self { matching: etag.map(str::to_owned), absent: false }
    }

    /// Judges what is there now.
    pub(crate) fn check(&self, key: &str, current: Option<&Object>) -> Result<(), Failure> {
        match (&self.matching, current) {
            (Some(_), None) => return Err(Failure::from(Code::NoSuchKey).with("Key", key)),
            (Some(etags), Some(object)) if !lists(etags, &object.etag) => {
                return Err(Failure::precondition("If-Match"));
            }
            _ => {}
        }
        if self.absent && current.is_some() {
            return Err(Failure::precondition("If-None-Match"));
        }
        Ok(())
    }
}

/// Whether a list of ETags, in quotes or without, names this one; `*` names any.
fn lists(etags: &str, etag: &str) -> bool {
    etags.split(',').map(str::trim).any(|one| {
        let one = one.strip_prefix("W/").unwrap_or(one);
        one == "*" || one.trim_matches('"') == etag
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::record::{Description, Layout};

    const OBJECT: Object = Object {
        etag: String::new(),
        size: 1,
        modified: 784_111_777,
        layout: Layout::Empty,
        description: Description { headers: Vec::new(), user: Vec::new() },
        tags: Vec::new(),
        sum: None,
        upload: None,
    };
    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const THEN: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn check(headers: &[(&'static str, &'static str)], expect: Result<Fresh, &str>) {
        let headers: HeaderMap =
            headers.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
        let object = Object { etag: "abc".into(), ..OBJECT };
        let got = ReadConditions::read(&headers, "").and_then(|conditions| conditions.check(&object));
        assert_eq!(got.map_err(|failure| failure.name()), expect, "{headers:?}");
    }

    #[test]
    fn conditions_follow_rfc_9110_precedence() {
        check(&[], Ok(Fresh::Send));
        check(&[("if-match", "\"abc\"")], Ok(Fresh::Send));
        check(&[("if-match", "abc")], Ok(Fresh::Send));
        check(&[("if-match", "\"x\", \"abc\"")], Ok(Fresh::Send));
        check(&[("if-match", "*")], Ok(Fresh::Send));
        check(&[("if-match", "\"x\"")], Err("PreconditionFailed"));
        check(&[("if-match", "\"abc\""), ("if-unmodified-since", BEFORE)], Ok(Fresh::Send));
        check(&[("if-unmodified-since", BEFORE)], Err("PreconditionFailed"));
        check(&[("if-unmodified-since", THEN)], Ok(Fresh::Send));
        check(&[("if-none-match", "\"abc\"")], Ok(Fresh::NotModified));
        check(&[("if-none-match", "W/\"abc\"")], Ok(Fresh::NotModified));
        check(&[("if-none-match", "\"x\""), ("if-modified-since", THEN)], Ok(Fresh::Send));
        check(&[("if-modified-since", THEN)], Ok(Fresh::NotModified));
        check(&[("if-modified-since", BEFORE)], Ok(Fresh::Send));
        check(&[("if-modified-since", "yesterday")], Ok(Fresh::Send));
        check(&[("if-match", "\"abc\""), ("if-none-match", "\"abc\"")], Ok(Fresh::NotModified));
    }
}

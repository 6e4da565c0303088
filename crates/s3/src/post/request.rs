//! The head of a form's request.

use bytes::Bytes;
use http::{HeaderMap, header};

use super::reader::FormReader;
use crate::{BucketName, Code, S3Error};

/// A `PostObject`, as far as its head tells: where to, and how the form in its body is delimited.
#[derive(Clone, Debug)]
pub struct PostRequest {
    /// The bucket, as the client named it: in the path or the Host, never in a field.
    pub bucket: BucketName,
    pub(super) boundary: Boundary,
    /// Of the whole body, in bytes.
    pub(super) length: u64,
}

/// What delimits the parts of a form: 1 to 70 of the characters that RFC 2046 allows, held with CR LF and `--` before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary(Bytes);

impl Boundary {
    /// Reads the `boundary` of a `Content-Type`; `None` when that is not `multipart/form-data` with one.
    #[must_use]
    pub fn of(content_type: &str) -> Option<Self> {
        let (kind, parameters) = content_type.split_once(';')?;
        if !is_form(kind) {
            return None;
        }
        let mut found = None;
        for parameter in parameters.split(';') {
            let Some((name, value)) = parameter.split_once('=') else { continue };
            if name.trim().eq_ignore_ascii_case("boundary") && found.replace(value.trim()).is_some() {
                return None;
            }
        }
        let value = found?;
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b);
        let fits = (1..=70).contains(&value.len()) && value.bytes().all(allowed) && !value.ends_with(' ');
        fits.then(|| Self([b"\r\n--", value.as_bytes()].concat().into()))
    }

    /// What ends a part: CR LF, `--` and the boundary.
    #[must_use]
    pub fn delimiter(&self) -> &[u8] {
        &self.0
    }
}

fn is_form(kind: &str) -> bool {
    kind.trim().eq_ignore_ascii_case("multipart/form-data")
}

/// Headers that say of an upload what a form says in its fields, or not at all.
const IN_FIELDS: [&str; 6] =
    ["content-md5", "if-match", "if-modified-since", "if-none-match", "if-unmodified-since", "range"];

impl PostRequest {
    /// Reads a head. `signed`: its sender signed the request itself.
    ///
    /// # Errors
    /// 412 `PreconditionFailed` for what is no form, 400 `MalformedPOSTRequest` without a boundary, 411
    /// `MissingContentLength`, and 400 for headers that speak of the object: nobody's policy speaks of them.
    pub(crate) fn read(bucket: BucketName, headers: &HeaderMap, signed: bool) -> Result<Self, S3Error> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default();
        if !is_form(content_type.split(';').next().unwrap_or_default()) {
            return Err(S3Error::new(Code::PreconditionFailed)
                .with("Condition", "Bucket POST must be of the enclosure-type multipart/form-data"));
        }
        if signed {
            return Err(S3Error::new(Code::InvalidRequest).say(
                "An upload form is signed by its own fields (policy, x-amz-signature, …); send it without an \
                 Authorization header or a presigned query.",
            ));
        }
        let boundary = Boundary::of(content_type).ok_or_else(|| S3Error::new(Code::MalformedPost))?;
        for name in headers.keys().map(http::HeaderName::as_str) {
            let speaks = name.starts_with("x-amz-") && name != "x-amz-user-agent";
            if speaks || IN_FIELDS.contains(&name) {
                return Err(S3Error::new(Code::InvalidRequest)
                    .say(format!("An upload form says all in its fields: the header {name} is not taken.")));
            }
        }
        let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let length = length.filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let length = length.and_then(|text| text.parse().ok());
        let length = length.ok_or_else(|| S3Error::new(Code::MissingContentLength))?;
        Ok(Self { bucket, boundary, length })
    }

    /// What reads its body up to the file.
    #[must_use]
    pub fn reader(&self) -> FormReader {
        FormReader::new(&self.boundary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries() {
        let long = format!("multipart/form-data; boundary={}", "b".repeat(70));
        let longer = format!("{long}b");
        for (content_type, expect) in [
            ("multipart/form-data; boundary=abc", Some("abc")),
            ("multipart/Form-Data;charset=utf-8;BOUNDARY=\"a b\"", Some("a b")),
            (
                "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
                Some("----WebKitFormBoundary7MA4YWxkTrZu0gW"),
            ),
            (&long, Some(&*"b".repeat(70))),
            (&longer, None),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            ("multipart/form-data; boundary=\"a \"", None),
            ("multipart/form-data; boundary=\"a\rb\"", None),
            ("multipart/form-data; boundary=é", None),
            ("multipart/form-data; boundary=a; boundary=b", None),
            ("multipart/mixed; boundary=a", None),
            ("application/x-www-form-urlencoded; boundary=a", None),
        ] {
            let expect = expect.map(|text| format!("\r\n--{text}").into_bytes());
            let found = Boundary::of(content_type);
            assert_eq!(found.as_ref().map(Boundary::delimiter), expect.as_deref(), "{content_type}");
        }
    }

    #[test]
    fn heads_that_are_refused_before_a_byte_is_read() {
        let form = ("content-type", "multipart/form-data; boundary=x");
        let length = ("content-length", "10");
        for (headers, signed, expect) in [
            (vec![form, length], false, None),
            (vec![form, length, ("x-amz-user-agent", "sdk"), ("origin", "http://a.example")], false, None),
            (vec![form, length], true, Some(Code::InvalidRequest)),
            (vec![length], false, Some(Code::PreconditionFailed)),
            (vec![("content-type", "text/html"), length], false, Some(Code::PreconditionFailed)),
            (
                vec![("content-type", "application/x-www-form-urlencoded")],
                true,
                Some(Code::PreconditionFailed),
            ),
            (vec![("content-type", "multipart/form-data"), length], false, Some(Code::MalformedPost)),
            (vec![form], false, Some(Code::MissingContentLength)),
            (vec![form, ("content-length", "-1")], false, Some(Code::MissingContentLength)),
            (vec![form, length, ("x-amz-acl", "public-read")], false, Some(Code::InvalidRequest)),
            (vec![form, length, ("x-amz-meta-a", "1")], false, Some(Code::InvalidRequest)),
            (vec![form, length, ("if-none-match", "*")], false, Some(Code::InvalidRequest)),
        ] {
            let map = headers.iter().map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap())).collect();
            let read = PostRequest::read(BucketName::parse("demo").unwrap(), &map, signed);
            assert_eq!(read.err().map(|error| error.code()), expect, "{headers:?}");
        }
    }
}

//! What a client says of an object: content headers and user metadata, read from headers and given back.

use crate::failure::{Code, Failure};
use crate::headers::text;
use crate::index::record::Description;
use crate::reply::add;
use http::{HeaderMap, HeaderName};

/// Headers kept with an object as they were sent.
const KEPT: [&str; 6] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
];
const META: &str = "x-amz-meta-";
/// Bytes of names and values of user metadata together.
const METADATA_LIMIT: usize = 2048;

/// Reads what a writing request says of its object.
pub(crate) fn read(headers: &HeaderMap) -> Result<Description, Failure> {
    let mut description = Description::default();
    for name in KEPT {
        let value = match text(headers, name)? {
            Some(value) if name == "content-encoding" => without_chunking(value),
            Some(value) => value.to_owned(),
            None => String::new(),
        };
        match (name, value.is_empty()) {
            ("content-type", true) => {
                description.headers.push((name.to_owned(), "binary/octet-stream".to_owned()));
            }
            (_, true) => {}
            (_, false) => description.headers.push((name.to_owned(), value)),
        }
    }
    let mut size = 0;
    for name in headers.keys().map(HeaderName::as_str) {
        let Some(short) = name.strip_prefix(META) else { continue };
        let value = joined(headers, name)?;
        size += short.len() + value.len();
        description.user.push((short.to_owned(), value));
    }
    if size > METADATA_LIMIT {
        return Err(Failure::from(Code::MetadataTooLarge)
            .with("Size", size.to_string())
            .with("MaxSizeAllowed", METADATA_LIMIT.to_string()));
    }
    Ok(description)
}

/// Gives it back as headers.
pub(crate) fn write(description: &Description, headers: &mut HeaderMap) -> Result<(), Failure> {
    for (name, value) in &description.headers {
        add(headers, name, value)?;
    }
    for (name, value) in &description.user {
        add(headers, &format!("{META}{name}"), value)?;
    }
    Ok(())
}

/// `aws-chunked` is how the body came, not how it is encoded.
fn without_chunking(value: &str) -> String {
    let codings =
        value.split(',').map(str::trim).filter(|coding| !coding.eq_ignore_ascii_case("aws-chunked"));
    codings.collect::<Vec<_>>().join(",")
}

/// A repeated metadata header is one with commas in it.
fn joined(headers: &HeaderMap, name: &str) -> Result<String, Failure> {
    let mut values = Vec::new();
    for value in headers.get_all(name) {
        match std::str::from_utf8(value.as_bytes()) {
            Ok(text) => values.push(text.trim()),
            Err(_) => return Err(Failure::argument(name, "", "User metadata must be valid UTF-8.")),
        }
    }
    Ok(values.join(","))
}

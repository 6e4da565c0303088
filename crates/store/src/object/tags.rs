//! Tags of objects.

use crate::failure::{Code, Failure};
use crate::headers::text;
use crate::index::record::Tags;
use brigade_sigv4::query_pairs;
use http::HeaderMap;

/// Reads `x-amz-tagging`, which is written like a query.
pub(crate) fn from_header(headers: &HeaderMap) -> Result<Tags, Failure> {
    let mut tags = Tags::new();
    for pair in query_pairs(text(headers, "x-amz-tagging")?.unwrap_or_default()) {
        let (name, value) = pair.map_err(|_| Failure::from(Code::InvalidTag))?;
        if !(name.is_empty() && value.is_empty()) {
            tags.push((name.into_owned(), value.into_owned()));
        }
    }
    check(tags)
}

/// S3's limits: ten tags of different names, names of 1 to 128 characters, values of at most 256.
pub(crate) fn check(tags: Tags) -> Result<Tags, Failure> {
    if tags.len() > 10 {
        return Err(Failure::new(Code::InvalidTag, "Object tags cannot be greater than 10"));
    }
    for (at, (name, value)) in tags.iter().enumerate() {
        if name.is_empty() || name.chars().count() > 128 {
            return Err(Failure::new(Code::InvalidTag, "The TagKey you have provided is invalid")
                .with("TagKey", name));
        }
        if value.chars().count() > 256 {
            return Err(Failure::new(Code::InvalidTag, "The TagValue you have provided is invalid")
                .with("TagKey", name)
                .with("TagValue", value));
        }
        if tags.iter().take(at).any(|(other, _)| other == name) {
            return Err(Failure::new(Code::InvalidTag, "Cannot provide multiple Tags with the same key")
                .with("TagKey", name));
        }
    }
    Ok(tags)
}

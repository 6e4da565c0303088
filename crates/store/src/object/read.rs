//! GetObject and HeadObject.

use super::description;
use crate::bodies::{Lease, Origin, Piece, Pump};
use crate::body::StoreBody;
use crate::conditions::{Fresh, ReadConditions};
use crate::failure::{Code, Failure};
use crate::headers::text;
use crate::index::Lookup;
use crate::index::record::{BodyId, Layout, Object, Part, Segment, Sum, SumKind};
use crate::range::Range;
use crate::reply::{self, Reply, add, quoted};
use crate::route::{Target, only_version};
use crate::store::Asked;
use crate::sum;
use brigade_sigv4::Timestamp;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, StatusCode};
use std::collections::VecDeque;

/// Query parameters that replace a header of the answer.
const OVERRIDES: [(&str, &str); 6] = [
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
    ("response-content-language", "content-language"),
    ("response-content-type", "content-type"),
    ("response-expires", "expires"),
];

/// GetObject.
pub(crate) async fn get(asked: &Asked<'_>, target: Target) -> Result<Reply, Failure> {
    read(asked, target, true).await
}

/// HeadObject: GetObject's answer without its body.
pub(crate) async fn head(asked: &Asked<'_>, target: Target) -> Result<Reply, Failure> {
    read(asked, target, false).await
}

/// What of an object is asked for, and how it is to be told.
struct Wanted {
    conditions: ReadConditions,
    range: Option<String>,
    /// The range holds only of the object with this ETag or date; else the whole object is sent.
    if_range: Option<String>,
    part: Option<u16>,
    overrides: Vec<(&'static str, String)>,
    sums: bool,
    body: bool,
}

impl Wanted {
    fn read(asked: &Asked<'_>, body: bool) -> Result<Self, Failure> {
        only_version(asked.query.value("versionId"))?;
        let range = text(asked.headers, "range")?.map(str::to_owned);
        let part = asked.query.value("partNumber").map(part_number).transpose()?;
        if range.is_some() && part.is_some() {
            let message = "Cannot specify both Range header and partNumber query parameter";
            return Err(Failure::new(Code::InvalidRequest, message));
        }
        let overrides = OVERRIDES
            .into_iter()
            .filter_map(|(parameter, header)| Some((header, asked.query.value(parameter)?.to_owned())));
        let sums = text(asked.headers, "x-amz-checksum-mode")?
            .is_some_and(|mode| mode.eq_ignore_ascii_case("enabled"));
        Ok(Self {
            conditions: ReadConditions::read(asked.headers, "")?,
            range,
            if_range: text(asked.headers, "if-range")?.map(str::to_owned),
            part,
            overrides: overrides.collect(),
            sums,
            body,
        })
    }
}

/// A part's number: 1 to 10,000.
pub(crate) fn part_number(text: &str) -> Result<u16, Failure> {
    let number = text.parse().ok().filter(|number| (1..=10_000).contains(number));
    number.filter(|_| text.bytes().all(|byte| byte.is_ascii_digit())).ok_or_else(|| {
        Failure::argument("partNumber", text, "Part number must be an integer between 1 and 10000, inclusive")
    })
}

async fn read(asked: &Asked<'_>, target: Target, body: bool) -> Result<Reply, Failure> {
    let wanted = Wanted::read(asked, body)?;
    asked
        .shared
        .read_bucket(target.bucket, move |lookup, lease, bucket| {
            let object = lookup.object(bucket, &target.key)?;
            answer(lookup, lease, &object, &wanted)
        })
        .await
}

fn answer(lookup: &dyn Lookup, lease: Lease, object: &Object, wanted: &Wanted) -> Result<Reply, Failure> {
    let mut headers = HeaderMap::new();
    add(&mut headers, "etag", &quoted(&object.etag))?;
    add(&mut headers, "last-modified", &Timestamp::from_unix(object.modified).http_date())?;
    if wanted.conditions.check(object)? == Fresh::NotModified {
        for (name, value) in &object.description.headers {
            if matches!(name.as_str(), "cache-control" | "expires") {
                add(&mut headers, name, value)?;
            }
        }
        let mut reply = reply::empty(StatusCode::NOT_MODIFIED);
        *reply.headers_mut() = headers;
        return Ok(reply);
    }
    let mut sum = object.sum.clone();
    let range = match (&wanted.range, wanted.part) {
        (None, None) => None,
        (Some(_), _) if wanted.if_range.as_deref().is_some_and(|other| !is_validator(other, object)) => None,
        (Some(range), _) => Range::read(range, object.size)?,
        (None, Some(number)) => {
            let (range, part) = part_range(lookup, object, number)?;
            if let Some(part) = part {
                sum = sum.and_then(|sum| {
                    Some(Sum { value: part.checksum?, kind: SumKind::Composite, algorithm: sum.algorithm })
                });
            }
            range
        }
    };

    description::write(&object.description, &mut headers)?;
    for (header, value) in &wanted.overrides {
        let invalid =
            || Failure::argument(&format!("response-{header}"), value, "The value cannot be a header.");
        headers.insert(*header, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid())?);
    }
    add(&mut headers, "accept-ranges", "bytes")?;
    if !object.tags.is_empty() {
        headers.insert("x-amz-tagging-count", HeaderValue::from(object.tags.len()));
    }
    if let (Some(_), Layout::Parts { count, .. }) = (wanted.part, &object.layout) {
        headers.insert("x-amz-mp-parts-count", HeaderValue::from(*count));
    }
    let whole = range.is_none_or(|range| range.length() == object.size);
    if wanted.sums && (whole || wanted.part.is_some()) {
        sum::add_headers(&mut headers, sum.as_ref())?;
    }
    let mut status = StatusCode::OK;
    let mut length = object.size;
    if let Some(range) = range {
        status = StatusCode::PARTIAL_CONTENT;
        length = range.length();
        add(&mut headers, "content-range", &range.content_range(object.size))?;
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));

    let body = if wanted.body && length > 0 {
        let range = range.unwrap_or(Range { first: 0, last: object.size.saturating_sub(1) });
        StoreBody::stream(Pump::new(lease, pieces(lookup, &object.layout, range)?))?
    } else {
        StoreBody::empty()
    };
    let mut reply = Reply::new(body);
    *reply.status_mut() = status;
    *reply.headers_mut() = headers;
    Ok(reply)
}

/// Whether `If-Range` names the object as it is (RFC 9110, section 13.1.5).
fn is_validator(told: &str, object: &Object) -> bool {
    match Timestamp::parse_http_date(told) {
        Some(date) => date.as_unix() == object.modified,
        None => told == quoted(&object.etag),
    }
}

/// Where a part lies in its object. An object that was put whole is its own part 1.
fn part_range(
    lookup: &dyn Lookup,
    object: &Object,
    number: u16,
) -> Result<(Option<Range>, Option<Part>), Failure> {
    let invalid = || Failure::from(Code::InvalidPartNumber);
    match &object.layout {
        Layout::Parts { manifest, .. } => {
            let mut first = 0_u64;
            for (at, part) in lookup.manifest(*manifest)?.into_iter().enumerate() {
                if at + 1 == usize::from(number) {
                    let range = part.size.checked_sub(1).map(|last| Range { first, last: first + last });
                    return Ok((range, Some(part)));
                }
                first += part.size;
            }
            Err(invalid())
        }
        Layout::Empty | Layout::One(_) if number == 1 => {
            Ok((object.size.checked_sub(1).map(|last| Range { first: 0, last }), None))
        }
        Layout::Empty | Layout::One(_) => Err(invalid()),
    }
}

/// The segments of a range of an object, in order.
pub(crate) fn segments(lookup: &dyn Lookup, layout: &Layout, range: Range) -> Result<Vec<Segment>, Failure> {
    let all = match layout {
        Layout::Empty => Vec::new(),
        Layout::One(segment) => vec![*segment],
        Layout::Parts { manifest, .. } => {
            lookup.manifest(*manifest)?.into_iter().flat_map(|part| part.segments).collect()
        }
    };
    let mut cut = Vec::new();
    let mut start = 0_u64;
    for segment in all {
        let end = start.saturating_add(segment.length);
        let first = range.first.max(start);
        let behind = range.last.saturating_add(1).min(end);
        if first < behind {
            cut.push(Segment {
                body: segment.body,
                offset: segment.offset + (first - start),
                length: behind - first,
            });
        }
        start = end;
    }
    Ok(cut)
}

/// The same, ready to be read.
pub(crate) fn pieces(lookup: &dyn Lookup, layout: &Layout, range: Range) -> Result<VecDeque<Piece>, Failure> {
    let segments = segments(lookup, layout, range)?.into_iter();
    segments
        .map(|segment| {
            let origin = match segment.body {
                BodyId::File(number) => Origin::Body(number),
                BodyId::Inline(number) => Origin::Bytes(lookup.inline(number)?),
            };
            Ok(Piece { origin, offset: segment.offset, length: segment.length })
        })
        .collect()
}

//! Names of header lines.
//!
//! Who speaks on a connection says the same in the same order time and again: the name that stood at a place before is
//! compared first, which costs less than to find out which one it is.

use http::HeaderName;

/// Those of S3 that come with most requests and answers: of these no name is made anew each time.
static FREQUENT: [HeaderName; 16] = [
    HeaderName::from_static("x-amz-date"),
    HeaderName::from_static("x-amz-content-sha256"),
    HeaderName::from_static("x-amz-security-token"),
    HeaderName::from_static("x-amz-user-agent"),
    HeaderName::from_static("x-amz-checksum-mode"),
    HeaderName::from_static("x-amz-checksum-crc32"),
    HeaderName::from_static("x-amz-checksum-type"),
    HeaderName::from_static("x-amz-sdk-checksum-algorithm"),
    HeaderName::from_static("x-amz-decoded-content-length"),
    HeaderName::from_static("x-amz-trailer"),
    HeaderName::from_static("x-amz-request-id"),
    HeaderName::from_static("x-amz-id-2"),
    HeaderName::from_static("x-amz-version-id"),
    HeaderName::from_static("x-amz-server-side-encryption"),
    HeaderName::from_static("amz-sdk-invocation-id"),
    HeaderName::from_static("amz-sdk-request"),
];

/// The names of the head before as they were spelled, and what they are, by their places.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<(Box<[u8]>, HeaderName)>);

/// Places that are remembered. A connection that waits keeps them.
const PLACES: usize = 16;

/// Longer names are not remembered.
const LONGEST: usize = 64;

impl Names {
    /// The name that these bytes are at this place, in any case; `None` if they are none.
    pub(super) fn at(&mut self, place: usize, bytes: &[u8]) -> Option<HeaderName> {
        let held = self.0.len();
        match self.0.get_mut(place) {
            Some((spelled, name)) if **spelled == *bytes => return Some(name.clone()),
            Some(before) if bytes.len() <= LONGEST => *before = (bytes.into(), name(bytes)?),
            None if place == held && place < PLACES && bytes.len() <= LONGEST => {
                self.0.push((bytes.into(), name(bytes)?));
            }
            Some(_) | None => return name(bytes),
        }
        self.0.get(place).map(|(_, name)| name.clone())
    }
}

/// The name that these bytes are, in any case; `None` if they are none.
fn name(bytes: &[u8]) -> Option<HeaderName> {
    let is_frequent = |name: &&HeaderName| name.as_str().as_bytes().eq_ignore_ascii_case(bytes);
    let may_be = matches!(bytes, [b'x' | b'X', b'-', ..] | [b'a' | b'A', b'm' | b'M', ..]);
    match may_be.then(|| FREQUENT.iter().find(is_frequent)).flatten() {
        Some(name) => Some(name.clone()),
        None => HeaderName::from_bytes(bytes).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stood_at_a_place_before_is_compared_and_not_believed() {
        let mut names = Names::default();
        let long = "x".repeat(LONGEST + 1);
        for round in [["Host", "x-own", &long], ["host", "X-OWN", &long], ["x-own", "host", "etag"]] {
            for place in [0, PLACES] {
                for (at, text) in round.iter().enumerate() {
                    let expect = HeaderName::from_bytes(text.as_bytes()).ok();
                    assert_eq!(names.at(place + at, text.as_bytes()), expect, "{text}");
                }
            }
            assert_eq!(names.at(0, b"not a name"), None);
            assert!(names.0.len() <= PLACES && names.0.iter().all(|(spelled, _)| spelled.len() <= LONGEST));
        }
    }

    #[test]
    fn frequent_names_are_names_like_others() {
        for text in [
            "x-amz-date",
            "X-Amz-Date",
            "AMZ-SDK-Request",
            "x-amz-meta-Date",
            "x-amz-dat",
            "Authorization",
            "a",
        ] {
            assert_eq!(name(text.as_bytes()), HeaderName::from_bytes(text.as_bytes()).ok(), "{text}");
        }
        for text in ["", "x-amz date", "x-\u{e9}"] {
            assert_eq!(name(text.as_bytes()), None, "{text}");
        }
    }
}

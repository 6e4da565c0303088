//! The `Range` header: one range of bytes, or the whole object (RFC 9110, section 14).

use crate::failure::{Code, Failure};

/// Bytes `first..=last` of an object, which has them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) first: u64,
    pub(crate) last: u64,
}

impl Range {
    /// How many bytes it covers.
    pub(crate) fn length(self) -> u64 {
        self.last - self.first + 1
    }

    /// `Content-Range`'s value.
    pub(crate) fn content_range(self, size: u64) -> String {
        format!("bytes {}-{}/{size}", self.first, self.last)
    }

    /// Reads a `Range` header against an object of `size` bytes.
    ///
    /// `None` is the whole object: what S3 sends for several ranges and for what cannot be read as one.
    /// `InvalidRange` when it lies outside.
    pub(crate) fn read(header: &str, size: u64) -> Result<Option<Self>, Failure> {
        let Some((first, last)) = header.strip_prefix("bytes=").and_then(|spec| spec.split_once('-')) else {
            return Ok(None);
        };
        let range = match (number(first), number(last)) {
            (Some(first), _) if last.trim().is_empty() => Some(Self { first, last: size.saturating_sub(1) }),
            (Some(first), Some(last)) if first > last => return Ok(None),
            (Some(first), Some(last)) => Some(Self { first, last: last.min(size.saturating_sub(1)) }),
            (None, Some(0)) if first.trim().is_empty() => None,
            (None, Some(suffix)) if first.trim().is_empty() && size > 0 => {
                Some(Self { first: size.saturating_sub(suffix), last: size - 1 })
            }
            (None, Some(_)) if first.trim().is_empty() => None,
            _ => return Ok(None),
        };
        match range {
            Some(range) if range.first < size => Ok(Some(range)),
            _ => Err(Failure::from(Code::InvalidRange)
                .with("RangeRequested", header)
                .with("ActualObjectSize", size.to_string())),
        }
    }
}

fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A number too large for us lies behind every object.
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_rng_01_a_range_is_one_honest_part_the_whole_or_416() {
        let part = |first, last| Ok(Some(Range { first, last }));
        for (header, size, expect) in [
            ("bytes=0-0", 10, part(0, 0)),
            ("bytes=0-", 10, part(0, 9)),
            ("bytes=3-5", 10, part(3, 5)),
            ("bytes=3-500", 10, part(3, 9)),
            ("bytes=-3", 10, part(7, 9)),
            ("bytes=-30", 10, part(0, 9)),
            ("bytes=9-99999999999999999999999", 10, part(9, 9)),
            ("bytes=10-", 10, Err("InvalidRange")),
            ("bytes=99999999999999999999999-", 10, Err("InvalidRange")),
            ("bytes=-0", 10, Err("InvalidRange")),
            ("bytes=0-", 0, Err("InvalidRange")),
            ("bytes=-1", 0, Err("InvalidRange")),
            ("bytes=5-3", 10, Ok(None)),
            ("bytes=0-1,3-4", 10, Ok(None)),
            ("bytes=-", 10, Ok(None)),
            ("bytes=a-b", 10, Ok(None)),
            ("bytes=+1-2", 10, Ok(None)),
            ("lines=1-2", 10, Ok(None)),
            ("", 10, Ok(None)),
        ] {
            assert_eq!(Range::read(header, size).map_err(|failure| failure.name()), expect, "{header}");
        }
    }
}

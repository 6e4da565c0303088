//! Moments as RFC 3339 has them.

use brigade_sigv4::Timestamp;

/// Reads `2027-01-01T00:00:00Z`, with `Z` or an offset such as `+01:00`; a fraction of a second is dropped.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc3339#section-5.6>.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let text = text.to_ascii_uppercase();
    let (local, ahead) = match text.strip_suffix('Z') {
        Some(local) => (local, 0),
        None => {
            let (local, zone) = text.split_at_checked(text.len().checked_sub(6)?)?;
            (local, offset(zone)?)
        }
    };
    let local = Timestamp::parse_iso8601(&format!("{local}Z"))?;
    local.as_unix().checked_add_signed(-ahead).map(Timestamp::from_unix)
}

/// The seconds by which a place's clocks are ahead.
fn offset(zone: &str) -> Option<i64> {
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let number = |digits: &str, most: i64| {
        let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i64>().ok().filter(|number| plain && *number <= most)
    };
    let ahead = number(hours, 23)? * 3_600 + number(minutes, 59)? * 60;
    match zone.chars().next() {
        Some('+') => Some(ahead),
        Some('-') => Some(-ahead),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_taken_off() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01t00:00:01z", 1),
            ("1970-01-01T01:00:10+01:00", 10),
            ("1970-01-01T00:00:00.999-00:30", 1_800),
            ("2024-02-29T23:59:59-23:59", 1_709_251_199 + 86_340),
        ] {
            assert_eq!(moment(text), Some(Timestamp::from_unix(seconds)), "{text}");
        }
    }

    #[test]
    fn without_an_offset_it_is_no_moment() {
        for text in [
            "",
            "Z",
            "1970-01-01",
            "1970-01-01T00:00:00",
            "1970-01-01T00:00:00+0100",
            "1970-01-01T00:00:00+1:00",
            "1970-01-01T00:00:00+24:00",
            "1970-01-01T00:00:00+00:60",
            "1970-01-01T00:00:00 00:00",
            "1970-01-01T00:00:00+01:00",
            "1970-01-01T00:00:00+\u{e9}:00",
            "1970-01-01T24:00:00Z",
            "2023-02-29T00:00:00Z",
            "1970-01-01T00:00:00.Z",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}

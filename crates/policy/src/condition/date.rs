//! Dates of conditions: the profiles of ISO 8601 that the W3C lists, or seconds since 1970.

/// A moment, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date(i128);

const SECOND: i128 = 1_000_000_000;

impl Date {
    /// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, `YYYY-MM-DDThh:mmZ`, `…:ssZ`, `…:ss.sZ` with `Z` or `+hh:mm`, or the seconds
    /// since 1970, of five digits or more. What is left out is the first there is.
    ///
    /// Source: <https://www.w3.org/TR/NOTE-datetime>.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self(text.parse::<u64>().ok().map(i128::from)? * SECOND));
        }
        let (date, time) = match text.split_once('T') {
            None => (text, None),
            Some((date, time)) if date.len() == 10 => (date, Some(time)),
            Some(_) => return None,
        };
        let mut parts = date.split('-');
        let year = digits(parts.next()?, 4)?;
        let month = parts.next().map_or(Some(1), |month| digits(month, 2))?;
        let day = parts.next().map_or(Some(1), |day| digits(day, 2))?;
        let is_day = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
        if parts.next().is_some() || !is_day {
            return None;
        }
        let seconds = i128::from(days(year, month, day)) * 86_400 * SECOND;
        Some(Self(seconds + time.map_or(Some(0), of_day)?))
    }
}

/// The nanoseconds of `hh:mm[:ss[.s]]` and its zone, from the day's beginning.
fn of_day(text: &str) -> Option<i128> {
    let zone = text.find(['Z', '+', '-'])?;
    let (time, zone) = text.split_at_checked(zone)?;
    let offset = match zone.strip_prefix(['+', '-']) {
        None => {
            if zone == "Z" {
                0
            } else {
                return None;
            }
        }
        Some(offset) => {
            let (hours, minutes) = offset.split_once(':')?;
            let offset = at_most(hours, 23)? * 60 + at_most(minutes, 59)?;
            if zone.starts_with('-') { -offset } else { offset }
        }
    };
    let mut parts = time.splitn(3, ':');
    let minutes = at_most(parts.next()?, 23)? * 60 + at_most(parts.next()?, 59)?;
    let (seconds, fraction) = match parts.next() {
        None => (0, 0),
        Some(seconds) => match seconds.split_once('.') {
            None => (at_most(seconds, 59)?, 0),
            Some((seconds, fraction)) => {
                let plain = !fraction.is_empty() && fraction.len() <= 9;
                if !plain || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                (at_most(seconds, 59)?, format!("{fraction:0<9}").parse::<i128>().ok()?)
            }
        },
    };
    Some((i128::from(minutes - offset) * 60 + i128::from(seconds)) * SECOND + fraction)
}

fn at_most(text: &str, most: i64) -> Option<i64> {
    digits(text, 2).filter(|number| *number <= most)
}

/// A number of exactly so many digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

const fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970-01-01 to a day of the Gregorian calendar.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that the leap day is a year's last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_one_moment() {
        for (text, seconds) in [
            ("1970", 0),
            ("1970-01", 0),
            ("1970-01-01", 0),
            ("1970-01-01T00:00Z", 0),
            ("2026-11-21T09:15:00Z", 1_795_252_500),
            ("2026-11-21T10:15:00+01:00", 1_795_252_500),
            ("2026-11-21T03:45-05:30", 1_795_252_500),
            ("2024-02-29T00:00:00Z", 1_709_164_800),
            ("2000-03-01", 951_868_800),
            ("1969-12-31T23:59:59Z", -1),
            ("1795252500", 1_795_252_500),
        ] {
            assert_eq!(Date::parse(text), Some(Date(seconds * SECOND)), "{text}");
        }
        assert_eq!(Date::parse("1970-01-01T00:00:00.5Z"), Some(Date(SECOND / 2)));
        assert!(Date::parse("1970-01-01T00:00:00.25Z") < Date::parse("1970-01-01T00:00:00.3Z"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "70",
            "1970-1-1",
            "1970-13",
            "1970-00",
            "2023-02-29",
            "1970-01-01T",
            "1970-01-01T00:00",
            "1970T00:00Z",
            "1970-01-01T24:00Z",
            "1970-01-01T00:60Z",
            "1970-01-01T00:00:60Z",
            "1970-01-01T00:00:00.Z",
            "1970-01-01 00:00Z",
            "1970-01-01T00:00z",
            "1970-01-01T00:00+1",
            "1970-01-01-01",
            "-1",
            "1e9",
            "tomorrow",
            "1970-01-01T00:00:00.1234567890Z",
            "99999999999999999999999",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }
}

//! A moment, in whole seconds, and the four spellings S3 uses for it.

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted. Never read from a clock here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

const DAY: u64 = 86_400;
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Timestamp {
    /// The moment `seconds` after the epoch.
    #[must_use]
    pub const fn from_unix(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn as_unix(self) -> u64 {
        self.0
    }

    /// `20150830T123600Z`, as in `x-amz-date`.
    #[must_use]
    pub fn amz_date(self) -> String {
        let c = Civil::of(self);
        let mut text = String::with_capacity(16);
        push(&mut text, c.year, 4);
        push(&mut text, c.month, 2);
        push(&mut text, c.day, 2);
        text.push('T');
        push(&mut text, c.hour, 2);
        push(&mut text, c.minute, 2);
        push(&mut text, c.second, 2);
        text.push('Z');
        text
    }

    /// `20150830`, as in a credential scope.
    #[must_use]
    pub fn date_stamp(self) -> String {
        let c = Civil::of(self);
        let mut text = String::with_capacity(8);
        push(&mut text, c.year, 4);
        push(&mut text, c.month, 2);
        push(&mut text, c.day, 2);
        text
    }

    /// Reads exactly `yyyyMMdd'T'HHmmss'Z'`; anything else, or a date no calendar has, is `None`.
    #[must_use]
    pub fn parse_amz(text: &str) -> Option<Self> {
        let mut scan = Scan(text.as_bytes());
        let (year, month, day) = (scan.number(4)?, scan.number(2)?, scan.number(2)?);
        scan.literal(b"T")?;
        let (hour, minute, second) = (scan.number(2)?, scan.number(2)?, scan.number(2)?);
        scan.literal(b"Z")?;
        scan.end()?;
        Civil { year, month, day, hour, minute, second }.timestamp()
    }

    /// `Sun, 30 Aug 2015 12:36:00 GMT` (IMF-fixdate, RFC 9110 section 5.6.7), as in `Date` and `Last-Modified`.
    #[must_use]
    pub fn http_date(self) -> String {
        let c = Civil::of(self);
        let weekday = WEEKDAYS.get(weekday(self.0)).copied().unwrap_or_default();
        let month = usize::try_from(c.month).ok().and_then(|m| MONTHS.get(m.checked_sub(1)?)).copied();
        format!(
            "{weekday}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
            c.day,
            month.unwrap_or_default(),
            c.year,
            c.hour,
            c.minute,
            c.second
        )
    }

    /// Reads exactly an IMF-fixdate, weekday included; the obsolete forms of RFC 9110 are `None`.
    #[must_use]
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let mut scan = Scan(text.as_bytes());
        let named = scan.name(&WEEKDAYS)?;
        scan.literal(b", ")?;
        let day = scan.number(2)?;
        scan.literal(b" ")?;
        let month = u64::try_from(scan.name(&MONTHS)?).ok()? + 1;
        scan.literal(b" ")?;
        let year = scan.number(4)?;
        scan.literal(b" ")?;
        let hour = scan.number(2)?;
        scan.literal(b":")?;
        let minute = scan.number(2)?;
        scan.literal(b":")?;
        let second = scan.number(2)?;
        scan.literal(b" GMT")?;
        scan.end()?;
        let at = Civil { year, month, day, hour, minute, second }.timestamp()?;
        (weekday(at.0) == named).then_some(at)
    }

    /// `2015-08-30T12:36:00.000Z`, as in S3's XML.
    #[must_use]
    pub fn iso8601(self) -> String {
        self.iso8601_at(0)
    }

    /// The same, so many milliseconds later: `2015-08-30T12:36:00.045Z`.
    #[must_use]
    pub fn iso8601_at(self, millis: u32) -> String {
        let c = Civil::of(self);
        let mut text = String::with_capacity(24);
        for (value, width, end) in [
            (c.year, 4, '-'),
            (c.month, 2, '-'),
            (c.day, 2, 'T'),
            (c.hour, 2, ':'),
            (c.minute, 2, ':'),
            (c.second, 2, '.'),
            (u64::from(millis), 3, 'Z'),
        ] {
            push(&mut text, value, width);
            text.push(end);
        }
        text
    }

    /// Reads `2015-08-30T12:36:00Z`, with or without a fraction of one to nine digits, which is dropped.
    #[must_use]
    pub fn parse_iso8601(text: &str) -> Option<Self> {
        let mut scan = Scan(text.as_bytes());
        let year = scan.number(4)?;
        scan.literal(b"-")?;
        let month = scan.number(2)?;
        scan.literal(b"-")?;
        let day = scan.number(2)?;
        scan.literal(b"T")?;
        let hour = scan.number(2)?;
        scan.literal(b":")?;
        let minute = scan.number(2)?;
        scan.literal(b":")?;
        let second = scan.number(2)?;
        scan.fraction()?;
        scan.literal(b"Z")?;
        scan.end()?;
        Civil { year, month, day, hour, minute, second }.timestamp()
    }
}

/// `20150830T123600Z`, in place. What has more than four digits of a year is no date that S3 takes.
#[derive(Clone, Copy)]
pub(crate) struct AmzDate([u8; 16]);

impl AmzDate {
    pub(crate) fn of(at: Timestamp) -> Self {
        let Civil { year, month, day, hour, minute, second } = Civil::of(at);
        let digit = |value: u64| b'0' + (value % 10).to_le_bytes()[0];
        let pair = |value: u64| [digit(value / 10), digit(value)];
        let ([a, b], [c, d]) = (pair(year / 100), pair(year));
        let ([e, f], [g, h]) = (pair(month), pair(day));
        let ([i, j], [k, l], [m, n]) = (pair(hour), pair(minute), pair(second));
        Self([a, b, c, d, e, f, g, h, b'T', i, j, k, l, m, n, b'Z'])
    }

    pub(crate) fn text(&self) -> &[u8] {
        &self.0
    }

    /// `20150830`.
    pub(crate) fn day(&self) -> &[u8] {
        self.0.first_chunk::<8>().map_or(&[], |day| day)
    }
}

/// A date and time of the proleptic Gregorian calendar, UTC.
struct Civil {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
}

impl Civil {
    /// Counts years from March, so that the leap day is a year's last (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    fn of(at: Timestamp) -> Self {
        let (days, seconds) = (at.0 / DAY + 719_468, at.0 % DAY);
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        Self {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: of_year - (153 * shifted + 2) / 5 + 1,
            hour: seconds / 3_600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
        }
    }

    fn timestamp(&self) -> Option<Timestamp> {
        let fits = self.year >= 1970
            && (1..=12).contains(&self.month)
            && (1..=month_length(self.year, self.month)).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60;
        if !fits {
            return None;
        }
        let year = self.year - u64::from(self.month <= 2);
        let (era, year_of_era) = (year / 400, year % 400);
        let shifted = if self.month > 2 { self.month - 3 } else { self.month + 9 };
        let of_year = (153 * shifted + 2) / 5 + self.day - 1;
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        let days = (era * 146_097 + of_era).checked_sub(719_468)?;
        Some(Timestamp(days * DAY + self.hour * 3_600 + self.minute * 60 + self.second))
    }
}

fn month_length(year: u64, month: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Every request writes two dates, and the formatting machinery costs as much as a hash.
fn push(text: &mut String, value: u64, width: u32) {
    let mut place =
        10_u64.saturating_pow(width.saturating_sub(1).max(value.checked_ilog10().unwrap_or_default()));
    while place > 0 {
        text.push(char::from(b'0' + u8::try_from(value / place % 10).unwrap_or_default()));
        place /= 10;
    }
}

/// 0 is Sunday; the epoch was a Thursday.
fn weekday(seconds: u64) -> usize {
    usize::try_from((seconds / DAY + 4) % 7).unwrap_or_default()
}

/// What is left of the text to read.
struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    fn number(&mut self, digits: usize) -> Option<u64> {
        let (head, rest) = self.0.split_at_checked(digits)?;
        let mut value = 0;
        for byte in head {
            if !byte.is_ascii_digit() {
                return None;
            }
            value = value * 10 + u64::from(byte - b'0');
        }
        self.0 = rest;
        Some(value)
    }

    fn literal(&mut self, expected: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    fn name(&mut self, names: &[&str]) -> Option<usize> {
        let (head, rest) = self.0.split_at_checked(3)?;
        let found = names.iter().position(|name| name.as_bytes() == head)?;
        self.0 = rest;
        Some(found)
    }

    fn fraction(&mut self) -> Option<()> {
        if let Some(rest) = self.0.strip_prefix(b".") {
            let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            self.0 = rest.get(digits..)?;
        }
        Some(())
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests;

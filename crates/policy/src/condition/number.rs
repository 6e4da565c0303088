//! Numbers of conditions.

/// A decimal number, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(i128);

/// How many digits behind the point are kept.
const DIGITS: usize = 9;

impl Number {
    /// Reads an integer or a decimal, of at most 18 digits before the point and 9 behind it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = match digits.split_once('.') {
            None => (digits, ""),
            Some((_, "")) => return None,
            Some(parts) => parts,
        };
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || whole.len() > 18
            || fraction.len() > DIGITS
            || !plain(whole)
            || !plain(fraction)
        {
            return None;
        }
        let scaled: i128 = format!("{whole}{fraction:0<DIGITS$}").parse().ok()?;
        Some(Self(if negative { -scaled } else { scaled }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_as_numbers() {
        for (less, more) in [("-1", "0"), ("9", "10"), ("1.5", "1.50001"), ("-2.5", "-2.4"), ("0", "0.1")] {
            assert!(Number::parse(less).unwrap() < Number::parse(more).unwrap(), "{less} {more}");
        }
        for (one, other) in [("10", "10.0"), ("+1", "1"), ("007", "7"), ("-0", "0")] {
            assert_eq!(Number::parse(one).unwrap(), Number::parse(other).unwrap());
        }
        for text in ["", "-", "1e3", "0x1", "1,0", " 1", ".5", "5.", "ten", "1.1.1", "1234567890123456789"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}

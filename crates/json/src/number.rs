//! Numbers with a fraction or an exponent.
//!
//! Who reads and writes every one of them exactly needs tables of powers, of many kilobytes. Here a number of up to 15
//! digits and 22 powers of ten is exact, and of any other the last digit may differ.

use serde_json::Number;

/// The largest power of ten that a 64-bit fraction has exactly.
const EXACT: u32 = 22;

/// A number that follows JSON's grammar. `None` if it is too large.
pub(crate) fn read(text: &str) -> Option<Number> {
    // Zero has a sign only as a fraction.
    if text != "-0" {
        let whole = text.parse::<u64>().map(Number::from);
        if let Ok(whole) = whole.or_else(|_| text.parse::<i64>().map(Number::from)) {
            return Some(whole);
        }
    }
    Number::from_f64(fraction(text)?)
}

fn fraction(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (digits, sign) = digits.strip_prefix('-').map_or((digits, 1.0), |digits| (digits, -1.0));
    let mut whole: u64 = 0;
    let mut power: i32 = 0;
    let mut behind = false;
    for digit in digits.bytes() {
        if digit == b'.' {
            behind = true;
            continue;
        }
        match whole.checked_mul(10).and_then(|more| more.checked_add(u64::from(digit - b'0'))) {
            Some(more) => {
                whole = more;
                power -= i32::from(behind);
            }
            // What does not fit any more would not be seen in a fraction either.
            None => power += i32::from(!behind),
        }
    }
    if whole == 0 {
        return Some(0.0 * sign);
    }
    let exponent = match exponent.parse::<i32>() {
        Ok(exponent) => exponent,
        Err(_) if exponent.starts_with('-') => i32::MIN,
        Err(_) => i32::MAX,
    };
    let value = scaled(whole as f64, power.saturating_add(exponent));
    value.is_finite().then_some(value * sign)
}

/// A value times a power of ten.
pub(crate) fn scaled(mut value: f64, power: i32) -> f64 {
    let mut left = power.unsigned_abs();
    while left > 0 && value.is_finite() && value != 0.0 {
        let step = left.min(EXACT);
        let by = (0..step).fold(1.0, |by, _| by * 10.0);
        value = if power < 0 { value / by } else { value * by };
        left -= step;
    }
    value
}

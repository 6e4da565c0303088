//! The writer.

use serde_json::{Map, Number, Value};

use crate::number::scaled;

/// A value as JSON, without spaces.
#[must_use]
pub fn write(value: &Value) -> String {
    let mut out = String::new();
    put(value, &mut out);
    out
}

/// An object of these members.
#[must_use]
pub fn object(members: Vec<(&str, Value)>) -> Value {
    let mut object = Map::new();
    for (name, value) in members {
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

/// A number as JSON.
#[must_use]
pub fn decimal(number: &Number) -> String {
    if let Some(whole) = number.as_u64() {
        return whole.to_string();
    }
    if let Some(whole) = number.as_i64() {
        return whole.to_string();
    }
    fraction(number.as_f64().unwrap_or_default())
}

fn put(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&decimal(number)),
        Value::String(text) => put_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                put(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                put_text(name, out);
                out.push(':');
                put(value, out);
            }
            out.push('}');
        }
    }
}

fn put_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        let short = match c {
            '"' | '\\' => c,
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\0'..' ' => {
                out.push_str("\\u00");
                for half in [u32::from(c) >> 4, u32::from(c) & 15] {
                    out.extend(char::from_digit(half, 16));
                }
                continue;
            }
            _ => {
                out.push(c);
                continue;
            }
        };
        out.extend(['\\', short]);
    }
    out.push('"');
}

/// The shortest digits that are read as this value, of those with a point and up to 16; else sixteen and a power of ten, of which
/// the last may differ.
fn fraction(value: f64) -> String {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let value = value.abs();
    for behind in 0..=16 {
        let whole = scaled(value, behind).round_ties_even();
        if whole >= 1e16 {
            break;
        }
        if scaled(whole, -behind) == value {
            return with_point(sign, whole as u64, behind.unsigned_abs() as usize);
        }
    }
    // By large steps first: a policy may hold hundreds of such numbers.
    let (mut left, mut power) = (value, 0);
    while left >= 1e38 {
        left /= 1e22;
        power += 22;
    }
    while left < 1e-7 {
        left *= 1e22;
        power -= 22;
    }
    let step = (1..=22).find(|step| {
        let part = if left >= 1e16 { scaled(left, -step) } else { scaled(left, *step) };
        (1e15..1e16).contains(&part)
    });
    let step = step.map_or(0, |step| if left >= 1e16 { -step } else { step });
    format!("{sign}{}e{}", scaled(left, step).round_ties_even() as u64, power - step)
}

fn with_point(sign: &str, whole: u64, behind: usize) -> String {
    let mut digits = whole.to_string();
    while digits.len() <= behind {
        digits.insert(0, '0');
    }
    if behind == 0 {
        digits.push_str(".0");
    } else {
        digits.insert(digits.len() - behind, '.');
    }
    digits.insert_str(0, sign);
    digits
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::write;

    #[test]
    fn texts_are_written_as_by_serde_json() {
        let all: String = ('\0'..'\u{800}').chain(['\u{2028}', '\u{fffd}', '\u{1f600}']).collect();
        for value in [json!({ "b": [1, -2, null, true, false], "a\"": {}, "": [[], ""] }), Value::from(all)] {
            assert_eq!(write(&value), value.to_string());
        }
    }

    #[test]
    fn numbers_are_written_as_by_serde_json() {
        for value in [json!(0), json!(u64::MAX), json!(i64::MIN), json!(-1), json!(1.5), json!(-0.25)] {
            assert_eq!(write(&value), value.to_string());
        }
        for value in [0.1, 0.001, 2.71, 100.0, 123456.789, 1e15, 0.0, -0.0] {
            assert_eq!(write(&json!(value)), json!(value).to_string());
        }
        for value in [1e300, 1.2345678901234567e-300, 1e308, f64::MIN_POSITIVE, 5e-324, 0.1 + 0.2, 1e22] {
            let read = crate::parse(write(&json!(value)).as_bytes()).unwrap().value().as_f64().unwrap();
            assert!((read - value).abs() <= value * 1e-14, "{value} {read}");
        }
        assert_eq!(write(&json!(4503599627370497.0)), "4503599627370497.0");
        assert_eq!(write(&json!(-1e16)), "-1000000000000000e1");
    }
}

use super::*;
use proptest::prelude::*;

/// What is read, held against what `serde_json` reads.
fn check(text: &[u8]) -> Result<(), TestCaseError> {
    let other: Option<Value> = serde_json::from_slice(text).ok();
    let ours = parse(text).map(Tree::value);
    let shown = String::from_utf8_lossy(text);
    match (&ours, &other) {
        (Ok(ours), Some(other)) => prop_assert!(same(ours, other), "{}: {} {}", shown, ours, other),
        (Ok(_), None) | (Err(_), Some(_)) => prop_assert!(false, "{}: {:?} {:?}", shown, ours, other),
        (Err(_), None) => {}
    }
    Ok(())
}

/// Whether two values are the same, but for the last digit of a fraction.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|((a, one), (b, other))| a == b && same(one, other))
        }
        (Value::Number(one), Value::Number(other)) if one.is_f64() && other.is_f64() => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= one.abs() * 1e-14
        }
        _ => one == other,
    }
}

#[test]
fn what_is_json_is_what_serde_json_says() {
    for text in [
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "{}",
        "[]",
        " [ ] ",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1,\"a\":2}",
        "nul",
        "nulll",
        "null",
        "true",
        "false",
        "True",
        "0",
        "-0",
        "-",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1.5",
        "1e",
        "1e5",
        "1E+5",
        "1e-5",
        "1e999",
        "-1e999",
        "1e-999",
        "0e99999999999",
        "1e99999999999",
        "1e-99999999999",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "123456789012345678901234567890",
        "0.1",
        "2.5e-3",
        "NaN",
        "\"",
        "\"a",
        "\"\\",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u0041\"",
        "\"\\ud800\"",
        "\"\\ud83d\\ude00\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud800x\"",
        "\"\n\"",
        "\"\u{7f}é\"",
        "\u{feff}{}",
        "1 2",
        "[1]\u{c}",
        "\"\\b\\f\\n\\r\\t\\/\\\\\"",
        "// a\n1",
    ] {
        check(text.as_bytes()).unwrap();
    }
    for bytes in [b"\"\xff\"".as_slice(), b"\xff", b"[\"\xed\xa0\x80\"]"] {
        check(bytes).unwrap();
    }
    for depth in [126, 127, 128, 100_000] {
        check(&[b"[".repeat(depth), b"]".repeat(depth)].concat()).unwrap();
        check(&[b"{\"a\":".repeat(depth), b"1".to_vec(), b"}".repeat(depth)].concat()).unwrap();
    }
}

#[test]
fn a_fault_says_where_it_is() {
    for (text, fault) in [
        ("{\n \"a\": }", "expected value at line 2 column 7"),
        ("[1,\n2", "EOF while parsing a list at line 2 column 2"),
        ("{} {}", "trailing characters at line 1 column 4"),
        ("", "EOF while parsing a value at line 1 column 1"),
    ] {
        assert_eq!(parse(text.as_bytes()).unwrap_err().to_string(), fault);
    }
}

#[test]
fn places_are_those_of_the_text() {
    let Shape::Object(members) = parse(b" {\"a\": 1, \"a\" :[2]}").unwrap().shape else { panic!() };
    let places: Vec<_> = members.iter().map(|it| (it.name.as_str(), it.at, it.value.at)).collect();
    assert_eq!(places, [("a", 2, 7), ("a", 10, 15)]);
}

proptest! {
    #[test]
    fn any_text_of_json_s_pieces_is_read_alike(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "{", "}", "[", "]", ":", ",", "\"a\"", "\"\\u00e9\"", "\"", "\\", "1", "-", ".5", "e3", "0", " ", "\n", "null", "true", "é",
            ]),
            0..12,
        )
    ) {
        check(pieces.concat().as_bytes())?;
    }

    #[test]
    fn any_bytes_are_read_alike(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
        check(&bytes)?;
        check(&[b"\"".as_slice(), &bytes, b"\""].concat())?;
    }

    #[test]
    fn any_fraction_is_read_alike(value in any::<f64>().prop_filter("far from the largest", |it| it.abs() < 1e308)) {
        check(format!("{value:e}").as_bytes())?;
        check(format!("{value}").as_bytes())?;
    }
}

use serde_json::{Value, json};

use super::Claims;
use crate::TokenError;

const NOW: u64 = 1_700_000_000;

fn good() -> Value {
    json!({ "iss": "https://i.example", "sub": "repo:org/x", "aud": "sts", "exp": NOW + 600 })
}

fn read(claims: &Value) -> Result<Claims, TokenError> {
    Claims::read(claims.as_object().unwrap().clone(), NOW)
}

/// The good claims with one changed, or left out.
fn check(name: &'static str, value: Option<Value>, expect: Option<TokenError>) {
    let mut claims = good();
    match &value {
        Some(value) => drop(claims.as_object_mut().unwrap().insert(name.into(), value.clone())),
        None => drop(claims.as_object_mut().unwrap().remove(name)),
    }
    assert_eq!(read(&claims).err(), expect, "{name} {value:?}");
}

#[test]
fn r_oidc_04_what_is_missing_or_of_another_type_is_refused() {
    for name in ["iss", "sub", "aud", "exp"] {
        for value in [None, Some(json!(null)), Some(json!({})), Some(json!(true))] {
            check(name, value, Some(TokenError::Claim(name)));
        }
    }
    for name in ["iss", "sub"] {
        check(name, Some(json!(["x"])), Some(TokenError::Claim(name)));
        check(name, Some(json!(7)), Some(TokenError::Claim(name)));
    }
    check("sub", Some(json!("")), Some(TokenError::Claim("sub")));
    check("sub", Some(json!("a\u{1}b")), Some(TokenError::Claim("sub")));
    check("sub", Some(json!("s".repeat(2048))), None);
    check("sub", Some(json!("s".repeat(2049))), Some(TokenError::Claim("sub")));
    check("azp", Some(json!("client")), None);
    for azp in [json!(null), json!(["client"]), json!(1)] {
        check("azp", Some(azp), Some(TokenError::Claim("azp")));
    }
    for aud in [json!([]), json!(""), json!(["sts", ""]), json!(["sts", 1]), json!([["sts"]]), json!(1)] {
        check("aud", Some(aud), Some(TokenError::Claim("aud")));
    }
    check("aud", Some(json!(["other", "sts"])), None);
    for name in ["exp", "nbf", "iat"] {
        let wrong = [
            json!(NOW.to_string()),
            json!([NOW]),
            json!(null),
            json!(false),
            json!(-1),
            json!(-1.5),
            json!(1e300),
            json!(u64::MAX),
            json!(253_402_300_800_u64),
        ];
        for value in wrong {
            check(name, Some(value), Some(TokenError::Claim(name)));
        }
    }
}

#[test]
fn r_oidc_04_a_token_stands_from_its_beginning_to_its_end() {
    check("exp", Some(json!(NOW + 1)), None);
    check("exp", Some(json!(NOW as f64 + 1.5)), None);
    for exp in [json!(NOW), json!(NOW as f64 + 0.9), json!(NOW - 1), json!(0), json!(0.0)] {
        check("exp", Some(exp), Some(TokenError::Expired));
    }
    for name in ["nbf", "iat"] {
        check(name, Some(json!(0)), None);
        check(name, Some(json!(NOW + 60)), None);
        check(name, Some(json!(NOW as f64 + 60.9)), None);
        check(name, Some(json!(NOW + 61)), Some(TokenError::NotYet));
    }
}

#[test]
fn claims_are_read_by_name_and_by_path() {
    let mut all = good();
    let more = json!({
        "flag": true, "number": -7, "large": u64::MAX, "float": 1.5, "nothing": null,
        "list": ["a", 1, false], "mixed": ["a", null], "deep": ["a", ["b"]], "empty": [],
        "realm_access": { "roles": ["r1", "r2"], "one": { "two": "x" } },
        "realm_access.roles": "by its own name", "https://example.com/team": "t",
    });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let claims = read(&all).unwrap();
    let check = |name: &str, expect: Option<&[&str]>| {
        let expect = expect.map(<[&str]>::to_vec);
        let found = claims.texts(name);
        let found = found.as_ref().map(|texts| texts.iter().map(|text| &**text).collect::<Vec<_>>());
        assert_eq!(found, expect, "{name}");
    };
    check("sub", Some(&["repo:org/x"]));
    check("aud", Some(&["sts"]));
    check("flag", Some(&["true"]));
    check("number", Some(&["-7"]));
    check("large", Some(&["18446744073709551615"]));
    check("list", Some(&["a", "1", "false"]));
    check("empty", Some(&[]));
    check("realm_access.roles", Some(&["by its own name"]));
    check("/realm_access/roles", Some(&["r1", "r2"]));
    check("/realm_access/one/two", Some(&["x"]));
    check("/sub", Some(&["repo:org/x"]));
    check("https://example.com/team", Some(&["t"]));
    for name in [
        "float",
        "nothing",
        "mixed",
        "deep",
        "realm_access",
        "Sub",
        "absent",
        "",
        "/",
        "/list/0",
        "/sub/x",
        "realm_access/roles",
        "/realm_access/roles/",
    ] {
        check(name, None);
    }
    assert_eq!(claims.text("sub"), Some("repo:org/x"));
    assert_eq!(claims.text("flag"), None);
    assert_eq!(claims.text("list"), None);
    assert_eq!(format!("{claims:?}"), r#"Claims { issuer: "https://i.example", .. }"#);
}

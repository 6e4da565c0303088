use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use proptest::prelude::*;

use super::Jwt;
use crate::{Algorithm, TokenError};

fn encode(part: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(part)
}

fn token(header: &str, claims: &str) -> String {
    format!("{}.{}.{}", encode(header), encode(claims), encode("signature"))
}

fn check(token: &str, expect: TokenError) {
    assert_eq!(Jwt::parse(token).err(), Some(expect), "{token}");
}

/// A header with these members besides `alg`.
fn header(members: &str) -> String {
    token(&format!(r#"{{"alg":"RS256"{members}}}"#), r#"{"iss":"i"}"#)
}

/// RFC 7515 appendix A.2: RS256.
const RFC_7515_A_2: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

#[test]
fn the_rfcs_token_is_taken_apart() {
    let jwt = Jwt::parse(RFC_7515_A_2).unwrap();
    assert_eq!((jwt.algorithm(), jwt.key_id(), jwt.issuer()), (Algorithm::Rs256, None, "joe"));
    assert_eq!(jwt.message(), RFC_7515_A_2.rsplit_once('.').unwrap().0.as_bytes());
    assert_eq!(jwt.signature().len(), 256);
    assert_eq!(jwt.signature()[..4], [112, 46, 33, 137]);
    // It has no subject and no audience.
    assert_eq!(jwt.vouched_for(1_300_819_000).err(), Some(TokenError::Claim("sub")));
}

#[test]
fn r_oidc_01_none_and_hmac_are_no_algorithms_in_any_spelling() {
    // RFC 7515 appendices A.1 (HS256) and A.5 (unsecured).
    check(
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        TokenError::Algorithm,
    );
    let unsecured = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
    check(unsecured, TokenError::Algorithm);
    let names = [
        "none",
        "None",
        "NONE",
        "nOnE",
        "none ",
        "",
        "HS256",
        "hs256",
        "HS384",
        "HS512",
        "RS1",
        "rs256",
        "Rs256",
        "RS256 ",
        " RS256",
        "RS256\u{0}",
        "ES512",
        "ES256K",
        "PS384",
        "PS512",
        "A128KW",
        "dir",
        "RSA-OAEP",
    ];
    for name in names {
        let alg = serde_json::json!(name);
        check(&token(&format!(r#"{{"alg":{alg}}}"#), r#"{"iss":"i"}"#), TokenError::Algorithm);
    }
    for alg in ["null", "true", "1", "[\"RS256\"]", "{}"] {
        check(&token(&format!(r#"{{"alg":{alg}}}"#), r#"{"iss":"i"}"#), TokenError::Algorithm);
    }
    check(&token("{}", r#"{"iss":"i"}"#), TokenError::Algorithm);
}

#[test]
fn r_oidc_03_what_must_be_understood_is_refused_and_keys_in_a_token_are_nothing() {
    let refused = [
        r#","crit":["exp"]"#,
        r#","crit":[]"#,
        r#","crit":null"#,
        r#","b64":false"#,
        r#","b64":true"#,
        r#","enc":"A128GCM""#,
        r#","zip":"DEF""#,
        r#","kid":1"#,
        r#","kid":null"#,
        r#","kid":["a"]"#,
        r#","typ":"dpop+jwt""#,
        r#","typ":"logout+jwt""#,
        r#","typ":"JWE""#,
        r#","typ":1"#,
    ];
    for members in refused {
        check(&header(members), TokenError::Header);
    }
    check(&header(&format!(r#","kid":"{}""#, "k".repeat(257))), TokenError::Header);
    check(&header(r#","kid":"a","kid":"b""#), TokenError::Malformed);
    check(&header(r#","alg":"none""#), TokenError::Malformed);
    let ignored = [
        "",
        r#","typ":"JWT""#,
        r#","typ":"jwt""#,
        r#","typ":"at+jwt""#,
        r#","typ":"application/at+JWT""#,
        r#","jku":"https://evil.example/keys""#,
        r#","x5u":"http://169.254.169.254/""#,
        r#","jwk":{"kty":"oct","k":"AA"}"#,
        r#","x5c":["AAAA"],"x5t":"AA","cty":"JWT""#,
        r#","kid":"../../etc/passwd""#,
        r#","kid":"' OR 1=1 --""#,
        r#","kid":"""#,
    ];
    for members in ignored {
        let jwt = Jwt::parse(&header(members)).unwrap_or_else(|error| panic!("{members}: {error}"));
        assert_eq!((jwt.algorithm(), jwt.issuer()), (Algorithm::Rs256, "i"));
    }
}

#[test]
fn r_oidc_06_malformed_nested_and_huge_tokens_are_refused() {
    let good = header("");
    let [head, claims, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let malformed = [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        head.into(),
        format!("{head}.{claims}"),
        format!("{head}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("{head}.{claims}."),
        format!("{good}."),
        format!("{good}.x"),
        format!(" {good}"),
        format!("{good}\n"),
        format!("Bearer {good}"),
        format!("{head}=.{claims}.{signature}"),
        format!("{head}.{claims}.{signature}=="),
        // Other bits behind the last byte: a second spelling of the same token.
        format!("{head}.{claims}.c2lnbmF0dXJl{}", "A"),
        format!("{head}.{claims}.AB"),
        format!("{head}.{claims}.a+/="),
        format!("{head}.{claims}.é"),
        format!("{head}.{}.{signature}", encode("[]")),
        format!("{head}.{}.{signature}", encode("null")),
        format!("{head}.{}.{signature}", encode("\"x\"")),
        format!("{head}.{}.{signature}", encode(r#"{"iss":"i"} x"#)),
        format!("{head}.{}.{signature}", encode(b"{\"iss\":\"i\",\"a\":\"\xff\"}")),
        format!("{}.{claims}.{signature}", encode("[]")),
        // A JWE has five parts (RFC 7516); JWS's other form is JSON (RFC 7515 section 7.2).
        format!("{head}.{claims}.{signature}.{claims}.{signature}"),
        format!(r#"{{"payload":"{claims}","protected":"{head}","signature":"{signature}"}}"#),
        token(
            r#"{"alg":"RS256"}"#,
            &format!(r#"{{"iss":"i","a":{}1{}}}"#, "[".repeat(5000), "]".repeat(5000)),
        ),
        token(r#"{"alg":"RS256"}"#, r#"{"iss":"i","sub":"a","sub":"b"}"#),
        token(r#"{"alg":"RS256"}"#, r#"{"iss":"i","act":{"sub":"a","sub":"b"}}"#),
        token(r#"{"alg":"RS256"}"#, r#"{"iss":"i","\u0069ss":"j"}"#),
    ];
    for text in malformed {
        check(&text, TokenError::Malformed);
    }
    for claims in
        ["{}", r#"{"iss":null}"#, r#"{"iss":""}"#, r#"{"iss":["i"]}"#, r#"{"iss":1}"#, r#"{"ISS":"i"}"#]
    {
        check(&token(r#"{"alg":"RS256"}"#, claims), TokenError::Claim("iss"));
    }
    check(&"x".repeat(Jwt::LIMIT + 1), TokenError::TooLarge);
    check(&"x".repeat(Jwt::LIMIT), TokenError::Malformed);
}

#[test]
fn r_sts_05_a_token_does_not_print() {
    let token = token(r#"{"alg":"RS256","kid":"k"}"#, r#"{"iss":"i","sub":"somebody"}"#);
    let shown = format!("{:?}", Jwt::parse(&token).unwrap());
    for part in token.split('.').chain(["somebody"]) {
        assert!(!shown.contains(part), "{shown}");
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in "[A-Za-z0-9_.=-]{0,200}", cut in 0usize..80, flip in any::<u8>()) {
        let _ = Jwt::parse(&text);
        let mut bytes = header("").into_bytes();
        let at = cut % bytes.len();
        bytes[at] = flip;
        // Whatever is read of a changed token, its bytes have one spelling: written again, they are the same text.
        if let Some(jwt) = str::from_utf8(&bytes).ok().and_then(|text| Jwt::parse(text).ok()) {
            let again = [jwt.message(), b".", encode(jwt.signature()).as_bytes()].concat();
            prop_assert_eq!(again, bytes);
        }
    }
}

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Value, json};

use super::{KeySet, KeySetError};
use crate::Algorithm;

/// RFC 7517 appendix A.1.
const RFC_7517_A_1: &str = r#"{"keys":
 [
   {"kty":"EC",
    "crv":"P-256",
    "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    "use":"enc",
    "kid":"1"},

   {"kty":"RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e":"AQAB",
    "alg":"RS256",
    "kid":"2011-04-29"}
 ]
}"#;

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// An RSA key of that many bits, all of them one.
fn rsa(bits: usize) -> Value {
    let mut n = vec![0xff; bits.div_ceil(8)];
    n[0] >>= (8 - bits % 8) % 8;
    json!({ "kty": "RSA", "n": encode(&n), "e": "AQAB", "kid": "k" })
}

fn ec() -> Value {
    json!({ "kty": "EC", "crv": "P-256", "x": encode(&[1; 32]), "y": encode(&[2; 32]), "kid": "k" })
}

fn ed() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(&[3; 32]), "kid": "k" })
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key.as_object_mut().unwrap().insert(name.into(), value);
    key
}

fn set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn taken(key: &Value) -> bool {
    set(std::slice::from_ref(key)).iter().count() == 1
}

#[test]
fn the_rfcs_key_set_is_read() {
    let set = KeySet::parse(RFC_7517_A_1.as_bytes()).unwrap();
    // The first is for encryption.
    assert!(!set.has("1"));
    assert!(set.has("2011-04-29"));
    assert_eq!(set.candidates(Some("2011-04-29"), Algorithm::Rs256).count(), 1);
    assert_eq!(set.candidates(None, Algorithm::Rs256).count(), 1);
    assert_eq!(set.candidates(Some("2011-04-29"), Algorithm::Rs384).count(), 0);
    assert_eq!(set.candidates(Some("1"), Algorithm::Es256).count(), 0);
}

#[test]
fn r_jwk_01_weak_and_malformed_keys_are_left_out() {
    for (bits, expect) in [
        (512, false),
        (1024, false),
        (2047, false),
        (2048, true),
        (8192, true),
        (8193, false),
        (16384, false),
    ] {
        assert_eq!(taken(&rsa(bits)), expect, "{bits}");
    }
    let even = encode(&[&[0xff; 255][..], &[0xfe]].concat());
    assert!(!taken(&with(rsa(2048), "n", even.into())));
    // Zeros in front do not make a number larger.
    assert!(!taken(&with(rsa(2048), "n", encode(&[&[0; 200][..], &[0xff; 128]].concat()).into())));
    assert!(taken(&with(rsa(2048), "n", encode(&[&[0][..], &[0xff; 256]].concat()).into())));
    assert!(taken(&with(rsa(2048), "e", encode(&[3]).into())));
    for e in [&[][..], &[0], &[1], &[2], &[0, 1], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
        assert!(!taken(&with(rsa(2048), "e", encode(e).into())), "{e:?}");
    }
    assert!(taken(&ec()));
    assert!(taken(&ed()));
    for (key, name) in [(ec(), "x"), (ec(), "y"), (ed(), "x"), (rsa(2048), "n"), (rsa(2048), "e")] {
        for value in
            [json!(encode(&[1; 31])), json!(encode(&[1; 33])), json!("="), json!(""), json!(1), json!(null)]
        {
            assert!(!taken(&with(key.clone(), name, value.clone())), "{name} {value}");
        }
    }
    for curve in ["P-384", "P-521", "secp256k1", "Ed25519", "p-256", ""] {
        assert!(!taken(&with(ec(), "crv", curve.into())), "{curve}");
    }
    for curve in ["X25519", "Ed448", "P-256"] {
        assert!(!taken(&with(ed(), "crv", curve.into())), "{curve}");
    }
}

#[test]
fn r_jwk_01_keys_for_another_use_algorithm_or_of_another_kind_are_left_out() {
    let check = |name: &str, value: Value, expect: bool| {
        assert_eq!(taken(&with(rsa(2048), name, value.clone())), expect, "{name} {value}");
    };
    check("use", json!("sig"), true);
    for purpose in [json!("enc"), json!("SIG"), json!(null), json!(["sig"])] {
        check("use", purpose, false);
    }
    check("key_ops", json!(["sign", "verify"]), true);
    for operations in [json!([]), json!(["sign"]), json!("verify"), json!(null)] {
        check("key_ops", operations, false);
    }
    for alg in ["RS256", "RS384", "RS512", "PS256"] {
        check("alg", json!(alg), true);
    }
    for alg in ["RS1", "HS256", "none", "ES256", "EdDSA", "RSA-OAEP", ""] {
        check("alg", json!(alg), false);
    }
    check("alg", json!(null), false);
    for kty in ["oct", "EC", "OKP", "rsa", ""] {
        check("kty", json!(kty), false);
    }
    for id in [json!(1), json!(null), json!(["k"])] {
        check("kid", id, false);
    }
    check("x5c", json!(["AAAA"]), true);
    let secret = json!({ "kty": "oct", "k": encode(&[7; 32]), "alg": "HS256", "kid": "k" });
    assert!(!taken(&secret));
    for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        check(private, json!("AQAB"), false);
        assert!(!taken(&with(ec(), private, json!("AQAB"))));
    }
}

#[test]
fn r_jwk_01_a_document_is_bounded_and_read_in_one_way() {
    let check = |document: &[u8], expect: KeySetError| assert_eq!(KeySet::parse(document), Err(expect));
    for bad in ["", "{}", "[]", r#"{"keys":{}}"#, r#"{"keys":null}"#, r#"{"keys":[],"keys":[]}"#, "<html>"] {
        check(bad.as_bytes(), KeySetError::Malformed);
    }
    check(br#"{"keys":[{"kty":"RSA","kty":"EC"}]}"#, KeySetError::Malformed);
    let many = |count: usize| json!({ "keys": vec![json!({}); count] }).to_string();
    check(many(101).as_bytes(), KeySetError::TooMany);
    assert_eq!(KeySet::parse(many(100).as_bytes()), Ok(KeySet::default()));
    check(&vec![b' '; KeySet::LIMIT + 1], KeySetError::TooLarge);
    // One that cannot be read does not take the others with it.
    let set = set(&[json!(1), json!({ "kty": "new" }), rsa(1024), ec()]);
    assert_eq!(set.iter().count(), 1);
}

#[test]
fn r_oidc_01_a_key_is_for_its_own_algorithms_alone() {
    let p384 =
        json!({ "kty": "EC", "crv": "P-384", "x": encode(&[1; 48]), "y": encode(&[2; 48]), "kid": "k" });
    let check = |key: Value, expect: &[Algorithm]| {
        let set = set(&[key]);
        let found: Vec<_> =
            Algorithm::ALL.into_iter().filter(|alg| set.candidates(Some("k"), *alg).count() == 1).collect();
        assert_eq!(found, expect);
    };
    use Algorithm::{EdDsa, Es256, Es384, Ps256, Rs256, Rs384, Rs512};
    check(rsa(2048), &[Rs256, Rs384, Rs512, Ps256]);
    check(with(rsa(2048), "alg", json!("PS256")), &[Ps256]);
    check(with(rsa(2048), "alg", json!("RS512")), &[Rs512]);
    check(ec(), &[Es256]);
    check(p384, &[Es384]);
    check(ed(), &[EdDsa]);
}

#[test]
fn r_oidc_03_an_id_selects_among_the_keys_and_without_one_few_are_tried() {
    let named = |id: &str| with(ec(), "kid", id.into());
    let mut nameless = ec();
    nameless.as_object_mut().unwrap().remove("kid");
    let set = set(&[named("a"), named("b"), named("b"), nameless, rsa(2048), named("c"), named("d")]);
    let check = |id: Option<&str>, expect: usize| {
        assert_eq!(set.candidates(id, Algorithm::Es256).count(), expect, "{id:?}");
    };
    check(Some("a"), 1);
    check(Some("b"), 2);
    check(Some("A"), 0);
    check(Some(""), 0);
    check(Some("k"), 0);
    check(None, KeySet::CANDIDATES);
}

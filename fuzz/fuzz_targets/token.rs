//! Web identity tokens: the reader against one that collects everything first and judges then, down to the claims.
//!
//! Input: a token as it stands; or, where it has a NUL, a header and claims in JSON, of which a token is made, so that the
//! fuzzer gets past base64.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use brigade_fuzz::Json;
use brigade_identity::{Jwt, TokenError};
use libfuzzer_sys::fuzz_target;

const NOW: u64 = 1_700_000_000;
const ALGORITHMS: [&str; 7] = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"];

fuzz_target!(|data: &[u8]| {
    let token = match data.iter().position(|byte| *byte == 0) {
        Some(at) => {
            let part = |bytes| URL_SAFE_NO_PAD.encode(bytes);
            format!("{}.{}.c2ln", part(&data[..at]), part(&data[at + 1..]))
        }
        None => String::from_utf8_lossy(data).into_owned(),
    };
    let expect = reference(&token);
    let jwt = match (Jwt::parse(&token), &expect) {
        (Ok(jwt), Some(_)) => jwt,
        (Err(_), None) => return,
        (ours, theirs) => panic!("{token}: {ours:?} {theirs:?}"),
    };
    let (header, claims) = expect.unwrap();
    assert_eq!(Some(jwt.algorithm().name()), header.member("alg").and_then(Json::text));
    assert_eq!(jwt.key_id(), header.member("kid").and_then(Json::text));
    assert_eq!(Some(jwt.issuer()), claims.member("iss").and_then(Json::text));
    // Nothing of a token has two spellings.
    let again = [jwt.message(), b".", URL_SAFE_NO_PAD.encode(jwt.signature()).as_bytes()].concat();
    assert_eq!(again, token.as_bytes());
    match (jwt.vouched_for(NOW), in_order(&claims)) {
        (Ok(ours), Some(expires)) => {
            assert_eq!(ours.expires(), expires);
            assert_eq!(Some(ours.subject()), claims.member("sub").and_then(Json::text));
            assert!(ours.audiences().count() > 0);
            for name in ours.names() {
                let text = ours.text(name).map(str::to_owned);
                let theirs = if name.starts_with('/') {
                    text.as_deref()
                } else {
                    claims.member(name).and_then(Json::text)
                };
                assert_eq!(text.as_deref(), theirs);
                assert!(text.is_none() || ours.texts(name).is_some());
            }
        }
        (Err(TokenError::Expired | TokenError::NotYet | TokenError::Claim(_)), None) => {}
        (ours, theirs) => panic!("{token}: {ours:?} {theirs:?}"),
    }
});

/// Header and claims of a token in good form.
fn reference(token: &str) -> Option<(Json, Json)> {
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { return None };
    let decoded = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
        (!bytes.is_empty() && URL_SAFE_NO_PAD.encode(&bytes) == part).then_some(bytes)
    };
    let (header, claims) = (Json::object(&decoded(header)?)?, Json::object(&decoded(claims)?)?);
    let none_of = ["crit", "b64", "enc", "zip"].iter().all(|name| header.member(name).is_none());
    let typ = header.member("typ").is_none_or(|typ| {
        let typ = typ.text().unwrap_or("no").to_ascii_lowercase();
        ["jwt", "at+jwt", "application/jwt", "application/at+jwt"].contains(&typ.as_str())
    });
    let kid = header.member("kid").is_none_or(|kid| kid.text().is_some_and(|kid| kid.len() <= 256));
    let alg = ALGORITHMS.contains(&header.member("alg")?.text()?);
    let issued = !claims.member("iss")?.text()?.is_empty();
    let good =
        none_of && typ && kid && alg && issued && decoded(signature).is_some() && token.len() <= 16 * 1024;
    good.then_some((header, claims))
}

/// When the claims end, if they are those of a token that stands now.
fn in_order(claims: &Json) -> Option<u64> {
    let sub = claims.member("sub")?.text()?;
    let aud = match claims.member("aud")? {
        Json::List(all) => all.iter().map(Json::text).collect::<Option<Vec<_>>>()?,
        one => vec![one.text()?],
    };
    let azp = claims.member("azp").is_none_or(|azp| azp.text().is_some());
    let date = |name: &str| match claims.member(name) {
        None => Some(None),
        Some(Json::Number(number)) if (0.0..=253_402_300_799.0).contains(number) => {
            Some(Some(number.floor()))
        }
        Some(_) => None,
    };
    let (exp, nbf, iat) = (date("exp")??, date("nbf")?, date("iat")?);
    let whole =
        (1..=2048).contains(&sub.len()) && !aud.is_empty() && aud.iter().all(|aud| !aud.is_empty()) && azp;
    let began = [nbf, iat].into_iter().flatten().all(|from| from <= (NOW + 60) as f64);
    (whole && began && exp > NOW as f64).then_some(exp as u64)
}

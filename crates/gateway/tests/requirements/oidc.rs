//! Web identity tokens (R-OIDC, R-JWK): real signatures, a provider on a small web, and what attackers make of its tokens.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use TokenCode::{AccessDenied, ExpiredTokenException, IdpCommunicationError, InvalidIdentityToken};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use brigade_gateway::{SendError, TokenCode, TokenRefusal, WebIdentities};
use brigade_identity::{Algorithm, Claims, Condition, Issuer, IssuerUrl, Pattern, Trust, WebUrl};
use brigade_sigv4::Timestamp;
use brigade_testkit::{NOW, RealSignatures, Said, TokenKey, Web};
use serde_json::{Value, json};

const ISSUER: &str = "https://idp.example";
const EVIL: &str = "https://evil.example";
const DISCOVERY: &str = "https://idp.example/.well-known/openid-configuration";
const KEYS: &str = "https://idp.example/keys";

/// A verifier, and the web its issuers are on.
#[derive(Default)]
struct Verifier {
    web: Web,
    identities: WebIdentities,
}

impl Verifier {
    fn at(&self, token: &str, trusts: &[&Trust], seconds: u64) -> Result<(Claims, usize), TokenRefusal> {
        let at = Timestamp::from_unix(seconds);
        let verify = self.identities.verify(token, trusts, at, &self.web, &RealSignatures);
        match pin!(verify).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(found) => found,
            Poll::Pending => panic!("nothing here has anything to wait for"),
        }
    }

    fn verify(&self, token: &str) -> Result<Claims, TokenRefusal> {
        self.at(token, &[&trust()], NOW).map(|(claims, _)| claims)
    }

    #[track_caller]
    fn takes(&self, token: &str) {
        let claims = self.verify(token).unwrap_or_else(|why| panic!("{why}: {token}"));
        assert_eq!((claims.issuer(), claims.subject()), (ISSUER, "repo:org/site"));
    }

    #[track_caller]
    fn refuses(&self, token: &str, code: TokenCode) -> TokenRefusal {
        let refusal = self.verify(token).expect_err(token);
        assert_eq!(refusal.code(), code, "{refusal}: {token}");
        // The bearer is told what to do, and neither they nor the log see the token again.
        for text in [refusal.message(), refusal.reason(), format!("{refusal:?}")] {
            for part in token.split('.').filter(|part| part.len() > 8) {
                assert!(!text.contains(part), "{text}");
            }
        }
        refusal
    }
}

/// A verifier whose issuer publishes these keys.
fn publishing(keys: &[&TokenKey]) -> Verifier {
    let verifier = Verifier::default();
    verifier.web.issuer(ISSUER, keys);
    verifier
}

fn issuer(url: &str) -> Issuer {
    Issuer::new(IssuerUrl::parse(url).unwrap())
}

fn trust() -> Trust {
    Trust {
        issuer: issuer(ISSUER),
        audiences: ["sts.example".into()].into(),
        subjects: [Pattern::new("repo:org/*")].into(),
        conditions: [Condition { claim: "owner".into(), any: [Pattern::new("org")].into() }].into(),
    }
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "repo:org/site", "aud": "sts.example", "owner": "org",
        "iat": NOW - 10, "nbf": NOW - 10, "exp": NOW + 300,
    })
}

/// The good claims with some changed; `null` removes one.
fn changed(changes: Value) -> Value {
    let mut claims = claims();
    let members = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        members.remove(name);
        if !value.is_null() {
            members.insert(name.clone(), value.clone());
        }
    }
    claims
}

fn header(algorithm: Algorithm, id: &str) -> Value {
    json!({ "alg": algorithm.name(), "kid": id })
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn every_algorithm_is_taken_with_a_key_of_its_own() {
    for algorithm in Algorithm::ALL {
        let key = TokenKey::new("k", algorithm);
        let verifier = publishing(&[&key]);
        verifier.takes(&key.token(&claims()));
        let token = key.token(&claims());
        let other = TokenKey::new("k", algorithm);
        verifier.refuses(&other.token(&claims()), InvalidIdentityToken);
        verifier.takes(&token);
    }
}

#[test]
fn r_oidc_01_the_key_says_which_algorithm_and_none_and_hmac_are_refused() {
    let rsa = TokenKey::new("rsa", Algorithm::Rs256);
    let ec = TokenKey::new("ec", Algorithm::Es256);
    let verifier = publishing(&[&rsa, &ec]);
    verifier.takes(&rsa.token(&claims()));
    let claims = claims().to_string();
    // The key is published for RS256 alone, and what it signs with another hash is no signature of it.
    for algorithm in [Algorithm::Rs384, Algorithm::Rs512, Algorithm::Ps256] {
        let token = rsa.token_as(&header(algorithm, "rsa").to_string(), &claims, algorithm);
        verifier.refuses(&token, InvalidIdentityToken);
        let token = rsa.token_as(&header(Algorithm::Rs256, "rsa").to_string(), &claims, algorithm);
        verifier.refuses(&token, InvalidIdentityToken);
    }
    // A key of one kind named for an algorithm of another.
    for (key, named, signed) in
        [(&rsa, Algorithm::Es256, Algorithm::Rs256), (&ec, Algorithm::Rs256, Algorithm::Es256)]
    {
        let token = key.token_as(&header(named, &key.id).to_string(), &claims, signed);
        verifier.refuses(&token, InvalidIdentityToken);
    }
    for name in ["none", "None", "nOnE", "NONE", "HS256", "hs256", "HS384", "HS512", "", "RS256 ", "rs256"] {
        let header = json!({ "alg": name, "kid": "rsa" }).to_string();
        let message = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        let published = rsa.jwk()["n"].as_str().unwrap().to_owned();
        // Nothing, anything, and the public key as the secret of an HMAC, as CVE-2015-9235 and its heirs have it.
        let hmac = hmac_sha256(published.as_bytes(), message.as_bytes());
        for signature in ["", "AAAA", &hmac] {
            verifier.refuses(&format!("{message}.{signature}"), InvalidIdentityToken);
        }
    }
    // A provider that publishes a secret has none: keys of HMAC are left out, and so is every other kind of them.
    let secret = json!({ "kty": "oct", "k": encode(&[7; 32]), "kid": "oct", "alg": "HS256" });
    let verifier = Verifier::default();
    verifier.web.issuer(ISSUER, &[]);
    verifier.web.publish(KEYS, &json!({ "keys": [secret] }));
    let message = format!("{}.{}", encode(br#"{"alg":"HS256","kid":"oct"}"#), encode(claims.as_bytes()));
    let token = format!("{message}.{}", hmac_sha256(&[7; 32], message.as_bytes()));
    verifier.refuses(&token, InvalidIdentityToken);
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> String {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key);
    encode(aws_lc_rs::hmac::sign(&key, message).as_ref())
}

#[test]
fn r_oidc_02_forged_swapped_and_truncated_signatures_are_refused() {
    for algorithm in Algorithm::ALL {
        let key = TokenKey::new("k", algorithm);
        let verifier = publishing(&[&key]);
        let token = key.token(&claims());
        let (message, signature) = token.rsplit_once('.').unwrap();
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
        let other = key.token(&changed(json!({ "sub": "repo:org/other" })));
        let other = other.rsplit_once('.').unwrap().1;
        let zeros = vec![0; bytes.len()];
        let longer = [&bytes[..], &[0]].concat();
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        // ECDSA's other zero (CVE-2022-21449), and the DER that other protocols have.
        let mut tries: Vec<Vec<u8>> = vec![zeros, longer, flipped, bytes[1..].to_vec(), bytes[..8].to_vec()];
        tries.push(vec![0x30, 6, 2, 1, 1, 2, 1, 1]);
        for signature in tries.iter().map(|bytes| encode(bytes)).chain([String::new(), other.to_owned()]) {
            verifier.refuses(&format!("{message}.{signature}"), InvalidIdentityToken);
        }
        // The claims of another under this signature.
        let raised = encode(changed(json!({ "sub": "repo:org/admin" })).to_string().as_bytes());
        let head = message.split_once('.').unwrap().0;
        verifier.refuses(&format!("{head}.{raised}.{signature}"), InvalidIdentityToken);
        verifier.takes(&token);
    }
}

#[test]
fn r_oidc_03_a_tokens_own_keys_and_addresses_are_nothing_and_crit_is_refused() {
    let key = TokenKey::new("k", Algorithm::Es256);
    let mine = TokenKey::new("mine", Algorithm::Es256);
    let verifier = publishing(&[&key]);
    verifier.web.issuer(EVIL, &[&mine]);
    let forge = |more: Value| {
        let mut header = header(Algorithm::Es256, "k");
        header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        mine.token_as(&header.to_string(), &claims().to_string(), Algorithm::Es256)
    };
    let forged = [
        json!({}),
        json!({ "kid": "mine" }),
        json!({ "jwk": mine.jwk() }),
        json!({ "jku": "https://evil.example/keys", "kid": "mine" }),
        json!({ "x5u": "https://evil.example/keys" }),
        json!({ "x5c": ["AAAA"] }),
        json!({ "kid": "https://evil.example/keys" }),
        json!({ "kid": "../../../dev/null" }),
        json!({ "kid": "k' UNION SELECT 'mine" }),
        json!({ "kid": "k\u{0}mine" }),
    ];
    for more in forged {
        verifier.refuses(&forge(more), InvalidIdentityToken);
    }
    assert!(verifier.web.asked().iter().all(|url| url.starts_with(ISSUER)));
    // True tokens that ask for more than a signature.
    for more in [json!({ "crit": ["exp"] }), json!({ "crit": ["b64"], "b64": false }), json!({ "crit": [] })]
    {
        let mut header = header(Algorithm::Es256, "k");
        header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let token = key.token_as(&header.to_string(), &claims().to_string(), Algorithm::Es256);
        verifier.refuses(&token, InvalidIdentityToken);
    }
    // What points elsewhere does no harm to a true one.
    let mut header = header(Algorithm::Es256, "k");
    header["jku"] = "https://evil.example/keys".into();
    verifier.takes(&key.token_as(&header.to_string(), &claims().to_string(), Algorithm::Es256));
}

#[test]
fn r_oidc_04_claims_that_are_missing_wrong_or_out_of_time_are_refused() {
    let key = TokenKey::new("k", Algorithm::EdDsa);
    let verifier = publishing(&[&key]);
    let check = |changes: Value, code: TokenCode| {
        verifier.refuses(&key.token(&changed(changes)), code);
    };
    for name in ["iss", "sub", "aud", "exp"] {
        check(json!({ name: null }), InvalidIdentityToken);
        check(json!({ name: true }), InvalidIdentityToken);
        check(json!({ name: {} }), InvalidIdentityToken);
    }
    check(json!({ "exp": (NOW + 300).to_string() }), InvalidIdentityToken);
    check(json!({ "nbf": "0" }), InvalidIdentityToken);
    check(json!({ "iat": [0] }), InvalidIdentityToken);
    check(json!({ "exp": NOW }), ExpiredTokenException);
    check(json!({ "exp": 0 }), ExpiredTokenException);
    check(json!({ "nbf": NOW + 61 }), InvalidIdentityToken);
    check(json!({ "iat": NOW + 61 }), InvalidIdentityToken);
    for aud in
        [json!("sts.example.evil"), json!("STS.example"), json!(""), json!([]), json!(["x"]), json!("*")]
    {
        check(json!({ "aud": aud }), InvalidIdentityToken);
    }
    for sub in ["repo:orgx/site", "xrepo:org/site", "Repo:org/site"] {
        check(json!({ "sub": sub }), AccessDenied);
    }
    for sub in [json!(""), json!(1), json!(["repo:org/site"])] {
        check(json!({ "sub": sub }), InvalidIdentityToken);
    }
    for owner in [json!(null), json!("orgx"), json!(["x"]), json!({ "a": "org" }), json!([["org"]])] {
        check(json!({ "owner": owner }), AccessDenied);
    }
    for issuer in ["https://idp.example/", "https://IDP.example", "http://idp.example", EVIL] {
        check(json!({ "iss": issuer }), InvalidIdentityToken);
    }
    // One that has a claim twice is nobody's, whichever of them a reader would take.
    let twice = claims().to_string().replace(r#""sub":"#, r#""sub":"repo:evil/x","sub":"#);
    let token = key.token_as(&header(Algorithm::EdDsa, "k").to_string(), &twice, Algorithm::EdDsa);
    verifier.refuses(&token, InvalidIdentityToken);
    verifier.takes(&key.token(&changed(json!({ "aud": ["x", "sts.example"] }))));
    verifier.takes(&key.token(&changed(json!({ "nbf": NOW + 60, "iat": NOW as f64 + 0.5, "exp": NOW + 1 }))));
}

#[test]
fn r_oidc_04_a_subject_is_its_issuers_alone_and_an_empty_trust_is_for_nobody() {
    let (ours, theirs) = (TokenKey::new("k", Algorithm::EdDsa), TokenKey::new("k", Algorithm::EdDsa));
    let verifier = publishing(&[&ours]);
    verifier.web.issuer(EVIL, &[&theirs]);
    let other = Trust { issuer: issuer(EVIL), ..trust() };
    let both = [&trust(), &other];
    let evil = changed(json!({ "iss": EVIL }));
    let (claims, at) = verifier.at(&theirs.token(&evil), &both, NOW).unwrap();
    assert_eq!((claims.issuer(), at), (EVIL, 1));
    // The other issuer signs in our issuer's name.
    let stolen = verifier.at(&theirs.token(&self::claims()), &both, NOW).unwrap_err();
    assert_eq!(stolen.code(), InvalidIdentityToken);
    let empty = [
        Trust { audiences: Box::default(), ..trust() },
        Trust { subjects: Box::default(), ..trust() },
        Trust { conditions: [Condition { claim: "owner".into(), any: Box::default() }].into(), ..trust() },
    ];
    for trust in &empty {
        assert!(verifier.at(&ours.token(&self::claims()), &[trust], NOW).is_err(), "{trust:?}");
    }
    assert!(verifier.at(&ours.token(&self::claims()), &[], NOW).is_err());
}

#[test]
fn r_oidc_05_only_issuers_of_the_trusts_are_asked() {
    let mine = TokenKey::new("k", Algorithm::Es256);
    let verifier = publishing(&[]);
    verifier.web.issuer(EVIL, &[&mine]);
    let issuers = [
        EVIL,
        "https://idp.example.evil.example",
        "https://idp.example@evil.example",
        "https://idp.example/../evil",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:9000",
        "file:///etc/passwd",
        "https://idp.example/",
        "https://idp.example#",
        "https://idp.example?x",
    ];
    for issuer in issuers {
        verifier.refuses(&mine.token(&changed(json!({ "iss": issuer }))), InvalidIdentityToken);
        assert_eq!(verifier.web.asked(), [""; 0], "{issuer}");
    }
    // Discovery that points to another place than https, or speaks for another, is followed nowhere.
    let documents = [
        json!({ "issuer": ISSUER, "jwks_uri": "http://169.254.169.254/latest" }),
        json!({ "issuer": ISSUER, "jwks_uri": "http://localhost/keys" }),
        json!({ "issuer": ISSUER, "jwks_uri": "file:///etc/passwd" }),
        json!({ "issuer": EVIL, "jwks_uri": "https://evil.example/keys" }),
        json!({ "issuer": ISSUER }),
    ];
    for document in documents {
        let verifier = Verifier::default();
        verifier.web.publish(DISCOVERY, &document);
        verifier.refuses(&mine.token(&claims()), IdpCommunicationError);
        assert_eq!(verifier.web.asked(), [DISCOVERY]);
    }
    // Nor is a redirect.
    let verifier = Verifier::default();
    verifier.web.put(DISCOVERY, Said::new(302, "").header("location", "https://evil.example/keys"));
    verifier.refuses(&mine.token(&claims()), IdpCommunicationError);
    assert_eq!(verifier.web.asked(), [DISCOVERY]);
    // Where the configuration says where the keys are, nothing else is asked.
    let verifier = publishing(&[&mine]);
    let direct = Issuer { jwks_uri: Some(WebUrl::parse(KEYS).unwrap()), ..issuer(ISSUER) };
    let trust = Trust { issuer: direct, ..trust() };
    assert!(verifier.at(&mine.token(&claims()), &[&trust], NOW).is_ok());
    assert_eq!(verifier.web.asked(), [KEYS]);
}

#[test]
fn r_oidc_06_malformed_nested_and_huge_tokens_are_refused_and_ask_nobody() {
    let key = TokenKey::new("k", Algorithm::Es256);
    let verifier = publishing(&[&key]);
    let good = key.token(&claims());
    let [head, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let nested = format!(r#"{{"iss":"{ISSUER}","a":{}{}}}"#, "[".repeat(5000), "]".repeat(5000));
    let wide = changed(json!({ "a": "x".repeat(20_000) }));
    let tokens = [
        String::new(),
        "a.b.c".into(),
        format!("{head}.{payload}"),
        format!("{good}.{signature}"),
        format!("{head}.{payload}.{signature}="),
        format!("{good}\n"),
        format!(r#"{{"payload":"{payload}","protected":"{head}","signature":"{signature}"}}"#),
        key.token_as(&header(Algorithm::Es256, "k").to_string(), &nested, Algorithm::Es256),
        key.token_as(&header(Algorithm::Es256, "k").to_string(), "[]", Algorithm::Es256),
        key.token_as("null", &claims().to_string(), Algorithm::Es256),
        key.token(&wide),
        "A".repeat(1 << 20),
    ];
    for token in tokens {
        verifier.refuses(&token, InvalidIdentityToken);
    }
    assert_eq!(verifier.web.asked(), [""; 0]);
}

#[test]
fn r_oidc_07_unknown_keys_are_asked_for_rarely_and_an_outage_is_survived() {
    let (old, new) = (TokenKey::new("old", Algorithm::Es256), TokenKey::new("new", Algorithm::Es256));
    let verifier = publishing(&[&old]);
    let token = |key: &TokenKey, now: u64| key.token(&changed(json!({ "exp": now + 60 })));
    let at = |key: &TokenKey, now: u64| verifier.at(&token(key, now), &[&trust()], now).map(drop);
    at(&old, NOW).unwrap();
    assert_eq!(verifier.web.asked(), [DISCOVERY, KEYS]);
    // A minute of tokens with keys that nobody has: one look, two requests.
    for second in 0..60 {
        let unknown = header(Algorithm::Es256, &format!("unknown{second}"));
        let claims = changed(json!({ "exp": NOW + 1000 }));
        let token = old.token_as(&unknown.to_string(), &claims.to_string(), Algorithm::Es256);
        let refusal = verifier.at(&token, &[&trust()], NOW + second).unwrap_err();
        assert_eq!(refusal.code(), InvalidIdentityToken);
    }
    assert_eq!(verifier.web.asked(), [DISCOVERY, KEYS]);
    // The provider rotates: its new key is found by the first token that has it.
    verifier.web.issuer(ISSUER, &[&old, &new]);
    at(&new, NOW + 200).unwrap();
    at(&old, NOW + 200).unwrap();
    assert_eq!(verifier.web.asked(), [DISCOVERY, KEYS]);
    // It fails: what is held is used for a day, and it is asked again every half minute at most.
    verifier.web.put(DISCOVERY, Said::nothing(SendError::TimedOut));
    for second in (1100..4700).step_by(5) {
        at(&old, NOW + second).unwrap();
    }
    assert_eq!(verifier.web.asked().len(), 120);
    at(&new, NOW + 200 + 86_399).unwrap();
    let refusal = at(&new, NOW + 200 + 86_400).unwrap_err();
    assert_eq!(refusal.code(), IdpCommunicationError);
    // It comes back.
    verifier.web.issuer(ISSUER, &[&new]);
    at(&new, NOW + 87_000).unwrap();
    assert_eq!(at(&old, NOW + 87_000).unwrap_err().code(), InvalidIdentityToken);
}

#[test]
fn r_jwk_01_weak_and_misused_keys_and_large_answers_are_refused() {
    let key = TokenKey::new("k", Algorithm::Rs256);
    let published = |changes: Value| {
        let mut jwk = key.jwk();
        jwk.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let verifier = publishing(&[]);
        verifier.web.publish(KEYS, &json!({ "keys": [jwk] }));
        verifier
    };
    let token = key.token(&claims());
    published(json!({})).takes(&token);
    published(json!({ "key_ops": ["verify"] })).takes(&token);
    let n = BASE64_URL_SAFE_NO_PAD.decode(key.jwk()["n"].as_str().unwrap()).unwrap();
    let refused = [
        json!({ "use": "enc" }),
        json!({ "alg": "RS512" }),
        json!({ "alg": "RSA-OAEP" }),
        json!({ "kty": "EC" }),
        json!({ "kty": "oct", "k": "AAAA" }),
        json!({ "key_ops": ["encrypt"] }),
        json!({ "e": "AQ" }),
        json!({ "e": "AQAC" }),
        json!({ "n": encode(&n[..128]) }),
        json!({ "d": "AQAB" }),
    ];
    for changes in refused {
        published(changes).refuses(&token, InvalidIdentityToken);
    }
    let answers = [
        Said::new(200, vec![b' '; 64 * 1024 + 1]),
        Said::new(200, "<html>"),
        Said::new(200, json!({ "keys": vec![key.jwk(); 101] }).to_string()),
        Said::new(200, json!({ "keys": [key.jwk()] }).to_string()).cut(),
        Said::new(500, json!({ "keys": [key.jwk()] }).to_string()),
        Said::new(404, ""),
        Said::new(301, json!({ "keys": [key.jwk()] }).to_string()).header("location", KEYS),
        Said::nothing(SendError::Connect("refused".into())),
    ];
    for answer in answers {
        let verifier = publishing(&[]);
        verifier.web.put(KEYS, answer.clone());
        verifier.refuses(&token, IdpCommunicationError);
        // It is left alone for a while.
        verifier.refuses(&token, IdpCommunicationError);
        assert_eq!(verifier.web.asked(), [DISCOVERY, KEYS], "{answer:?}");
    }
}

//! Key sets: a document is one exactly when a slow reader says so, and no key of it is one that must not be used.
//!
//! Input: a JWKS document. It is also tried as a provider's discovery document.
#![no_main]

use brigade_fuzz::Json;
use brigade_identity::{
    Algorithm, Curve, Fetched, Issuer, IssuerUrl, Issuers, KeySet, Lookup, PublicKey, WebUrl,
};
use libfuzzer_sys::fuzz_target;

const ISSUER: &str = "https://i.example";

fuzz_target!(|data: &[u8]| {
    let keys = Json::object(data).filter(|_| data.len() <= KeySet::LIMIT);
    let keys = keys.as_ref().and_then(|document| document.member("keys"));
    let keys = keys.and_then(|keys| if let Json::List(keys) = keys { Some(keys) } else { None });
    match (KeySet::parse(data), keys) {
        (Ok(set), Some(keys)) if keys.len() <= 100 => check(&set, keys),
        (Err(_), Some(keys)) if keys.len() > 100 => {}
        (Err(_), None) => {}
        (ours, theirs) => panic!("{ours:?} {theirs:?}"),
    }
    discovery(data);
});

fn check(set: &KeySet, keys: &[Json]) {
    assert!(set.iter().count() <= keys.len());
    for key in set.iter() {
        match key.key() {
            PublicKey::Rsa { n, e } => {
                assert!((256..=1024).contains(&n.len()) && n[0] != 0 && (n.len() > 256 || n[0] >= 0x80));
                assert!(n.last().unwrap() & 1 == 1 && e.last().unwrap() & 1 == 1);
                assert!(e.len() <= 4 && e[0] != 0 && **e != [1]);
            }
            PublicKey::Ec { curve, x, y } => {
                let length = if *curve == Curve::P256 { 32 } else { 48 };
                assert!(x.len() == length && y.len() == length);
            }
            PublicKey::Ed25519 { .. } => {}
        }
        // It is one of those that are there for everyone to verify with.
        assert!(keys.iter().any(|json| {
            let is = |name: &str, good: &[&str]| {
                json.member(name).is_none_or(|value| value.text().is_some_and(|text| good.contains(&text)))
            };
            let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
            json.member("kid").and_then(Json::text) == key.id()
                && is("use", &["sig"])
                && is("kty", &["RSA", "EC", "OKP"])
                && is("alg", &["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"])
                && private.iter().all(|name| json.member(name).is_none())
        }));
    }
    let ids = set.iter().map(|key| key.id()).chain([None, Some("x")]);
    for id in ids {
        for algorithm in Algorithm::ALL {
            let candidates: Vec<_> = set.candidates(id, algorithm).collect();
            assert!(candidates.len() <= 4);
            assert!(candidates.iter().all(|key| key.fits(algorithm) && (id.is_none() || key.id() == id)));
        }
    }
}

fn discovery(data: &[u8]) {
    let issuer = Issuer::new(IssuerUrl::parse(ISSUER).unwrap());
    let mut issuers = Issuers::new();
    let Lookup::Fetch(fetch) = issuers.keys(&issuer, None, 0) else { panic!() };
    match issuers.fetched(fetch, 0, Ok(data)) {
        Fetched::Next(next) => {
            let document = Json::object(data).unwrap();
            assert_eq!(document.member("issuer").and_then(Json::text), Some(ISSUER));
            assert_eq!(document.member("jwks_uri").and_then(Json::text), Some(next.url().as_str()));
            assert!(next.url().starts_with("https://"));
            // What a client of HTTP reads there is what was judged.
            let uri: http::Uri = next.url().parse().unwrap();
            let rest = next.url()["https://".len()..].to_owned();
            assert_eq!(
                uri.authority().unwrap().as_str(),
                &rest[..rest.find(['/', '?']).unwrap_or(rest.len())]
            );
        }
        Fetched::Failed(_) => {}
        Fetched::Keys(_) => panic!("a discovery document is no key set"),
    }
    // The same for any text: what is an address here is one to a client of HTTP, and of the same machine.
    if let Some((text, url)) =
        str::from_utf8(data).ok().and_then(|text| Some((text, WebUrl::parse(text).ok()?)))
    {
        let uri: http::Uri = text.parse().unwrap();
        assert_eq!(uri.scheme_str(), Some(if url.is_local() { "http" } else { "https" }));
        assert!(!text.contains('@') || uri.authority().unwrap().as_str().find('@').is_none());
        assert!(uri.host().is_some_and(|host| !host.is_empty()));
    }
}

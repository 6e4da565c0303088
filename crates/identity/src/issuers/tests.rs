use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::{AT_ONCE, Fetch, FetchFault, Fetched, ISSUERS, Issuers, Lookup};
use crate::{Issuer, IssuerUrl, KeySet, KeySetError, WebUrl};

const T: u64 = 1_700_000_000;

fn issuer(url: &str) -> Issuer {
    Issuer::new(IssuerUrl::parse(url).unwrap())
}

fn direct() -> Issuer {
    Issuer { jwks_uri: Some(WebUrl::parse("https://keys.example/k").unwrap()), ..issuer("https://i.example") }
}

fn keys(ids: &[&str]) -> Vec<u8> {
    let x = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
    let key = |id: &&str| json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": id });
    json!({ "keys": ids.iter().map(key).collect::<Vec<_>>() }).to_string().into_bytes()
}

fn fetch(lookup: Lookup) -> Fetch {
    match lookup {
        Lookup::Fetch(fetch) | Lookup::Refresh(_, fetch) => fetch,
        Lookup::Use(_) | Lookup::Unavailable => panic!("{lookup:?}"),
    }
}

fn fault(fetched: Fetched) -> Option<FetchFault> {
    match fetched {
        Fetched::Failed(fault) => Some(fault),
        Fetched::Next(_) | Fetched::Keys(_) => None,
    }
}

/// What a lookup says to do, and whether the key is there.
fn told(lookup: &Lookup, id: &str) -> &'static str {
    match lookup {
        Lookup::Use(keys) if keys.has(id) => "use",
        Lookup::Use(_) => "use without",
        Lookup::Refresh(..) => "refresh",
        Lookup::Fetch(_) => "fetch",
        Lookup::Unavailable => "unavailable",
    }
}

/// A cache that got the key `a` at [`T`].
fn warm() -> Issuers {
    let mut issuers = Issuers::new();
    let asked = fetch(issuers.keys(&direct(), Some("a"), T));
    assert!(matches!(issuers.fetched(asked, T, Ok(&keys(&["a"]))), Fetched::Keys(_)));
    issuers
}

#[track_caller]
fn check(issuers: &mut Issuers, id: &str, now: u64, expect: &str) -> Lookup {
    let lookup = issuers.keys(&direct(), Some(id), now);
    assert_eq!(told(&lookup, id), expect, "{id} {}", now - T);
    lookup
}

#[test]
fn the_discovery_document_says_where_the_keys_are() {
    let mut issuers = Issuers::new();
    let first = fetch(issuers.keys(&issuer("https://i.example/r/"), None, T));
    assert_eq!(first.url(), "https://i.example/r/.well-known/openid-configuration");
    let document = br#"{"issuer":"https://i.example/r/","jwks_uri":"https://keys.example/k"}"#;
    let Fetched::Next(second) = issuers.fetched(first, T, Ok(document)) else { panic!() };
    assert_eq!(second.url(), "https://keys.example/k");
    let Fetched::Keys(found) = issuers.fetched(second, T + 1, Ok(&keys(&["a"]))) else { panic!() };
    assert!(found.has("a"));
    let lookup = issuers.keys(&issuer("https://i.example/r/"), Some("a"), T + 2);
    assert_eq!(told(&lookup, "a"), "use");
}

#[test]
fn r_oidc_05_a_discovery_document_of_another_issuer_or_to_another_place_is_refused() {
    let check = |url: &str, document: &str, expect: FetchFault| {
        let mut issuers = Issuers::new();
        let first = fetch(issuers.keys(&issuer(url), None, T));
        assert_eq!(fault(issuers.fetched(first, T, Ok(document.as_bytes()))), Some(expect), "{document}");
    };
    let url = "https://i.example";
    for other in ["https://i.example/", "https://evil.example", "http://i.example", "https://I.example"] {
        let document = json!({ "issuer": other, "jwks_uri": "https://i.example/k" }).to_string();
        check(url, &document, FetchFault::OtherIssuer(other.into()));
    }
    let addresses = [
        "http://i.example/k",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/k",
        "http://127.0.0.1:80/k",
        "file:///etc/passwd",
        "https://u:p@i.example/k",
        "/k",
        "",
        "https://i.example/k#f",
    ];
    for address in addresses {
        let document = json!({ "issuer": url, "jwks_uri": address }).to_string();
        check(url, &document, FetchFault::Address(address.into()));
    }
    let bad = [
        "",
        "[]",
        "<html>",
        r#"{"issuer":"https://i.example"}"#,
        r#"{"issuer":"https://i.example","jwks_uri":["https://i.example/k"]}"#,
        r#"{"issuer":["https://i.example"],"jwks_uri":"https://i.example/k"}"#,
        r#"{"jwks_uri":"https://i.example/k"}"#,
        r#"{"issuer":"https://evil.example","issuer":"https://i.example","jwks_uri":"https://i.example/k"}"#,
    ];
    for bad in bad {
        check(url, bad, FetchFault::Discovery);
    }
    check(url, &" ".repeat(Fetch::LIMIT + 1), FetchFault::Discovery);
    // What a provider says is not written into the log at any length.
    let long = json!({ "issuer": "x".repeat(5000), "jwks_uri": "x" }).to_string();
    check(url, &long, FetchFault::OtherIssuer("x".repeat(200)));
    // On this machine keys may be had without TLS, and of this machine only.
    let local = "http://127.0.0.1:8080";
    let document = json!({ "issuer": local, "jwks_uri": "http://idp.example/k" }).to_string();
    check(local, &document, FetchFault::Address("http://idp.example/k".into()));
    let mut issuers = Issuers::new();
    let first = fetch(issuers.keys(&issuer(local), None, T));
    let document = json!({ "issuer": local, "jwks_uri": "http://127.0.0.1:8080/k" }).to_string();
    assert!(matches!(issuers.fetched(first, T, Ok(document.as_bytes())), Fetched::Next(_)));
}

#[test]
fn keys_are_used_for_a_quarter_of_an_hour_and_then_refreshed_by_one() {
    let mut issuers = warm();
    check(&mut issuers, "a", T + 899, "use");
    let refresh = check(&mut issuers, "a", T + 900, "refresh");
    // The others use what is held while one asks, and when it is gone for long, another asks.
    check(&mut issuers, "a", T + 900, "use");
    check(&mut issuers, "a", T + 914, "use");
    check(&mut issuers, "a", T + 915, "refresh");
    assert!(matches!(issuers.fetched(fetch(refresh), T + 916, Ok(&keys(&["a", "b"]))), Fetched::Keys(_)));
    check(&mut issuers, "b", T + 917, "use");
}

#[test]
fn r_oidc_07_an_outage_leaves_the_keys_that_are_held() {
    let mut issuers = warm();
    let mut now = T + 900;
    while now < T + 86_400 {
        let refresh = check(&mut issuers, "a", now, "refresh");
        let failed = issuers.fetched(fetch(refresh), now + 5, Err("no route".into()));
        assert!(matches!(failed, Fetched::Failed(FetchFault::Answer(_))));
        // Left alone for a while after each failure.
        check(&mut issuers, "a", now + 5, "use");
        check(&mut issuers, "a", now + 34, "use");
        now += 3600;
    }
    check(&mut issuers, "a", T + 86_400, "fetch");
}

#[test]
fn r_oidc_07_an_unknown_key_is_asked_for_once_a_minute() {
    let mut issuers = warm();
    let asked = check(&mut issuers, "x", T + 60, "fetch");
    // Nobody waits on another's fetch, and nobody is told that there is no such key while one asks.
    check(&mut issuers, "y", T + 61, "unavailable");
    check(&mut issuers, "a", T + 61, "use");
    assert!(matches!(issuers.fetched(fetch(asked), T + 62, Ok(&keys(&["a", "y"]))), Fetched::Keys(_)));
    check(&mut issuers, "y", T + 62, "use");
    check(&mut issuers, "x", T + 119, "use without");
    let fetches =
        (120..180).filter(|s| told(&issuers.keys(&direct(), Some("z"), T + s), "z") == "fetch").count();
    assert_eq!(fetches, 1);
}

#[test]
fn r_oidc_07_with_nothing_held_few_ask_at_once_and_failures_are_backed_off() {
    let mut issuers = Issuers::new();
    let mut asked: Vec<_> = (0..AT_ONCE).map(|_| check(&mut issuers, "a", T, "fetch")).collect();
    check(&mut issuers, "a", T, "unavailable");
    let failed = issuers.fetched(fetch(asked.remove(0)), T + 5, Err("500".into()));
    assert!(matches!(failed, Fetched::Failed(_)));
    check(&mut issuers, "a", T + 34, "unavailable");
    check(&mut issuers, "a", T + 35, "fetch");
    // A late success ends it.
    assert!(matches!(issuers.fetched(fetch(asked.remove(0)), T + 36, Ok(&keys(&["a"]))), Fetched::Keys(_)));
    check(&mut issuers, "a", T + 36, "use");
}

#[test]
fn r_oidc_07_a_failure_counts_for_unknown_keys_too_until_the_next_success() {
    let mut issuers = warm();
    let refresh = check(&mut issuers, "a", T + 900, "refresh");
    assert!(fault(issuers.fetched(fetch(refresh), T + 901, Err("500".into()))).is_some());
    check(&mut issuers, "x", T + 902, "unavailable");
    check(&mut issuers, "x", T + 930, "unavailable");
    let [one, other] = [(); 2].map(|()| Issuers::keys(&mut issuers, &issuer("https://j.example"), None, T));
    assert!(fault(issuers.fetched(fetch(one), T + 5, Err("500".into()))).is_some());
    let document = json!({ "issuer": "https://j.example", "jwks_uri": "https://j.example/k" }).to_string();
    let Fetched::Next(other) = issuers.fetched(fetch(other), T + 6, Ok(document.as_bytes())) else {
        panic!()
    };
    assert!(matches!(issuers.fetched(other, T + 7, Ok(&keys(&["a"]))), Fetched::Keys(_)));
    let unknown = issuers.keys(&issuer("https://j.example"), Some("x"), T + 8);
    assert_eq!(told(&unknown, "x"), "fetch");
}

#[test]
fn fetches_whose_requests_are_gone_hold_nobody_up_for_long() {
    let mut issuers = Issuers::new();
    for _ in 0..AT_ONCE {
        drop(check(&mut issuers, "a", T, "fetch"));
    }
    check(&mut issuers, "a", T + 14, "unavailable");
    check(&mut issuers, "a", T + 15, "fetch");
}

#[test]
fn a_document_that_is_no_key_set_replaces_nothing() {
    let mut issuers = warm();
    let refresh = check(&mut issuers, "a", T + 1000, "refresh");
    let failed = issuers.fetched(fetch(refresh), T + 1001, Ok(b"<html>"));
    assert_eq!(fault(failed), Some(FetchFault::Keys(KeySetError::Malformed)));
    check(&mut issuers, "a", T + 1002, "use");
}

#[test]
fn an_answer_that_comes_late_does_not_replace_a_newer_one() {
    let mut issuers = warm();
    let old = check(&mut issuers, "a", T + 900, "refresh");
    let new = check(&mut issuers, "a", T + 916, "refresh");
    assert!(matches!(issuers.fetched(fetch(new), T + 917, Ok(&keys(&["b"]))), Fetched::Keys(_)));
    assert!(matches!(issuers.fetched(fetch(old), T + 918, Ok(&keys(&["a"]))), Fetched::Keys(_)));
    check(&mut issuers, "b", T + 919, "use");
    check(&mut issuers, "a", T + 919, "fetch");
}

#[test]
fn the_keys_of_one_issuer_are_no_others() {
    let mut issuers = warm();
    let other = issuers.keys(&issuer("https://j.example"), Some("a"), T);
    assert_eq!(told(&other, "a"), "fetch");
    // Nor those of the same issuer from another place.
    let moved = issuers.keys(&issuer("https://i.example"), Some("a"), T);
    assert_eq!(told(&moved, "a"), "fetch");
}

#[test]
fn the_table_is_bounded() {
    let mut issuers = warm();
    for n in 0..2 * ISSUERS as u64 {
        let _ = issuers.keys(&issuer(&format!("https://i{n}.example")), None, T + n);
    }
    assert_eq!(issuers.slots.len(), ISSUERS);
}

proptest! {
    /// Whatever happens in whatever order: an issuer is asked rarely, and the keys it gave last are used.
    #[test]
    fn an_issuer_is_asked_rarely(
        steps in proptest::collection::vec((0u64..40, 0usize..3, any::<bool>(), any::<bool>()), 1..200),
    ) {
        let mut issuers = Issuers::new();
        let mut now = T;
        let mut open: Vec<Fetch> = Vec::new();
        let mut began: Vec<u64> = Vec::new();
        let mut last: Option<(u64, Arc<KeySet>)> = None;
        for (step, id, ends, good) in steps {
            now += step;
            let id = ["a", "b", "x"][id];
            match issuers.keys(&direct(), Some(id), now) {
                Lookup::Use(used) => {
                    let (at, keys) = last.as_ref().expect("keys that nobody fetched");
                    prop_assert!(now - at < super::STALE);
                    prop_assert_eq!(&used, keys);
                }
                Lookup::Refresh(_, fetch) | Lookup::Fetch(fetch) => {
                    began.push(now);
                    open.push(fetch);
                }
                Lookup::Unavailable => {}
            }
            if ends && !open.is_empty() {
                let fetch = open.remove(0);
                let at = fetch.began;
                let document = keys(&["a", if good { "b" } else { "c" }]);
                match issuers.fetched(fetch, now, if step % 7 == 0 { Err("no".into()) } else { Ok(&document) }) {
                    Fetched::Keys(keys) if last.as_ref().is_none_or(|(newest, _)| *newest <= at) => {
                        last = Some((at, keys));
                    }
                    Fetched::Keys(_) | Fetched::Failed(_) => {}
                    Fetched::Next(_) => prop_assert!(false),
                }
            }
            // While there are none, so many at once, each of which may be given up after 15 seconds.
            let minute = began.iter().filter(|at| now - **at < 60).count();
            prop_assert!(minute <= 4 * AT_ONCE, "{minute} in a minute");
        }
    }
}

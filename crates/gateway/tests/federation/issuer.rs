//! What Brigade publishes, and where.

use brigade_s3::BackendAuth;
use brigade_testkit::{Ask, NOW};
use serde_json::Value;

use crate::site::{Site, p256, rsa};

const DISCOVERY: &str = "/.well-known/openid-configuration";
const KEYS: &str = "/.well-known/jwks.json";

fn site() -> Site {
    Site::untrusted(rsa(), vec![p256()], BackendAuth::Anonymous)
}

#[tokio::test]
async fn anybody_reads_who_the_issuer_is_and_its_keys() {
    let site = site();
    for path in [DISCOVERY, KEYS] {
        let answer =
            site.send(Ask::new("GET", path).header("origin", "https://elsewhere.example"), NOW).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "public, max-age=3600");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let document: Value = serde_json::from_slice(&answer.body).unwrap();
        let head = site.send(Ask::new("HEAD", path), NOW).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), answer.body.len().to_string());
        // A query changes nothing: some add one to get past caches.
        let again = site.send(Ask::new("GET", &format!("{path}?v=1")), NOW).await;
        assert_eq!(serde_json::from_slice::<Value>(&again.body).unwrap(), document);
    }
    assert_eq!(site.clouds.asked(), [""; 0]);
    assert!(site.clouds.store.sent().is_empty());
}

#[tokio::test]
async fn the_documents_are_only_read() {
    let site = site();
    for method in ["PUT", "POST", "DELETE", "PATCH"] {
        let answer = site.send(Ask::new(method, KEYS), NOW).await;
        assert_eq!(answer.verdict(), "405 MethodNotAllowed", "{method}");
    }
}

#[tokio::test]
async fn below_a_buckets_own_host_the_path_is_a_key() {
    let site = site();
    let answer = site.send(Ask::new("GET", KEYS).set("host", "public.gateway.test"), NOW).await;
    assert_eq!(answer.status, 200);
    let sent = site.clouds.store.sent();
    assert_eq!(sent[0].target(), "/store-public/.well-known/jwks.json");
}

#[tokio::test]
async fn who_is_no_issuer_publishes_nothing() {
    let site = Site::plain(BackendAuth::Anonymous);
    for path in [DISCOVERY, KEYS] {
        let answer = site.send(Ask::new("GET", path), NOW).await;
        assert!(answer.status >= 400, "{answer:?}");
    }
    for path in ["/.well-known", "/.well-known/", "/.well-known/jwks", "/.well-known/jwks.json/"] {
        let answer = site.send(Ask::new("GET", path), NOW).await;
        assert!(answer.status >= 400, "{path}: {answer:?}");
    }
}

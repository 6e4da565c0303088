//! Cross-origin rules, through [`brigade_gateway::Gateway::handle`]: what a browser needs is on every answer, and no preflight
//! reaches a store.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on must fail"
)]

use brigade_s3::{Cors, CorsRule, HeaderPattern, OriginPattern};
use brigade_testkit::{Answer, Ask, InProcess, Ledger, Recorder, Said, World, keys};

const PAGE: &str = "https://app.example.org";
const VARIES: &str = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

/// Pages of `*.example.org` may do everything.
fn rules() -> Cors {
    let methods = ["GET", "HEAD", "PUT", "POST", "DELETE"];
    Cors::new(vec![CorsRule {
        origins: vec![OriginPattern::parse("https://*.example.org").unwrap()],
        methods: methods.iter().map(|method| method.parse().unwrap()).collect(),
        headers: vec![HeaderPattern::any()],
        expose: ["ETag", "Content-Range"].map(|name| HeaderPattern::parse(name).unwrap()).to_vec(),
        max_age: Some(600),
    }])
}

/// `private`, `mapped` and `forbidden` have rules; `public` and `open` those that go without saying; `elsewhere` has none.
fn with_rules(ledger: Ledger) -> Ledger {
    ledger
        .cors("private", rules())
        .cors("mapped", rules())
        .cors("forbidden", rules())
        .cors("public", Cors::open())
        .cors("open", Cors::open())
}

async fn embedded() -> World<InProcess> {
    let inside = World::embedded().await;
    World::new(inside.upstream, with_rules(Ledger::standard(Ledger::embedded())))
}

fn remote() -> World<Recorder> {
    World::new(Recorder::default(), with_rules(Ledger::standard(Ledger::remote())))
}

fn preflight(target: &str, method: &str) -> Ask {
    Ask::new("OPTIONS", target).header("origin", PAGE).header("access-control-request-method", method)
}

/// The answer is for pages of [`PAGE`] to read.
#[track_caller]
fn readable(what: &str, answer: &Answer) {
    assert_eq!(answer.header("access-control-allow-origin"), PAGE, "{what}: {answer:?}");
    assert_eq!(answer.header("access-control-allow-credentials"), "true", "{what}");
    assert_eq!(answer.header("vary"), VARIES, "{what}");
}

#[track_caller]
fn unmarked(what: &str, answer: &Answer) {
    assert!(
        !answer.headers.keys().any(|name| name.as_str().starts_with("access-control")),
        "{what}: {answer:?}"
    );
}

#[tokio::test]
async fn a_preflight_is_answered_here_whatever_it_goes_to() {
    let world = remote();
    let presigned = Ask::new("PUT", "/private/k").presign(&keys::full(), 60);
    for target in [
        "/private",
        "/private/",
        "/private/a/../b",
        "/private//a",
        "/private/%FF%00%zz",
        "/private/k?uploads",
        "/private/k?partNumber=1&uploadId=u",
        "/private/k?X-Amz-Signature=0&X-Amz-Algorithm=nonsense&a&a",
        presigned.target(),
        // Nobody may do anything there; the rules say what a page may ask.
        "/forbidden/k",
    ] {
        let asks =
            preflight(target, "PUT").header("access-control-request-headers", "Content-Type,x-amz-meta-a");
        let answer = world.send(asks).await;
        readable(target, &answer);
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{target}");
        assert_eq!(answer.header("access-control-allow-methods"), "GET, HEAD, PUT, POST, DELETE", "{target}");
        assert_eq!(answer.header("access-control-allow-headers"), "content-type, x-amz-meta-a", "{target}");
        assert_eq!(answer.header("access-control-max-age"), "600", "{target}");
        let bucket = answer.record.bucket.as_ref().map(ToString::to_string);
        assert_eq!(bucket.as_deref(), target.split(['/', '?']).nth(1), "{target}");
    }
    let answer = world.send(preflight("/a%2Fb", "PUT").set("host", "private.gateway.test")).await;
    readable("a bucket in the host", &answer);
    // What signs the request to come need not hold, and says nothing here.
    let answer = world.send(preflight("/private/k", "GET").sign(&keys::unknown())).await;
    readable("a signature of nobody's", &answer);
    assert!(world.upstream.sent().is_empty());
}

#[tokio::test]
async fn a_preflight_does_not_say_whether_a_closed_bucket_is_there() {
    let world = remote();
    let mut said = Vec::new();
    for target in ["/elsewhere/k", "/not-there/k", "/elsewhere", "/not-there", "/Bad_Name/k", "/"] {
        let answer = world.send(preflight(target, "GET")).await;
        unmarked(target, &answer);
        assert_eq!(
            (answer.verdict().as_str(), answer.header("vary")),
            ("403 AccessForbidden", ""),
            "{target}"
        );
        said.push(answer.text().to_owned());
        let answer = world.send(Ask::new("OPTIONS", target)).await;
        assert_eq!(answer.verdict(), "400 BadRequest", "{target}");
        assert_eq!(answer.element("Message"), "Insufficient information. Origin request header needed.");
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("CORS is not enabled for this bucket."), "{said:?}");
    let refused = preflight("/private/k", "PUT").set("origin", "https://app.example.org.evil.net");
    let answer = world.send(refused).await;
    assert_eq!(
        (answer.verdict().as_str(), answer.element("ResourceType")),
        ("403 AccessForbidden", "OBJECT")
    );
    assert!(answer.element("Message").starts_with("CORSResponse: This CORS request is not allowed. "));
    unmarked("another site", &answer);
    assert!(world.upstream.sent().is_empty());
}

#[tokio::test]
async fn an_error_is_for_pages_to_read_too() {
    let world = embedded().await;
    let get = |target: &str| Ask::new("GET", target).header("origin", PAGE);
    for (expect, ask) in [
        ("403 AccessDenied", get("/private/secret")),
        ("403 InvalidAccessKeyId", get("/private/secret").sign(&keys::unknown())),
        (
            "403 SignatureDoesNotMatch",
            get("/private/secret").sign(&keys::full()).retarget(|t| format!("{t}x")),
        ),
        (
            "400 AuthorizationHeaderMalformed",
            get("/private/secret").header("authorization", "AWS4-HMAC-SHA256 x"),
        ),
        (
            "403 AccessDenied",
            get("/private/secret").presign(&keys::full(), 60).change("host", |_| "other".into()),
        ),
        ("404 NoSuchKey", get("/private/nothing").sign(&keys::full())),
        ("404 NoSuchKey", get("/mapped/nothing").sign(&keys::full())),
        ("416 InvalidRange", get("/private/team/a").header("range", "bytes=9999-").sign(&keys::full())),
        ("412 PreconditionFailed", get("/private/team/a").header("if-match", "\"x\"").sign(&keys::full())),
        ("501 NotImplemented", get("/private?unheard-of").sign(&keys::full())),
        ("501 NotImplemented", get("/private/k").header("x-amz-unheard-of", "1").sign(&keys::full())),
        ("501 NotImplemented", get("/private?cors").remethod("PUT").sign(&keys::full())),
        ("501 NotImplemented", get("/private?cors").remethod("DELETE").sign(&keys::full())),
        ("400 InvalidArgument", get("/private?prefix=a&prefix=b").sign(&keys::full())),
        ("400 InvalidURI", get("/private/%FF").sign(&keys::full())),
    ] {
        let what = format!("{expect}: {}", ask.target());
        let answer = world.send(ask).await;
        readable(&what, &answer);
        let fits = answer.verdict() == expect
            || answer.verdict() == expect.replace("AccessDenied", "SignatureDoesNotMatch");
        assert!(fits, "{what}: {}", answer.verdict());
        assert_eq!(answer.header("access-control-expose-headers"), "ETag, Content-Range", "{what}");
    }
    let head = get("/private/nothing").remethod("HEAD").sign(&keys::full());
    readable("HEAD", &world.send(head).await);
}

#[tokio::test]
async fn a_public_object_is_read_in_parts_by_any_page() {
    let world = embedded().await;
    let get = |target: &str| Ask::new("GET", target).header("origin", "https://any.example");
    let whole = world.send(get("/open/public.txt")).await;
    let etag = whole.header("etag").to_owned();
    for (status, ask) in [
        (206, get("/open/public.txt").header("range", "bytes=0-4")),
        (304, get("/open/public.txt").header("if-none-match", &etag)),
        (200, get("/open/public.txt").remethod("HEAD")),
        (200, get("/open?list-type=2")),
        (404, get("/open/nothing")),
        // A signature that does not hold is refused, and the page reads that.
        (403, get("/open/public.txt").sign(&keys::unknown())),
    ] {
        let answer = world.send(ask).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{status}");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "{status}");
        let exposed = answer.header("access-control-expose-headers");
        for name in ["Content-Range", "ETag", "x-amz-request-id", "*"] {
            let listed = exposed.split(", ").any(|listed| listed == name);
            assert!(listed, "{status}: {name} is not in {exposed}");
        }
        assert_eq!(answer.header("vary"), VARIES, "{status}");
    }
    // Kept by a cache without this, it would be given to pages that may not read it.
    let answer = world.send(Ask::new("GET", "/open/public.txt")).await;
    assert_eq!(answer.header("vary"), VARIES);
    unmarked("no origin", &answer);
    for (target, method) in [("/public/k", "PUT"), ("/open/k", "DELETE")] {
        let answer = world.send(preflight(target, method)).await;
        assert_eq!(answer.verdict(), "403 AccessForbidden", "{target}");
    }
}

#[tokio::test]
async fn what_the_store_says_of_origins_stays_behind() {
    let world = remote();
    let store = || {
        Said::new(200, "data")
            .header("etag", "\"e\"")
            .header("access-control-allow-origin", "*")
            .header("access-control-expose-headers", "x-store")
            .header("vary", "X-Store")
    };
    for (target, reads) in [("/private/k", true), ("/elsewhere/k", false)] {
        world.upstream.say(store());
        let answer = world.send(Ask::new("GET", target).header("origin", PAGE).sign(&keys::full())).await;
        assert_eq!((answer.status, answer.text()), (200, "data"), "{target}");
        if reads {
            readable(target, &answer);
            assert_eq!(answer.header("access-control-expose-headers"), "ETag, Content-Range");
        } else {
            unmarked(target, &answer);
            assert_eq!(answer.header("vary"), "");
        }
        for sent in world.upstream.sent() {
            assert!(!sent.headers.contains_key("origin"), "{target}: the store is told of the page");
        }
    }
    world.upstream.say(Said::error(503, "SlowDown"));
    let answer = world.send(Ask::new("GET", "/private/k").header("origin", PAGE).sign(&keys::full())).await;
    readable("503", &answer);
    assert_eq!(answer.verdict(), "503 SlowDown");
}

#[tokio::test]
async fn get_bucket_cors_shows_our_own_rules_to_who_may_see_them() {
    use brigade_policy::{Grant, Policy};
    let world = {
        let grant = |bucket: &str| Grant {
            bucket: bucket.into(),
            prefix: "".into(),
            actions: vec!["s3:GetBucketCORS".parse().unwrap()],
        };
        let policy = Policy::from_grants(["private", "elsewhere", "public", "not-there"].map(grant));
        let ledger = with_rules(Ledger::standard(Ledger::remote())).key(&keys::team(), policy);
        World::new(Recorder::default(), ledger)
    };
    let get = |bucket: &str| Ask::new("GET", &format!("/{bucket}?cors"));
    for (bucket, expect) in [
        ("elsewhere", "404 NoSuchCORSConfiguration"),
        ("not-there", "404 NoSuchBucket"),
        ("mapped", "403 AccessDenied"),
    ] {
        assert_eq!(world.send(get(bucket).sign(&keys::team())).await.verdict(), expect, "{bucket}");
    }
    assert_eq!(world.send(get("private")).await.verdict(), "403 AccessDenied");
    assert_eq!(world.send(get("public")).await.verdict(), "403 AccessDenied");
    let answer = world.send(get("private").sign(&keys::team())).await;
    assert_eq!(
        (answer.status, answer.element("AllowedOrigin")),
        (200, "https://*.example.org"),
        "{answer:?}"
    );
    let answer = world.send(get("public").sign(&keys::team())).await;
    assert_eq!(
        (answer.element("AllowedOrigin"), answer.element("MaxAgeSeconds")),
        ("*", "3600"),
        "{answer:?}"
    );
    let answer = world.send(get("private").remethod("PUT").sign(&keys::team())).await;
    assert!(answer.element("Message").contains("[[buckets.NAME.cors]]"), "{answer:?}");
    assert!(world.upstream.sent().is_empty());
}

/// Nothing that a rule decides is left to what the sender may do, nor to what the store holds.
#[tokio::test]
async fn a_preflight_of_every_operation_is_answered_alike() {
    let world = embedded().await;
    let before = world.snapshot().await;
    for method in ["GET", "HEAD", "PUT", "POST", "DELETE"] {
        for target in
            ["/private/team/a", "/private/nothing", "/forbidden/secret", "/mapped?list-type=2&prefix=x"]
        {
            let answer = world.send(preflight(target, method)).await;
            readable(target, &answer);
            assert_eq!(answer.status, 200, "{method} {target}");
        }
    }
    assert_eq!(world.snapshot().await, before);
}

//! `[buckets."{bucket}"]`: a gateway to a whole store.

use std::sync::Arc;

use brigade_s3::Backend;
use brigade_sigv4::Timestamp;
use brigade_testkit::{Ask, InProcess, Ledger, NOW, Said, World, keys};

use super::stores::{embedded, get, policy, remote};

/// Every bucket of a store, but for `private`, which is elsewhere in it; and `…-pub`, which anybody reads.
fn whole(ledger: Ledger, backend: &Arc<Backend>) -> Ledger {
    ledger
        .bucket(backend, "private", "hidden-away", "in/", "")
        .mapping(backend, "{bucket}", "{bucket}", "", "")
        .mapping(backend, "{name}-pub", "open.{name}", "", "read list")
        .key(&keys::team(), policy(&["alpha team/ read list", "private * read"]))
}

async fn world() -> World<InProcess> {
    let buckets = ["alpha", "beta", "open.data", "private", "hidden-away"];
    let objects = ["alpha/k", "alpha/team/k", "beta/k", "open.data/k", "private/no", "hidden-away/in/yes"];
    embedded(&buckets, &objects, whole).await
}

#[tokio::test]
async fn every_bucket_of_the_store_is_a_bucket() {
    let world = world().await;
    for (target, expect) in [
        ("/alpha/k", "200 this is alpha/k"),
        ("/beta/k", "200 this is beta/k"),
        ("/data-pub/k", "200 this is open.data/k"),
        // An exact name is another bucket than the store's of that name.
        ("/private/yes", "200 this is hidden-away/in/yes"),
        ("/private/no", "404 NoSuchKey"),
        ("/nothere/k", "404 NoSuchBucket"),
        ("/nothere", "404 NoSuchBucket"),
        ("/nothere?list-type=2", "404 NoSuchBucket"),
        ("/nothere?location", "404 NoSuchBucket"),
        ("/no-pub/k", "404 NoSuchBucket"),
    ] {
        let answer = world.send(get(target, &keys::full())).await;
        let said = if answer.status == 200 { format!("200 {}", answer.text()) } else { answer.verdict() };
        assert_eq!(said, expect, "{target}");
        assert!(!answer.everything().contains("open.") || answer.status == 200, "{}", answer.everything());
    }
    for (target, status) in [("/alpha", 200), ("/nothere", 404), ("/private", 200), ("/data-pub", 200)] {
        assert_eq!(world.send(Ask::new("HEAD", target).sign(&keys::full())).await.status, status, "{target}");
    }
    let answer = world.send(get("/alpha?location", &keys::full())).await;
    assert!(answer.text().contains("LocationConstraint"), "{}", answer.text());
    let answer = world.send(get("/data-pub?list-type=2", &keys::full())).await;
    assert_eq!((answer.element("Name"), answer.element("Key")), ("data-pub", "k"));
}

/// Ceph RGW answered `GET /admin/metadata/user` with its users: the request was signed by an account that may read them.
#[tokio::test]
async fn what_a_store_keeps_for_itself_is_no_bucket_of_a_pattern() {
    let everything = policy(&["* * read list write delete s3:CreateBucket s3:DeleteBucket"]);
    let world = remote(|ledger, backend| whole(ledger, backend).creating().key(&keys::owner(), everything));
    for kept in ["admin", "auth", "minio", "swift"] {
        for (method, target, expect) in [
            ("GET", format!("/{kept}/metadata/user"), 404),
            ("HEAD", format!("/{kept}"), 404),
            ("GET", format!("/{kept}?list-type=2"), 404),
            ("PUT", format!("/{kept}/v3/x"), 404),
            ("PUT", format!("/{kept}"), 403),
            ("DELETE", format!("/{kept}"), 403),
        ] {
            let answer = world.send(Ask::new(method, &target).sign(&keys::owner())).await;
            assert_eq!(
                (answer.status, world.upstream.sent().len()),
                (expect, 0),
                "{method} {target}: {answer:?}"
            );
            let anonymous = world.send(Ask::new(method, &target)).await;
            assert_eq!((anonymous.status, world.upstream.sent().len()), (403, 0), "{method} {target}");
        }
    }
}

#[tokio::test]
async fn what_is_public_is_public_where_the_pattern_says_so() {
    let world = world().await;
    for (target, expect) in [
        ("/data-pub/k", "200"),
        ("/data-pub?list-type=2", "200"),
        ("/alpha/k", "403 AccessDenied"),
        ("/alpha?list-type=2", "403 AccessDenied"),
        ("/nothere/k", "403 AccessDenied"),
        ("/private/yes", "403 AccessDenied"),
    ] {
        assert_eq!(world.send(Ask::new("GET", target)).await.verdict(), expect, "{target}");
    }
    for (target, expect) in
        [("/alpha/team/k", "200"), ("/alpha/k", "403 AccessDenied"), ("/beta/k", "403 AccessDenied")]
    {
        assert_eq!(world.send(get(target, &keys::team())).await.verdict(), expect, "{target}");
    }
}

#[tokio::test]
async fn list_buckets_asks_the_store_and_shows_what_the_caller_may_see() {
    let world = world().await;
    let full = world.send(get("/", &keys::full())).await;
    // `open.data` clients call `data-pub`, and by its own name too: the pattern `{bucket}` takes it.
    assert_eq!(full.elements("Name"), ["alpha", "beta", "data-pub", "hidden-away", "open.data", "private"]);
    let team = world.send(get("/", &keys::team())).await;
    assert_eq!(team.elements("Name"), ["alpha", "data-pub", "private"]);
    let nobody = world.send(get("/", &keys::nobody())).await;
    assert_eq!(nobody.elements("Name"), ["data-pub"]);
    let anonymous = world.send(Ask::new("GET", "/")).await;
    assert_eq!(anonymous.elements("Name"), ["data-pub"]);
    let page = world.send(get("/?max-buckets=2&prefix=b", &keys::full())).await;
    assert_eq!(page.elements("Name"), ["beta"]);
}

#[tokio::test]
async fn list_buckets_keeps_the_stores_dates_and_follows_its_pages() {
    let bucket = |name: &str| {
        format!("<Bucket><Name>{name}</Name><CreationDate>2024-05-06T07:08:09.000Z</CreationDate></Bucket>")
    };
    let page = |buckets: &str, next: &str| {
        Said::new(
            200,
            format!("<ListAllMyBucketsResult><Buckets>{buckets}</Buckets>{next}</ListAllMyBucketsResult>"),
        )
    };
    let world = remote(whole);
    world.upstream.say(page(&bucket("zeta"), "<ContinuationToken>t/1</ContinuationToken>"));
    world.upstream.say(page(&(bucket("alpha") + &bucket("Old_Name")), ""));
    let answer = world.send(get("/", &keys::full())).await;
    assert_eq!(answer.elements("Name"), ["alpha", "private", "zeta"]);
    let (theirs, ours) = ("2024-05-06T07:08:09.000Z", Timestamp::from_unix(NOW).iso8601());
    assert_eq!(answer.elements("CreationDate"), [theirs, &ours, theirs]);
    let sent = world.upstream.sent();
    assert_eq!(
        sent.iter().map(|sent| sent.target()).collect::<Vec<_>>(),
        ["/", "/?continuation-token=t%2F1"]
    );
    for sent in &sent {
        sent.verify(&keys::backend()).unwrap();
    }
}

#[tokio::test]
async fn a_store_that_pages_for_ever_is_left() {
    let world = remote(whole);
    for page in 0..40 {
        let next = format!("<ContinuationToken>{page}</ContinuationToken>");
        world
            .upstream
            .say(Said::new(200, format!("<ListAllMyBucketsResult>{next}</ListAllMyBucketsResult>")));
    }
    assert_eq!(world.send(get("/", &keys::full())).await.status, 200);
    assert_eq!(world.upstream.sent().len(), 20);
}

#[tokio::test]
async fn a_store_that_will_not_list_is_not_one_that_cannot() {
    for (said, expect, names) in [
        (Said::error(403, "AccessDenied"), "200", 1),
        (Said::error(501, "NotImplemented"), "200", 1),
        (Said::error(503, "SlowDown"), "503 SlowDown", 0),
        (Said::error(500, "InternalError"), "500 InternalError", 0),
        (Said::new(200, "<html>"), "502 BackendError", 0),
        (Said::new(200, "<ListAllMyBucketsResult><Buckets>").cut(), "502 BackendError", 0),
        (Said::nothing(brigade_gateway::SendError::Connect("refused".into())), "503 ServiceUnavailable", 0),
    ] {
        let world = remote(whole);
        world.upstream.say(said);
        let answer = world.send(get("/", &keys::full())).await;
        assert_eq!((answer.verdict().as_str(), answer.elements("Name").len()), (expect, names));
    }
}

#[tokio::test]
async fn whom_nothing_is_open_to_is_no_reason_to_ask_the_store() {
    let world = remote(|ledger, backend| ledger.mapping(backend, "{bucket}", "{bucket}", "", ""));
    assert_eq!(world.send(Ask::new("GET", "/")).await.verdict(), "403 AccessDenied");
    assert_eq!(world.send(Ask::new("GET", "/some/key")).await.verdict(), "403 AccessDenied");
    assert!(world.upstream.sent().is_empty());
}

#[tokio::test]
async fn a_bucket_of_a_pattern_is_created_and_deleted_at_the_store() {
    let build =
        |ledger, backend: &Arc<Backend>| whole(ledger, backend).creating().key(&keys::owner(), policy(OWNER));
    let world = embedded(&["alpha", "hidden-away"], &[], build).await;
    let send = |method: &str, target: &str, by| world.send(Ask::new(method, target).sign(by));
    let (owner, full) = (&keys::owner(), &keys::full());
    for (method, target, by, expect) in [
        ("PUT", "/gamma", full, "403 AccessDenied"),
        ("PUT", "/gamma", owner, "200"),
        ("HEAD", "/gamma", owner, "200"),
        ("PUT", "/new-pub", owner, "200"),
        ("HEAD", "/open.new", owner, "200"),
        ("DELETE", "/new-pub", owner, "204"),
        ("HEAD", "/open.new", owner, "404"),
        ("DELETE", "/gamma", owner, "204"),
        ("DELETE", "/gamma", owner, "404 NoSuchBucket"),
        // An exact name is not the pattern's.
        ("DELETE", "/private", owner, "403 AccessDenied"),
    ] {
        assert_eq!(send(method, target, by).await.verdict(), expect, "{method} {target}");
    }
}

const OWNER: &[&str] = &["* * list s3:CreateBucket s3:DeleteBucket"];

/// Every pattern may have a part of a bucket, and any of them may be public.
#[tokio::test]
async fn an_account_is_listed_if_anything_of_it_is_public_whatever_pattern_has_it() {
    let build = |ledger: Ledger, backend: &Arc<Backend>| {
        ledger
            .bucket(backend, "hidden", "alpha", "", "")
            .mapping(backend, "{account}/pub-{product}", "{account}", "p_{product}/", "read list")
            .mapping(backend, "{account}/{product}", "{account}", "{product}/", "")
            .mapping(backend, "{account}/private-{product}", "{account}", "x_{product}/", "")
    };
    let world = embedded(&["alpha", "hidden"], &["alpha/roads/k"], build).await;
    for ask in [Ask::new("GET", "/"), get("/", &keys::nobody())] {
        let answer = world.send(ask).await;
        assert_eq!(answer.elements("Name"), ["alpha"], "an exact entry hides what patterns would show");
    }
}

//! `[buckets."{account}/{product}"]`: what is done to one product, and to several at once.

use std::sync::Arc;

use brigade_s3::Backend;
use brigade_testkit::{Answer, Ask, InProcess, Ledger, Said, Signer, World, keys};

use super::stores::{embedded, get, policy, remote};

/// Accounts with products in `opendata`; `acme/special` is elsewhere, and `sentinel`'s have buckets of their own.
pub(crate) fn accounts(ledger: Ledger, backend: &Arc<Backend>) -> Ledger {
    ledger
        .mapping(backend, "{account}/{product}", "opendata", "data/{account}/{product}/", "")
        .mapping(backend, "open/{product}", "opendata", "data/open/{product}/", "read list")
        .mapping(backend, "acme/special", "acme-special", "in/", "")
        .mapping(backend, "sentinel/{product}", "sentinel-{product}", "", "")
        .key(&keys::team(), policy(&["acme roads/ read list write delete"]))
}

pub(crate) const BUCKETS: [&str; 4] = ["opendata", "acme-special", "sentinel-s2", "other"];

/// What the stores hold: products, and what is in no product.
pub(crate) const OBJECTS: [&str; 14] = [
    "opendata/data/acme/README",
    "opendata/data/acme/Upper/x",
    "opendata/data/acme/roads/2026/a",
    "opendata/data/acme/roads/b",
    "opendata/data/acme/roads2/c",
    "opendata/data/acme/special/shadowed",
    "opendata/data/acme/trees/d",
    "opendata/data/acme2/x/y",
    "opendata/data/open/one/a",
    "opendata/data/open/two/b",
    "opendata/outside",
    "acme-special/in/here",
    "acme-special/out",
    "sentinel-s2/tile",
];

pub(crate) async fn world() -> World<InProcess> {
    embedded(&BUCKETS, &OBJECTS, accounts).await
}

fn said(answer: &Answer) -> String {
    if answer.status == 200 { format!("200 {}", answer.text()) } else { answer.verdict() }
}

#[tokio::test]
async fn objects_are_where_the_templates_say() {
    let world = world().await;
    for (target, expect) in [
        ("/acme/roads/b", "200 this is opendata/data/acme/roads/b"),
        ("/acme/roads/2026/a", "200 this is opendata/data/acme/roads/2026/a"),
        ("/acme/roads%2Fb", "200 this is opendata/data/acme/roads/b"),
        ("/acme/special/here", "200 this is acme-special/in/here"),
        ("/sentinel/s2/tile", "200 this is sentinel-s2/tile"),
        ("/open/one/a", "200 this is opendata/data/open/one/a"),
        ("/acme/special/shadowed", "404 NoSuchKey"),
        ("/acme/special/../special/here", "404 NoSuchKey"),
        ("/acme/README", "404 NoSuchKey"),
        ("/acme/Upper/x", "404 NoSuchKey"),
        ("/acme/roads", "404 NoSuchKey"),
        ("/acme/roads/", "404 NoSuchKey"),
        ("/acme/..%2Fopen/one/a", "404 NoSuchKey"),
        ("/acme/../open/one/a", "404 NoSuchKey"),
        ("/acme//roads/b", "404 NoSuchKey"),
        ("/acme/./roads/b", "404 NoSuchKey"),
        ("/acme/roads/../trees/d", "404 NoSuchKey"),
        ("/sentinel/s2/", "404 NoSuchKey"),
        ("/sentinel/s3/tile", "404 NoSuchBucket"),
        ("/data/acme/roads/b", "404 NoSuchKey"),
    ] {
        assert_eq!(said(&world.send(get(target, &keys::full())).await), expect, "{target}");
    }
    let host =
        Ask::new("GET", "/roads/b").without("host").header("host", "acme.gateway.test").sign(&keys::full());
    assert_eq!(said(&world.send(host).await), "200 this is opendata/data/acme/roads/b");
}

#[tokio::test]
async fn what_is_written_is_where_it_is_read_and_nowhere_else() {
    let world = world().await;
    let put = |target: &str| Ask::new("PUT", target).body("new").sign(&keys::full());
    for target in ["/acme/roads/new//key", "/acme/roads/", "/acme/special/new", "/sentinel/s2/a%2Fb"] {
        assert_eq!(world.send(put(target)).await.verdict(), "200", "{target}");
        assert_eq!(said(&world.send(get(target, &keys::full())).await), "200 new", "{target}");
    }
    for at_store in [
        "/opendata/data/acme/roads/new//key",
        "/opendata/data/acme/roads/",
        "/acme-special/in/new",
        "/sentinel-s2/a/b",
    ] {
        let answer = world.upstream.ask(Ask::new("GET", at_store).request()).await;
        assert_eq!(answer.body(), "new", "{at_store}");
    }
    assert_eq!(world.upstream.sent().len(), 8);
    for (target, expect) in [
        ("/acme/file", "400 InvalidArgument"),
        ("/acme/Upper/x", "400 InvalidArgument"),
        ("/acme/../x/y", "400 InvalidArgument"),
        ("/sentinel/s2/", "400 InvalidArgument"),
        ("/acme", "403 AccessDenied"),
    ] {
        let answer = world.send(put(target)).await;
        assert_eq!(answer.verdict(), expect, "{target}");
        if answer.status == 400 {
            assert!(answer.element("Message").contains("{product}/"), "{}", answer.text());
        }
    }
    let answer = world.send(Ask::new("DELETE", "/acme/file").sign(&keys::full())).await;
    assert_eq!(answer.verdict(), "400 InvalidArgument");
    let answer = world.send(Ask::new("POST", "/acme/file?uploads").sign(&keys::full())).await;
    assert_eq!(answer.verdict(), "400 InvalidArgument");
    let answer = world.send(get("/acme/file?uploadId=1", &keys::full())).await;
    assert_eq!(answer.verdict(), "404 NoSuchUpload");
    assert!(world.upstream.sent().is_empty(), "nothing of it was the store's business");
}

#[tokio::test]
async fn r_authz_02_grants_speak_of_the_clients_names() {
    let world = world().await;
    for (method, target, expect) in [
        ("GET", "/acme/roads/b", "200"),
        ("PUT", "/acme/roads/n", "200"),
        ("GET", "/acme/roads2/c", "403 AccessDenied"),
        ("GET", "/acme/trees/d", "403 AccessDenied"),
        ("GET", "/acme/special/here", "403 AccessDenied"),
        ("GET", "/acme?prefix=roads/", "200"),
        ("GET", "/acme?prefix=roads", "403 AccessDenied"),
        ("GET", "/acme?prefix=trees/", "403 AccessDenied"),
        ("GET", "/acme", "403 AccessDenied"),
        ("GET", "/acme2/x/y", "403 AccessDenied"),
        ("GET", "/open/one/a", "200"),
        ("PUT", "/open/one/a", "403 AccessDenied"),
        ("GET", "/acme/file", "403 AccessDenied"),
        ("PUT", "/acme/file", "403 AccessDenied"),
    ] {
        let answer = world.send(Ask::new(method, target).sign(&keys::team())).await;
        assert_eq!(answer.verdict(), expect, "{method} {target}");
    }
    for (target, expect) in [
        ("/open/one/a", "200"),
        ("/open?prefix=one/", "200"),
        ("/open?delimiter=/", "200"),
        ("/open/one", "403 AccessDenied"),
        ("/acme/roads/b", "403 AccessDenied"),
        ("/acme?delimiter=/", "403 AccessDenied"),
        ("/acme?prefix=roads/", "403 AccessDenied"),
        ("/acme/special/here", "403 AccessDenied"),
    ] {
        assert_eq!(world.send(Ask::new("GET", target)).await.verdict(), expect, "{target}");
    }
}

#[tokio::test]
async fn the_account_is_a_bucket() {
    let world = world().await;
    for (target, status) in [("/acme", 200), ("/anybody", 200), ("/sentinel", 200)] {
        let answer = world.send(Ask::new("HEAD", target).sign(&keys::full())).await;
        assert_eq!((answer.status, answer.header("x-amz-bucket-region")), (status, "us-east-1"), "{target}");
    }
    assert_eq!(world.send(Ask::new("HEAD", "/acme")).await.status, 403);
    let answer = world.send(get("/acme?location", &keys::full())).await;
    assert!(answer.text().contains("LocationConstraint"));
    for target in ["/acme?location", "/acme?delimiter=/"] {
        let ask = Ask::new("GET", target).header("x-amz-expected-bucket-owner", "111122223333");
        assert_eq!(world.send(ask.sign(&keys::full())).await.verdict(), "501 NotImplemented", "{target}");
    }
    let answer = world.send(get("/acme?acl", &keys::nobody())).await;
    assert_eq!(answer.verdict(), "403 AccessDenied");
    let listed = world.send(get("/", &keys::full())).await;
    assert_eq!(listed.elements("Name"), ["acme", "open", "sentinel"]);
    let listed = world.send(Ask::new("GET", "/")).await;
    assert_eq!(listed.elements("Name"), ["open"]);
    let listed = world.send(get("/", &keys::team())).await;
    assert_eq!(listed.elements("Name"), ["acme", "open"]);
}

#[tokio::test]
async fn uploads_in_parts_name_the_clients_key() {
    let world = world().await;
    let start = world.send(Ask::new("POST", "/acme/roads/big?uploads").sign(&keys::full())).await;
    assert_eq!((start.element("Bucket"), start.element("Key")), ("acme", "roads/big"), "{}", start.text());
    let id = start.element("UploadId");
    let part = Ask::new("PUT", &format!("/acme/roads/big?partNumber=1&uploadId={id}")).body("part");
    let etag = world.send(part.sign(&keys::full())).await.header("etag").to_owned();
    let parts = world.send(get(&format!("/acme/roads/big?uploadId={id}"), &keys::full())).await;
    assert_eq!((parts.element("Bucket"), parts.element("Key")), ("acme", "roads/big"), "{}", parts.text());
    let uploads = world.send(get("/acme?uploads&prefix=roads/", &keys::full())).await;
    assert_eq!(
        (uploads.element("Bucket"), uploads.element("Key"), uploads.element("Prefix")),
        ("acme", "roads/big", "roads/")
    );
    let list = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    );
    let done = Ask::new("POST", &format!("/acme/roads/big?uploadId={id}")).body(list).sign(&keys::full());
    let done = world.send(done).await;
    assert_eq!((done.element("Bucket"), done.element("Key")), ("acme", "roads/big"), "{}", done.text());
    assert!(done.element("Location").ends_with("/acme/roads/big"), "{}", done.text());
    assert_eq!(said(&world.send(get("/acme/roads/big", &keys::full())).await), "200 part");
}

#[tokio::test]
async fn copies_between_products() {
    let world = world().await;
    let copy =
        |to: &str, from: &str, by: &Signer| Ask::new("PUT", to).header("x-amz-copy-source", from).sign(by);
    for (to, from) in [
        ("/acme/trees/copy", "acme/roads/b"),
        ("/acme/special/copy", "/acme/roads%2Fb"),
        ("/sentinel/s2/copy", "acme%2Froads%2Fb"),
        ("/open/one/copy", "acme/roads/b"),
    ] {
        assert_eq!(world.send(copy(to, from, &keys::full())).await.verdict(), "200", "{to} {from}");
        let expect = "200 this is opendata/data/acme/roads/b";
        assert_eq!(said(&world.send(get(to, &keys::full())).await), expect, "{to}");
    }
    for (to, from, expect) in [
        ("/acme/trees/c", "acme/file", "404 NoSuchKey"),
        ("/acme/trees/c", "acme/roads/nothing", "404 NoSuchKey"),
        ("/acme/trees/c", "acme/../open/one/a", "404 NoSuchKey"),
        ("/acme/file", "acme/roads/b", "400 InvalidArgument"),
    ] {
        assert_eq!(world.send(copy(to, from, &keys::full())).await.verdict(), expect, "{to} {from}");
    }
    // Who may read a product may copy from it, and no further.
    for (to, from, expect) in [
        ("/acme/roads/c", "acme/roads/b", "200"),
        ("/acme/roads/c", "open/one/a", "200"),
        ("/acme/roads/c", "acme/trees/d", "403 AccessDenied"),
        ("/acme/trees/c", "acme/roads/b", "403 AccessDenied"),
    ] {
        assert_eq!(world.send(copy(to, from, &keys::team())).await.verdict(), expect, "{to} {from}");
    }
}

fn batch(bucket: &str, keys: &[&str], quiet: bool, by: &Signer) -> Ask {
    let objects = keys.iter().map(|key| format!("<Object><Key>{key}</Key></Object>")).collect::<String>();
    let body = format!("<Delete><Quiet>{quiet}</Quiet>{objects}</Delete>");
    Ask::new("POST", &format!("/{bucket}?delete")).body(body).sign(by)
}

/// What became of each key: `deleted`, or its error code.
fn fates(answer: &Answer) -> Vec<String> {
    let mut fates: Vec<_> = answer
        .text()
        .split("<Deleted>")
        .skip(1)
        .map(|rest| format!("{} deleted", between(rest, "Key")))
        .chain(
            answer
                .text()
                .split("<Error>")
                .skip(1)
                .map(|rest| format!("{} {}", between(rest, "Key"), between(rest, "Code"))),
        )
        .collect();
    fates.sort();
    fates
}

fn between<'t>(text: &'t str, element: &str) -> &'t str {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    text.split_once(&open).and_then(|(_, rest)| rest.split_once(&close)).unwrap().0
}

#[tokio::test]
async fn a_batch_delete_is_sorted_by_places() {
    let world = world().await;
    let keys_in = ["roads/b", "special/here", "trees/d", "file", "Upper/x", "roads/nothing"];
    let answer = world.send(batch("acme", &keys_in, false, &keys::full())).await;
    assert_eq!(
        fates(&answer),
        [
            "Upper/x InvalidArgument",
            "file InvalidArgument",
            "roads/b deleted",
            "roads/nothing deleted",
            "special/here deleted",
            "trees/d deleted",
        ],
        "{}",
        answer.text()
    );
    let sent = world.upstream.sent();
    assert_eq!(sent, ["POST /opendata?delete", "POST /acme-special?delete", "POST /opendata?delete"]);
    for key in ["/acme/roads/b", "/acme/special/here", "/acme/trees/d"] {
        assert_eq!(world.send(get(key, &keys::full())).await.verdict(), "404 NoSuchKey", "{key}");
    }
    let left = world.upstream.ask(Ask::new("GET", "/opendata/data/acme/Upper/x").request()).await;
    assert_eq!(left.status(), 200);
}

#[tokio::test]
async fn r_del_01_of_a_batch_in_several_places_each_object_is_authorized() {
    let world = world().await;
    let answer =
        world.send(batch("acme", &["roads/b", "trees/d", "special/here"], false, &keys::team())).await;
    assert_eq!(
        fates(&answer),
        ["roads/b deleted", "special/here AccessDenied", "trees/d AccessDenied"],
        "{}",
        answer.text()
    );
    assert_eq!(world.send(get("/acme/trees/d", &keys::full())).await.status, 200);
    let quiet = world.send(batch("acme", &["roads/x", "trees/d"], true, &keys::team())).await;
    assert_eq!(fates(&quiet), ["trees/d AccessDenied"]);
    let nobody = world.send(batch("acme", &["roads/x"], true, &keys::nobody())).await;
    assert_eq!(nobody.verdict(), "403 AccessDenied");
}

#[tokio::test]
async fn a_store_that_fails_fails_for_its_objects_of_a_batch_alone() {
    let ok = |keys: &[&str]| {
        let deleted =
            keys.iter().map(|key| format!("<Deleted><Key>{key}</Key></Deleted>")).collect::<String>();
        Said::new(200, format!("<DeleteResult>{deleted}</DeleteResult>"))
    };
    for (second, code) in [
        (Said::error(503, "SlowDown"), "SlowDown"),
        (Said::error(403, "AccessDenied"), "AccessDenied"),
        (Said::error(403, "SignatureDoesNotMatch"), "InternalError"),
        (Said::new(200, "<Error><Code>SlowDown</Code></Error>"), "SlowDown"),
        (Said::new(200, "<DeleteResult>"), "InternalError"),
        (Said::new(200, "<DeleteResult></DeleteResult>"), "InternalError"),
        (ok(&["elsewhere/k"]), "InternalError"),
        (Said::nothing(brigade_gateway::SendError::TimedOut), "ServiceUnavailable"),
    ] {
        let world = remote(accounts);
        world.upstream.say(ok(&["data/acme/roads/a"]));
        world.upstream.say(second);
        let answer = world.send(batch("acme", &["roads/a", "trees/b"], false, &keys::full())).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            fates(&answer),
            ["roads/a deleted".to_owned(), format!("trees/b {code}")],
            "{}",
            answer.text()
        );
        for sent in world.upstream.sent() {
            sent.verify(&keys::backend()).unwrap();
        }
    }
}

/// A thousand answers of 16 MiB would be more than the memory there is.
#[tokio::test]
async fn what_stores_say_of_a_batch_is_bounded_for_all_of_them_together() {
    let world = remote(accounts);
    let names: Vec<_> = (0..8).map(|at| format!("p{at}/k")).collect();
    for name in &names {
        let padding = " ".repeat(3 << 20);
        let deleted = format!("<Deleted><Key>data/acme/{name}</Key></Deleted>");
        world.upstream.say(Said::new(200, format!("<DeleteResult>{deleted}{padding}</DeleteResult>")));
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let answer = world.send(batch("acme", &names, false, &keys::full())).await;
    let fates = fates(&answer);
    let read = |fate: &&String| fate.ends_with(" deleted");
    assert_eq!((fates.iter().filter(read).count(), fates.len()), (5, 8), "{fates:?}");
    assert!(fates.iter().all(|fate| fate.ends_with(" deleted") || fate.ends_with(" InternalError")));
}

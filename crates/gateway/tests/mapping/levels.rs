//! Listings of products and above them.

use std::sync::Arc;

use brigade_s3::Backend;
use brigade_testkit::{Answer, Ask, InProcess, Ledger, Recorder, Said, Signer, World, keys};

use super::accounts::{BUCKETS, OBJECTS, accounts, world};
use super::stores::{embedded, get, policy, remote};

/// Keys and common prefixes, in the order of the document.
fn seen(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut seen: Vec<String> = answer.elements("Key").into_iter().map(str::to_owned).collect();
    for folder in answer.elements("CommonPrefixes") {
        seen.push(folder.replace("<Prefix>", "").replace("</Prefix>", ""));
    }
    seen
}

/// Every page of a listing, `size` at a time.
async fn pages(world: &World<InProcess>, target: &str, size: usize, by: &Signer) -> Vec<String> {
    let (mut all, mut from) = (Vec::new(), String::new());
    for _ in 0..100 {
        let sep = if target.contains('?') { "&" } else { "?" };
        let answer = world.send(get(&format!("{target}{sep}max-keys={size}{from}"), by)).await;
        all.extend(seen(&answer));
        let last = all.last().cloned().unwrap_or_default();
        if answer.element("IsTruncated") != "true" {
            all.sort();
            return all;
        }
        let (name, value) = match (answer.element("NextContinuationToken"), answer.element("NextMarker")) {
            ("", "") => ("marker", last.as_str()),
            ("", marker) => ("marker", marker),
            (token, _) => ("continuation-token", token),
        };
        from = format!("&{name}={}", brigade_testkit::encode(value));
    }
    panic!("{target} does not end: {all:?}");
}

#[tokio::test]
async fn an_account_lists_its_products_as_common_prefixes() {
    let world = world().await;
    for (target, expect) in [
        ("/acme?list-type=2&delimiter=/", vec!["roads/", "roads2/", "special/", "trees/"]),
        ("/acme?delimiter=/", vec!["roads/", "roads2/", "special/", "trees/"]),
        ("/acme?delimiter=/&prefix=ro", vec!["roads/", "roads2/"]),
        ("/acme?delimiter=/&prefix=roads", vec!["roads/", "roads2/"]),
        ("/acme?delimiter=/&prefix=s", vec!["special/"]),
        ("/acme?delimiter=/&prefix=Up", vec![]),
        ("/acme?delimiter=/&prefix=/", vec![]),
        ("/acme?delimiter=/&prefix=none", vec![]),
        ("/nobody?delimiter=/", vec![]),
        ("/open?delimiter=/", vec!["one/", "two/"]),
        ("/acme?delimiter=/&prefix=roads/", vec!["roads/2026/", "roads/b"]),
        ("/acme?prefix=roads/", vec!["roads/2026/a", "roads/b"]),
        ("/acme?prefix=roads/2", vec!["roads/2026/a"]),
        ("/acme?prefix=special/", vec!["special/here"]),
        ("/sentinel?prefix=s2/", vec!["s2/tile"]),
        ("/acme?prefix=Upper/", vec![]),
    ] {
        for size in [1, 2, 1000] {
            assert_eq!(pages(&world, target, size, &keys::full()).await, expect, "{target} {size}");
            let v2 = if target.contains("list-type") {
                target.to_owned()
            } else {
                format!("{target}&list-type=2")
            };
            assert_eq!(pages(&world, &v2, size, &keys::full()).await, expect, "{v2} {size}");
        }
    }
}

#[tokio::test]
async fn what_was_asked_is_in_the_answer() {
    let world = world().await;
    let target = "/acme?list-type=2&delimiter=/&prefix=ro&start-after=road&max-keys=1&encoding-type=url";
    let answer = world.send(get(target, &keys::full())).await;
    for (element, expect) in [
        ("Name", "acme"),
        ("Prefix", "ro"),
        ("StartAfter", "road"),
        ("MaxKeys", "1"),
        ("Delimiter", "/"),
        ("EncodingType", "url"),
        ("KeyCount", "1"),
        ("IsTruncated", "true"),
    ] {
        assert_eq!(answer.element(element), expect, "{element}");
    }
    let answer = world.send(get("/acme?delimiter=/&marker=roads/", &keys::full())).await;
    assert_eq!(
        (answer.element("Marker"), seen(&answer)),
        ("roads/", vec!["roads2/".into(), "special/".into(), "trees/".into()])
    );
    let answer = world.send(get("/acme?delimiter=/&max-keys=0", &keys::full())).await;
    assert_eq!((answer.element("IsTruncated"), seen(&answer).len()), ("false", 0));

    // Below a product the store repeats its own names, and the client reads what it asked.
    for (query, marker, expect) in [
        ("marker=roads/2026/a", "Marker", vec!["roads/b"]),
        ("marker=a", "Marker", vec!["roads/2026/a", "roads/b"]),
        ("marker=z", "Marker", vec![]),
        ("list-type=2&start-after=roads/2026/a", "StartAfter", vec!["roads/b"]),
        ("list-type=2&start-after=z%20z", "StartAfter", vec![]),
        ("list-type=2&start-after=special/", "StartAfter", vec![]),
    ] {
        let answer = world.send(get(&format!("/acme?prefix=roads/&{query}"), &keys::full())).await;
        assert_eq!(seen(&answer), expect, "{query}");
        assert_eq!((answer.element("Name"), answer.element("Prefix")), ("acme", "roads/"), "{query}");
        let asked = query.rsplit_once('=').unwrap().1.replace("%20", " ");
        // What lies before everything is not said to the store, so the store does not repeat it.
        assert!(answer.element(marker) == asked || asked == "a", "{query}: {}", answer.text());
    }
}

#[tokio::test]
async fn r_list_02_a_token_belongs_to_its_listing() {
    let world = world().await;
    let token = |answer: &Answer| brigade_testkit::encode(answer.element("NextContinuationToken"));
    let level = world.send(get("/acme?list-type=2&delimiter=/&max-keys=1", &keys::full())).await;
    let product = world.send(get("/acme?list-type=2&prefix=roads/&max-keys=1", &keys::full())).await;
    assert!(!level.everything().contains("roads/2026"));
    for (token, targets) in [
        (token(&level), ["/acme?prefix=ro&delimiter=/", "/open?delimiter=/", "/acme?prefix=roads/"]),
        (token(&product), ["/acme?delimiter=/", "/acme?prefix=roads2/", "/acme?prefix=special/"]),
    ] {
        assert!(!token.is_empty());
        for target in targets {
            let answer = world
                .send(get(&format!("{target}&list-type=2&continuation-token={token}"), &keys::full()))
                .await;
            assert_eq!(answer.verdict(), "400 InvalidArgument", "{target}");
        }
    }
}

#[tokio::test]
async fn only_what_the_caller_may_list_is_shown() {
    let build = |ledger: Ledger, backend: &Arc<Backend>| {
        accounts(ledger, backend)
            .mapping(backend, "mixed/{product}", "opendata", "data/acme/{product}/", "")
            .mapping(backend, "mixed/{product}-pub", "opendata", "data/acme/{product}-pub/", "read list")
            .mapping(backend, "mixed/special", "acme-special", "in/", "read list")
            .key(&keys::reader(), policy(&["mixed ro list"]))
    };
    let objects: Vec<_> = OBJECTS
        .iter()
        .copied()
        .chain(["opendata/data/acme/roads-pub/x", "opendata/data/acme/trees-pub/x"])
        .collect();
    let world = embedded(&BUCKETS, &objects, build).await;
    for (by, target, expect) in [
        (None, "/mixed?delimiter=/", Ok(vec!["roads-pub/", "special/", "trees-pub/"])),
        (None, "/mixed?delimiter=/&prefix=ro", Ok(vec!["roads-pub/"])),
        (None, "/mixed?delimiter=/&prefix=-", Ok(vec![])),
        (None, "/mixed", Err("501 NotImplemented")),
        (Some(keys::reader()), "/mixed?delimiter=/&prefix=ro", Ok(vec!["roads-pub/", "roads/", "roads2/"])),
        (
            Some(keys::reader()),
            "/mixed?delimiter=/",
            Ok(vec!["roads-pub/", "roads/", "roads2/", "special/", "trees-pub/"]),
        ),
        (
            Some(keys::full()),
            "/mixed?delimiter=/",
            Ok(vec!["roads-pub/", "roads/", "roads2/", "special/", "trees-pub/", "trees/"]),
        ),
        (Some(keys::nobody()), "/acme?delimiter=/", Err("403 AccessDenied")),
    ] {
        let ask = Ask::new("GET", target);
        let answer = world.send(if let Some(by) = &by { ask.sign(by) } else { ask }).await;
        match expect {
            Ok(expect) => assert_eq!(seen(&answer), expect, "{target}"),
            Err(expect) => assert_eq!(answer.verdict(), expect, "{target}"),
        }
    }
}

#[tokio::test]
async fn a_recursive_listing_passes_where_one_place_has_it_all() {
    let build = |ledger: Ledger, backend: &Arc<Backend>| {
        ledger
            .mapping(backend, "{account}/{product}", "opendata", "data/{account}/{product}/", "")
            .mapping(backend, "lone/special", "acme-special", "in/", "")
            .mapping(backend, "both/special", "acme-special", "in/", "")
            .mapping(backend, "both/other", "other", "", "")
    };
    let world = embedded(&BUCKETS, &OBJECTS, build).await;
    let all = vec!["roads/2026/a", "roads/b", "roads2/c", "special/shadowed", "trees/d"];
    for (target, expect) in [
        // `README` and `Upper/x` are in no product: no key names them.
        ("/acme", Ok(all.clone())),
        ("/acme?list-type=2", Ok(all)),
        ("/acme?prefix=roads", Ok(vec!["roads/2026/a", "roads/b", "roads2/c"])),
        ("/acme?prefix=roads&delimiter=2", Ok(vec!["roads/2", "roads/b", "roads2"])),
        ("/acme?list-type=2&start-after=roads/b", Ok(vec!["roads2/c", "special/shadowed", "trees/d"])),
        ("/lone", Err("501 NotImplemented")),
        ("/both", Err("501 NotImplemented")),
        ("/both?prefix=sp", Err("501 NotImplemented")),
        ("/both?uploads", Err("501 NotImplemented")),
        ("/both?versions", Err("501 NotImplemented")),
    ] {
        for size in [3, 1000] {
            match &expect {
                Ok(expect) => {
                    assert_eq!(pages(&world, target, size, &keys::full()).await, *expect, "{target} {size}")
                }
                Err(expect) => {
                    let answer = world.send(get(target, &keys::full())).await;
                    assert_eq!(answer.verdict(), *expect, "{target}");
                }
            }
        }
    }
    // A page of nothing but what has no name: V2 goes on by its token, V1 would have no marker to go on from.
    assert_eq!(pages(&world, "/acme?list-type=2", 1, &keys::full()).await.len(), 5);
    let answer = world.send(get("/acme?max-keys=2", &keys::full())).await;
    assert_eq!(answer.verdict(), "501 NotImplemented");
    assert!(answer.element("Message").contains("ListObjectsV2"), "{}", answer.text());
    let answer = world.send(get("/acme?list-type=2&prefix=roads", &keys::full())).await;
    assert_eq!((answer.element("Prefix"), answer.element("KeyCount")), ("roads", "3"));
}

#[tokio::test]
async fn a_level_that_cannot_be_listed_says_so() {
    let world = remote(|ledger, backend| {
        ledger.mapping(backend, "{account}/{product}", "opendata", "{product}/of/{account}/", "").mapping(
            backend,
            "sentinel/{product}",
            "sentinel-{product}",
            "",
            "",
        )
    });
    for target in
        ["/acme?delimiter=/", "/acme?list-type=2", "/sentinel?delimiter=/", "/sentinel?prefix=s&delimiter=/"]
    {
        let answer = world.send(get(target, &keys::full())).await;
        assert_eq!(answer.verdict(), "501 NotImplemented", "{target}");
        assert!(answer.element("Message").contains("{product}/"), "{}", answer.text());
    }
    assert!(world.upstream.sent().is_empty());
}

fn page(names: &[&str], keys: &[&str], next: Option<&str>) -> Said {
    let names = names
        .iter()
        .map(|name| format!("<CommonPrefixes><Prefix>data/acme/{name}</Prefix></CommonPrefixes>"));
    let keys = keys.iter().map(|key| format!("<Contents><Key>data/acme/{key}</Key></Contents>"));
    let body = names.chain(keys).collect::<String>();
    let next = next.map_or("<IsTruncated>false</IsTruncated>".into(), |next| {
        format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{next}</NextContinuationToken>")
    });
    Said::new(200, format!("<ListBucketResult>{body}{next}</ListBucketResult>"))
}

#[tokio::test]
async fn a_store_is_read_page_by_page_and_no_further_than_needed() {
    let world = remote(accounts);
    world.upstream.say(page(&["a/", "b/"], &[], Some("t1")));
    world.upstream.say(page(&["c/", "zz/"], &["loose"], Some("t2")));
    let answer = world.send(get("/acme?list-type=2&delimiter=/&max-keys=3", &keys::full())).await;
    assert_eq!(seen(&answer), ["a/", "b/", "c/"]);
    let sent = world.upstream.sent();
    let targets: Vec<_> = sent.iter().map(|sent| sent.target()).collect();
    let query = "/opendata?list-type=2&delimiter=%2F&encoding-type=url&max-keys=1000&prefix=data%2Facme%2F";
    assert_eq!(targets, [query.to_owned(), format!("{query}&continuation-token=t1")]);
    for sent in &sent {
        sent.verify(&keys::backend()).unwrap();
    }
    // `special` is the configuration's, and `zz` is known to come behind it.
    world.upstream.say(page(&["zz/"], &[], Some("t3")));
    world.upstream.say(page(&[], &[], None));
    let token = brigade_testkit::encode(answer.element("NextContinuationToken"));
    let target = format!("/acme?list-type=2&delimiter=/&max-keys=3&continuation-token={token}");
    let answer = world.send(get(&target, &keys::full())).await;
    assert_eq!(
        (seen(&answer), answer.element("IsTruncated")),
        (vec!["special/".into(), "zz/".into()], "false")
    );
    let sent = world.upstream.sent();
    assert_eq!(sent[0].target(), format!("{query}&start-after=data%2Facme%2Fc%2F"));
}

#[tokio::test]
async fn what_lies_behind_a_store_that_was_not_read_to_its_end_is_not_shown_yet() {
    let world = remote(accounts);
    for number in 0..10 {
        world.upstream.say(page(&[], &[&format!("loose{number}")], Some(&format!("t{number}"))));
    }
    let answer = world.send(get("/acme?list-type=2&delimiter=/", &keys::full())).await;
    // `special/` comes behind `loose9`: another product could come between.
    assert_eq!((seen(&answer).len(), answer.element("IsTruncated")), (0, "true"));
    assert_eq!(world.upstream.sent().len(), 10);
    world.upstream.say(page(&["m/"], &[], None));
    let token = brigade_testkit::encode(answer.element("NextContinuationToken"));
    let target = format!("/acme?list-type=2&delimiter=/&continuation-token={token}");
    let answer = world.send(get(&target, &keys::full())).await;
    assert_eq!(
        (seen(&answer), answer.element("IsTruncated")),
        (vec!["m/".into(), "special/".into()], "false")
    );
    assert!(world.upstream.sent()[0].target().ends_with("&start-after=data%2Facme%2Floose9"));
}

#[tokio::test]
async fn a_store_that_misleads_is_not_passed_on() {
    for (said, expect) in [
        (
            Said::new(
                200,
                "<ListBucketResult><CommonPrefixes><Prefix>data/other/x/</Prefix></CommonPrefixes></ListBucketResult>",
            ),
            "502 BackendError",
        ),
        (
            Said::new(200, "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"),
            "502 BackendError",
        ),
        (Said::new(200, "<ListBucketResult>"), "502 BackendError"),
        (Said::error(404, "NoSuchBucket"), "404 NoSuchBucket"),
        (Said::error(403, "InvalidAccessKeyId"), "502 BackendAuthenticationFailed"),
        (page(&["../", "./", "a/../", "Bad/", "%2e%2e/", "x_y/"], &[], None), "200"),
    ] {
        let world = remote(accounts);
        world.upstream.say(said);
        let answer = world.send(get("/acme?delimiter=/", &keys::full())).await;
        assert_eq!(answer.verdict(), expect, "{}", answer.text());
        if answer.status == 200 {
            assert_eq!(seen(&answer), ["special/"]);
        }
        assert!(!answer.everything().contains("data/"), "{}", answer.everything());
    }
}

/// A store that resolves paths would list the folder above.
#[tokio::test]
async fn r_authz_07_what_no_name_begins_with_is_not_asked_of_a_store() {
    let empty = || Said::new(200, "<ListBucketResult></ListBucketResult>");
    for prefix in ["..", ".", "..%5C", "%5Cx", "-", "A", "%00"] {
        let world = remote(accounts);
        let answer = world.send(get(&format!("/acme?delimiter=/&prefix={prefix}"), &keys::full())).await;
        let expect = if prefix == "%00" { "400 InvalidArgument" } else { "200" };
        assert_eq!((answer.verdict().as_str(), world.upstream.sent().len()), (expect, 0), "{prefix}");
    }
    for (begin, asked) in
        [("roads/", true), ("..", false), ("../x", false), ("a/../../x", false), ("a%5Cb", false)]
    {
        let world = World::new(Recorder::default(), {
            let backend = Arc::new(Backend { exact_keys: false, ..Ledger::remote() });
            accounts(super::stores::ledger(), &backend)
        });
        world.upstream.say(empty());
        let target = format!("/acme?list-type=2&delimiter=/&start-after={begin}");
        let answer = world.send(get(&target, &keys::full())).await;
        assert_eq!(answer.status, 200, "{begin}: {answer:?}");
        let sent = world.upstream.sent();
        assert_eq!(sent[0].target().contains("start-after"), asked, "{begin}: {}", sent[0].target());
    }
}

//! R-AUTHZ: who may do what.

use brigade_policy::{Grant, Policy};
use brigade_testkit::{Ask, InProcess, Ledger, Signer, World, keys};

use super::check::{Case, case, operations, refused, refused_by, served, served_by};

const DENIED: &str = "403 AccessDenied";

/// What a grant under a prefix gives of the bucket itself.
const OF_THE_BUCKET: [&str; 2] = ["HeadBucket", "GetBucketLocation"];

fn every(signer: &Signer, bucket: &str, key: &str, skip: &[&str]) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, ask) in operations(bucket, key) {
        if !skip.contains(&name) {
            let what = format!("{} {name} {bucket}/{key}", signer.key_id);
            cases.push(case(&what, DENIED, ask.clone().sign(signer)));
            cases.push(case(format!("{what}, presigned"), DENIED, ask.presign(signer, 60)));
        }
    }
    cases
}

#[tokio::test]
async fn r_authz_01_a_key_without_access_is_refused_every_operation() {
    let mut cases = every(&keys::full(), "forbidden", "secret", &[]);
    cases.extend(every(&keys::nobody(), "private", "secret", &[]));
    cases.extend(every(&keys::nobody(), "mapped", "secret", &[]));
    cases.extend(every(&keys::full(), "nonexistent", "secret", &[]));
    refused(cases).await;
}

#[tokio::test]
async fn r_authz_02_existing_and_missing_keys_of_a_forbidden_bucket_are_alike() {
    let headers: [&[(&str, &str)]; 6] = [
        &[],
        &[("range", "bytes=0-0")],
        &[("range", "bytes=999999-")],
        &[("if-none-match", "*")],
        &[("if-match", "\"0\"")],
        &[("if-modified-since", "Fri, 20 Nov 2026 12:00:00 GMT"), ("if-range", "\"0\"")],
    ];
    for (bucket, signer) in [
        ("forbidden", Some(keys::full())),
        ("private", Some(keys::nobody())),
        ("private", None),
        ("private", Some(keys::team())),
    ] {
        let mut pairs = Vec::new();
        for headers in headers {
            for (method, query) in
                [("GET", ""), ("HEAD", ""), ("GET", "?versionId=null"), ("GET", "?partNumber=1")]
            {
                for key in ["secret", "absent"] {
                    let ask = Ask::new(method, &format!("/{bucket}/{key}{query}"));
                    let ask = headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value));
                    let ask = match &signer {
                        Some(signer) => ask.sign(signer),
                        None => ask,
                    };
                    pairs.push(case(format!("{method} {key}{query} {headers:?}"), DENIED, ask));
                }
            }
        }
        for pair in refused(pairs).await.chunks(2) {
            assert_eq!(pair[0].headers, pair[1].headers);
            assert_eq!(pair[0].text().replace("secret", "absent"), pair[1].text());
        }
    }
}

#[tokio::test]
async fn r_authz_03_unsigned_requests_to_private_buckets_are_refused() {
    let mut cases = Vec::new();
    for bucket in ["private", "mapped", "forbidden", "nonexistent"] {
        for (name, ask) in operations(bucket, "team/a") {
            cases.push(case(format!("{name} {bucket}"), DENIED, ask));
        }
    }
    refused(cases).await;
    let list = served([case("ListBuckets", "200", Ask::new("GET", "/"))]).await.remove(0);
    assert_eq!(list.elements("Name"), ["open", "public"]);
}

#[tokio::test]
async fn r_authz_04_anonymous_callers_read_and_list_and_nothing_else() {
    for bucket in ["public", "open"] {
        let mut cases = Vec::new();
        for (name, ask) in operations(bucket, "public.txt") {
            if !["GetObject", "HeadObject", "ListObjects", "ListObjectsV2", "HeadBucket"].contains(&name) {
                cases.push(case(format!("{name} {bucket}"), "403 | 405 | 501", ask));
            }
        }
        for query in
            ["acl", "tagging", "attributes", "versions", "policy", "uploads", "location", "versionId=null"]
        {
            for target in [format!("/{bucket}/public.txt?{query}"), format!("/{bucket}?{query}")] {
                let expect = "403 | 405 | 501";
                cases.push(case(&target, expect, Ask::new("GET", &target)));
            }
        }
        refused(cases).await;
        let read = served([
            case("GetObject", "200", Ask::new("GET", &format!("/{bucket}/public.txt"))),
            case("HeadObject", "200", Ask::new("HEAD", &format!("/{bucket}/public.txt"))),
            case("ListObjects", "200", Ask::new("GET", &format!("/{bucket}"))),
            case("ListObjectsV2", "200", Ask::new("GET", &format!("/{bucket}?list-type=2"))),
        ])
        .await;
        assert!(read[0].text().ends_with("public.txt"));
        for list in &read[2..] {
            assert_eq!(list.elements("Key").len(), 6, "{}", list.text());
        }
    }
}

#[tokio::test]
async fn r_authz_05_response_overrides_take_a_signature() {
    let overrides = [
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
    ];
    let mut cases = Vec::new();
    for name in overrides {
        for method in ["GET", "HEAD"] {
            let target = format!("/public/public.txt?response-{name}=text/html");
            cases.push(case(&target, "400 InvalidRequest", Ask::new(method, &target)));
        }
    }
    refused(cases).await;
    let ask = Ask::new("GET", "/public/public.txt?response-content-type=text/x-mine");
    let answers = served([
        case("signed", "200", ask.clone().sign(&keys::full())),
        case("presigned", "200", ask.presign(&keys::full(), 60)),
    ])
    .await;
    for answer in answers {
        assert_eq!(answer.header("content-type"), "text/x-mine");
    }
}

#[tokio::test]
async fn r_authz_06_a_key_scoped_to_team_asking_for_team2_is_refused() {
    let mut cases = Vec::new();
    for bucket in ["private", "mapped"] {
        for key in [
            "team",
            "team2/x",
            "team-x",
            "TEAM/x",
            "Team/a",
            "secret",
            "/team/a",
            "tea",
            "%20team/a",
            "t%C3%A9am/a",
        ] {
            let mut skip = OF_THE_BUCKET.to_vec();
            skip.push("DeleteObjects"); // answered key by key
            cases.extend(every(&keys::team(), bucket, key, &skip));
        }
    }
    cases.extend(every(
        &keys::team(),
        "open",
        "team/a",
        &[
            "GetObject",
            "HeadObject",
            "ListObjects",
            "ListObjectsV2",
            "HeadBucket", // open to all
        ],
    ));
    refused(cases).await;
    let own = served([
        case("read", "200", Ask::new("GET", "/private/team/a").sign(&keys::team())),
        case("write", "200", Ask::new("PUT", "/private/team/new").body("x").sign(&keys::team())),
        case("list", "200", Ask::new("GET", "/private?list-type=2&prefix=team/").sign(&keys::team())),
        case("delete", "204", Ask::new("DELETE", "/private/team/a").sign(&keys::team())),
    ])
    .await;
    assert_eq!(own[2].elements("Key"), ["team/a", "team/b", "team/new"]);
}

#[tokio::test]
async fn r_authz_06_a_batch_delete_outside_the_scope_deletes_nothing() {
    let world = World::embedded().await;
    let before = world.snapshot().await;
    for key in ["team", "team2/x", "secret", "public.txt"] {
        let body = format!("<Delete><Object><Key>{key}</Key></Object></Delete>");
        let ask = Ask::new("POST", "/private?delete").body(body).sign(&keys::team());
        let answer = served_by(&world, [case(key, "200", ask)]).await.remove(0);
        assert_eq!(answer.elements("Code"), ["AccessDenied"], "{key}");
        assert_eq!(world.upstream.sent(), [""; 0], "{key}");
    }
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn r_authz_07_no_spelling_of_a_path_leads_elsewhere() {
    let mut cases = Vec::new();
    for path in [
        "/private/team/../secret",
        "/private/team/./../secret",
        "/private/team/%2e%2e/secret",
        "/private/team/%2E%2E%2Fsecret",
        "/private/team/..%2fsecret",
        "/private/team%2f..%2fsecret",
        "/private/team/%252e%252e/secret",
        "/private/team/..;/secret",
        "/private/team/..\\secret",
        "/private/team/..%5csecret",
        "/private/team%5c..%5csecret",
        "/private/team/%c0%ae%c0%ae/secret",
        "/private/team/%c0%af../secret",
        "/private/team/%ef%bc%8e%ef%bc%8e/secret",
        "/private/team/%e2%80%a5/secret",
        "/private/team/a%00",
        "/private/team/a%00/../../secret",
        "/private/secret%00team/a",
        "/private//secret",
        "/private///team//a",
        "/private/./team/a",
        "/private/x/../team/a",
        "//private/team/a",
        "/./private/secret",
        "/public/../private/secret",
        "/public/..%2fprivate%2fsecret",
        "/private%2fsecret",
        "/private%2Fteam%2Fa",
        "/private/team/a%zz",
        "/private/team/a%",
        "/private/team/a%f",
        "/private/team/%ff%fe",
        "/mapped/../b/secret",
        "/mapped/../../hidden",
        "/mapped/%2e%2e/%2e%2e/hidden",
        "/mapped/team/../../b/secret",
        "/open/../a/secret",
        "/open/..%2fa%2fsecret",
        "/open//../a/secret",
    ] {
        // As the client says it, and as it is signed: the same bytes.
        cases.push(case(path, "400 | 403 | 404", Ask::new("GET", path).sign(&keys::team())));
        cases.push(case(path, "400 | 403 | 404", Ask::new("GET", path)));
    }
    let answers = served(cases).await;
    assert!(answers.iter().all(|answer| !answer.text().contains(" holds ")));
}

#[tokio::test]
async fn r_authz_07_the_key_that_is_authorized_is_the_key_that_is_touched() {
    let world = World::embedded().await;
    for (path, key) in [
        ("/private/team/..%2Fx", "team/../x"),
        ("/private/team//double", "team//double"),
        ("/private/team/%252e", "team/%2e"),
        ("/private/team/a+b%20c%2Bd", "team/a+b c+d"),
        ("/private/team/./dot", "team/./dot"),
        ("/private/team/back%5Cslash", "team/back\\slash"),
        ("/private/team/%E2%82%AC", "team/€"),
        ("/private/team/x=(1)&y;z", "team/x=(1)&y;z"),
        ("/private/team/dir/", "team/dir/"),
        ("/private/team/100%25", "team/100%"),
        ("/private/team/*", "team/*"),
    ] {
        served_by(&world, [case(path, "200", Ask::new("PUT", path).body(key).sign(&keys::team()))]).await;
        let exact = format!("/store-private/{}", brigade_testkit::encode_path(key));
        assert_eq!(super::check::stored(&world, &exact).await.as_deref(), Some(key.as_bytes()), "{path}");
    }
    assert_eq!(
        super::check::stored(&world, "/store-private/secret").await.unwrap(),
        b"store-private holds secret"
    );
}

#[tokio::test]
async fn r_authz_08_a_read_only_key_changes_nothing() {
    let mut cases = Vec::new();
    for bucket in ["private", "public", "mapped"] {
        for (name, ask) in operations(bucket, "team/a") {
            if ["PUT", "POST", "DELETE"].contains(&ask.method()) {
                let what = format!("{name} {bucket}");
                cases.push(case(&what, DENIED, ask.clone().sign(&keys::reader())));
                cases.push(case(&what, DENIED, ask.presign(&keys::reader(), 60)));
            }
        }
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_authz_09_bucket_names_match_exactly() {
    let mut cases = Vec::new();
    let long = "a".repeat(64);
    for name in [
        "Private",
        "PRIVATE",
        "privat",
        "privatee",
        "private.",
        ".private",
        "-private",
        "private-",
        "priv%61te",
        "private%20",
        "%20private",
        "private%00",
        "private%0a",
        "private%2F",
        "private%5c",
        "pri_vate",
        "%EF%BD%90rivate",
        "privat%D0%B5",
        "..",
        ".",
        "...",
        "%2e%2e",
        "*",
        "pri*",
        "~",
        "private;x",
        "private:",
        "pr",
        "p",
        "127.0.0.1",
        "xn--private",
        "arn:aws:s3:::private",
        &long,
    ] {
        for target in [format!("/{name}/secret"), format!("/{name}"), format!("/{name}?list-type=2")] {
            cases.push(case(&target, "400 | 403 | 404", Ask::new("GET", &target).sign(&keys::full())));
            cases.push(case(&target, "400 | 403 | 404", Ask::new("GET", &target)));
        }
    }
    for host in [
        "Private_.gateway.test",
        "private..gateway.test",
        ".gateway.test",
        "pri*.gateway.test",
        "p.gateway.test",
    ] {
        let ask = Ask::new("GET", "/secret").set("host", host);
        cases.push(case(host, "400 | 403 | 404", ask.sign(&keys::full())));
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_authz_10_host_and_path_never_disagree() {
    let at = |host: &str, target: &str| Ask::new("GET", target).set("host", host);
    refused([
        case("a private host, a public path", DENIED, at("private.gateway.test", "/public/public.txt")),
        case("in capitals", DENIED, at("PRIVATE.GATEWAY.TEST:80", "/public/public.txt")),
        case("with a final dot", DENIED, at("private.gateway.test.", "/public/public.txt")),
        case("scoped", DENIED, at("mapped.gateway.test", "/private/team/a").sign(&keys::team())),
    ])
    .await;
    let answers = served([
        case("a public host, a private path", "404 NoSuchKey", at("public.gateway.test", "/private/secret")),
        case("the host's own", "200", at("public.gateway.test", "/public.txt")),
        case("signed", "200", at("private.gateway.test", "/secret").sign(&keys::full())),
        case("a host that is no bucket's", "200", at("gateway.test.evil", "/public/public.txt")),
    ])
    .await;
    assert_eq!(answers[1].text(), "store-public holds public.txt");
    assert_eq!(answers[2].text(), "store-private holds secret");
}

#[tokio::test]
async fn r_authz_11_a_scope_with_no_actions_grants_nothing() {
    let signer = Signer::new("AKIDEMPTY", "empty");
    let grant = Grant { bucket: "private".into(), prefix: String::new(), actions: Vec::new() };
    let upstream = InProcess::with_buckets(&[
        "store-private",
        "store-public",
        "store-shared",
        "store-forbidden",
        "store-elsewhere",
    ]);
    let ledger = Ledger::standard(Ledger::embedded()).key(&signer, Policy::from_grants([grant]));
    refused_by(&World::new(upstream, ledger), every(&signer, "private", "team/a", &[])).await;
}

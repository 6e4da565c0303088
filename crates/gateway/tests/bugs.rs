//! Bugs that others shipped: a test for each that touches what is here, named after what broke and where.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on must fail"
)]

use brigade_policy::Policy;
use brigade_testkit::{
    Answer, Ask, Chunked, InProcess, Ledger, Recorder, Said, Sent, Signer, World, checksum, keys,
};

const CRC32: &str = "x-amz-checksum-crc32";

/// Sends a request, and expects this status and code.
async fn check(world: &World<InProcess>, ask: Ask, expect: &str) -> Answer {
    let what = format!("{} {}", ask.method(), ask.target());
    let answer = world.send(ask).await;
    assert_eq!(answer.verdict(), expect, "{what}: {}", String::from_utf8_lossy(&answer.body));
    answer
}

/// Sends a request to a store that says this; what came back, and what the store was sent.
async fn relay(world: &World<Recorder>, ask: Ask, said: Said) -> (Answer, Sent) {
    world.upstream.say(said);
    let answer = world.send(ask).await;
    let mut sent = world.upstream.sent();
    assert_eq!(sent.len(), 1, "{answer:?}");
    (answer, sent.remove(0))
}

fn get(target: &str) -> Ask {
    Ask::new("GET", target).sign(&keys::full())
}

fn put(target: &str, body: &str) -> Ask {
    Ask::new("PUT", target).body(body.to_owned()).sign(&keys::full())
}

#[tokio::test]
async fn put_and_delete_of_tags_are_not_of_the_object_multistore_9d15cd2() {
    let world = World::embedded().await;
    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    check(&world, put("/private/secret?tagging", tags), "200").await;
    assert_eq!(check(&world, get("/private/secret?tagging"), "200").await.element("Value"), "b");
    check(&world, Ask::new("DELETE", "/private/secret?tagging").sign(&keys::full()), "204").await;
    check(&world, put("/private/secret?tagging", "not a document"), "400 MalformedXML").await;
    assert_eq!(check(&world, get("/private/secret"), "200").await.text(), "store-private holds secret");
}

#[tokio::test]
async fn the_aws_chunked_envelope_is_not_stored_multistore_92() {
    let world = World::embedded().await;
    for chunked in [
        Chunked::unsigned("hello", 65_536, "x-amz-checksum-crc64nvme"),
        Chunked::unsigned("hello", 65_536, CRC32),
        Chunked::signed("hello", 65_536),
        Chunked::signed("hello", 65_536).trailing(CRC32),
    ] {
        check(&world, Ask::new("PUT", "/private/k").stream(&keys::full(), &chunked), "200").await;
        let answer = check(&world, get("/private/k"), "200").await;
        assert_eq!((answer.text(), answer.header("content-encoding")), ("hello", ""), "{}", chunked.marker());
    }
    // The envelope without the words that announce it.
    let ask = Ask::new("PUT", "/private/k")
        .header("content-encoding", "aws-chunked")
        .body("5\r\nhello\r\n0\r\n\r\n");
    check(&world, ask.sign(&keys::full()), "400 InvalidRequest").await;
}

#[tokio::test]
async fn a_bad_chunk_never_completes_at_the_store_aws_proxy_102() {
    let world = World::remote();
    let chunked = Chunked::signed(vec![b'x'; 100_000], 8192);
    let ask =
        Ask::new("PUT", "/private/k").stream_with(&keys::full(), &chunked, |pieces| pieces[12][500] ^= 1);
    let (answer, sent) = relay(&world, ask, Said::new(200, "")).await;
    assert_eq!(answer.verdict(), "403 SignatureDoesNotMatch");
    assert!(sent.ended.is_err() && sent.body.len() < 100_000);
}

#[tokio::test]
async fn a_truncated_chunked_body_is_not_stored_s3proxy_5f34b480() {
    let world = World::embedded().await;
    let before = world.snapshot().await;
    for chunked in [Chunked::signed("0123456789", 4), Chunked::unsigned("0123456789", 4, CRC32)] {
        let ask = Ask::new("PUT", "/private/secret")
            .stream_with(&keys::full(), &chunked, |pieces| pieces.truncate(2));
        check(&world, ask, "400 IncompleteBody").await;
    }
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn a_delete_finds_no_second_way_to_a_public_bucket_nginx_s3_gateway_551() {
    let world = World::embedded().await;
    let before = world.snapshot().await;
    for target in ["/public/index.html", "/public/public.txt", "/public/", "/public//index.html"] {
        for method in ["DELETE", "PUT", "POST"] {
            let answer = world.send(Ask::new(method, target)).await;
            // 412: at a bucket, a POST without parameters would be an upload form.
            assert!(matches!(answer.status, 403 | 412 | 501), "{method} {target}: {answer:?}");
        }
    }
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn an_explicit_deny_beats_what_is_public_versitygw_2148() {
    let denied = Signer::new("AKIDDENIED", "denied");
    let document = serde_json::json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Deny", "Action": "s3:*", "Resource": ["arn:aws:s3:::public", "arn:aws:s3:::public/*"],
    }});
    let policy = Policy::from_document(&document).unwrap();
    let full = World::embedded().await;
    let world = World::new(full.upstream.clone(), Ledger::standard(Ledger::embedded()).key(&denied, policy));
    check(&world, Ask::new("GET", "/public/public.txt"), "200").await;
    for target in ["/public/public.txt", "/public", "/public?list-type=2"] {
        check(&world, Ask::new("GET", target).sign(&denied), "403 AccessDenied").await;
        check(&world, Ask::new("GET", target).presign(&denied, 60), "403 AccessDenied").await;
    }
}

#[tokio::test]
async fn a_copy_source_has_one_reading_versitygw_67aaa80d() {
    let world = World::embedded().await;
    let copy =
        |from: &str| Ask::new("PUT", "/private/team/n").header("x-amz-copy-source", from).sign(&keys::team());
    check(&world, copy("/private/secret%3FversionId=null"), "403 AccessDenied").await;
    check(&world, copy("/private/team/a%3FversionId=null"), "404 NoSuchKey").await;
    check(&world, put("/private/team/a%3FversionId=null", "odd"), "200").await;
    check(&world, copy("/private/team/a%3FversionId=null"), "200").await;
    assert_eq!(check(&world, get("/private/team/n"), "200").await.text(), "odd");
}

#[tokio::test]
async fn a_versioned_copy_source_is_authorized_multistore_129() {
    let world = World::embedded().await;
    let copy = |from: &str| Ask::new("PUT", "/private/team/n").header("x-amz-copy-source", from);
    check(&world, copy("/private/secret?versionId=null").sign(&keys::team()), "403 AccessDenied").await;
    // What anybody may read is its current version.
    check(&world, copy("/public/public.txt?versionId=null").sign(&keys::team()), "403 AccessDenied").await;
    check(&world, copy("/public/public.txt").sign(&keys::team()), "200").await;
}

#[tokio::test]
async fn an_encoded_slash_does_not_separate_bucket_and_key_versitygw_fe3cfbfc() {
    let world = World::embedded().await;
    check(&world, get("/private%2Fsecret"), "400 InvalidBucketName").await;
    check(&world, Ask::new("GET", "/public%2F..%2Fprivate%2Fsecret"), "400 InvalidBucketName").await;
    // Within a key it is a slash, to the decision as to the store.
    check(&world, Ask::new("GET", "/private/team%2Fa").sign(&keys::team()), "200").await;
    check(&world, Ask::new("GET", "/private/team2%2Fx").sign(&keys::team()), "403 AccessDenied").await;
}

#[tokio::test]
async fn the_key_in_the_decision_is_the_key_at_the_store_versitygw_cd0b4e6d() {
    let world = World::remote();
    let (_, sent) =
        relay(&world, Ask::new("GET", "/mapped/team/./../x").sign(&keys::team()), Said::new(200, "")).await;
    assert_eq!(sent.target(), "/store-shared/tenants/a/team/./../x");
}

#[tokio::test]
async fn signed_headers_region_and_lifetime_are_enforced_versitygw_57747021_s3s_650_645() {
    let world = World::embedded().await;
    let ask = || Ask::new("PUT", "/private/k").body("x");
    check(&world, ask().sign(&keys::full()).header("x-amz-meta-a", "1"), "403 AccessDenied").await;
    let regional = Signer { region: "eu-west-1".into(), ..keys::full() };
    check(&world, ask().sign(&regional), "400 AuthorizationHeaderMalformed").await;
    check(&world, ask().presign(&keys::full(), 604_801), "400 AuthorizationQueryParametersError").await;
}

#[tokio::test]
async fn a_domain_ends_at_a_label_s3s_649() {
    let world = World::embedded().await;
    let at = |host: &str| Ask::new("GET", "/public/public.txt").set("host", host);
    check(&world, at("evilgateway.test"), "200").await;
    check(&world, at("private.gateway.test"), "403 AccessDenied").await;
    check(&world, at("private.evilgateway.test"), "200").await;
}

#[tokio::test]
async fn dot_segments_and_stars_of_a_prefix_are_characters_oxyno_af5ff57_1320e4a() {
    let scoped = Signer::new("AKIDSTAR", "star");
    let grant = brigade_policy::Grant {
        bucket: "private".into(),
        prefix: "a*/".into(),
        actions: vec!["read".parse().unwrap(), "write".parse().unwrap()],
    };
    let full = World::embedded().await;
    let ledger = Ledger::standard(Ledger::embedded()).key(&scoped, Policy::from_grants([grant]));
    let world = World::new(full.upstream.clone(), ledger);
    let put = |target: &str| Ask::new("PUT", target).body("x").sign(&scoped);
    check(&world, put("/private/a*/x"), "200").await;
    for target in
        ["/private/ab/x", "/private/a/b/x", "/private/../a*/x", "/private/./a*/x", "/private/b/../a*/x"]
    {
        check(&world, put(target), "403 AccessDenied").await;
    }
}

#[tokio::test]
async fn anonymous_reads_take_no_response_overrides_s3proxy_0a6709ce() {
    let world = World::embedded().await;
    check(
        &world,
        Ask::new("GET", "/public/public.txt?response-content-type=text/html"),
        "400 InvalidRequest",
    )
    .await;
}

#[tokio::test]
async fn the_record_names_the_key_id_and_not_the_secret_s3proxy_af17405d_aws_proxy_2ab4bb4() {
    let world = World::embedded().await;
    let answer = check(&world, get("/private/secret"), "200").await;
    assert_eq!(answer.record.caller.as_deref(), Some("AKIDFULL"));
    assert!(!format!("{:?}", answer.record).contains("full secret"));
}

#[tokio::test]
async fn a_head_reaches_the_store_as_a_signed_head_multistore_95() {
    let world = World::remote();
    for target in ["/private/a.tif", "/private/a.zip", "/mapped/a.dmg"] {
        let ask = Ask::new("HEAD", target).sign(&keys::full());
        let said = Said::new(200, "").header("content-length", "5").header("etag", "\"e\"");
        let said = Said { headers: said.headers[1..].to_vec(), ..said };
        let (answer, sent) = relay(&world, ask, said).await;
        assert_eq!((sent.method.as_str(), answer.status), ("HEAD", 200));
        assert_eq!((answer.header("content-length"), answer.body.len()), ("5", 0), "{target}");
        sent.verify(&keys::backend()).unwrap();
    }
}

#[tokio::test]
async fn accept_encoding_reaches_the_store_as_sent_or_not_at_all_cloudflare_b2_4() {
    let world = World::remote();
    for value in ["gzip, br", "identity", "gzip;q=0.5"] {
        let (_, sent) = relay(
            &world,
            Ask::new("GET", "/private/k").header("accept-encoding", value).sign(&keys::full()),
            Said::new(200, ""),
        )
        .await;
        assert_eq!(sent.header("accept-encoding"), value);
        sent.verify(&keys::backend()).unwrap();
    }
}

#[tokio::test]
async fn a_range_of_the_whole_object_is_a_206_oxyno_5a3330d_versitygw_d6fb9547() {
    let world = World::embedded().await;
    check(&world, put("/private/ten", "0123456789"), "200").await;
    for range in ["bytes=0-", "bytes=0-9", "bytes=0-99", "bytes=-10", "bytes=-99"] {
        let ask = Ask::new("GET", "/private/ten").header("range", range).sign(&keys::full());
        let answer = check(&world, ask, "206").await;
        assert_eq!(
            (answer.text(), answer.header("content-range")),
            ("0123456789", "bytes 0-9/10"),
            "{range}"
        );
    }
}

#[tokio::test]
async fn odd_keys_verify_and_are_signed_anew_data_source_coop_181_nginx_53_sigv4_proxy_273() {
    for key in [
        "year=2026/m=1",
        "(a)",
        "a+b",
        "a b",
        "a&b",
        "ü",
        "a:b@c",
        "a,b;c",
        "'x'",
        "!",
        "$",
        "100%",
        "~a",
        "*",
    ] {
        let target = format!("/private/{}", brigade_testkit::encode_path(key));
        let world = World::embedded().await;
        for ask in [
            Ask::new("PUT", &target).body(key).sign(&keys::full()),
            Ask::new("PUT", &target).body(key).presign(&keys::full(), 60),
        ] {
            check(&world, ask, "200").await;
        }
        assert_eq!(check(&world, get(&target), "200").await.text(), key);
        let remote = World::remote();
        let (_, sent) = relay(&remote, get(&target), Said::new(200, "")).await;
        sent.verify(&keys::backend()).unwrap_or_else(|why| panic!("{key}: {why}"));
        assert_eq!(sent.uri.path(), format!("/store-private/{}", brigade_testkit::encode_path(key)));
    }
}

#[tokio::test]
async fn keys_are_not_renamed_or_aliased_multistore_108() {
    let world = World::embedded().await;
    let keys = ["*", "%2A", "100%", "100%25", "~", "%7E", "a b", "a+b", "a%20b"];
    for key in keys {
        check(&world, put(&format!("/private/odd/{}", brigade_testkit::encode_path(key)), key), "200").await;
    }
    let list = check(&world, get("/private?list-type=2&prefix=odd/"), "200").await;
    let mut expect: Vec<_> = keys.iter().map(|key| format!("odd/{key}")).collect();
    expect.sort();
    assert_eq!(list.elements("Key"), expect);
    for key in keys {
        let target = format!("/private/odd/{}", brigade_testkit::encode_path(key));
        assert_eq!(check(&world, get(&target), "200").await.text(), key);
    }
}

#[tokio::test]
async fn a_prefix_is_applied_once_nginx_575_576() {
    let world = World::remote();
    for (target, expect) in [
        ("/mapped/a", "/store-shared/tenants/a/a"),
        ("/mapped/tenants/a/a", "/store-shared/tenants/a/tenants/a/a"),
        ("/mapped//a", "/store-shared/tenants/a//a"),
        ("/private/a", "/store-private/a"),
    ] {
        let (_, sent) = relay(&world, get(target), Said::new(200, "")).await;
        assert_eq!(sent.target(), expect);
    }
}

#[tokio::test]
async fn no_path_leads_to_another_host_thin_worker_proxy() {
    let world = World::remote();
    for target in [
        "/private/@evil.test/x",
        "/private/.evil.test/",
        "/private//evil.test/x",
        "/private/http://evil.test/x",
        "/private/%40evil.test",
        "/private/..%2f..%2f@evil.test",
    ] {
        let (_, sent) = relay(&world, get(target), Said::new(200, "")).await;
        assert_eq!(sent.uri.authority().unwrap().as_str(), "store.internal:9900", "{target}");
        assert_eq!(sent.header("host"), "store.internal:9900", "{target}");
    }
    for target in ["/private@evil.test/x", "/private.evil.test:80/x", "//evil.test/x", "/@evil.test/"] {
        let answer = world.send(get(target)).await;
        assert_eq!(answer.status, 400, "{target}: {answer:?}");
    }
    assert!(world.upstream.sent().is_empty());
}

#[tokio::test]
async fn status_and_query_cross_thin_worker_proxy() {
    let world = World::remote();
    let target = "/private/k?versionId=v%2F1&partNumber=2&response-content-type=text/x";
    let (answer, sent) = relay(&world, get(target), Said::new(206, "x")).await;
    assert_eq!(answer.status, 206);
    for pair in ["versionId=v%2F1", "partNumber=2", "response-content-type=text%2Fx"] {
        assert!(sent.target().contains(pair), "{}", sent.target());
    }
    let (answer, _) = relay(&world, get("/private/k"), Said::error(404, "NoSuchKey")).await;
    assert_eq!(answer.verdict(), "404 NoSuchKey");
}

#[tokio::test]
async fn what_is_no_s3_error_becomes_one_data_source_coop_201_172() {
    let world = World::remote();
    for (status, text) in [
        (520, "error code: 520"),
        (502, "<html>Bad Gateway</html>"),
        (503, ""),
        (504, "timeout"),
        (500, "{}"),
    ] {
        let (answer, _) = relay(&world, put("/private/k", "x"), Said::new(status, text)).await;
        assert!(answer.status >= 500, "{answer:?}");
        assert!(
            answer.text().starts_with("<?xml") && !answer.element("Code").is_empty(),
            "{}",
            answer.text()
        );
        assert!(!answer.text().contains("520") && !answer.text().contains("html"));
    }
}

#[tokio::test]
async fn uploads_in_parts_of_hive_keys_are_signed_right_data_source_coop_180_multistore_105() {
    let world = World::remote();
    let initiated = "<InitiateMultipartUploadResult><Bucket>store-shared</Bucket><Key>tenants/a/year=2026/x (1).pmtiles</Key>\
                     <UploadId>u=/+1</UploadId></InitiateMultipartUploadResult>";
    let completed = "<CompleteMultipartUploadResult><Location>l</Location><Bucket>store-shared</Bucket>\
                     <Key>tenants/a/year=2026/x (1).pmtiles</Key><ETag>\"e\"</ETag></CompleteMultipartUploadResult>";
    let on = |method: &str, query: &str| {
        Ask::new(method, &format!("/mapped/year%3D2026/x%20%281%29.pmtiles?{query}"))
    };
    for (ask, said) in [
        (on("POST", "uploads"), Said::new(200, initiated)),
        (on("PUT", "partNumber=1&uploadId=u%3D%2F%2B1").body("p"), Said::new(200, "")),
        (
            on("POST", "uploadId=u%3D%2F%2B1").body(
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
            ),
            Said::new(200, completed),
        ),
        (on("DELETE", "uploadId=u%3D%2F%2B1"), Said::new(204, "")),
    ] {
        let (answer, sent) = relay(&world, ask.sign(&keys::full()), said).await;
        assert!(answer.status < 300, "{answer:?}");
        sent.verify(&keys::backend()).unwrap();
        assert_eq!(sent.uri.path(), "/store-shared/tenants/a/year%3D2026/x%20%281%29.pmtiles");
    }
}

#[tokio::test]
async fn keys_with_spaces_verify_however_they_are_written_multistore_103() {
    let world = World::embedded().await;
    check(&world, put("/private/a%20b", "x"), "200").await;
    check(&world, get("/private/a%20b"), "200").await;
    check(&world, get("/private/a+b"), "404 NoSuchKey").await;
    check(&world, get("/private?prefix=a%20b"), "200").await;
    let list = check(&world, get("/private?prefix=a+b"), "200").await;
    assert_eq!(list.elements("Key"), ["a b"]);
}

#[tokio::test]
async fn one_key_with_two_slashes_does_not_break_its_prefix_multistore_116() {
    let world = World::embedded().await;
    for key in ["d//x", "d/y", "d/", "/d", "d//"] {
        check(&world, put(&format!("/mapped/{key}"), key), "200").await;
    }
    let list = check(&world, get("/mapped?list-type=2&prefix=d/"), "200").await;
    assert_eq!(list.elements("Key"), ["d/", "d//", "d//x", "d/y"]);
    let list = check(&world, get("/mapped?list-type=2&prefix=d/&delimiter=/"), "200").await;
    assert_eq!(
        (list.elements("Key"), list.elements("CommonPrefixes")),
        (vec!["d/", "d/y"], vec!["<Prefix>d//</Prefix>"])
    );
    for key in ["d//x", "/d", "d/"] {
        assert_eq!(check(&world, get(&format!("/mapped/{key}")), "200").await.text(), key);
    }
}

#[tokio::test]
async fn a_mappings_own_folder_marker_is_no_phantom_file_source_coop_245() {
    let world = World::embedded().await;
    let marker = Ask::new("PUT", "/store-shared/tenants/a/");
    assert_eq!(world.upstream.ask(marker.request()).await.status(), 200);
    for target in [
        "/mapped",
        "/mapped?list-type=2",
        "/mapped?delimiter=/",
        "/mapped?list-type=2&delimiter=/&max-keys=3",
    ] {
        let list = check(&world, get(target), "200").await;
        assert!(list.elements("Key").iter().all(|key| !key.is_empty()), "{target}: {}", list.text());
        assert!(
            !list.text().contains("<Key></Key>") && !list.text().contains("<Key/>"),
            "{target}: {}",
            list.text()
        );
    }
    // A marker within is an object like any other.
    check(&world, put("/mapped/dir/", ""), "200").await;
    assert_eq!(check(&world, get("/mapped?prefix=dir/"), "200").await.elements("Key"), ["dir/"]);
}

#[tokio::test]
async fn conditional_writes_are_kept_multistore_120_122() {
    let world = World::embedded().await;
    let commit =
        || Ask::new("PUT", "/private/commit").body("mine").header("if-none-match", "*").sign(&keys::full());
    check(&world, commit(), "200").await;
    check(&world, commit(), "412 PreconditionFailed").await;
    let remote = World::remote();
    let (_, sent) = relay(&remote, commit(), Said::new(200, "")).await;
    assert_eq!(sent.header("if-none-match"), "*");
}

#[tokio::test]
async fn a_copy_keeps_the_bytes_data_source_coop_51_54() {
    let world = World::embedded().await;
    let copy =
        Ask::new("PUT", "/mapped/moved").header("x-amz-copy-source", "/mapped/secret").sign(&keys::full());
    check(&world, copy, "200").await;
    check(&world, Ask::new("DELETE", "/mapped/secret").sign(&keys::full()), "204").await;
    assert_eq!(
        check(&world, get("/mapped/moved"), "200").await.text(),
        "store-shared holds tenants/a/secret"
    );
}

#[tokio::test]
async fn a_copy_under_a_mapping_names_the_stores_bucket_multistore_128() {
    let world = World::remote();
    let result = "<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>";
    let copy = Ask::new("PUT", "/private/k").header("x-amz-copy-source", "open/a%20b").sign(&keys::full());
    let (answer, sent) = relay(&world, copy, Said::new(200, result)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(sent.header("x-amz-copy-source"), "/store-shared/tenants/b/a%20b");
}

#[tokio::test]
async fn a_version_is_the_one_that_was_asked_for_multistore_130_data_source_coop_216() {
    let world = World::embedded().await;
    check(&world, Ask::new("GET", "/private/secret?versionId=null").sign(&keys::reader()), "200").await;
    check(&world, get("/private/secret?versionId=other"), "404 NoSuchVersion").await;
    let remote = World::remote();
    for method in ["GET", "HEAD", "DELETE"] {
        let ask = Ask::new(method, "/private/k?versionId=3/L4+k").sign(&keys::full());
        let (_, sent) = relay(&remote, ask, Said::new(200, "")).await;
        assert_eq!(sent.target(), "/store-private/k?versionId=3%2FL4%20k", "{method}");
    }
}

#[tokio::test]
async fn presigned_urls_work_for_every_kind_of_request_multistore_39_data_source_coop_136() {
    let world = World::embedded().await;
    let sign = |ask: Ask| ask.presign(&keys::full(), 600);
    check(&world, sign(Ask::new("PUT", "/private/p").body("x")), "200").await;
    check(&world, sign(Ask::new("GET", "/private/p")), "200").await;
    check(&world, sign(Ask::new("HEAD", "/private/p")), "200").await;
    check(&world, sign(Ask::new("GET", "/private?list-type=2")), "200").await;
    check(&world, sign(Ask::new("GET", "/private/p")).header("range", "bytes=0-0"), "206").await;
    check(&world, sign(Ask::new("DELETE", "/private/p")), "204").await;
}

#[tokio::test]
async fn a_stores_own_refusal_of_us_is_no_opaque_500_multistore_66() {
    let world = World::remote();
    for code in ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "RequestTimeTooSkewed"] {
        let (answer, _) = relay(&world, get("/private/k"), Said::error(403, code)).await;
        assert_eq!(answer.verdict(), "502 BackendAuthenticationFailed");
        assert!(answer.record.refused.unwrap().contains(code));
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_a_clean_error_multistore_89() {
    let world = World::remote();
    for said in [Said::new(413, "<html>too large</html>"), Said::error(400, "EntityTooLarge")] {
        let (answer, _) = relay(&world, put("/private/k", "x"), said).await;
        assert_eq!(answer.verdict(), "400 EntityTooLarge");
    }
}

#[tokio::test]
async fn checksums_of_parts_and_manifests_cross_multistore_0_6() {
    let world = World::remote();
    let part =
        Ask::new("PUT", "/private/k?partNumber=1&uploadId=u").body("p").header(CRC32, &checksum(CRC32, b"p"));
    let (_, sent) =
        relay(&world, part.sign(&keys::full()), Said::new(200, "").header(CRC32, "AAAAAA==")).await;
    assert_eq!(sent.header(CRC32), checksum(CRC32, b"p"));
    let manifest = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"e\"</ETag>\
                    <ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part></CompleteMultipartUpload>";
    let completed = "<CompleteMultipartUploadResult><Bucket>store-private</Bucket><Key>k</Key><ETag>\"e-1\"</ETag>\
                     <ChecksumCRC32>BBBBBB==</ChecksumCRC32></CompleteMultipartUploadResult>";
    let complete =
        Ask::new("POST", "/private/k?uploadId=u").body(manifest).header("x-amz-checksum-type", "COMPOSITE");
    let (answer, sent) = relay(&world, complete.sign(&keys::full()), Said::new(200, completed)).await;
    assert_eq!((&sent.body[..], sent.header("x-amz-checksum-type")), (manifest.as_bytes(), "COMPOSITE"));
    assert_eq!(answer.element("ChecksumCRC32"), "BBBBBB==");
    let streamed = Ask::new("PUT", "/private/k?partNumber=2&uploadId=u")
        .stream(&keys::full(), &Chunked::unsigned("p", 65_536, CRC32));
    let (_, sent) = relay(&world, streamed, Said::new(200, "")).await;
    assert_eq!(sent.header("x-amz-trailer"), CRC32);
    assert!(String::from_utf8_lossy(&sent.body).contains(&checksum(CRC32, b"p")));
}

#[tokio::test]
async fn what_clients_ask_first_is_answered_data_source_coop_39_15_16_17() {
    let world = World::embedded().await;
    check(&world, get("/"), "200").await;
    check(&world, get("/private?location"), "200").await;
    check(&world, get("/private?location="), "200").await;
    check(&world, get("/private/?location="), "200").await;
    check(&world, get("/private"), "200").await;
    check(&world, get("/private/?delimiter=%2F&prefix="), "200").await;
    check(&world, get("/private?list-type=2&delimiter=%2F&encoding-type=url&prefix="), "200").await;
    check(&world, Ask::new("HEAD", "/private").sign(&keys::full()), "200").await;
    check(&world, Ask::new("HEAD", "/private/").sign(&keys::full()), "200").await;
}

#[tokio::test]
async fn a_put_without_a_key_is_told_what_it_is_data_source_coop_168() {
    let world = World::embedded().await;
    let answer =
        check(&world, Ask::new("PUT", "/private/").body("x").sign(&keys::full()), "403 AccessDenied").await;
    assert!(answer.text().contains("s3:CreateBucket"), "{}", answer.text());
    assert!(!answer.text().to_lowercase().contains("sha256"), "{}", answer.text());
}

#[tokio::test]
async fn missing_objects_have_s3s_codes_data_source_coop_69_73_77() {
    let world = World::embedded().await;
    check(&world, get("/private/absent"), "404 NoSuchKey").await;
    check(&world, Ask::new("HEAD", "/private/absent").sign(&keys::full()), "404").await;
    check(&world, Ask::new("DELETE", "/private/absent").sign(&keys::full()), "204").await;
    check(&world, Ask::new("GET", "/public/absent"), "404 NoSuchKey").await;
}

#[tokio::test]
async fn range_headers_are_there_for_get_and_head_data_source_coop_104_114_93() {
    let world = World::embedded().await;
    for method in ["GET", "HEAD"] {
        let whole = check(&world, Ask::new(method, "/public/public.txt"), "200").await;
        assert_eq!(
            (whole.header("accept-ranges"), whole.header("content-length")),
            ("bytes", "29"),
            "{method}"
        );
        let part =
            check(&world, Ask::new(method, "/public/public.txt").header("range", "bytes=2-4"), "206").await;
        assert_eq!(
            (part.header("content-range"), part.header("content-length")),
            ("bytes 2-4/29", "3"),
            "{method}"
        );
    }
}

#[tokio::test]
async fn a_failed_listing_is_no_empty_one_data_source_coop_295b965() {
    let world = World::remote();
    for said in [
        Said::error(500, "InternalError"),
        Said::new(500, ""),
        Said::new(200, ""),
        Said::new(200, "{}"),
        Said::new(204, ""),
        Said::error(200, "InternalError"),
    ] {
        let (answer, _) = relay(&world, get("/mapped?list-type=2"), said).await;
        assert!(answer.status >= 500, "{answer:?}");
    }
}

//! R-HDR: headers that would change more than they seem to.

use brigade_testkit::{Ask, World, keys};

use super::check::{case, failed_by, refused, served, served_by, stored};

fn writes() -> Vec<(&'static str, Ask)> {
    vec![
        ("put", Ask::new("PUT", "/private/secret").body("new")),
        ("copy", Ask::new("PUT", "/private/secret").header("x-amz-copy-source", "/private/team")),
        ("create", Ask::new("POST", "/private/secret?uploads")),
    ]
}

#[tokio::test]
async fn r_hdr_01_acl_and_grant_headers_never_open_an_object() {
    let mut cases = Vec::new();
    for (name, value) in [
        ("x-amz-acl", "public-read"),
        ("x-amz-acl", "public-read-write"),
        ("x-amz-acl", "authenticated-read"),
        ("x-amz-acl", "PUBLIC-READ"),
        ("x-amz-acl", "private, public-read"),
        ("x-amz-grant-read", "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\""),
        ("x-amz-grant-write", "id=\"1\""),
        ("x-amz-grant-read-acp", "id=\"1\""),
        ("x-amz-grant-write-acp", "id=\"1\""),
        ("x-amz-grant-full-control", "id=\"1\""),
    ] {
        for (write, ask) in writes() {
            let what = format!("{write} {name}: {value}");
            cases.push(case(&what, "400 | 403 | 501", ask.clone().header(name, value).sign(&keys::full())));
            cases.push(case(&what, "400 | 403 | 501", ask.header(name, value).presign(&keys::full(), 60)));
        }
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_hdr_01_an_acl_in_a_presigned_query_is_an_acl() {
    let cases = writes().into_iter().map(|(write, ask)| {
        let ask = ask.parameter("x-amz-acl", "public-read").presign(&keys::full(), 60);
        case(write, "400 | 403 | 501", ask)
    });
    refused(cases).await;
}

#[tokio::test]
async fn r_hdr_02_headers_that_take_another_permission_are_refused() {
    let mut cases = Vec::new();
    for (name, value) in [
        ("x-amz-object-lock-mode", "COMPLIANCE"),
        ("x-amz-object-lock-legal-hold", "ON"),
        ("x-amz-object-lock-retain-until-date", "2030-01-01T00:00:00Z"),
        ("x-amz-bypass-governance-retention", "true"),
        ("x-amz-write-offset-bytes", "0"),
        ("x-amz-mfa", "1 2"),
        ("x-amz-unheard-of", "1"),
        ("x-amz-rename-source", "/private/team"),
        ("x-amz-fwd-status", "200"),
    ] {
        for (write, ask) in writes() {
            let ask = ask.header(name, value).sign(&keys::full());
            cases.push(case(format!("{write} {name}"), "400 | 403 | 501", ask));
        }
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_hdr_02_a_vendors_headers_have_no_effect() {
    let world = World::embedded().await;
    for (name, value) in [
        ("x-minio-replication-server-side-encryption", "1"),
        ("x-minio-force-delete", "true"),
        ("x-minio-extract", "true"),
        ("x-rgw-quota", "1"),
        ("x-goog-acl", "public-read"),
        ("x-goog-copy-source", "/private/team"),
        ("x-ms-copy-source", "/private/team"),
        ("x-ms-meta-a", "1"),
        ("x-seaweedfs-op", "delete"),
        ("x-amzn-trace-id", "Root=1"),
        ("cookie", "a=b"),
    ] {
        let put = Ask::new("PUT", "/private/vendor").body(name).sign(&keys::full()).header(name, value);
        served_by(&world, [case(name, "200", put)]).await;
        assert_eq!(stored(&world, "/store-private/vendor").await.unwrap(), name.as_bytes());
        let head = Ask::new("HEAD", "/private/vendor").sign(&keys::full());
        let head = served_by(&world, [case(name, "200", head)]).await.remove(0);
        assert!(head.headers.keys().all(|name| !name.as_str().starts_with("x-amz-meta-")), "{head:?}");
    }
}

#[tokio::test]
async fn what_sdks_say_of_themselves_is_no_reason_to_refuse_them() {
    // pyarrow, which is the AWS SDK for C++, sends the first of these with everything.
    for (name, value) in [("x-amz-api-version", "2006-03-01"), ("x-amz-user-agent", "aws-sdk-js/3")] {
        let put = Ask::new("PUT", "/private/sdk").header(name, value).body(name).sign(&keys::full());
        served([case(name, "200", put)]).await;
    }
}

#[tokio::test]
async fn r_hdr_03_conditions_that_fail_are_412_and_change_nothing() {
    let world = World::embedded().await;
    let head = Ask::new("HEAD", "/private/secret").sign(&keys::full());
    let etag = served_by(&world, [case("head", "200", head)]).await[0].header("etag").to_owned();
    let put = || Ask::new("PUT", "/private/secret").body("new");
    let delete = || Ask::new("DELETE", "/private/secret");
    let copy = || Ask::new("PUT", "/private/team/c").header("x-amz-copy-source", "/private/secret");
    let past = "Thu, 19 Nov 2026 12:00:00 GMT";
    let future = "Sat, 21 Nov 2026 12:00:00 GMT";
    let failed = "412 PreconditionFailed";
    let unserved = "412 PreconditionFailed | 501 NotImplemented";
    let mut cases = vec![
        case("put if none", failed, put().header("if-none-match", "*").sign(&keys::full())),
        case("put if another", failed, put().header("if-match", "\"0\"").sign(&keys::full())),
        case(
            "put if there, where nothing is",
            "404 | 412",
            put().retarget(|_| "/private/none".into()).header("if-match", &etag).sign(&keys::full()),
        ),
        case("put if none, unsigned header", failed, put().sign(&keys::full()).header("if-none-match", "*")),
        case("put unless this one", unserved, put().header("if-none-match", &etag).sign(&keys::full())),
        case("put if new", unserved, put().header("if-unmodified-since", past).sign(&keys::full())),
        case("put if changed", unserved, put().header("if-modified-since", future).sign(&keys::full())),
        case("delete if another", failed, delete().header("if-match", "\"0\"").sign(&keys::full())),
        case("delete unless there", unserved, delete().header("if-none-match", "*").sign(&keys::full())),
        case(
            "delete if of a size",
            unserved,
            delete().header("x-amz-if-match-size", "1").sign(&keys::full()),
        ),
        case(
            "delete if of a time",
            unserved,
            delete().header("x-amz-if-match-last-modified-time", past).sign(&keys::full()),
        ),
        case("delete if new", unserved, delete().header("if-unmodified-since", past).sign(&keys::full())),
        case(
            "copy if another",
            failed,
            copy().header("x-amz-copy-source-if-match", "\"0\"").sign(&keys::full()),
        ),
        case(
            "copy unless this",
            failed,
            copy().header("x-amz-copy-source-if-none-match", &etag).sign(&keys::full()),
        ),
        case(
            "copy if new",
            failed,
            copy().header("x-amz-copy-source-if-modified-since", future).sign(&keys::full()),
        ),
        case(
            "copy if old",
            failed,
            copy().header("x-amz-copy-source-if-unmodified-since", past).sign(&keys::full()),
        ),
        case(
            "copy over, if none",
            failed,
            copy().retarget(|_| "/private/team/a".into()).header("if-none-match", "*").sign(&keys::full()),
        ),
        case(
            "get if another",
            failed,
            Ask::new("GET", "/private/secret").header("if-match", "\"0\"").sign(&keys::full()),
        ),
        case(
            "get if old",
            failed,
            Ask::new("GET", "/private/secret").header("if-unmodified-since", past).sign(&keys::full()),
        ),
    ];
    let upload = Ask::new("POST", "/private/secret?uploads").sign(&keys::full());
    let id = served_by(&world, [case("create", "200", upload)]).await[0].element("UploadId").to_owned();
    let part =
        Ask::new("PUT", "/private/secret").parameter("partNumber", "1").parameter("uploadId", &id).body("p");
    let part =
        served_by(&world, [case("part", "200", part.sign(&keys::full()))]).await[0].header("etag").to_owned();
    let manifest = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{part}</ETag></Part></CompleteMultipartUpload>"
    );
    let complete = || Ask::new("POST", "/private/secret").parameter("uploadId", &id).body(manifest.clone());
    cases.push(case("complete if none", failed, complete().header("if-none-match", "*").sign(&keys::full())));
    cases.push(case(
        "complete if another",
        failed,
        complete().header("if-match", "\"0\"").sign(&keys::full()),
    ));
    failed_by(&world, cases).await;
}

#[tokio::test]
async fn r_hdr_03_conditions_of_a_batch_delete_are_kept() {
    let world = World::embedded().await;
    let before = world.snapshot().await;
    for condition in [
        "<ETag>\"0\"</ETag>",
        "<Size>1</Size>",
        "<LastModifiedTime>Thu, 19 Nov 2026 12:00:00 GMT</LastModifiedTime>",
        "<VersionId>other</VersionId>",
    ] {
        let body = format!("<Delete><Object><Key>secret</Key>{condition}</Object></Delete>");
        let ask = Ask::new("POST", "/private?delete").body(body).sign(&keys::full());
        let answer = served_by(&world, [case(condition, "200 | 400 | 501", ask)]).await.remove(0);
        if answer.status == 200 {
            assert!(answer.text().contains("<Error>"), "{condition}: {}", answer.text());
        }
        assert_eq!(world.snapshot().await, before, "{condition}");
    }
}

#[tokio::test]
async fn conditions_that_hold_are_no_hindrance() {
    let world = World::embedded().await;
    let head = Ask::new("HEAD", "/private/secret").sign(&keys::full());
    let etag = served_by(&world, [case("head", "200", head)]).await[0].header("etag").to_owned();
    let get = || Ask::new("GET", "/private/secret");
    served_by(
        &world,
        [
            case("get", "200", get().header("if-match", &etag).sign(&keys::full())),
            case("get unless this", "304", get().header("if-none-match", &etag).sign(&keys::full())),
            case(
                "put if this",
                "200",
                Ask::new("PUT", "/private/secret").body("new").header("if-match", &etag).sign(&keys::full()),
            ),
            case(
                "put if none",
                "200",
                Ask::new("PUT", "/private/fresh")
                    .body("new")
                    .header("if-none-match", "*")
                    .sign(&keys::full()),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn r_hdr_02_a_batch_delete_bypasses_no_retention_without_the_right_to() {
    let world = World::embedded().await;
    let before = world.snapshot().await;
    for (name, value) in [("x-amz-bypass-governance-retention", "true"), ("x-amz-acl", "public-read")] {
        let body = "<Delete><Object><Key>secret</Key></Object></Delete>";
        let ask = Ask::new("POST", "/private?delete").body(body).header(name, value).sign(&keys::full());
        let answer = served_by(&world, [case(name, "200 | 403", ask)]).await.remove(0);
        assert_eq!(answer.elements("Code"), ["AccessDenied"], "{name}: {}", answer.text());
        assert_eq!(world.upstream.sent(), [""; 0], "{name}");
    }
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn r_tok_02_a_session_token_nobody_issued_is_refused() {
    let token = brigade_testkit::Signer { token: Some("forged".into()), ..keys::full() };
    let mut cases = Vec::new();
    for (name, ask) in super::check::operations("private", "team/a") {
        cases.push(case(name, "400 InvalidToken | 403", ask.clone().sign(&token)));
        cases.push(case(name, "400 InvalidToken | 403", ask.presign(&token, 60)));
    }
    cases.push(case("public", "400 InvalidToken | 403", Ask::new("GET", "/public/public.txt").sign(&token)));
    refused(cases).await;
}

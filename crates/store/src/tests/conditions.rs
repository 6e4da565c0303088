//! Conditions on reading, writing, deleting and copying, against S3's answers.

use super::{Bench, Headers};

const HELLO: &str = "\"5d41402abc4b2a76b9719d911017c592\"";
const OTHER: &str = "\"00000000000000000000000000000000\"";
const THEN: &str = "Fri, 20 Nov 2026 12:00:00 GMT";
const BEFORE: &str = "Fri, 20 Nov 2026 11:59:59 GMT";

#[tokio::test]
async fn r_hdr_03_conditions_hold_or_refuse_and_none_is_ignored() {
    type Case<'a> = (&'a str, Headers<'a>, u16, &'a str);
    let cases: &[Case<'_>] = &[
        ("GET /bucket/key", &[("if-match", HELLO)], 200, ""),
        ("GET /bucket/key", &[("if-match", OTHER)], 412, "PreconditionFailed"),
        ("GET /bucket/key", &[("if-none-match", HELLO)], 304, ""),
        ("HEAD /bucket/key", &[("if-none-match", HELLO)], 304, ""),
        ("GET /bucket/key", &[("if-modified-since", THEN)], 304, ""),
        ("GET /bucket/key", &[("if-modified-since", BEFORE)], 200, ""),
        ("GET /bucket/key", &[("if-unmodified-since", BEFORE)], 412, "PreconditionFailed"),
        ("GET /bucket/key", &[("if-match", HELLO), ("range", "bytes=9-")], 416, "InvalidRange"),
        ("GET /bucket/key", &[("range", "bytes=1-2"), ("if-range", HELLO)], 206, ""),
        ("GET /bucket/key", &[("range", "bytes=1-2"), ("if-range", THEN)], 206, ""),
        ("GET /bucket/key", &[("range", "bytes=1-2"), ("if-range", OTHER)], 200, ""),
        ("GET /bucket/key", &[("range", "bytes=1-2"), ("if-range", BEFORE)], 200, ""),
        ("PUT /bucket/key", &[("if-none-match", "*")], 412, "PreconditionFailed"),
        ("PUT /bucket/key", &[("if-none-match", HELLO)], 501, "NotImplemented"),
        ("PUT /bucket/key", &[("if-match", OTHER)], 412, "PreconditionFailed"),
        ("PUT /bucket/none", &[("if-match", HELLO)], 404, "NoSuchKey"),
        ("PUT /bucket/key", &[("if-unmodified-since", THEN)], 501, "NotImplemented"),
        ("DELETE /bucket/key", &[("if-match", OTHER)], 412, "PreconditionFailed"),
        ("DELETE /bucket/none", &[("if-match", "*")], 404, "NoSuchKey"),
        ("DELETE /bucket/key", &[("x-amz-if-match-size", "5")], 501, "NotImplemented"),
        (
            "PUT /bucket/copy",
            &[("x-amz-copy-source", "bucket/key"), ("x-amz-copy-source-if-match", OTHER)],
            412,
            "PreconditionFailed",
        ),
        (
            "PUT /bucket/copy",
            &[("x-amz-copy-source", "bucket/key"), ("x-amz-copy-source-if-none-match", HELLO)],
            412,
            "PreconditionFailed",
        ),
        (
            "PUT /bucket/copy",
            &[("x-amz-copy-source", "bucket/key"), ("x-amz-copy-source-if-modified-since", THEN)],
            412,
            "PreconditionFailed",
        ),
        (
            "PUT /bucket/copy",
            &[("x-amz-copy-source", "bucket/key"), ("x-amz-copy-source-if-unmodified-since", BEFORE)],
            412,
            "PreconditionFailed",
        ),
        (
            "PUT /bucket/key",
            &[("x-amz-copy-source", "bucket/other"), ("if-none-match", "*")],
            412,
            "PreconditionFailed",
        ),
        ("PUT /bucket/key", &[("if-match", HELLO)], 200, ""),
        ("PUT /bucket/new", &[("if-none-match", "*")], 200, ""),
        ("DELETE /bucket/key", &[("if-match", HELLO)], 204, ""),
    ];
    for bench in Bench::both() {
        bench.check("PUT /bucket/other", &[], "other", 200, "").await;
        bench.check("PUT /bucket/key", &[], "hello", 200, "").await;
        for (line, headers, status, code) in cases {
            bench.check(line, headers, "hello", *status, code).await;
        }
        bench.check("GET /bucket/copy", &[], "", 404, "NoSuchKey").await;
    }
}

#[tokio::test]
async fn r_hdr_01_what_is_not_supported_is_refused_and_has_no_effect() {
    let bench = Bench::memory();
    for (name, value, status, code) in [
        ("x-amz-acl", "public-read", 400, "AccessControlListNotSupported"),
        ("x-amz-grant-read", "uri=x", 400, "AccessControlListNotSupported"),
        ("x-amz-storage-class", "GLACIER", 400, "InvalidStorageClass"),
        ("x-amz-server-side-encryption", "aws:kms", 501, "NotImplemented"),
        ("x-amz-server-side-encryption-customer-key", "k", 501, "NotImplemented"),
        ("x-amz-object-lock-mode", "GOVERNANCE", 501, "NotImplemented"),
        ("x-amz-website-redirect-location", "/x", 501, "NotImplemented"),
        ("x-amz-if-match-initiated-time", "x", 501, "NotImplemented"),
        ("x-amz-expected-bucket-owner", "123456789012", 403, "AccessDenied"),
    ] {
        for line in ["PUT /bucket/key", "POST /bucket/key?uploads", "DELETE /bucket/key", "GET /bucket"] {
            bench.check(line, &[(name, value)], "", status, code).await;
        }
    }
    bench.check("GET /bucket/key", &[], "", 404, "NoSuchKey").await;
    bench
        .check(
            "PUT /bucket/key",
            &[("x-amz-acl", "private"), ("x-amz-storage-class", "STANDARD")],
            "",
            200,
            "",
        )
        .await;
}

#[tokio::test]
async fn r_sub_02_an_unknown_version_is_never_the_current_one() {
    let bench = Bench::memory();
    bench.check("PUT /bucket/key", &[], "hello", 200, "").await;
    for line in ["GET", "HEAD", "DELETE"] {
        let code = if line == "HEAD" { "" } else { "NoSuchVersion" };
        bench.check(&format!("{line} /bucket/key?versionId=abc"), &[], "", 404, code).await;
    }
    bench.check("GET /bucket/key?tagging&versionId=abc", &[], "", 404, "NoSuchVersion").await;
    bench.check("GET /bucket/key?versionId=", &[], "", 400, "InvalidArgument").await;
    let copy = [("x-amz-copy-source", "bucket/key?versionId=abc")];
    bench.check("PUT /bucket/copy", &copy, "", 404, "NoSuchVersion").await;
    assert_eq!(bench.ask("GET /bucket/key?versionId=null", &[], "").await.text(), "hello");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conditional_writes_ignored_elsewhere_let_exactly_one_writer_through() {
    for bench in Bench::both() {
        let bench = std::sync::Arc::new(bench);
        let mut etag = None;
        for round in 0..4 {
            let mut writers = tokio::task::JoinSet::new();
            for writer in 0..8 {
                let (bench, etag) = (bench.clone(), etag.clone());
                writers.spawn(async move {
                    let condition = etag.as_deref().map_or(("if-none-match", "*"), |etag| ("if-match", etag));
                    let body = format!("round {round} writer {writer}").repeat(400 * (writer % 2));
                    let body = if body.is_empty() { format!("{round} {writer}") } else { body };
                    bench.ask("PUT /bucket/key", &[condition], body).await
                });
            }
            let answers = writers.join_all().await;
            let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
            assert_eq!(won.len(), 1, "round {round}");
            assert!(answers.iter().all(|answer| answer.status == 200 || answer.status == 412), "{answers:?}");
            assert_eq!(bench.ask("HEAD /bucket/key", &[], "").await.header("etag"), won[0].header("etag"));
            etag = Some(won[0].header("etag").to_owned());
        }
    }
}

//! R-INT: what arrives is what was sent.

use brigade_testkit::{Ask, Body, Chunked, World, arrival, checksum, keys};

use super::check::{case, expects, failed, served_by};

/// `Content-MD5` of `new` and of nothing, worked out elsewhere.
const MD5_NEW: &str = "Iq9kXRhZy1ym2gxITx836g==";
const MD5_NOTHING: &str = "1B2M2Y8AsgTpgAmY7PhCfg==";
const DIGEST: &str = "400 BadDigest";
const INVALID: &str = "400 InvalidDigest | 400 BadDigest | 400 InvalidRequest";

fn put() -> Ask {
    Ask::new("PUT", "/private/secret").body("new")
}

#[tokio::test]
async fn r_int_01_a_wrong_digest_of_an_upload_is_refused() {
    let mut cases = vec![
        case("md5", DIGEST, put().header("content-md5", MD5_NOTHING).sign(&keys::full())),
        case(
            "md5 that is none",
            "400 InvalidDigest",
            put().header("content-md5", "AAAA").sign(&keys::full()),
        ),
        case(
            "md5 that is no base64",
            "400 InvalidDigest",
            put().header("content-md5", "?").sign(&keys::full()),
        ),
        case(
            "md5 of an unsigned body",
            DIGEST,
            put().header("content-md5", MD5_NOTHING).sign(&keys::full().mark("UNSIGNED-PAYLOAD")),
        ),
    ];
    for name in [
        "x-amz-checksum-crc32",
        "x-amz-checksum-crc32c",
        "x-amz-checksum-crc64nvme",
        "x-amz-checksum-sha1",
        "x-amz-checksum-sha256",
    ] {
        let with = |value: &str| put().header(name, value).sign(&keys::full());
        cases.push(case(name, DIGEST, with(&checksum(name, b"other"))));
        cases.push(case(format!("{name} that is none"), INVALID, with("AAAA")));
        cases.push(case(format!("{name} that is no base64"), INVALID, with("?")));
    }
    failed(cases).await;
    let world = World::embedded().await;
    let right = put().header("content-md5", MD5_NEW);
    let right = right.header("x-amz-checksum-crc32", &checksum("x-amz-checksum-crc32", b"new"));
    served_by(&world, [case("right", "200", right.sign(&keys::full()))]).await;
}

#[tokio::test]
async fn r_int_02_an_upload_whose_client_leaves_stores_nothing() {
    let world = World::embedded().await;
    let before = world.snapshot().await;
    let crc32 = "x-amz-checksum-crc32";
    let data = "0123456789";
    let uploads = [
        ("hashed", Ask::new("PUT", "/private/secret").body(data).sign(&keys::full())),
        (
            "unsigned",
            Ask::new("PUT", "/private/secret").body(data).sign(&keys::full().mark("UNSIGNED-PAYLOAD")),
        ),
        ("presigned", Ask::new("PUT", "/private/secret").body(data).presign(&keys::full(), 60)),
        (
            "signed chunks",
            Ask::new("PUT", "/private/secret").stream(&keys::full(), &Chunked::signed(data, 4)),
        ),
        (
            "signed chunks and trailer",
            Ask::new("PUT", "/private/secret")
                .stream(&keys::full(), &Chunked::signed(data, 4).trailing(crc32)),
        ),
        (
            "unsigned chunks",
            Ask::new("PUT", "/private/secret").stream(&keys::full(), &Chunked::unsigned(data, 4, crc32)),
        ),
    ];
    for (what, ask) in uploads {
        let bytes = ask.bytes();
        for keep in [0, 1, bytes.len() / 2, bytes.len() - 1, bytes.len()] {
            for reset in [true, false] {
                if keep == bytes.len() && !reset {
                    continue;
                }
                let (head, _) = ask.clone().request().into_parts();
                let body = Body::bytewise(&bytes[..keep]);
                let body = if reset { body.failing(brigade_gateway::BodyError::Cut) } else { body };
                let answer = world.send_at(http::Request::from_parts(head, body), arrival()).await;
                let what = format!("{what}, {keep} of {} bytes, reset: {reset}", bytes.len());
                expects(&what, &answer, "400 | 403", false);
                assert_eq!(world.snapshot().await, before, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn r_int_03_what_was_said_of_an_object_comes_back() {
    let world = World::embedded().await;
    let headers = [
        ("content-type", "text/x-test; charset=utf-8"),
        ("content-encoding", "gzip"),
        ("content-language", "de-CH"),
        ("content-disposition", "attachment; filename=\"a b.txt\""),
        ("cache-control", "max-age=60, must-revalidate"),
        ("expires", "Fri, 20 Nov 2026 13:00:00 GMT"),
        ("x-amz-meta-plain", "value"),
        ("x-amz-meta-with-dashes-and-0", "a=b; c"),
        ("x-amz-checksum-crc32", "hwUUfg=="),
    ];
    let put = headers.iter().fold(Ask::new("PUT", "/mapped/kept").body("new"), |ask, (name, value)| {
        if *name == "x-amz-checksum-crc32" {
            ask.header(name, &checksum(name, b"new"))
        } else {
            ask.header(name, value)
        }
    });
    let answers = served_by(&world, [case("put", "200", put.sign(&keys::full()))]).await;
    let etag = answers[0].header("etag").to_owned();
    assert_eq!(etag, "\"22af645d1859cb5ca6da0c484f1f37ea\"");
    for method in ["GET", "HEAD"] {
        let ask = Ask::new(method, "/mapped/kept").header("x-amz-checksum-mode", "ENABLED");
        let answer = served_by(&world, [case(method, "200", ask.sign(&keys::full()))]).await.remove(0);
        for (name, value) in headers {
            let value =
                if name == "x-amz-checksum-crc32" { checksum(name, b"new") } else { value.to_owned() };
            assert_eq!(answer.header(name), value, "{method} {name}");
        }
        assert_eq!(answer.header("etag"), etag, "{method}");
        assert_eq!(answer.header("content-length"), "3", "{method}");
        assert_eq!(answer.header("last-modified"), "Fri, 20 Nov 2026 12:00:00 GMT", "{method}");
        assert_eq!(answer.header("accept-ranges"), "bytes", "{method}");
    }
}

#[tokio::test]
async fn r_int_01_a_wrong_digest_of_a_part_is_refused() {
    let world = World::embedded().await;
    let create = Ask::new("POST", "/private/secret?uploads").sign(&keys::full());
    let id = served_by(&world, [case("create", "200", create)]).await[0].element("UploadId").to_owned();
    let part = || {
        Ask::new("PUT", "/private/secret").parameter("partNumber", "1").parameter("uploadId", &id).body("new")
    };
    let crc = "x-amz-checksum-crc32c";
    super::check::failed_by(
        &world,
        [
            case("md5", DIGEST, part().header("content-md5", MD5_NOTHING).sign(&keys::full())),
            case("crc", DIGEST, part().header(crc, &checksum(crc, b"other")).sign(&keys::full())),
            case("hash", "400 XAmzContentSHA256Mismatch", part().sign(&keys::full()).body("other")),
            case(
                "trailer",
                DIGEST,
                part().stream_with(&keys::full(), &Chunked::unsigned("new", 2, crc), |p| p[0][3] ^= 1),
            ),
            case(
                "chunk",
                "403 SignatureDoesNotMatch",
                part().stream_with(&keys::full(), &Chunked::signed("new", 2), |p| {
                    let data = p[1].len() - 3;
                    p[1][data] ^= 1;
                }),
            ),
        ],
    )
    .await;
    let list = Ask::new("GET", "/private/secret").parameter("uploadId", &id).sign(&keys::full());
    let list = served_by(&world, [case("list", "200", list)]).await.remove(0);
    assert_eq!(list.elements("PartNumber"), [""; 0], "no part is there");
}

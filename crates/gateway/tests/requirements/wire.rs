//! What goes on the wire to a store behind HTTP, and what comes back from it (R-INT-03, R-HDR, R-REL-07, R-ERR-02).

use brigade_testkit::{Answer, Ask, Chunked, Recorder, Said, Sent, World, keys};

use super::check::expects;

const LISTING: &str = "<ListBucketResult><Name>store-shared</Name><Prefix>tenants/a/</Prefix>\
    <KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>";
const DELETED: &str = "<DeleteResult><Deleted><Key>tenants/a/team/a</Key></Deleted></DeleteResult>";
const COPIED: &str = "<CopyObjectResult><ETag>\"e\"</ETag><LastModified>2026-11-20T12:00:00.000Z</LastModified></CopyObjectResult>";
const PART_COPIED: &str = "<CopyPartResult><ETag>\"e\"</ETag><LastModified>2026-11-20T12:00:00.000Z</LastModified></CopyPartResult>";
const INITIATED: &str = "<InitiateMultipartUploadResult><Bucket>store-shared</Bucket><Key>tenants/a/team/a</Key>\
    <UploadId>u</UploadId></InitiateMultipartUploadResult>";
const COMPLETED: &str = "<CompleteMultipartUploadResult><Location>http://store.internal:9900/store-shared/tenants/a/team/a</Location>\
    <Bucket>store-shared</Bucket><Key>tenants/a/team/a</Key><ETag>\"e-1\"</ETag></CompleteMultipartUploadResult>";
const UPLOADS: &str = "<ListMultipartUploadsResult><Bucket>store-shared</Bucket><Prefix>tenants/a/</Prefix><KeyMarker></KeyMarker>\
    <UploadIdMarker></UploadIdMarker><MaxUploads>1000</MaxUploads><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>";
const PARTS: &str = "<ListPartsResult><Bucket>store-shared</Bucket><Key>tenants/a/team/a</Key><UploadId>u</UploadId>\
    <Initiator><ID>AKIDBACKEND</ID></Initiator><Owner><ID>store-owner</ID><DisplayName>store-owner</DisplayName></Owner>\
    <IsTruncated>false</IsTruncated></ListPartsResult>";

/// What a well-behaved store says to each operation.
pub(super) fn says(operation: &str) -> Said {
    let document = match operation {
        "ListObjects" | "ListObjectsV2" => LISTING,
        "DeleteObjects" => DELETED,
        "CopyObject" => COPIED,
        "UploadPartCopy" => PART_COPIED,
        "CreateMultipartUpload" => INITIATED,
        "CompleteMultipartUpload" => COMPLETED,
        "ListMultipartUploads" => UPLOADS,
        "ListParts" => PARTS,
        _ => "",
    };
    Said::new(200, document)
        .header("server", "store.internal")
        .header("x-amz-request-id", "STOREREQUEST")
        .header("x-amz-id-2", "store-host")
        .header("set-cookie", "store-cookie=1")
        .header("x-amz-bucket-region", "eu-test-1")
        .header("via", "1.1 store.internal")
        .header("x-powered-by", "store.internal")
        .header("access-control-allow-origin", "*")
}

/// Sends one request to a store that says this; what came back, and the one request it was sent.
pub(super) async fn ask(world: &World<Recorder>, ask: Ask, said: Said) -> (Answer, Sent) {
    world.upstream.say(said);
    let answer = world.send(ask).await;
    let mut sent = world.upstream.sent();
    assert_eq!(sent.len(), 1, "{answer:?}");
    (answer, sent.remove(0))
}

fn keeps_secrets(what: &str, answer: &Answer) {
    let all = answer.everything();
    for secret in
        ["store-", "tenants/", "store.internal", "AKIDBACKEND", "backend secret", "STOREREQUEST", "eu-test-1"]
    {
        assert!(!all.contains(secret), "{what} tells {secret:?}:\n{all}");
    }
}

#[tokio::test]
async fn every_operation_is_signed_anew_under_the_stores_names() {
    let world = World::remote();
    for (name, request) in super::check::operations("mapped", "team/a") {
        for request in [request.clone().sign(&keys::full()), request.clone().presign(&keys::full(), 60)] {
            if name == "GetBucketLocation" {
                continue; // answered here
            }
            let (answer, sent) =
                ask(&world, request.header("cookie", "a=b").header("x-forwarded-for", "1.2.3.4"), says(name))
                    .await;
            expects(name, &answer, "200", name.starts_with("Head"));
            keeps_secrets(name, &answer);
            // R-WEB-01: the store's opinion on origins is not ours.
            assert!(
                answer.headers.keys().all(|header| !header.as_str().starts_with("access-control-")),
                "{name}"
            );
            sent.verify(&keys::backend()).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert_eq!(sent.uri.scheme_str(), Some("http"), "{name}");
            assert_eq!(sent.uri.authority().unwrap().as_str(), "store.internal:9900", "{name}");
            assert_eq!(sent.header("host"), "store.internal:9900", "{name}");
            assert_eq!(sent.header("x-amz-date"), "20261120T120000Z", "{name}");
            assert!(
                sent.header("authorization").contains("AKIDBACKEND/20261120/eu-test-1/s3/aws4_request"),
                "{name}"
            );
            // R-REL-07: nothing of the client's own identity travels on.
            for header in ["cookie", "x-forwarded-for", "x-amz-security-token"] {
                assert_eq!(sent.header(header), "", "{name} {header}");
            }
            assert!(!sent.target().contains("X-Amz-"), "{name}: {}", sent.target());
            assert!(!format!("{:?}", sent.headers).contains("AKIDFULL"), "{name}");
            let path = sent.uri.path();
            let on_object = !name.starts_with("List") && !["HeadBucket", "DeleteObjects"].contains(&name)
                || name == "ListParts";
            assert_eq!(
                path,
                if on_object { "/store-shared/tenants/a/team/a" } else { "/store-shared" },
                "{name}"
            );
            if name.starts_with("ListObjects") || name == "ListMultipartUploads" {
                assert!(sent.target().contains("prefix=tenants%2Fa%2Fteam%2F"), "{name}: {}", sent.target());
            }
            if ["CopyObject", "UploadPartCopy"].contains(&name) {
                assert_eq!(sent.header("x-amz-copy-source"), "/store-shared/tenants/a/team/a", "{name}");
            }
            if name == "DeleteObjects" {
                let body = std::str::from_utf8(&sent.body).unwrap();
                assert!(body.contains("<Key>tenants/a/team/a</Key>"), "{body}");
            }
            if ["PUT", "POST"].contains(&sent.method.as_str()) {
                assert_eq!(sent.header("content-length"), sent.body.len().to_string(), "{name}");
            }
            assert_eq!(sent.header("transfer-encoding"), "", "{name}");
        }
    }
}

#[tokio::test]
async fn keys_reach_the_store_byte_for_byte() {
    let world = World::remote();
    for (path, wire) in [
        ("a b", ""), // not a request target: left out below
        ("a%20b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("a%2Bb", "a%2Bb"),
        ("year=2026/x", "year%3D2026/x"),
        ("(1)!*'", "%281%29%21%2A%27"),
        ("a//b/", "a//b/"),
        ("/lead", "/lead"),
        ("./a/../b", "./a/../b"),
        ("%2e%2e/b", "../b"),
        ("a%2Fb", "a/b"),
        ("a%252Fb", "a%252Fb"),
        ("100%25", "100%25"),
        ("%E2%82%AC", "%E2%82%AC"),
        ("a&b;c,d:e@f$g", "a%26b%3Bc%2Cd%3Ae%40f%24g"),
        ("~tilde_-.", "~tilde_-."),
        ("%3Fx=1%23y", "%3Fx%3D1%23y"),
        ("%5C", "%5C"),
        ("%7F%01", "%7F%01"),
    ] {
        if wire.is_empty() {
            continue;
        }
        for bucket in ["private", "mapped"] {
            let target = format!("/{bucket}/{path}");
            let (answer, sent) =
                ask(&world, Ask::new("PUT", &target).body("x").sign(&keys::full()), Said::new(200, "")).await;
            expects(path, &answer, "200", false);
            let folder = if bucket == "mapped" { "/store-shared/tenants/a/" } else { "/store-private/" };
            assert_eq!(sent.target(), format!("{folder}{wire}"));
            sent.verify(&keys::backend()).unwrap_or_else(|why| panic!("{path}: {why}"));
        }
    }
}

#[tokio::test]
async fn what_a_client_says_of_an_object_reaches_the_store_as_it_said_it() {
    let world = World::remote();
    let headers = [
        ("content-type", "text/plain;  charset=\"utf-8\""),
        ("content-language", "de"),
        ("content-disposition", "attachment; filename=\"ä b.txt\""),
        ("cache-control", "no-cache, max-age=0"),
        ("expires", "whenever"),
        ("content-md5", "Iq9kXRhZy1ym2gxITx836g=="),
        ("content-encoding", "gzip"),
        ("if-none-match", "*"),
        ("x-amz-meta-a", "1"),
        ("x-amz-meta-umlaut", "grün"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-server-side-encryption-aws-kms-key-id", "alias/k"),
        ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-amz-server-side-encryption-customer-key", "c2VjcmV0"),
        ("x-amz-checksum-crc32c", "AAAAAA=="),
        ("x-amz-sdk-checksum-algorithm", "CRC32C"),
        ("x-amz-tagging", "a=b&c=d%20e"),
        ("x-amz-website-redirect-location", "/other"),
        ("x-amz-expected-bucket-owner", "123456789012"),
        ("x-amz-acl", "private"),
    ];
    let put = headers.iter().fold(Ask::new("PUT", "/private/k").body("new"), |ask, (n, v)| ask.header(n, v));
    for signer in [keys::full(), keys::full().mark("UNSIGNED-PAYLOAD")] {
        let mark = signer.mark.clone();
        let (answer, sent) = ask(&world, put.clone().sign(&signer), Said::new(200, "")).await;
        expects("put", &answer, "200", false);
        sent.verify(&keys::backend()).unwrap();
        for (name, value) in headers {
            assert_eq!(sent.headers.get(name).unwrap().as_bytes(), value.as_bytes(), "{name}");
        }
        assert_eq!((&sent.body[..], sent.header("content-length")), (&b"new"[..], "3"));
        let hash = "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437";
        let expect = if mark == brigade_testkit::Mark::Hash { hash } else { "UNSIGNED-PAYLOAD" };
        assert_eq!(sent.header("x-amz-content-sha256"), expect, "the store checks what the client declared");
    }
}

#[tokio::test]
async fn headers_hoisted_into_a_presigned_url_are_headers() {
    let world = World::remote();
    let put = Ask::new("PUT", "/private/k?x-amz-meta-a=1&x-amz-storage-class=STANDARD_IA&x-id=PutObject")
        .body("new");
    let (answer, sent) = ask(&world, put.presign(&keys::full(), 60), Said::new(200, "")).await;
    expects("put", &answer, "200", false);
    assert_eq!((sent.header("x-amz-meta-a"), sent.header("x-amz-storage-class")), ("1", "STANDARD_IA"));
    assert_eq!(sent.target(), "/store-private/k");
    sent.verify(&keys::backend()).unwrap();
}

#[tokio::test]
async fn framing_goes_on_where_the_store_can_check_it_and_is_made_anew_where_not() {
    let crc = "x-amz-checksum-crc32";
    let data = "0123456789".repeat(20_000);
    for verify in [false, true] {
        let world = World::remote_as(|backend| backend.verify_payload = verify);
        for (mode, kept) in [
            (Chunked::signed(data.clone(), 50_000), false),
            (Chunked::signed(data.clone(), 50_000).trailing(crc), false),
            (Chunked::unsigned(data.clone(), 50_000, crc), !verify),
        ] {
            let what = format!("{}, verifying: {verify}", mode.marker());
            let put =
                Ask::new("PUT", "/private/k").header("content-encoding", "gzip").stream(&keys::full(), &mode);
            let framed = put.bytes();
            let (answer, sent) = ask(&world, put, Said::new(200, "")).await;
            expects(&what, &answer, "200", false);
            sent.verify(&keys::backend()).unwrap_or_else(|why| panic!("{what}: {why}"));
            assert_eq!(sent.ended, Ok(()), "{what}");
            assert_eq!(sent.header("content-length"), sent.body.len().to_string(), "{what}");
            let encodings: Vec<_> =
                sent.headers.get_all("content-encoding").iter().map(|v| v.to_str().unwrap()).collect();
            let encodings = encodings.join(",").replace(' ', "");
            if mode.trailer.is_none() {
                assert_eq!(sent.header("x-amz-content-sha256"), "UNSIGNED-PAYLOAD", "{what}");
                assert!(sent.body == data.as_bytes(), "{what}");
                assert_eq!(encodings, "gzip", "{what}");
                assert_eq!(sent.header("x-amz-decoded-content-length"), "", "{what}");
            } else {
                assert_eq!(
                    sent.header("x-amz-content-sha256"),
                    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                    "{what}"
                );
                assert_eq!(sent.header("x-amz-decoded-content-length"), data.len().to_string(), "{what}");
                assert_eq!(sent.header("x-amz-trailer"), crc, "{what}");
                assert_eq!(encodings, "aws-chunked,gzip", "{what}");
                assert_eq!(sent.body == framed, kept, "{what}");
                let (decoded, trailer) = unframe(&sent.body);
                assert!(decoded == data.as_bytes(), "{what}");
                assert_eq!(
                    trailer,
                    format!("{crc}:{}", brigade_testkit::checksum(crc, data.as_bytes())),
                    "{what}"
                );
            }
        }
    }
}

/// A slow reading of unsigned `aws-chunked` framing.
fn unframe(mut body: &[u8]) -> (Vec<u8>, String) {
    let mut data = Vec::new();
    loop {
        let end = body.windows(2).position(|pair| pair == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        body = &body[end + 2..];
        if size == 0 {
            let trailer = std::str::from_utf8(body).unwrap().strip_suffix("\r\n\r\n").unwrap();
            return (data, trailer.to_owned());
        }
        data.extend_from_slice(&body[..size]);
        assert_eq!(&body[size..size + 2], b"\r\n");
        body = &body[size + 2..];
    }
}

#[tokio::test]
async fn r_int_03_what_a_store_says_of_an_object_reaches_the_client_unchanged() {
    let world = World::remote();
    let headers = [
        ("etag", "\"d41d8cd98f00b204e9800998ecf8427e-12\""),
        ("last-modified", "Fri, 20 Nov 2026 11:00:00 GMT"),
        ("content-type", "text/plain; charset=utf-8"),
        ("content-encoding", "gzip"),
        ("content-language", "de"),
        ("content-disposition", "inline; filename=\"ü\""),
        ("cache-control", "max-age=1"),
        ("expires", "-1"),
        ("accept-ranges", "bytes"),
        ("content-range", "bytes 0-2/10"),
        ("x-amz-meta-a", " b  c"),
        ("x-amz-meta-umlaut", "grün"),
        ("x-amz-version-id", "v1"),
        ("x-amz-checksum-crc32", "AAAAAA=="),
        ("x-amz-checksum-type", "FULL_OBJECT"),
        ("x-amz-storage-class", "GLACIER"),
        ("x-amz-restore", "ongoing-request=\"false\""),
        ("x-amz-server-side-encryption", "AES256"),
        ("x-amz-mp-parts-count", "12"),
        ("x-amz-tagging-count", "2"),
    ];
    for method in ["GET", "HEAD"] {
        let said = headers.iter().fold(Said::new(206, "new"), |said, (name, value)| said.header(name, value));
        let (answer, _) = ask(&world, Ask::new(method, "/private/k").sign(&keys::full()), said).await;
        expects(method, &answer, "206", true);
        for (name, value) in headers {
            assert_eq!(
                answer.headers.get(name).map(|v| v.as_bytes()),
                Some(value.as_bytes()),
                "{method} {name}"
            );
        }
        assert_eq!(answer.header("content-length"), "3");
    }
}

#[tokio::test]
async fn r_err_02_nothing_of_the_store_reaches_the_client() {
    let world = World::remote();
    let document = |code: &str| {
        format!(
            "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>The key tenants/a/team/a of store-shared at store.internal is \
             closed to AKIDBACKEND</Message><BucketName>store-shared</BucketName><Key>tenants/a/team/a</Key>\
             <Resource>/store-shared/tenants/a/team/a</Resource><AWSAccessKeyId>AKIDBACKEND</AWSAccessKeyId>\
             <StringToSign>AWS4-HMAC-SHA256 eu-test-1</StringToSign><CanonicalRequest>GET store-shared</CanonicalRequest>\
             <SignatureProvided>store-sig</SignatureProvided><Endpoint>store.internal:9900</Endpoint>\
             <RequestId>STOREREQUEST</RequestId><HostId>store-host</HostId></Error>"
        )
    };
    for (status, code) in [
        (400, "InvalidArgument"),
        (400, "ExpiredToken"),
        (301, "PermanentRedirect"),
        (307, "TemporaryRedirect"),
        (403, "AccessDenied"),
        (403, "SignatureDoesNotMatch"),
        (403, "InvalidAccessKeyId"),
        (403, "RequestTimeTooSkewed"),
        (404, "NoSuchKey"),
        (404, "NoSuchBucket"),
        (404, "NoSuchUpload"),
        (409, "store-made-up"),
        (412, "PreconditionFailed"),
        (416, "InvalidRange"),
        (500, "InternalError"),
        (503, "SlowDown"),
        (200, "InternalError"),
    ] {
        for (name, request) in super::check::operations("mapped", "team/a") {
            if name == "GetBucketLocation" || (status == 200 && says(name).frames[0].is_empty()) {
                continue;
            }
            let said = Said { status, frames: vec![document(code).into()], ..says(name) };
            let said = Said { headers: Vec::new(), ..said.clone() };
            let said = says(name)
                .headers
                .iter()
                .fold(said, |said, (n, v)| if n == "content-length" { said } else { said.header(n, v) });
            let said = said
                .header("location", "http://store.internal:9900/store-shared")
                .header("x-amz-error-message", "store-x");
            let (answer, _) = ask(&world, request.sign(&keys::full()), said).await;
            let what = format!("{name} {status} {code}");
            assert!(answer.status >= 400, "{what}: {answer:?}");
            keeps_secrets(&what, &answer);
            assert_eq!(answer.header("location"), "", "{what}");
            assert!(
                answer.record.refused.unwrap().contains(code) || answer.body.is_empty() || status == 301,
                "{what}"
            );
        }
    }
}

#[tokio::test]
async fn r_err_02_listings_and_results_are_in_the_clients_names() {
    let world = World::remote();
    let owner = "<Owner><ID>AKIDBACKEND</ID><DisplayName>store-owner</DisplayName></Owner>";
    let contents = format!(
        "<Contents><Key>tenants/a/team/a</Key><LastModified>2026-11-20T12:00:00.000Z</LastModified><ETag>\"e\"</ETag><Size>1</Size>{owner}\
         <StorageClass>STANDARD</StorageClass></Contents>"
    );
    let listing = |more: &str| {
        format!(
            "<ListBucketResult><Name>store-shared</Name><Prefix>tenants/a/team/</Prefix>{more}<MaxKeys>1</MaxKeys>\
             <Delimiter>/</Delimiter><IsTruncated>true</IsTruncated>{contents}\
             <CommonPrefixes><Prefix>tenants/a/team/sub/</Prefix></CommonPrefixes></ListBucketResult>"
        )
    };
    let v1 = listing("<Marker>tenants/a/team/</Marker><NextMarker>tenants/a/team/sub/</NextMarker>");
    let v2 = listing(
        "<KeyCount>2</KeyCount><NextContinuationToken>tenants/a/team/sub/</NextContinuationToken><StartAfter>tenants/a/t</StartAfter>",
    );
    for (target, document) in [
        ("/mapped?prefix=team/&delimiter=/&max-keys=1&marker=team/", v1),
        ("/mapped?list-type=2&prefix=team/&delimiter=/&max-keys=1&fetch-owner=true&start-after=t", v2),
    ] {
        let (answer, sent) =
            ask(&world, Ask::new("GET", target).sign(&keys::full()), Said::new(200, document)).await;
        expects(target, &answer, "200", false);
        keeps_secrets(target, &answer);
        assert_eq!(answer.element("Key"), "team/a", "{}", answer.text());
        assert_eq!(answer.element("Name"), "mapped");
        assert_eq!(answer.element("CommonPrefixes"), "<Prefix>team/sub/</Prefix>");
        assert!(sent.target().contains("prefix=tenants%2Fa%2Fteam%2F"), "{}", sent.target());
    }
    for name in ["CreateMultipartUpload", "CompleteMultipartUpload", "ListParts"] {
        let (_, request) =
            super::check::operations("mapped", "team/a").into_iter().find(|(op, _)| *op == name).unwrap();
        let (answer, _) = ask(&world, request.sign(&keys::full()), says(name)).await;
        expects(name, &answer, "200", false);
        keeps_secrets(name, &answer);
        assert_eq!((answer.element("Bucket"), answer.element("Key")), ("mapped", "team/a"), "{name}");
    }
}

#[tokio::test]
async fn a_store_that_lists_what_was_not_asked_for_is_not_believed() {
    let world = World::remote();
    let document = "<ListBucketResult><Name>store-shared</Name><Prefix>tenants/a/</Prefix><IsTruncated>false</IsTruncated>\
        <Contents><Key>tenants/b/secret</Key><Size>1</Size></Contents></ListBucketResult>";
    let (answer, _) =
        ask(&world, Ask::new("GET", "/mapped").sign(&keys::full()), Said::new(200, document)).await;
    assert!(answer.status >= 500, "{answer:?}");
    keeps_secrets("a foreign key", &answer);
}

#[tokio::test]
async fn r_http_02_line_ends_never_become_header_lines_of_the_stores_request() {
    let world = World::remote();
    for (target, wire) in [
        ("/private/a%0d%0aX-Evil:%201", "/store-private/a%0D%0AX-Evil%3A%201"),
        ("/private/a%0aHost:%20evil.test%0a%0a", "/store-private/a%0AHost%3A%20evil.test%0A%0A"),
        ("/private/k?versionId=%0d%0aX-Evil:%201", "/store-private/k?versionId=%0D%0AX-Evil%3A%201"),
    ] {
        let (_, sent) = ask(&world, Ask::new("GET", target).sign(&keys::full()), Said::new(200, "")).await;
        assert_eq!(sent.target(), wire);
        assert!(sent.headers.keys().all(|name| !name.as_str().contains("evil")), "{sent:?}");
        assert_eq!(sent.header("host"), "store.internal:9900");
        sent.verify(&keys::backend()).unwrap();
    }
    for value in ["a\r\nX-Evil: 1", "a\nb", "a\r", "a\0b"] {
        let put = Ask::new("PUT", "/private/k").body("x").parameter("x-amz-meta-a", value);
        let answer = world.send(put.presign(&keys::full(), 60)).await;
        expects(&format!("{value:?}"), &answer, "400", false);
        assert!(world.upstream.sent().is_empty());
    }
}

#[tokio::test]
async fn what_is_rewritten_is_asked_for_whole_and_as_it_is() {
    let world = World::remote();
    let coded = |ask: Ask| ask.header("accept-encoding", "gzip, br").header("range", "bytes=0-10");
    let list = coded(Ask::new("GET", "/private?list-type=2")).sign(&keys::full());
    let (_, sent) = ask(&world, list, Said::error(404, "NoSuchBucket")).await;
    assert_eq!((sent.header("accept-encoding"), sent.header("range")), ("identity", ""));
    let get = coded(Ask::new("GET", "/private/k")).sign(&keys::full());
    let (_, sent) = ask(&world, get, Said::error(404, "NoSuchKey")).await;
    assert_eq!((sent.header("accept-encoding"), sent.header("range")), ("gzip, br", "bytes=0-10"));
}

#[tokio::test]
async fn r_authz_07_ids_cannot_lead_a_store_of_paths_elsewhere() {
    let world = World::remote_as(|backend| backend.exact_keys = false);
    for id in ["../../other", "..", ".", "a%2Fb", "a%5Cb", "a%0Ab"] {
        for (method, name, code) in [
            ("PUT", "partNumber=1&uploadId", "404 NoSuchUpload"),
            ("DELETE", "uploadId", "404 NoSuchUpload"),
            ("GET", "versionId", "404 NoSuchVersion"),
        ] {
            let asked = Ask::new(method, &format!("/private/k?{name}={id}")).sign(&keys::full());
            let answer = world.send(asked).await;
            assert_eq!(answer.verdict(), code, "{method} {name}={id}");
            assert!(world.upstream.sent().is_empty(), "{method} {name}={id}");
        }
    }
}

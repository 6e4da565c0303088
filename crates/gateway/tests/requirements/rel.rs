//! R-REL: stores that fail, lie, cut and redirect.

use brigade_gateway::{BodyError, SendError};
use brigade_testkit::{Ask, Body, Chunked, Said, World, arrival, keys};

use super::wire::{ask, says};

/// The payload modes of an upload.
fn uploads() -> Vec<(&'static str, Ask)> {
    let crc = "x-amz-checksum-crc32";
    let put = || Ask::new("PUT", "/private/k");
    let data = "0123456789".repeat(1000);
    vec![
        ("hashed", put().body(data.clone()).sign(&keys::full())),
        ("unsigned", put().body(data.clone()).sign(&keys::full().mark("UNSIGNED-PAYLOAD"))),
        ("presigned", put().body(data.clone()).presign(&keys::full(), 60)),
        ("signed chunks", put().stream(&keys::full(), &Chunked::signed(data.clone(), 512))),
        ("signed trailer", put().stream(&keys::full(), &Chunked::signed(data.clone(), 512).trailing(crc))),
        ("unsigned trailer", put().stream(&keys::full(), &Chunked::unsigned(data, 512, crc))),
    ]
}

#[tokio::test]
async fn r_rel_01_a_cut_download_is_never_whole() {
    let world = World::remote();
    for (frames, what) in
        [(vec![], "nothing"), (vec!["01234"], "half"), (vec!["0123456789"], "all but the end")]
    {
        for headers in [vec![], vec![("range", "bytes=0-9")]] {
            let get = headers.into_iter().fold(Ask::new("GET", "/private/k"), |ask, (n, v)| ask.header(n, v));
            let said = Said {
                frames: frames.iter().map(|frame| (*frame).into()).collect(),
                headers: vec![("content-length".into(), "10".into())],
                ..Said::new(200, "")
            };
            let (answer, _) = ask(&world, get.sign(&keys::full()), said.cut()).await;
            assert!(answer.ended.is_err() || answer.status >= 500, "{what}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn r_rel_02_a_cut_or_garbled_document_is_an_error() {
    let world = World::remote();
    for (name, request) in super::check::operations("mapped", "team/a") {
        let whole = says(name).frames.concat();
        if whole.is_empty() || name == "GetBucketLocation" {
            continue;
        }
        let mut documents: Vec<(String, Said)> = Vec::new();
        for keep in 0..whole.len() {
            documents.push((format!("{keep} bytes"), Said::new(200, whole[..keep].to_vec())));
        }
        documents.push(("cut behind the end".into(), Said::new(200, whole.clone()).cut()));
        documents.push(("cut within".into(), Said::new(200, whole[..whole.len() / 2].to_vec()).cut()));
        for garbage in [
            "<html>error code: 520</html>",
            "{}",
            "\u{0}\u{0}",
            "<!DOCTYPE x><ListBucketResult/>",
            "<Other/>",
            "<a><b></a></b>",
        ] {
            documents.push((garbage.into(), Said::new(200, garbage)));
        }
        documents.push(("twice".into(), Said::new(200, [whole.clone(), whole.clone()].concat())));
        documents.push(("trailing".into(), Said::new(200, [&whole[..], b"x"].concat())));
        documents.push(("huge".into(), Said::new(200, vec![b' '; 17 << 20])));
        for (what, said) in documents {
            let (answer, _) = ask(&world, request.clone().sign(&keys::full()), said).await;
            assert!(answer.status >= 500, "{name}, {what}: {answer:?}");
            assert_eq!(answer.ended, Ok(()));
        }
    }
}

#[tokio::test]
async fn r_rel_03_an_upload_that_the_store_did_not_take_is_never_confirmed() {
    let world = World::remote();
    for (mode, put) in uploads() {
        for said in [
            Said::error(500, "InternalError"),
            Said::error(503, "SlowDown"),
            Said::error(400, "BadDigest"),
            Said::error(403, "AccessDenied"),
            Said::new(502, "error code: 502"),
            Said::new(301, "").header("location", "http://elsewhere.test/"),
            Said::error(500, "InternalError").early(),
            Said::nothing(SendError::Reset("gone".into())),
            Said::nothing(SendError::Connect("refused".into())),
            Said::nothing(SendError::TimedOut),
            Said::nothing(SendError::Body(BodyError::Cut)),
        ] {
            let what = format!("{mode}: {said:?}");
            let (answer, _) = ask(&world, put.clone(), said).await;
            assert!(answer.status >= 400, "{what}: {answer:?}");
            let (after, sent) = ask(&world, put.clone(), Said::new(200, "")).await;
            assert_eq!((after.status, sent.ended), (200, Ok(())), "{what}: the next is unaffected");
        }
    }
}

#[tokio::test]
async fn r_rel_03_a_store_that_takes_a_false_body_is_not_believed() {
    let crc = "x-amz-checksum-crc32";
    let put = || Ask::new("PUT", "/private/k");
    let data = "0123456789".repeat(1000);
    for verify in [false, true] {
        let world = World::remote_as(|backend| backend.verify_payload = verify);
        let mut cases = Vec::new();
        for mode in [Chunked::signed(data.clone(), 512), Chunked::signed(data.clone(), 512).trailing(crc)] {
            cases.push((
                mode.marker(),
                put().stream_with(&keys::full(), &mode, |pieces| pieces[19][100] ^= 1),
            ));
            cases.push((mode.marker(), put().stream_with(&keys::full(), &mode, |pieces| drop(pieces.pop()))));
            cases.push((mode.marker(), put().stream_with(&keys::full(), &mode, |pieces| pieces.swap(3, 4))));
        }
        if verify {
            let mode = Chunked::unsigned(data.clone(), 512, crc);
            cases.push((
                mode.marker(),
                put().stream_with(&keys::full(), &mode, |pieces| pieces[19][100] ^= 1),
            ));
            cases.push((
                "hashed",
                put()
                    .body(data.clone())
                    .sign(&keys::full())
                    .body(data.to_ascii_uppercase().replace('9', "8")),
            ));
        }
        for (mode, put) in cases {
            let (answer, sent) = ask(&world, put, Said::new(200, "")).await;
            assert!(answer.status == 400 || answer.status == 403, "{mode}: {answer:?}");
            // R-REL-06: the request to the store breaks off before it is complete.
            assert!(sent.ended.is_err(), "{mode}");
            let length: usize = sent.header("content-length").parse().unwrap();
            assert!(sent.body.len() < length, "{mode}: {} of {length}", sent.body.len());
        }
    }
}

#[tokio::test]
async fn r_rel_03_a_client_that_leaves_cuts_the_request_to_the_store() {
    let world = World::remote();
    for (mode, put) in uploads() {
        let bytes = put.bytes();
        let (head, _) = put.request().into_parts();
        let body = Body::frames([bytes[..bytes.len() / 2].to_vec()]).failing(BodyError::Cut);
        world.upstream.say(Said::nothing(SendError::Body(BodyError::Cut)));
        let answer = world.send_at(http::Request::from_parts(head, body), arrival()).await;
        assert_eq!(answer.verdict(), "400 IncompleteBody", "{mode}");
        assert!(world.upstream.sent()[0].ended.is_err(), "{mode}");
    }
}

#[tokio::test]
async fn r_rel_04_nothing_is_sent_twice() {
    let world = World::remote();
    for (name, request) in super::check::operations("mapped", "team/a") {
        if name == "GetBucketLocation" {
            continue;
        }
        for failure in [SendError::Reset("r".into()), SendError::Connect("c".into()), SendError::TimedOut] {
            let (answer, _) = ask(&world, request.clone().sign(&keys::full()), Said::nothing(failure)).await;
            assert_eq!(answer.status, 503, "{name}");
        }
        let (answer, _) = ask(&world, request.sign(&keys::full()), Said::error(503, "SlowDown")).await;
        assert_eq!(answer.status, 503, "{name}");
    }
}

#[tokio::test]
async fn r_rel_05_an_error_inside_a_200_is_an_error() {
    let world = World::remote();
    for name in [
        "CompleteMultipartUpload",
        "CopyObject",
        "UploadPartCopy",
        "DeleteObjects",
        "ListObjectsV2",
        "CreateMultipartUpload",
    ] {
        for (code, expect) in [
            ("InternalError", "500 InternalError"),
            ("SlowDown", "503 SlowDown"),
            ("AccessDenied", "403 AccessDenied"),
            ("NoSuchKey", "404 NoSuchKey"),
            ("PreconditionFailed", "412 PreconditionFailed"),
            ("MadeUp", "502 BackendError"),
        ] {
            let (_, request) =
                super::check::operations("mapped", "team/a").into_iter().find(|(op, _)| *op == name).unwrap();
            for space in ["", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\n   \n"] {
                let document = format!("{space}<Error><Code>{code}</Code><Message>m</Message></Error>");
                let (answer, _) =
                    ask(&world, request.clone().sign(&keys::full()), Said::new(200, document)).await;
                assert_eq!(answer.verdict(), expect, "{name} {code}");
            }
        }
    }
}

#[tokio::test]
async fn r_rel_06_what_is_refused_causes_no_traffic() {
    let world = World::remote();
    for (name, request) in super::check::operations("mapped", "team2/x") {
        if ["HeadBucket", "GetBucketLocation"].contains(&name) {
            continue;
        }
        for ask in [
            request.clone(),
            request.clone().sign(&keys::unknown()),
            request.clone().sign(&keys::nobody()),
            request.clone().sign(&keys::team()),
            request.clone().sign(&keys::full()).set("host", "other.test"),
            request.sign(&keys::full().at(0)),
        ] {
            let answer = world.send(ask).await;
            assert!(answer.status == 403 || name == "DeleteObjects", "{name}: {answer:?}");
            assert!(world.upstream.sent().is_empty(), "{name}");
        }
    }
}

#[tokio::test]
async fn r_rel_07_redirects_are_neither_followed_nor_passed_on() {
    let world = World::remote();
    for (name, request) in super::check::operations("private", "team/a") {
        if name == "GetBucketLocation" {
            continue;
        }
        for status in [300, 301, 302, 303, 305, 307, 308] {
            let said = Said::new(status, "").header("location", "http://169.254.169.254/latest/meta-data");
            let said = said.header("x-amz-bucket-region", "eu-test-1");
            let (answer, _) = ask(&world, request.clone().sign(&keys::full()), said).await;
            assert_eq!(answer.status, 502, "{name} {status}");
            assert!(!answer.everything().contains("169.254"), "{name} {status}");
            assert_eq!(answer.header("location"), "", "{name} {status}");
        }
    }
}

#[tokio::test]
async fn r_rel_07_the_clients_identity_does_not_travel() {
    let world = World::remote();
    let personal = [
        ("cookie", "session=1"),
        ("proxy-authorization", "Basic YTpi"),
        ("x-api-key", "k"),
        ("x-forwarded-for", "1.2.3.4"),
        ("forwarded", "for=1.2.3.4"),
        ("referer", "http://client.test/"),
        ("origin", "http://client.test"),
        ("user-agent", "client/1"),
        ("te", "trailers"),
        ("connection", "keep-alive"),
        ("expect", "100-continue"),
        ("upgrade", "h2c"),
    ];
    for (mode, put) in uploads() {
        let put = personal.iter().fold(put, |ask, (name, value)| ask.header(name, value));
        let signature = put.value("authorization").rsplit_once('=').map(|(_, s)| s.to_owned());
        let (answer, sent) = ask(&world, put, Said::new(200, "")).await;
        assert_eq!(answer.status, 200, "{mode}: {answer:?}");
        for (name, _) in personal {
            assert_eq!(sent.header(name), "", "{mode} {name}");
        }
        let all = format!("{:?} {} {}", sent.headers, sent.uri, String::from_utf8_lossy(&sent.body));
        for secret in ["AKIDFULL", signature.as_deref().unwrap_or("X-Amz-Signature"), "chunk-signature"] {
            assert!(!all.contains(secret), "{mode}: {secret}");
        }
    }
}

#[tokio::test]
async fn r_dos_02_a_refused_upload_is_answered_before_its_body_is_read() {
    let world = World::remote();
    for (name, request) in super::check::operations("private", "secret") {
        for request in
            [request.clone(), request.clone().sign(&keys::nobody()), request.sign(&keys::unknown())]
        {
            if !["PUT", "POST"].contains(&request.method()) {
                continue;
            }
            let (head, _) = request.request().into_parts();
            // Whoever reads it hears that it stalls, and would answer 400.
            let body = Body::default().failing(BodyError::Stalled);
            let answer = world.send_at(http::Request::from_parts(head, body), arrival()).await;
            assert_eq!(answer.status, 403, "{name}: {answer:?}");
        }
    }
    assert!(world.upstream.sent().is_empty());
}

#[tokio::test]
async fn r_rel_03_a_page_that_is_not_a_stores_confirms_no_upload() {
    let world = World::remote();
    for (mode, put) in uploads() {
        let (answer, _) = ask(&world, put, Said::new(200, "<html>login</html>")).await;
        assert_eq!(answer.verdict(), "502 BackendError", "{mode}");
        assert!(!answer.text().contains("login"), "{mode}");
    }
}

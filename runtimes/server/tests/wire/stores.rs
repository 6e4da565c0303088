//! R-REL: whatever a store does, a client never takes part of an answer for all of it, nor a lost upload for a kept one.

use brigade_server::Limits;
use brigade_sigv4::ContentSha256;
use tokio::io::AsyncWriteExt;

use crate::support::client::{Raw, ask, bare, signed, upload};
use crate::support::faulty::{Act, Faulty, ok};
use crate::support::{Brigade, UPSTREAM_SECRET, short};

const OPEN: &str = "GET /open/k HTTP/1.1\r\nHost: a\r\n\r\n";

async fn with(acts: &[Act]) -> (Faulty, Brigade) {
    with_limits(acts, Limits::default()).await
}

async fn with_limits(acts: &[Act], limits: Limits) -> (Faulty, Brigade) {
    let store = Faulty::start(acts).await;
    let brigade = Brigade::start(store.address, limits).await;
    (store, brigade)
}

#[tokio::test]
async fn r_rel_01_a_body_that_is_cut_is_never_delivered_as_complete() {
    let short_body = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart".to_vec();
    let cut_chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n".to_vec();
    let bad_chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\nzz\r\n".to_vec();
    let endless = b"HTTP/1.1 200 OK\r\n\r\npart".to_vec();
    for act in [
        Act::Close(short_body.clone()),
        Act::Reset(short_body.clone()),
        Act::Close(cut_chunks.clone()),
        Act::Reset(cut_chunks),
        Act::Close(bad_chunks),
        // Its end would be the connection's: a cut looks the same.
        Act::Close(endless),
        Act::Close(b"HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\npart".to_vec()),
        Act::Close(b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\npart".to_vec()),
        Act::Close(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, identity\r\n\r\n4\r\npart".to_vec()),
        Act::Close(b"garbage\r\n\r\n".to_vec()),
        Act::Close(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
        Act::Close(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nparts".to_vec()),
        Act::Close(Vec::new()),
        Act::Reset(Vec::new()),
    ] {
        let (_store, brigade) = with(std::slice::from_ref(&act)).await;
        let mut raw = Raw::to(brigade.address).await;
        raw.send(OPEN).await;
        match raw.answer().await {
            Some(answer) if answer.status >= 500 => {
                assert!(matches!(answer.status, 500 | 502 | 503), "{answer:?}")
            }
            Some(answer) => assert!(!answer.whole, "{act:?}: {answer:?}"),
            None => {}
        }
    }
    let (_store, brigade) = with_limits(&[Act::Stall(short_body)], short()).await;
    let mut raw = Raw::to(brigade.address).await;
    raw.send(OPEN).await;
    assert!(!raw.answer().await.unwrap().whole, "a store that stalls in the midst of a body");
}

#[tokio::test]
async fn r_rel_01_what_a_store_sends_behind_a_body_goes_nowhere() {
    let longer =
        b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbodyHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"
            .to_vec();
    let (_store, brigade) = with(&[Act::Answer(longer), Act::Answer(ok("good"))]).await;
    let mut raw = Raw::to(brigade.address).await;
    assert_eq!(raw.ask(OPEN).await.text(), "body");
    assert_eq!(raw.ask(OPEN).await.text(), "good");
}

#[tokio::test]
async fn r_rel_02_a_listing_that_was_cut_is_an_error() {
    let xml = "<ListBucketResult><Name>hidden-bucket</Name></ListBucketResult>";
    for act in [
        Act::Close(format!("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{xml}").into_bytes()),
        Act::Close(format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n40\r\n{xml}").into_bytes()),
        Act::Answer(ok("<ListBucketResult><Name>hidden-bucket</Name>")),
        Act::Answer(ok("")),
        Act::Answer(ok("not xml")),
    ] {
        let (_store, brigade) = with(std::slice::from_ref(&act)).await;
        let answer = ask(brigade.address, "GET /open?list-type=2 HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(answer.status >= 500, "{act:?}: {answer:?}");
        assert!(!answer.text().contains("hidden"), "{answer:?}");
    }
}

#[tokio::test]
async fn r_rel_03_an_upload_that_was_not_kept_is_never_confirmed() {
    let body = vec![b'x'; 300_000];
    let refused = b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n".to_vec();
    for act in [
        Act::Answer(refused.clone()),
        Act::Close(Vec::new()),
        Act::Reset(Vec::new()),
        Act::Close(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
        Act::Stall(Vec::new()),
        Act::Ignore(Vec::new()),
        // It says yes to what it has not read.
        Act::Ignore(ok("")),
        Act::Ignore(refused),
    ] {
        let (store, brigade) = with_limits(std::slice::from_ref(&act), short()).await;
        // More than fits into the buffers on the way.
        let large = vec![b'x'; 40 << 20];
        let body = if matches!(act, Act::Ignore(_)) { &large } else { &body };
        let mut raw = Raw::to(brigade.address).await;
        let answer = raw.ask(upload(brigade.address, "PUT /remote/k", body)).await;
        assert!(answer.status >= 500, "{act:?}: {answer:?}");
        store.now(&[Act::Answer(ok(""))]);
        let later = ask(brigade.address, upload(brigade.address, "PUT /remote/k", b"later")).await;
        assert_eq!(later.status, 200, "after {act:?}: {later:?}");
    }
}

#[tokio::test]
async fn r_rel_04_only_reads_are_sent_again_and_those_once() {
    let dead = Act::Close(Vec::new());
    for (request, times) in
        [("GET /remote/k", 2), ("HEAD /remote/k", 2), ("DELETE /remote/k", 1), ("PUT /remote/k", 1)]
    {
        let (mut store, brigade) = with(std::slice::from_ref(&dead)).await;
        let bytes = match request.starts_with("PUT") {
            true => upload(brigade.address, request, b"body"),
            false => bare(brigade.address, request).into_bytes(),
        };
        let mut raw = Raw::to(brigade.address).await;
        raw.send(bytes).await;
        let answer = raw.answer_to(request.split(' ').next().unwrap()).await.unwrap();
        assert_eq!(answer.status, 503, "{request}");
        for _ in 0..times {
            store.next().await;
        }
        assert_eq!(store.waiting(), 0, "{request} was sent more than {times} times");
    }
    let (mut store, brigade) = with(&[dead]).await;
    let head = bare(brigade.address, "POST /remote/k?uploads");
    assert_eq!(ask(brigade.address, head).await.status, 503);
    store.next().await;
    assert_eq!(store.waiting(), 0, "a POST was sent again");
}

#[tokio::test]
async fn r_rel_04_a_read_survives_a_connection_that_died() {
    let (mut store, brigade) =
        with(&[Act::Answer(ok("one")), Act::Close(Vec::new()), Act::Answer(ok("two"))]).await;
    assert_eq!(ask(brigade.address, OPEN).await.text(), "one");
    assert_eq!(ask(brigade.address, OPEN).await.text(), "two");
    for _ in 0..3 {
        store.next().await;
    }
}

#[tokio::test]
async fn r_rel_05_an_error_inside_a_200_is_an_error() {
    let error = ok(
        "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code><Message>hidden-bucket</Message></Error>",
    );
    let (_store, brigade) = with(&[Act::Answer(error)]).await;
    let body = b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"e\"</ETag></Part></CompleteMultipartUpload>";
    for bytes in [
        upload(brigade.address, "POST /remote/k?uploadId=u", body),
        signed(brigade.address, "PUT /remote/k", &["x-amz-copy-source: /remote/other"], ContentSha256::EMPTY)
            .into_bytes(),
    ] {
        let answer = ask(brigade.address, bytes).await;
        let text = answer.text();
        assert!(answer.status >= 500 || text.contains("<Error>"), "{answer:?}");
        assert!(!text.contains("hidden"), "R-ERR-02: {text}");
    }
}

#[tokio::test]
async fn r_rel_06_a_refused_request_causes_no_traffic_behind() {
    let (store, brigade) = with(&[Act::Answer(ok(""))]).await;
    let address = brigade.address;
    let good = bare(address, "GET /remote/k");
    let forged = good.replace("Signature=", "Signature=0");
    for request in
        ["GET /remote/k HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), forged, bare(address, "GET /none/k")]
    {
        let answer = ask(address, &request).await;
        assert!(matches!(answer.status, 400 | 403 | 404), "{request}: {answer:?}");
    }
    assert_eq!(store.waiting(), 0);
}

#[tokio::test]
async fn r_rel_06_a_client_that_leaves_cuts_the_request_behind() {
    let (mut store, brigade) = with(&[Act::Answer(ok(""))]).await;
    let whole = upload(brigade.address, "PUT /remote/k", &[b'x'; 100_000]);
    let mut raw = Raw::to(brigade.address).await;
    raw.send(&whole[..whole.len() - 1]).await;
    drop(raw);
    assert!(!store.next().await.whole, "the store saw the end of an upload that had none");
}

#[tokio::test]
async fn r_rel_06_a_body_that_proves_false_cuts_the_request_behind() {
    // Signed chunks, of which the last is damaged: the store must not see the end of what was not signed.
    let (mut store, brigade) = with(&[Act::Answer(ok(""))]).await;
    let chunk = |data: &str| format!("{:x};chunk-signature={}\r\n{data}\r\n", data.len(), "0".repeat(64));
    let body = chunk("hello") + &chunk("");
    let length = format!("content-length: {}", body.len());
    let headers = ["content-encoding: aws-chunked", "x-amz-decoded-content-length: 5", &length];
    let head = signed(brigade.address, "PUT /remote/k", &headers, ContentSha256::StreamingSigned);
    let answer = ask(brigade.address, format!("{head}{body}")).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "SignatureDoesNotMatch"));
    // The store has seen nothing of it, or part.
    assert_eq!(ask(brigade.address, OPEN).await.status, 200);
    let mut seen = store.next().await;
    if seen.head.starts_with("PUT") {
        assert!(!seen.whole && !seen.body.ends_with(b"hello"), "{seen:?}");
        seen = store.next().await;
    }
    assert!(seen.head.starts_with("GET"), "{seen:?}");
}

#[tokio::test]
async fn r_rel_07_redirects_are_neither_followed_nor_passed_on() {
    let mut trap = Faulty::start(&[Act::Answer(ok("trap"))]).await;
    for status in [301, 302, 303, 307, 308] {
        let answer = format!(
            "HTTP/1.1 {status} Moved\r\nlocation: http://{}/x\r\ncontent-length: 0\r\n\r\n",
            trap.address
        );
        let (mut store, brigade) = with(&[Act::Answer(answer.into_bytes())]).await;
        let headers = ["cookie: session=canary", "proxy-authorization: canary", "x-forwarded-for: 1.2.3.4"];
        let head = signed(brigade.address, "GET /remote/k", &headers, ContentSha256::EMPTY);
        let answer = ask(brigade.address, &head).await;
        assert!(answer.status >= 500, "{status}: {answer:?}");
        assert!(answer.header("location").is_none(), "{answer:?}");
        let seen = store.next().await.head;
        assert!(!seen.contains("canary") && !seen.contains("AKIDFULL"), "{seen}");
        assert!(seen.contains("UPSTREAMKEY") && !seen.contains(UPSTREAM_SECRET), "{seen}");
    }
    assert!(trap.seen.try_recv().is_err());
}

#[tokio::test]
async fn r_rel_08_a_stalled_store_ends_in_an_error_and_delays_nobody_else() {
    let limits = Limits { connect: std::time::Duration::from_secs(5), ..short() };
    let (mut store, brigade) = with_limits(&[Act::Stall(Vec::new())], limits).await;
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let mut raw = Raw::to(brigade.address).await;
        raw.send(OPEN).await;
        waiting.push(raw);
    }
    store.next().await;
    let other = ask(brigade.address, "GET /local HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(other.status, 200);
    for mut raw in waiting {
        assert_eq!(raw.answer().await.unwrap().status, 503);
    }
}

/// Bytes that repeat nowhere near.
fn pattern(length: usize) -> Vec<u8> {
    (0..length as u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u8).collect()
}

#[tokio::test]
async fn large_bodies_arrive_byte_for_byte_either_way() {
    for length in [16 << 10, (64 << 10) + 1, 300_000, (5 << 20) + 7] {
        let body = pattern(length);
        let head = format!("HTTP/1.1 200 OK\r\netag: \"e\"\r\ncontent-length: {length}\r\n\r\n");
        let answer = [head.as_bytes(), &body].concat();
        let (mut store, brigade) = with(&[Act::Answer(ok("")), Act::Answer(answer)]).await;
        let mut raw = Raw::to(brigade.address).await;
        assert_eq!(raw.ask(upload(brigade.address, "PUT /remote/k", &body)).await.status, 200);
        assert!(store.next().await.body == body, "{length} up");
        for _ in 0..2 {
            assert!(raw.ask(OPEN).await.body == body, "{length} down");
        }
    }
}

#[tokio::test]
async fn r_rel_06_a_client_that_leaves_in_the_midst_of_a_large_upload_cuts_it() {
    let (mut store, brigade) = with(&[Act::Answer(ok(""))]).await;
    let whole = upload(brigade.address, "PUT /remote/k", &pattern(4 << 20));
    for reset in [false, true] {
        let mut raw = Raw::to(brigade.address).await;
        raw.send(&whole[..whole.len() - 100_000]).await;
        if reset {
            socket2::SockRef::from(&raw.tcp).set_linger(Some(std::time::Duration::ZERO)).unwrap();
        }
        drop(raw);
        assert!(!store.next().await.whole, "{reset}: the store saw the end of an upload that had none");
        assert_eq!(
            ask(brigade.address, upload(brigade.address, "PUT /remote/k", b"later")).await.status,
            200
        );
        assert!(store.next().await.whole);
    }
}

/// A store that refuses an upload by its head answers before it has read any of it.
#[tokio::test]
async fn an_early_refusal_reaches_the_client() {
    let xml = "<Error><Code>EntityTooLarge</Code><Message>hidden-bucket</Message></Error>";
    let refusal = format!("HTTP/1.1 400 Bad Request\r\ncontent-length: {}\r\n\r\n{xml}", xml.len());
    let (store, brigade) = with(&[Act::Ignore(refusal.into_bytes())]).await;
    let mut raw = Raw::to(brigade.address).await;
    let body = pattern(20 << 20);
    let address = brigade.address;
    let (mut reader, mut writer) = raw.tcp.split();
    let sending = async {
        // It is cut off once the answer is there.
        let _ = writer.write_all(&upload(address, "PUT /remote/k", &body)).await;
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&answer).contains("</Error>") {
            assert!(tokio::io::AsyncReadExt::read_buf(&mut reader, &mut answer).await.unwrap() > 0);
        }
    };
    tokio::select! { () = sending => {}, () = reading => {} }
    let text = String::from_utf8_lossy(&answer);
    assert!(text.contains("<Code>EntityTooLarge</Code>") && !text.contains("hidden"), "{text}");
    store.now(&[Act::Answer(ok(""))]);
    assert_eq!(ask(address, upload(address, "PUT /remote/k", b"later")).await.status, 200);
}

#[tokio::test]
async fn keys_reach_the_store_as_sent() {
    let (mut store, brigade) = with(&[Act::Answer(ok("x"))]).await;
    for (key, expect) in [
        ("a//b", "a//b"),
        ("/lead", "/lead"),
        ("a/../b", "a/../b"),
        ("./a/.", "./a/."),
        ("dir/", "dir/"),
        ("a%2Fb", "a%2Fb"),
        ("a%20b%2Bc", "a%20b%2Bc"),
        ("%E2%82%AC", "%E2%82%AC"),
        ("year=2024", "year%3D2024"),
    ] {
        let answer = ask(brigade.address, format!("GET /open/{key} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        assert_eq!(answer.status, 200, "{key}: {}", answer.text());
        let head = store.next().await.head;
        let path = head.split(' ').nth(1).unwrap().strip_prefix("/hidden-bucket/hidden-prefix/").unwrap();
        assert_eq!(
            brigade_sigv4::percent_decode(path),
            brigade_sigv4::percent_decode(expect),
            "{key} became {path}"
        );
    }
}

/// Some stores keep an empty object of an upload whose head came without a byte of its body.
#[tokio::test]
async fn r_int_02_a_store_is_not_asked_before_the_first_bytes_are_there() {
    let (mut store, brigade) = with(&[Act::Answer(ok(""))]).await;
    let head = signed(brigade.address, "PUT /remote/k", &["content-length: 5"], ContentSha256::Unsigned);
    let mut raw = Raw::to(brigade.address).await;
    raw.send(head).await;
    // What is asked later is the first that the store hears of.
    let other = ask(brigade.address, upload(brigade.address, "PUT /remote/other", b"later")).await;
    assert_eq!(other.status, 200);
    assert_eq!(store.next().await.body, b"later");
    drop(raw);
    assert_eq!(store.waiting(), 0);
}

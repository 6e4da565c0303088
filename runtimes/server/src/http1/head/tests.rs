use bytes::BytesMut;
use http::Method;
use proptest::prelude::*;

use super::{Follows, Head, HeadLimits, Violation};

const LIMITS: HeadLimits = HeadLimits { head: 300, target: 40, headers: 5 };

/// What is made of a head: its length, what follows, and what it says, in one text.
type Made = (usize, Follows, String);

fn read(head: &mut Head, bytes: &mut BytesMut) -> Result<Option<Made>, Violation> {
    let before = bytes.len();
    let made = head.read_request(bytes)?;
    Ok(made.map(|(parts, follows)| {
        let text = format!("{} {} {:?} {:?}", parts.method, parts.uri, parts.version, parts.headers);
        (before - bytes.len(), follows, text)
    }))
}

/// The same answer for every way of cutting the input in two.
#[track_caller]
fn check(input: &str, expect: Result<Option<(usize, Follows)>, Violation>) {
    let whole = read(&mut Head::request(LIMITS), &mut BytesMut::from(input));
    assert_eq!(
        whole.as_ref().map(|made| made.as_ref().map(|made| (made.0, made.1))),
        expect.as_ref().map(|e| *e),
        "{input:?}"
    );
    for cut in 0..=input.len() {
        let mut head = Head::request(LIMITS);
        let mut bytes = BytesMut::from(&input.as_bytes()[..cut]);
        let first = read(&mut head, &mut bytes);
        let got = if first == Ok(None) {
            bytes.extend_from_slice(&input.as_bytes()[cut..]);
            read(&mut head, &mut bytes)
        } else {
            first
        };
        assert_eq!(got, whole, "{input:?} cut at {cut}");
    }
}

fn complete(input: &str, follows: Follows) {
    check(input, Ok(Some((input.len(), follows))));
}

#[test]
fn r_http_01_plain_heads_pass() {
    for (input, follows) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Follows::Length(0)),
        ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Follows::Length(0)),
        ("GET / HTTP/1.0\r\nhost:a\r\n\r\n", Follows::Length(0)),
        ("PUT /b/%20 HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n", Follows::Length(12)),
        ("PUT /b/k HTTP/1.1\r\nhost: a\r\ntransfer-encoding: Chunked\r\n\r\n", Follows::Chunked),
        ("PUT /b/k HTTP/1.1\r\nhost: a\r\nx-amz-meta-a: caf\u{e9}\tx\r\n\r\n", Follows::Length(0)),
        ("PUT /b/k HTTP/1.1\r\nhost: a\r\nx-amz-meta-a:\r\n\r\n", Follows::Length(0)),
    ] {
        complete(input, follows);
    }
}

#[test]
fn r_http_01_ambiguous_lengths_are_violations() {
    for (lines, violation) in [
        ("Transfer-Encoding: identity, chunked", Violation::TransferEncoding),
        ("Transfer-Encoding: gzip, chunked", Violation::TransferEncoding),
        ("Transfer-Encoding: chunked, chunked", Violation::TransferEncoding),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", Violation::TransferEncoding),
        ("Transfer-Encoding: xchunked", Violation::TransferEncoding),
        ("Transfer-Encoding:", Violation::TransferEncoding),
        ("Transfer-Encoding: chunked\r\nContent-Length: 3", Violation::BothLengths),
        ("Content-Length: 3\r\nTransfer-Encoding: chunked", Violation::BothLengths),
        ("Content-Length: 3\r\nContent-Length: 3", Violation::ContentLength),
        ("Content-Length: 3\r\nContent-Length: 4", Violation::ContentLength),
        ("Content-Length: 3, 3", Violation::ContentLength),
        ("Content-Length: +3", Violation::ContentLength),
        ("Content-Length: -3", Violation::ContentLength),
        ("Content-Length: 0x3", Violation::ContentLength),
        ("Content-Length: ", Violation::ContentLength),
        ("Content-Length: 99999999999999999999", Violation::ContentLength),
        ("Content-Length : 3", Violation::HeaderLine),
        ("Transfer-Encoding : chunked", Violation::HeaderLine),
        ("X: a\n Transfer-Encoding: chunked", Violation::HeaderLine),
        ("X: a\r\n Transfer-Encoding: chunked", Violation::HeaderLine),
        ("X: a\rTransfer-Encoding: chunked", Violation::HeaderLine),
        ("X: a\0b", Violation::HeaderLine),
        (": nameless", Violation::HeaderLine),
        ("no colon", Violation::HeaderLine),
    ] {
        check(&format!("PUT / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n"), Err(violation));
    }
    check(
        "PUT / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        Err(Violation::TransferEncoding),
    );
}

#[test]
fn r_http_03_malformed_request_lines_and_hosts_are_violations() {
    for (input, violation) in [
        ("GET /\r\n\r\n", Violation::FirstLine),
        ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", Violation::FirstLine),
        ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", Violation::FirstLine),
        ("GET / x HTTP/1.1\r\nHost: a\r\n\r\n", Violation::FirstLine),
        ("GET /\tx HTTP/1.1\r\nHost: a\r\n\r\n", Violation::FirstLine),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", Violation::FirstLine),
        ("GET / http/1.1\r\nHost: a\r\n\r\n", Violation::FirstLine),
        ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", Violation::FirstLine),
        (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", Violation::FirstLine),
        ("GET / HTTP/1.1\nHost: a\n\n", Violation::HeaderLine),
        ("GET / HTTP/1.1\r\nHost: a\n\r\n", Violation::HeaderLine),
        ("GET / HTTP/1.1\r\n\r\n", Violation::Host),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", Violation::Host),
        ("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", Violation::Host),
    ] {
        check(input, Err(violation));
    }
}

#[test]
fn r_dos_01_heads_are_bounded() {
    let target = "a".repeat(40);
    check(&format!("GET /{target} HTTP/1.1\r\nHost: a\r\n\r\n"), Err(Violation::TargetTooLong));
    let endless = format!("GET /{}", "a".repeat(400));
    assert_eq!(
        read(&mut Head::request(LIMITS), &mut BytesMut::from(&*endless)),
        Err(Violation::TargetTooLong)
    );
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "a: b\r\n".repeat(5));
    check(&many, Err(Violation::HeadTooLarge));
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nx: {}", "a".repeat(300));
    assert_eq!(read(&mut Head::request(LIMITS), &mut BytesMut::from(&*long)), Err(Violation::HeadTooLarge));
}

#[test]
fn what_a_head_says_is_kept_as_it_was_sent() {
    let mut bytes = BytesMut::from(
        "\r\nPUT /b/%41?x=%2f&y HTTP/1.1\r\nHOST:  a:1 \t\r\nX-Amz-Meta-A: 1\r\nx-amz-meta-a:2\r\nContent-Length: 3\r\n\r\nabcGET",
    );
    let (parts, follows) = Head::request(LIMITS).read_request(&mut bytes).unwrap().unwrap();
    assert_eq!((parts.method, parts.uri.to_string().as_str()), (Method::PUT, "/b/%41?x=%2f&y"));
    assert_eq!(parts.headers["host"], "a:1");
    let values: Vec<_> = parts.headers.get_all("x-amz-meta-a").iter().collect();
    assert_eq!(values, ["1", "2"]);
    assert_eq!((follows, &bytes[..]), (Follows::Length(3), &b"abcGET"[..]));
}

#[test]
fn one_reader_reads_one_head_after_another() {
    let mut head = Head::request(LIMITS);
    let mut bytes = BytesMut::from(
        "PUT /1 HTTP/1.0\r\nHost: a\r\nContent-Length: 0\r\n\r\n\r\nGET /2 HTTP/1.1\r\nhost: b\r\n\r\nGET /3",
    );
    for (path, version) in [("/1", http::Version::HTTP_10), ("/2", http::Version::HTTP_11)] {
        let (parts, follows) = head.read_request(&mut bytes).unwrap().unwrap();
        assert_eq!((parts.uri.path(), parts.version, follows), (path, version, Follows::Length(0)));
        assert_eq!(parts.headers.keys().len(), if path == "/1" { 2 } else { 1 });
    }
    assert!(head.read_request(&mut bytes).unwrap().is_none());
    bytes.extend_from_slice(b" HTTP/1.1\r\nhost: c\r\n\r\n");
    assert_eq!(head.read_request(&mut bytes).unwrap().unwrap().0.uri.path(), "/3");
    assert!(bytes.is_empty());
}

#[test]
fn r_err_01_targets_that_must_be_encoded_are_violations_of_their_own() {
    for target in ["/a<b", "/a>b", "/a`b", "/a#b", "/#"] {
        check(&format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"), Err(Violation::Target));
    }
}

#[test]
fn r_rel_01_what_follows_an_answer_is_said_or_its_end_is_the_connections() {
    let read = |asked: Method, input: &str| {
        let mut bytes = BytesMut::from(input);
        let made = Head::answer(LIMITS).read_answer(&asked, &mut bytes)?;
        Ok(made.map(|(parts, follows)| (parts.status.as_u16(), follows)))
    };
    for (asked, lines, expect) in [
        (Method::GET, "200 OK\r\nContent-Length: 4", Ok((200, Follows::Length(4)))),
        (Method::GET, "200\r\nContent-Length: 4", Ok((200, Follows::Length(4)))),
        (Method::GET, "200 \r\nTransfer-Encoding: chunked", Ok((200, Follows::Chunked))),
        (Method::GET, "200 O K\r\nx: y", Ok((200, Follows::UntilClose))),
        (Method::HEAD, "200 OK\r\nContent-Length: 4", Ok((200, Follows::Length(0)))),
        (Method::HEAD, "200 OK\r\nx: y", Ok((200, Follows::Length(0)))),
        (Method::GET, "204 No Content\r\nContent-Length: 4", Ok((204, Follows::Length(0)))),
        (Method::GET, "304 Not Modified\r\nContent-Length: 4", Ok((304, Follows::Length(0)))),
        (Method::GET, "100 Continue\r\nx: y", Ok((100, Follows::Length(0)))),
        (Method::GET, "200 OK\r\nContent-Length: 4\r\nContent-Length: 5", Err(Violation::ContentLength)),
        (
            Method::GET,
            "200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked",
            Err(Violation::BothLengths),
        ),
        (Method::GET, "200 OK\r\nTransfer-Encoding: gzip", Err(Violation::TransferEncoding)),
        (Method::GET, "200 OK\r\nTransfer-Encoding: chunked, identity", Err(Violation::TransferEncoding)),
        (Method::GET, "20 OK\r\nx: y", Err(Violation::FirstLine)),
        (Method::GET, "0200 OK\r\nx: y", Err(Violation::FirstLine)),
        (Method::GET, "200 O\0K\r\nx: y", Err(Violation::FirstLine)),
        (Method::GET, "200 OK\r\n x: y", Err(Violation::HeaderLine)),
    ] {
        let input = format!("HTTP/1.1 {lines}\r\n\r\n");
        assert_eq!(read(asked, &input), expect.map(Some), "{input:?}");
    }
    assert_eq!(read(Method::GET, "garbage\r\n\r\n"), Err(Violation::FirstLine));
    assert_eq!(read(Method::GET, "HTTP/1.1 200 OK\r\ncontent-le"), Ok(None));
}

/// What requests are made of, well or badly.
const PARTS: [&str; 38] = [
    "GET",
    "PUT",
    "G(T",
    " ",
    "  ",
    "/",
    "/a?b=%20",
    "*",
    "http://a/b",
    "/a#b",
    "/a<b",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/1.2",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    "Host: a\r\n",
    "host:b\r\n",
    "Host : a\r\n",
    "X-A: \t b \t\r\n",
    "x-a:\r\n",
    ": x\r\n",
    " folded\r\n",
    "Content-Length: 5\r\n",
    "content-length: 05\r\n",
    "Content-Length: 5, 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "transfer-encoding: gzip, chunked\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n",
    "PUT /b/k HTTP/1.1\r\nHost: a\r\n",
    "\0",
    "\u{7f}",
    "\u{e9}",
    "x",
    ":",
    "\u{b}",
];

fn requests() -> impl Strategy<Value = String> {
    let parts =
        || prop::collection::vec(prop::sample::select(&PARTS[..]), 0..8).prop_map(|parts| parts.concat());
    // Half of them begin well, or few would get past their first line.
    (any::<bool>(), parts()).prop_map(|(well, rest)| match well {
        true => format!("GET /k HTTP/1.1\r\nHost: a\r\n{rest}\r\n\r\n"),
        false => rest,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn r_http_01_a_head_is_read_in_one_way_however_it_comes(input in requests(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4)) {
        let whole = read(&mut Head::request(LIMITS), &mut BytesMut::from(&*input));
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(input.len() + 1)).collect();
        cuts.push(input.len());
        cuts.sort_unstable();
        let mut head = Head::request(LIMITS);
        let mut bytes = BytesMut::new();
        let mut at = 0;
        let mut got = Ok(None);
        for cut in cuts {
            bytes.extend_from_slice(&input.as_bytes()[at..cut]);
            at = cut;
            got = read(&mut head, &mut bytes);
            if got != Ok(None) {
                break;
            }
        }
        prop_assert_eq!(got, whole);
    }

    /// What is accepted here means the same to the parser that hyper and others use.
    #[test]
    fn r_http_01_what_is_accepted_is_what_others_read(input in requests()) {
        let mut bytes = BytesMut::from(&*input);
        let Ok(Some((parts, _))) = Head::request(LIMITS).read_request(&mut bytes) else { return Ok(()) };
        let length = input.len() - bytes.len();
        let mut lines = [httparse::EMPTY_HEADER; 16];
        let mut theirs = httparse::Request::new(&mut lines);
        prop_assert_eq!(theirs.parse(input.as_bytes()), Ok(httparse::Status::Complete(length)));
        prop_assert_eq!(theirs.method, Some(parts.method.as_str()));
        let minor = u8::from(parts.version == http::Version::HTTP_11);
        prop_assert_eq!(theirs.version, Some(minor));
        prop_assert_eq!(theirs.path.and_then(|path| path.parse::<http::Uri>().ok()), Some(parts.uri));
        let mut sorted: Vec<_> = theirs.headers.iter().map(|line| (line.name.to_ascii_lowercase(), line.value.to_vec())).collect();
        sorted.sort();
        let mut ours: Vec<_> = parts.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
        ours.sort();
        prop_assert_eq!(sorted, ours);
    }
}

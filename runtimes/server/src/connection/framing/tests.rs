use super::{Follows, Head, HeadLimits, Violation};

const LIMITS: HeadLimits = HeadLimits { head: 300, target: 40, headers: 5 };

type Expect = Result<Option<(usize, Follows)>, Violation>;

/// The same answer for every way of cutting the input in two.
#[track_caller]
fn check(input: &str, expect: Expect) {
    for cut in 0..=input.len() {
        let mut head = Head::default();
        let first = head.read(&input.as_bytes()[..cut], &LIMITS);
        let got = if first == Ok(None) { head.read(input.as_bytes(), &LIMITS) } else { first };
        assert_eq!(got, expect, "{input:?} cut at {cut}");
    }
}

fn complete(input: &str, follows: Follows) {
    check(input, Ok(Some((input.len(), follows))));
}

#[test]
fn r_http_01_plain_heads_pass() {
    for (input, follows) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Follows::Body(0)),
        ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Follows::Body(0)),
        ("GET / HTTP/1.0\r\nhost:a\r\n\r\n", Follows::Body(0)),
        ("PUT /b/%20 HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n", Follows::Body(12)),
        ("PUT /b/k HTTP/1.1\r\nhost: a\r\ntransfer-encoding: Chunked\r\n\r\n", Follows::Open),
        ("PUT /b/k HTTP/1.1\r\nhost: a\r\nx-amz-meta-a: caf\u{e9}\tx\r\n\r\n", Follows::Body(0)),
        ("PUT /b/k HTTP/1.1\r\nhost: a\r\nx-amz-meta-a:\r\n\r\n", Follows::Body(0)),
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
        ("GET /\r\n\r\n", Violation::RequestLine),
        ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", Violation::RequestLine),
        ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", Violation::RequestLine),
        ("GET / x HTTP/1.1\r\nHost: a\r\n\r\n", Violation::RequestLine),
        ("GET /\tx HTTP/1.1\r\nHost: a\r\n\r\n", Violation::RequestLine),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", Violation::RequestLine),
        ("GET / http/1.1\r\nHost: a\r\n\r\n", Violation::RequestLine),
        ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", Violation::RequestLine),
        (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", Violation::RequestLine),
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
    assert_eq!(Head::default().read(endless.as_bytes(), &LIMITS), Err(Violation::TargetTooLong));
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "a: b\r\n".repeat(5));
    check(&many, Err(Violation::HeadTooLarge));
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nx: {}", "a".repeat(300));
    assert_eq!(Head::default().read(long.as_bytes(), &LIMITS), Err(Violation::HeadTooLarge));
}

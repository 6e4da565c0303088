use brigade_s3::Code;
use http::{Request, Version};

use super::admit;

/// `request` is `METHOD target`, then header lines.
#[track_caller]
fn check(version: Version, request: &str, expect: Result<(&str, &str), Code>) {
    let mut lines = request.lines();
    let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
    let mut builder = Request::builder().version(version).method(method).uri(target);
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        builder = builder.header(name, value);
    }
    let (mut head, ()) = builder.body(()).unwrap().into_parts();
    let got = admit(&mut head).map_err(|error| error.code());
    let got = got.map(|()| (head.uri.to_string(), head.headers["host"].to_str().unwrap().to_owned()));
    assert_eq!(
        got.as_ref().map(|(uri, host)| (uri.as_str(), host.as_str())).map_err(|code| *code),
        expect,
        "{request}"
    );
}

#[test]
fn r_http_03_absolute_targets_do_not_replace_the_host() {
    check(Version::HTTP_11, "GET http://evil.example/b/k?x=1\nhost: a", Ok(("/b/k?x=1", "a")));
    check(Version::HTTP_11, "GET http://evil.example\nhost: a", Ok(("/", "a")));
    check(Version::HTTP_11, "GET //b/../k%2F?\nhost: a:9000", Ok(("//b/../k%2F?", "a:9000")));
}

#[test]
fn r_http_03_malformed_hosts_are_refused() {
    for host in
        ["", "a b", "user@a", "a/b", "a,b", "a:port", "[::1", "a:", "a:65536", "a:99999", "a:80:80", "é"]
    {
        check(Version::HTTP_11, &format!("GET /\nhost: {host}"), Err(Code::InvalidRequest));
    }
    check(Version::HTTP_11, "GET /", Err(Code::InvalidRequest));
    check(Version::HTTP_11, "GET /\nhost: a\nhost: a", Err(Code::InvalidRequest));
    check(Version::HTTP_11, "OPTIONS *\nhost: a", Err(Code::InvalidUri));
    for host in
        ["a", "127.0.0.1:9000", "[::1]:9000", "b.s3.localhost", "A-1.example.:65535", "a:00080", "a_b:1"]
    {
        check(Version::HTTP_11, &format!("GET /\nhost: {host}"), Ok(("/", host)));
    }
}

#[test]
fn r_http_04_unknown_methods_are_refused() {
    for method in ["TRACE", "CONNECT", "PATCH", "PROPFIND", "get", "DEBUG", "PRI"] {
        check(Version::HTTP_11, &format!("{method} /\nhost: a"), Err(Code::MethodNotAllowed));
    }
}

#[test]
fn r_http_05_other_expectations_are_refused() {
    check(Version::HTTP_11, "PUT /b/k\nhost: a\nexpect: 100-Continue", Ok(("/b/k", "a")));
    check(Version::HTTP_11, "PUT /b/k\nhost: a\nexpect: 200-ok", Err(Code::ExpectationFailed));
    check(
        Version::HTTP_11,
        "PUT /b/k\nhost: a\nexpect: 100-continue\nexpect: x",
        Err(Code::ExpectationFailed),
    );
}

#[test]
fn r_sig_09_a_repeated_authorization_is_refused() {
    check(Version::HTTP_11, "GET /\nhost: a\nauthorization: x\nauthorization: x", Err(Code::InvalidRequest));
    check(
        Version::HTTP_11,
        "PUT /\nhost: a\ncontent-length: 1\ncontent-length: 1",
        Err(Code::InvalidRequest),
    );
}

#[test]
fn http2_requests_get_their_host_from_the_authority() {
    check(Version::HTTP_2, "GET http://a:9000/b?c", Ok(("/b?c", "a:9000")));
    check(Version::HTTP_2, "GET http://a/b\nhost: A", Ok(("/b", "a")));
    check(Version::HTTP_2, "GET http://a/b\nhost: b", Err(Code::InvalidRequest));
    check(Version::HTTP_2, "GET /b\nhost: b", Ok(("/b", "b")));
}

use super::*;

fn written(headers: &HeaderMap, ours: impl Fn(&HeaderName) -> bool) -> String {
    let mut text = String::new();
    lines(&mut text, headers, ours);
    text
}

#[test]
fn r_wrk_01_a_path_is_taken_as_it_was_sent() {
    for (url, secure, authority, target) in [
        ("http://h/b/k", false, "h", "/b/k"),
        ("https://h:8443/b//k%2F%20+\"?x=%41&y#z", true, "h:8443", "/b//k%2F%20+\"?x=%41&y"),
        ("http://h", false, "h", ""),
        ("http://h?list-type=2", false, "h", "?list-type=2"),
        ("http://h/b?prefix=a/b?c", false, "h", "/b?prefix=a/b?c"),
        ("http://h/%ff%C3%A9", false, "h", "/%ff%C3%A9"),
        ("http://[::1]:9000/b", false, "[::1]:9000", "/b"),
    ] {
        assert_eq!(Address::of(url), Some(Address { secure, authority, target }), "{url}");
    }
    assert_eq!(Address::of("/b/k"), None);
}

#[test]
fn a_target_without_a_path_is_the_root() {
    for (url, uri) in [("http://h", "/"), ("http://h?a=b", "/?a=b"), ("http://h/b?", "/b?")] {
        let text = format!("GET\n{url}\n");
        let (head, _) = request(&text).1.unwrap();
        assert_eq!(head.uri.to_string(), uri, "{url}");
        assert_eq!(head.headers["host"], "h");
    }
    assert!(request("GET\nhttp://h*\nhost\nh\n").1.is_none(), "no host, and no path");
}

#[test]
fn r_wrk_01_repeated_headers_and_those_beyond_ascii_cross_as_they_are() {
    let text = "host\na\nx-amz-meta-a\né ü\nx-amz-meta-b\n1\nx-amz-meta-b\n2\nx-empty\n\n";
    let whole = format!("PUT\nhttps://other/b/k\n{text}");
    let (method, head) = request(&whole);
    let (head, secure) = head.unwrap();
    assert_eq!(method, "PUT");
    assert!(secure);
    assert_eq!(head.headers["host"], "a", "the header stands, not the address");
    assert_eq!(head.headers["x-amz-meta-a"].as_bytes(), "é ü".as_bytes());
    assert_eq!(head.headers.get_all("x-amz-meta-b").iter().count(), 2);
    assert_eq!(written(&head.headers, |_| false), text);
}

#[test]
fn r_wrk_01_what_the_platform_says_itself_is_not_said_twice() {
    let text = "host\na\nExpect\n100-continue\ncontent-length\n3\nconnection\nclose\ntransfer-encoding\nchunked\nrange\nbytes=0-1\n";
    let whole = format!("PUT\nhttp://a/b/k\n{text}");
    let (head, _) = request(&whole).1.unwrap();
    assert_eq!(written(&head.headers, hop), "range\nbytes=0-1\n");
}

#[test]
fn an_answer_is_its_status_and_its_headers() {
    let head = response("206\ncontent-length\n2\netag\n\"x\"\n").unwrap();
    assert_eq!(head.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(head.headers["etag"], "\"x\"");
    assert!(response("").is_none());
    assert!(response("99\n").is_none());
}

#[test]
fn r_wrk_01_a_path_that_the_platform_would_rewrite_does_not_arrive() {
    for path in ["/b/..", "/b/../c", "/b/.", "/./c", "/b/%2e%2E/c", "/b/.%2e", "/b/%2E"] {
        assert!(!arrives(path), "{path}");
    }
    for path in
        ["/", "/b/...", "/b/..a", "/b/.hidden", "/b//c", "/b/a.", "/b/%2Fa", "/b/.../c", "/b/%2e%2e%2e"]
    {
        assert!(arrives(path), "{path}");
    }
}

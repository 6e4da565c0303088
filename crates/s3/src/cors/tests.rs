//! Cross-origin rules: the cases of AWS's documentation, and what browsers and S3 were seen to do.

use http::{Request, request};
use proptest::prelude::*;

use super::*;

fn rule(
    origins: &[&str],
    methods: &[&str],
    headers: &[&str],
    expose: &[&str],
    max_age: Option<u32>,
) -> CorsRule {
    let patterns =
        |names: &[&str]| names.iter().map(|name| HeaderPattern::parse(name).unwrap()).collect::<Vec<_>>();
    CorsRule {
        origins: origins.iter().map(|origin| OriginPattern::parse(origin).unwrap()).collect(),
        methods: methods.iter().map(|method| method.parse().unwrap()).collect(),
        headers: patterns(headers),
        expose: patterns(expose),
        max_age,
    }
}

/// The first example of AWS's guide (three rules), with an `ExposeHeader` and a `MaxAgeSeconds` of its second.
fn guide() -> Cors {
    Cors::new(vec![
        rule(
            &["http://www.example1.com"],
            &["PUT", "POST", "DELETE"],
            &["*"],
            &["x-amz-server-side-encryption", "x-amz-request-id", "x-amz-id-2"],
            Some(3000),
        ),
        rule(&["http://www.example2.com"], &["PUT", "POST", "DELETE"], &["*"], &[], None),
        rule(&["*"], &["GET"], &[], &[], None),
    ])
}

fn head(method: &str, headers: &[(&str, &str)]) -> request::Parts {
    let mut request = Request::builder().method(method).uri("/demo/key");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn to(key: &str) -> Destination<'_> {
    Destination {
        bucket: crate::BucketName::parse("demo").unwrap(),
        object: !key.is_empty(),
        inside: key.into(),
    }
}

/// The cross-origin headers of an answer that has others too, a line each.
fn marked(cors: &Cors, client: &request::Parts, status: u16) -> Vec<String> {
    let mut answer = HeaderMap::new();
    for name in ["etag", "x-amz-meta-a", "x-amz-request-id", "content-range"] {
        answer.insert(name, HeaderValue::from_static("1"));
    }
    cors.mark(client, StatusCode::from_u16(status).unwrap(), &mut answer);
    let mut lines: Vec<_> = answer
        .iter()
        .filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix("access-control-").or((name == "vary").then_some("vary"))?;
            Some(format!("{name}: {}", value.to_str().unwrap()))
        })
        .collect();
    lines.sort();
    lines
}

const VARIES: &str = "vary: Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

#[test]
fn preflights_are_answered_as_in_the_guide() {
    let expect = |origin: &str, method: &str, headers: Option<&str>, expect: Result<&[&str], &str>| {
        let mut sent = vec![("origin", origin), ("access-control-request-method", method)];
        sent.extend(headers.map(|headers| ("access-control-request-headers", headers)));
        let client = head("OPTIONS", &sent);
        let answer = guide().preflight(&client, Some(&to("key")));
        let what = format!("{origin} {method} {headers:?}");
        match (answer, expect) {
            (Ok(answer), Ok(lines)) => {
                assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 0), "{what}");
                let lines: Vec<_> = lines.iter().copied().chain([VARIES]).collect();
                assert_eq!(marked(&guide(), &client, 200), lines, "{what}");
            }
            (Err(error), Err(said)) => {
                let answer = error.into_response(crate::RequestId::default());
                let text = std::str::from_utf8(answer.body()).unwrap();
                assert!(text.contains(said), "{what}: {text}");
                assert_eq!(marked(&guide(), &client, 403), [VARIES], "{what}");
            }
            (answer, _) => panic!("{what}: {answer:?}"),
        }
    };
    let first: &[&str] = &[
        "allow-credentials: true",
        "allow-headers: content-type, x-amz-acl",
        "allow-methods: PUT, POST, DELETE",
        "allow-origin: http://www.example1.com",
        "expose-headers: x-amz-server-side-encryption, x-amz-request-id, x-amz-id-2",
        "max-age: 3000",
    ];
    expect("http://www.example1.com", "PUT", Some("Content-Type,X-Amz-Acl"), Ok(first));
    expect("http://www.example1.com", "PUT", Some(" content-type , , x-amz-acl "), Ok(first));
    let second: &[&str] = &[
        "allow-credentials: true",
        "allow-methods: PUT, POST, DELETE",
        "allow-origin: http://www.example2.com",
    ];
    expect("http://www.example2.com", "DELETE", None, Ok(second));
    let third: &[&str] = &["allow-methods: GET", "allow-origin: *"];
    expect("http://www.example1.com", "GET", None, Ok(third));
    expect("null", "GET", Some(""), Ok(third));
    let refused = |method| {
        format!(
            "<Error><Code>AccessForbidden</Code><Message>CORSResponse: This CORS request is not allowed. This is usually \
         because the evalution of Origin, request method / Access-Control-Request-Method or \
         Access-Control-Request-Headers are not whitelisted by the resource&#39;s CORS spec.</Message>\
         <Method>{method}</Method><ResourceType>OBJECT</ResourceType>"
        )
    };
    expect("http://www.example3.com", "PUT", None, Err(&refused("PUT")));
    expect("https://www.example1.com", "PUT", None, Err(&refused("PUT")));
    expect("http://www.example1.com:8080", "PUT", None, Err(&refused("PUT")));
    expect("http://WWW.example1.com", "PUT", None, Err(&refused("PUT")));
    expect("http://www.example1.com", "HEAD", None, Err(&refused("HEAD")));
    // No header is allowed by a rule that names none, not even those a browser may send without asking.
    expect("http://www.example1.com", "GET", Some("range"), Err(&refused("GET")));
    expect("http://www.example1.com", "PUT", Some("no header"), Err(&refused("PUT")));
    let bad = "<Error><Code>BadRequest</Code><Message>Invalid Access-Control-Request-Method: PATCH</Message>";
    expect("http://www.example1.com", "PATCH", None, Err(bad));
    expect("http://www.example1.com", "get", None, Err("Access-Control-Request-Method: get<"));
}

#[test]
fn what_is_no_preflight_is_refused_in_s3s_words() {
    let said = |cors: &Cors, headers: &[(&str, &str)]| {
        let error = cors.preflight(&head("OPTIONS", headers), Some(&to(""))).unwrap_err();
        let answer = error.into_response(crate::RequestId::default());
        (answer.status().as_u16(), String::from_utf8(answer.into_body().to_vec()).unwrap())
    };
    let (page, put) = (("origin", "https://a.example"), ("access-control-request-method", "PUT"));
    for (cors, headers, status, expect) in [
        (
            guide(),
            &[][..],
            400,
            "<Code>BadRequest</Code><Message>Insufficient information. Origin request header needed.",
        ),
        (guide(), &[put], 400, "Origin request header needed."),
        (guide(), &[page, page, put], 400, "Origin request header needed."),
        (guide(), &[page], 400, "Invalid Access-Control-Request-Method: null"),
        (guide(), &[page, put], 403, "<Method>PUT</Method><ResourceType>BUCKET</ResourceType>"),
        (Cors::default(), &[put], 400, "Origin request header needed."),
        (
            Cors::default(),
            &[page, put],
            403,
            "<Code>AccessForbidden</Code><Message>CORSResponse: CORS is not enabled for this bucket.</Message>\
             <Method>PUT</Method><ResourceType>BUCKET</ResourceType>",
        ),
        (Cors::default(), &[page], 403, "<Method>OPTIONS</Method>"),
    ] {
        let (found, text) = said(&cors, headers);
        assert!(found == status && text.contains(expect), "{headers:?}: {found} {text}");
    }
}

#[test]
fn an_answer_is_marked_by_the_first_rule_that_fits() {
    let own = Cors::new(vec![rule(&["https://a.example"], &["GET"], &[], &["ETag", "x-amz-meta-*"], None)]);
    let site = ["allow-credentials: true", "allow-methods: GET", "allow-origin: https://a.example"];
    let exposing = |names: &'static str| [&site[..], &[names, VARIES]].concat();
    let page = ("origin", "https://a.example");
    for (cors, method, headers, status, expect) in [
        (&own, "GET", &[page][..], 200, exposing("expose-headers: ETag, x-amz-meta-a")),
        (&own, "GET", &[page], 403, exposing("expose-headers: ETag, x-amz-meta-a")),
        // A browser would forget what of the pattern it has kept.
        (&own, "GET", &[page], 304, [&site[..], &[VARIES]].concat()),
        (&own, "HEAD", &[page], 200, vec![VARIES]),
        (&own, "GET", &[], 200, vec![VARIES]),
        (&own, "GET", &[("origin", "https://b.example")], 200, vec![VARIES]),
        (&own, "GET", &[page, ("origin", "https://a.example")], 200, vec![VARIES]),
        // S3 takes the method, and the headers, that a preflight would ask for, of any request.
        (&own, "GET", &[page, ("access-control-request-method", "PUT")], 200, vec![VARIES]),
        (&own, "GET", &[page, ("access-control-request-headers", "x-amz-acl")], 200, vec![VARIES]),
        (&Cors::default(), "GET", &[page], 200, vec![]),
    ] {
        assert_eq!(marked(cors, &head(method, headers), status), expect, "{method} {headers:?} {status}");
    }
}

#[test]
fn where_a_bucket_is_public_any_page_reads_it_and_none_says_who_its_user_is() {
    let open = Cors::open();
    let expect = [
        "allow-methods: GET, HEAD",
        "allow-origin: *",
        "expose-headers: Accept-Ranges, Content-Disposition, Content-Encoding, Content-Range, ETag, x-amz-meta-a, x-amz-request-id, *",
        "max-age: 3600",
        VARIES,
    ];
    for status in [200, 206, 304, 403, 404, 416] {
        assert_eq!(
            marked(&open, &head("GET", &[("origin", "https://any.example")]), status),
            expect,
            "{status}"
        );
    }
    for method in ["PUT", "POST", "DELETE"] {
        let asks = [("origin", "https://any.example"), ("access-control-request-method", method)];
        assert!(open.preflight(&head("OPTIONS", &asks), None).is_err(), "{method}");
        assert_eq!(marked(&open, &head(method, &asks), 403), [VARIES], "{method}");
    }
}

#[test]
fn r_web_01_credentials_go_only_to_a_site_that_is_named() {
    for (origins, sent, expect) in [
        (&["*"][..], "https://a.example", Some(("*", false))),
        (&["https://a.example", "*"], "https://a.example", Some(("*", false))),
        (&["https://a.example"], "https://a.example", Some(("https://a.example", true))),
        (&["https://*.example.org"], "https://a.example.org", Some(("https://a.example.org", true))),
        (&["*.example.org"], "http://a.b.example.org", Some(("http://a.b.example.org", true))),
        (&["http://localhost:*"], "http://localhost:5173", Some(("http://localhost:5173", true))),
        (&["https://*", "https://a.example"], "https://a.example", Some(("https://a.example", true))),
        (&["https://*", "https://a.example"], "https://b.example", Some(("https://b.example", false))),
        (&["https://example.*"], "https://example.evil.net", Some(("https://example.evil.net", false))),
        (&["https://*.org"], "https://evil.org", Some(("https://evil.org", false))),
        (&["https://*:8443"], "https://evil.net:8443", Some(("https://evil.net:8443", false))),
        (&["https://*example.org"], "https://evilexample.org", Some(("https://evilexample.org", false))),
        (&["https://*.example.org"], "https://example.org", None),
        (&["https://*.example.org"], "https://a.example.org.evil.net", None),
        (&["https://a.example"], "null", None),
        (&["*"], "null", Some(("*", false))),
    ] {
        let cors = Cors::new(vec![rule(origins, &["GET"], &[], &[], None)]);
        let mut answer = HeaderMap::new();
        cors.mark(&head("GET", &[("origin", sent)]), StatusCode::OK, &mut answer);
        let found = answer.get("access-control-allow-origin").map(|origin| {
            (origin.to_str().unwrap(), answer.contains_key("access-control-allow-credentials"))
        });
        assert_eq!(found, expect, "{origins:?} {sent}");
    }
}

#[test]
fn what_no_browser_could_send_is_no_origin() {
    use OriginPatternError::{Case, Path, Port, Shape, Stars};
    for (text, expect) in [
        ("*", Ok(())),
        ("https://app.example.org", Ok(())),
        ("https://*.example.org:8443", Ok(())),
        ("http*://example.org", Ok(())),
        ("*.example.org", Ok(())),
        ("http://[::1]:3000", Ok(())),
        ("chrome-extension://abcdefgh", Ok(())),
        ("", Err(Shape)),
        ("null", Err(Shape)),
        ("example.org", Err(Shape)),
        ("https://", Err(Shape)),
        ("://example.org", Err(Shape)),
        ("https://exa mple.org", Err(Shape)),
        ("https://пример.example", Err(Shape)),
        ("https://example.org/", Err(Path)),
        ("https://example.org/app", Err(Path)),
        ("https://*.*.example.org", Err(Stars)),
        ("https://Example.org", Err(Case)),
        ("https://example.org:443", Err(Port)),
        ("http://example.org:80", Err(Port)),
    ] {
        assert_eq!(OriginPattern::parse(text).map(|_| ()), expect, "{text}");
    }
    for (text, expect) in [
        ("*", Ok(())),
        ("x-amz-*", Ok(())),
        ("X-Custom", Ok(())),
        ("", Err(HeaderPatternError::Name)),
        ("a b", Err(HeaderPatternError::Name)),
        ("etag:", Err(HeaderPatternError::Name)),
        ("x-*-*", Err(HeaderPatternError::Stars)),
    ] {
        assert_eq!(HeaderPattern::parse(text).map(|_| ()), expect, "{text}");
    }
}

#[test]
fn rules_are_shown_as_s3_shows_them() {
    let document = guide().document("demo").unwrap();
    let text = String::from_utf8(document).unwrap();
    let first = "<CORSRule><AllowedMethod>PUT</AllowedMethod><AllowedMethod>POST</AllowedMethod>\
        <AllowedMethod>DELETE</AllowedMethod><AllowedOrigin>http://www.example1.com</AllowedOrigin>\
        <AllowedHeader>*</AllowedHeader><MaxAgeSeconds>3000</MaxAgeSeconds>\
        <ExposeHeader>x-amz-server-side-encryption</ExposeHeader><ExposeHeader>x-amz-request-id</ExposeHeader>\
        <ExposeHeader>x-amz-id-2</ExposeHeader></CORSRule>";
    assert!(text.contains("<CORSConfiguration xmlns=") && text.contains(first), "{text}");
    let none = Cors::default().document("demo").unwrap_err();
    assert_eq!(none.code(), Code::NoSuchCorsConfiguration);
}

/// Whether a text fits a pattern, by trying every way to place it: independent of how [`OriginPattern`] does it.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|at| fits(rest, &text[at..])),
        ([p, pattern @ ..], [t, text @ ..]) => p == t && fits(pattern, text),
        ([], [_, ..]) | ([_, ..], []) => false,
    }
}

proptest! {
    #[test]
    fn an_origin_matches_as_an_independent_matcher_says(
        head in "[ab.]{0,3}", tail in "[ab.:]{0,3}", star in any::<bool>(), text in "[ab.:]{0,7}", whole in any::<bool>(),
    ) {
        let star = if star { "*" } else { "" };
        let pattern = format!("https://{head}{star}{tail}");
        let origin = if whole { format!("https://{head}{text}{tail}") } else { format!("https://{text}") };
        if let Ok(parsed) = OriginPattern::parse(&pattern) {
            prop_assert_eq!(parsed.matches(origin.as_bytes()), fits(pattern.as_bytes(), origin.as_bytes()), "{} {}", pattern, origin);
        }
    }
}

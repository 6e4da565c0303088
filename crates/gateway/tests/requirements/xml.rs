//! R-XML: documents that clients send, and those they get.

use brigade_gateway::BodyError;
use brigade_testkit::{Ask, Body, World, arrival, keys};

use super::check::{case, expects, failed, refused, served_by};

fn delete(body: impl Into<Vec<u8>>) -> Ask {
    Ask::new("POST", "/private?delete").body(body.into()).sign(&keys::full())
}

#[tokio::test]
async fn r_xml_01_hostile_documents_are_refused() {
    let object = "<Object><Key>secret</Key></Object>";
    let mut bodies: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("blank", b" \n ".to_vec()),
        ("no XML", b"secret".to_vec()),
        ("JSON", b"{\"Delete\":[\"secret\"]}".to_vec()),
        ("no objects", b"<Delete></Delete>".to_vec()),
        ("empty root", b"<Delete/>".to_vec()),
        ("another root", format!("<Remove>{object}</Remove>").into()),
        ("an error as root", b"<Error><Code>X</Code></Error>".to_vec()),
        ("unclosed", format!("<Delete>{object}").into()),
        ("unclosed object", b"<Delete><Object><Key>secret</Key></Delete>".to_vec()),
        ("crossed", b"<Delete><Object><Key>secret</Object></Key></Delete>".to_vec()),
        ("two roots", format!("<Delete>{object}</Delete><Delete>{object}</Delete>").into()),
        ("text behind", format!("<Delete>{object}</Delete>x").into()),
        ("a DTD", format!("<!DOCTYPE Delete><Delete>{object}</Delete>").into()),
        (
            "an entity",
            b"<!DOCTYPE d [<!ENTITY k \"secret\">]><Delete><Object><Key>&k;</Key></Object></Delete>".to_vec(),
        ),
        (
            "an external entity",
            b"<!DOCTYPE d [<!ENTITY k SYSTEM \"file:///etc/passwd\">]><Delete><Object><Key>&k;</Key></Object></Delete>"
                .to_vec(),
        ),
        (
            "an external DTD",
            format!("<!DOCTYPE d SYSTEM \"http://127.0.0.1:1/d.dtd\"><Delete>{object}</Delete>").into(),
        ),
        (
            "billions of laughs",
            b"<!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\"><!ENTITY c \"&b;&b;\">]><Delete><Object><Key>&c;</Key></Object></Delete>"
                .to_vec(),
        ),
        ("an unknown entity", b"<Delete><Object><Key>&nope;</Key></Object></Delete>".to_vec()),
        ("a NUL reference", b"<Delete><Object><Key>a&#0;b</Key></Object></Delete>".to_vec()),
        ("bad UTF-8", b"<Delete><Object><Key>\xff</Key></Object></Delete>".to_vec()),
        ("UTF-16", b"\xff\xfe<\0D\0e\0l\0e\0t\0e\0/\0>\0".to_vec()),
        ("deep", format!("{}{}", "<Delete>".repeat(100_000), "</Delete>".repeat(100_000)).into()),
        ("a deep key", format!("<Delete><Object><Key>{}", "<a>".repeat(300_000)).into()),
    ];
    let wide = "<Object><Key>k</Key></Object>".repeat(1001);
    bodies.push(("1001 keys", format!("<Delete>{wide}</Delete>").into()));
    let attributes: String = (0..20_000).map(|n| format!(" a{n}=\"\"")).collect();
    bodies.push(("attributes without end", format!("<Delete{attributes}><Object").into()));
    refused(bodies.into_iter().map(|(what, body)| case(what, "400 MalformedXML", delete(body)))).await;
}

#[tokio::test]
async fn r_xml_01_a_manifest_that_is_none_completes_nothing() {
    let cases = ["", "x", "<!DOCTYPE d><CompleteMultipartUpload/>", "<Delete/>"].map(|body| {
        let ask = Ask::new("POST", "/private/secret?uploadId=u").body(body).sign(&keys::full());
        case(body, "400 | 404", ask)
    });
    failed(cases).await;
}

#[tokio::test]
async fn r_xml_02_documents_are_bounded_before_they_are_read() {
    let frame = vec![b' '; 1 << 16];
    let world = World::embedded().await;
    for announced in [true, false] {
        let mut ask = Ask::new("POST", "/private?delete").sign(&keys::full().mark("UNSIGNED-PAYLOAD"));
        ask = if announced {
            ask.header("content-length", &(64_u32 << 16).to_string())
        } else {
            ask.header("transfer-encoding", "chunked")
        };
        let (head, _) = ask.request().into_parts();
        // Whoever reads on to the end of what comes finds it broken.
        let body = Body::frames(vec![frame.clone(); 64]).failing(BodyError::Stalled);
        let answer = world.send_at(http::Request::from_parts(head, body), arrival()).await;
        expects("4 MiB", &answer, "400 MaxMessageLengthExceeded", false);
    }
    assert_eq!(world.upstream.sent(), [""; 0]);
}

#[tokio::test]
async fn r_xml_03_a_wrong_digest_of_a_batch_delete_is_refused() {
    let body = "<Delete><Object><Key>secret</Key></Object></Delete>";
    let ask = |name: &str, value: &str| {
        Ask::new("POST", "/private?delete").body(body).header(name, value).sign(&keys::full())
    };
    refused([
        case("md5", "400 BadDigest", ask("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")),
        case("no md5", "400 InvalidDigest", ask("content-md5", "x")),
        case("crc32", "400 BadDigest", ask("x-amz-checksum-crc32", "AAAAAA==")),
        case("sha256", "400 BadDigest", ask("x-amz-checksum-sha256", &"A".repeat(43).replace('=', ""))),
        case("crc64", "400 BadDigest", ask("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")),
        case("hash", "400 XAmzContentSHA256Mismatch", delete("<Delete/>").body(body)),
    ])
    .await;
}

#[tokio::test]
async fn r_xml_04_keys_with_markup_come_back_as_they_were() {
    let world = World::embedded().await;
    for key in [
        "<script>alert(1)</script>",
        "a&amp;b",
        "a\"'b",
        "]]>",
        "\u{1}\u{1f}",
        "a\rb\nc\td",
        "\u{7f}\u{feff}é€😀",
        "\u{fffe}\u{85}\u{2028}",
    ] {
        let target = format!("/mapped/{}", brigade_testkit::encode_path(key));
        let put = Ask::new("PUT", &target).body("x").sign(&keys::full());
        served_by(&world, [case(key, "200", put)]).await;
        let list =
            |query: &str| Ask::new("GET", &format!("/mapped?prefix={}{query}", brigade_testkit::encode(key)));
        for query in ["&list-type=2", ""] {
            let answer =
                served_by(&world, [case(key, "200", list(query).sign(&keys::full()))]).await.remove(0);
            assert_eq!(unescape(answer.element("Key")), key, "{}", answer.text());
            assert!(!answer.text().contains("<script>"), "{}", answer.text());
            let encoded = list(&format!("{query}&encoding-type=url")).sign(&keys::full());
            let encoded = served_by(&world, [case(key, "200", encoded)]).await.remove(0);
            let found = brigade_testkit::decode(&encoded.element("Key").replace('+', " "));
            assert_eq!(String::from_utf8(found).unwrap(), key, "{}", encoded.text());
        }
        let absent = Ask::new("GET", &format!("{target}%3Cabsent%3E")).sign(&keys::full());
        let absent = served_by(&world, [case(key, "404 NoSuchKey", absent)]).await.remove(0);
        assert!(!absent.text().contains("<absent>") && !absent.text().contains("<script>"));
    }
}

/// The text that an XML parser gives.
fn unescape(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once(';').unwrap();
        let number =
            |digits: &str, radix| char::from_u32(u32::from_str_radix(digits, radix).unwrap()).unwrap();
        out.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => match name.strip_prefix("#x") {
                Some(digits) => number(digits, 16),
                None => number(name.strip_prefix('#').unwrap(), 10),
            },
        });
        out.push_str(rest);
    }
    out
}

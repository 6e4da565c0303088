use super::*;
use crate::xml::escape;
use proptest::prelude::*;

fn parse(body: &str) -> Result<DeleteRequest, XmlError> {
    parse_delete(body.as_bytes())
}

fn object(key: &str, version_id: Option<&str>) -> DeleteObject {
    DeleteObject { key: key.to_owned(), version_id: version_id.map(str::to_owned), ..DeleteObject::default() }
}

fn unexpected<T>(what: &str) -> Result<T, XmlError> {
    Err(XmlError::Unexpected(what.to_owned()))
}

#[test]
fn r_del_01_a_key_is_the_parsers_final_text() {
    let cases = [
        ("a/b.txt", "a/b.txt"),
        (" a ", " a "),
        ("a&amp;b&lt;&gt;&quot;&apos;", "a&b<>\"'"),
        ("&#x41;&#66;&#xe9;&#x1F600;", "ABé😀"),
        ("<![CDATA[a&amp;b]]>c", "a&amp;bc"),
        ("te<!-- am -->am/<![CDATA[x]]>&#x79;", "team/xy"),
        ("a&#13;&#10;b", "a\r\nb"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("&#x1;", "\u{1}"),
        ("%2e%2e/+", "%2e%2e/+"),
    ];
    for (written, key) in cases {
        let request = parse(&format!("<Delete><Object><Key>{written}</Key></Object></Delete>"));
        let expect = DeleteRequest { quiet: false, objects: vec![object(key, None)] };
        assert_eq!(request, Ok(expect), "{written}");
    }
}

#[test]
fn everything_of_a_delete_is_read() {
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">
        <Object><Key>a</Key><VersionId>v</VersionId><ETag>\"e\"</ETag><LastModifiedTime>t</LastModifiedTime><Size>3</Size></Object>
        <!-- and --> <Quiet> true </Quiet>
        <Object><Key>b</Key></Object> </Delete>\n";
    let full = DeleteObject {
        etag: Some(String::from("\"e\"")),
        last_modified_time: Some(String::from("t")),
        size: Some(String::from("3")),
        ..object("a", Some("v"))
    };
    assert_eq!(parse(body), Ok(DeleteRequest { quiet: true, objects: vec![full, object("b", None)] }));
}

#[test]
fn r_xml_01_r_del_01_what_is_not_exactly_a_delete_is_malformed() {
    let cases = [
        ("", Err(XmlError::Cut)),
        ("<Delete>", Err(XmlError::Cut)),
        ("<Delete/>", Err(XmlError::Missing("Object"))),
        ("<Delete></Delete>", Err(XmlError::Missing("Object"))),
        ("<Delete><Quiet>true</Quiet></Delete>", Err(XmlError::Missing("Object"))),
        ("<Remove><Object><Key>a</Key></Object></Remove>", Err(XmlError::WrongRoot)),
        ("<Error><Object><Key>a</Key></Object></Error>", Err(XmlError::WrongRoot)),
        ("<Delete><Object><Key>a</Key></Object></Delete>x", Err(XmlError::Malformed)),
        ("<Delete><Object><Key>a</Key></Object></Delete><Delete/>", Err(XmlError::Malformed)),
        ("<Delete><Object><Key>a</Key></Object>", Err(XmlError::Cut)),
        ("<Delete><Object><Key>a</Object></Key></Delete>", Err(XmlError::Malformed)),
        // Unicode's white space is none of XML's.
        ("<Delete><Object><Key>a</Key\u{a0}></Object></Delete>", Err(XmlError::Malformed)),
        ("<Delete><Object/></Delete>", unexpected("Object")),
        ("<Delete><Object></Object></Delete>", Err(XmlError::Missing("Key"))),
        ("<Delete><Object><VersionId>v</VersionId></Object></Delete>", Err(XmlError::Missing("Key"))),
        ("<Delete><Object><Key></Key></Object></Delete>", unexpected("Key")),
        ("<Delete><Object><Key/></Object></Delete>", unexpected("Key")),
        ("<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>", unexpected("Key")),
        ("<Delete><Object><Key>a</Key><x:Key>b</x:Key></Object></Delete>", unexpected("Key")),
        (
            "<Delete><Object><Key>a</Key><VersionId>1</VersionId><VersionId>2</VersionId></Object></Delete>",
            unexpected("VersionId"),
        ),
        ("<Delete><Object><Key>a</Key><VersionId></VersionId></Object></Delete>", unexpected("VersionId")),
        ("<Delete><Object><Key>a</Key><Other>b</Other></Object></Delete>", unexpected("Other")),
        ("<Delete><Object><Key>a<b>c</b></Key></Object></Delete>", unexpected("b")),
        ("<Delete><Object><Key>a<b/></Key></Object></Delete>", unexpected("b")),
        ("<Delete><Object>x<Key>a</Key></Object></Delete>", unexpected("text")),
        ("<Delete>x<Object><Key>a</Key></Object></Delete>", unexpected("text")),
        ("<Delete><Key>a</Key></Delete>", unexpected("Key")),
        ("<Delete><Object><Key>a</Key></Object><Quiet>maybe</Quiet></Delete>", unexpected("maybe")),
        ("<Delete><Quiet>true</Quiet><Quiet>false</Quiet></Delete>", unexpected("Quiet")),
        ("<Delete><Object><Key>a\u{1}</Key></Object></Delete>", unexpected("Key")),
        ("<Delete><Object><Key>a]]></Key></Object></Delete>", Err(XmlError::Malformed)),
        ("<Delete><Object><Key>a<!-- -- --></Key></Object></Delete>", Err(XmlError::Malformed)),
        ("<Delete><Object><Key>&nbsp;</Key></Object></Delete>", Err(XmlError::Malformed)),
        ("<Delete><Object><Key>&#0;</Key></Object></Delete>", Err(XmlError::Malformed)),
        ("<Delete><Object><Key>a & b</Key></Object></Delete>", Err(XmlError::Malformed)),
        (
            "<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Delete><Object><Key>&x;</Key></Object></Delete>",
            Err(XmlError::Doctype),
        ),
        (
            "<?xml version=\"1.0\" encoding=\"UTF-7\"?><Delete><Object><Key>a</Key></Object></Delete>",
            Err(XmlError::Malformed),
        ),
    ];
    for (body, expect) in cases {
        assert_eq!(parse(body), expect, "{body}");
    }
    assert_eq!(parse_delete(b"<Delete><Object><Key>\xff</Key></Object></Delete>"), Err(XmlError::Malformed));
}

#[test]
fn an_unexpected_name_is_logged_in_part_only() {
    let name = "x".repeat(100_000);
    assert_eq!(parse(&format!("<Delete><{name}/></Delete>")), unexpected(&"x".repeat(64)));
}

#[test]
fn r_xml_01_a_thousand_objects_are_read_and_one_more_is_refused() {
    let body = |count: usize| format!("<Delete>{}</Delete>", "<Object><Key>a</Key></Object>".repeat(count));
    assert_eq!(parse(&body(1000)).map(|request| request.objects.len()), Ok(1000));
    assert_eq!(parse(&body(1001)), Err(XmlError::TooMany));
}

#[test]
fn the_store_is_asked_under_its_prefix_and_never_quietly() {
    let body = write_delete(&[object("a&b", Some("v")), object("c\r", None)], &Names::under("p/"));
    assert_eq!(
        String::from_utf8(body).unwrap(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Object><Key>p/a&amp;b</Key><VersionId>v</VersionId></Object><Object><Key>p/c&#xD;</Key></Object>\
         <Quiet>false</Quiet></Delete>"
    );
}

const INTERNAL: &str =
    "<Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message>";

/// `answer` is what is inside the store's result, whose prefix is `p/`; `expect` what is inside the client's.
fn check(asked: &[DeleteObject], refused: &[Refused<'_>], quiet: bool, answer: &str, expect: &str) {
    let store = format!("<DeleteResult>{answer}</DeleteResult>");
    let merged =
        merge_delete_result(Some(store.as_bytes()), &Names::under("p/"), asked, refused, quiet).unwrap();
    let merged = String::from_utf8(merged).unwrap();
    let inside = merged
        .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">")
        .and_then(|rest| rest.strip_suffix("</DeleteResult>"));
    assert_eq!(inside, Some(expect), "{answer}");
}

#[test]
fn what_was_deleted_is_told_in_the_clients_names() {
    let asked = [object("a&b", None), object("c", Some("v1"))];
    let answer = "<Deleted><Key>p/a&amp;b</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>m\
        </DeleteMarkerVersionId></Deleted> <Deleted><VersionId>v1</VersionId><New x=\"y\"/><Key>p/c</Key></Deleted>";
    let expect = "<Deleted><Key>a&amp;b</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>m\
        </DeleteMarkerVersionId></Deleted><Deleted><Key>c</Key><VersionId>v1</VersionId><New x=\"y\"/></Deleted>";
    check(&asked, &[], false, answer, expect);
    check(&asked, &[], true, answer, "");
}

#[test]
fn r_err_02_a_stores_prose_and_unknown_codes_are_not_passed_on() {
    let asked = [object("a", None), object("b", Some("v"))];
    let answer = "<Error><Key>p/a</Key><Code>AccessDenied</Code><Message>user arn:aws:iam::1234 on real-bucket</Message></Error>\
        <Error><Key>p/b</Key><VersionId>v</VersionId><Code>XRealBucketOnFire</Code><Message>m</Message></Error>";
    let expect = format!(
        "<Error><Key>a</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>\
         <Error><Key>b</Key><VersionId>v</VersionId>{INTERNAL}</Error>"
    );
    check(&asked, &[], false, answer, &expect);
    check(&asked, &[], true, answer, &expect);
}

#[test]
fn r_rel_02_a_key_the_store_does_not_answer_for_is_an_error() {
    let asked = [object("a", None), object("b", None)];
    let expect = format!("<Deleted><Key>b</Key></Deleted><Error><Key>a</Key>{INTERNAL}</Error>");
    check(&asked, &[], false, "<Deleted><Key>p/b</Key></Deleted>", &expect);
    let expect = format!("<Error><Key>a</Key>{INTERNAL}</Error><Error><Key>b</Key>{INTERNAL}</Error>");
    check(&asked, &[], true, "", &expect);
    check(&asked, &[], true, "<Deleted><Key>p/c</Key></Deleted>", &expect);
}

#[test]
fn r_del_01_a_refused_key_is_access_denied() {
    let (code, message) = ("AccessDenied", "Access Denied");
    let refused = [
        Refused { key: "x<y", version_id: Some("v"), code, message },
        Refused { key: "z", version_id: None, code, message },
    ];
    let expect = "<Error><Key>x&lt;y</Key><VersionId>v</VersionId><Code>AccessDenied</Code><Message>Access Denied</Message></Error>\
        <Error><Key>z</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    check(&[], &refused, true, "", expect);
    let merged = merge_delete_result(None, &Names::under("p/"), &[], &refused, false).unwrap();
    assert!(String::from_utf8(merged).unwrap().contains(expect));
}

#[test]
fn answers_are_matched_with_questions_however_a_store_repeats_versions() {
    let two = [object("a", Some("1")), object("a", Some("2"))];
    let deleted = |version: &str| format!("<Deleted><Key>a</Key>{version}</Deleted>");
    let answer = |version: &str| format!("<Deleted><Key>p/a</Key>{version}</Deleted>");
    // SeaweedFS does not repeat the version it was asked for.
    check(&two, &[], false, &answer("").repeat(2), &deleted("").repeat(2));
    let missed =
        |version: &str| format!("<Error><Key>a</Key><VersionId>{version}</VersionId>{INTERNAL}</Error>");
    check(&two, &[], false, &answer(""), &format!("{}{}", deleted(""), missed("2")));
    let second = "<VersionId>2</VersionId>";
    check(&two, &[], false, &answer(second), &format!("{}{}", deleted(second), missed("1")));
    // A version nobody asked for settles nothing.
    let third = "<VersionId>3</VersionId>";
    check(&two, &[], false, &answer(third), &format!("{}{}", missed("1"), missed("2")));
    // An exact match is settled before a loose one.
    let mixed = [object("a", None), object("a", Some("1"))];
    let first = "<VersionId>1</VersionId>";
    check(
        &mixed,
        &[],
        false,
        &answer(first),
        &format!("{}<Error><Key>a</Key>{INTERNAL}</Error>", deleted(first)),
    );
    // A question without a version may be answered with one; asked twice, one answer is enough.
    let plain = [object("a", None), object("a", None)];
    check(&plain, &[], false, &answer(third), &deleted(third));
}

#[test]
fn a_result_that_cannot_be_trusted_is_an_error() {
    let whole = "<DeleteResult><Deleted><Key>p/a</Key></Deleted></DeleteResult>";
    for end in 0..whole.len() {
        let cut = whole.as_bytes().get(..end);
        assert!(
            merge_delete_result(cut, &Names::under("p/"), &[object("a", None)], &[], false).is_err(),
            "r_rel_02: cut at {end}"
        );
    }
    let cases = [
        ("<DeleteResult><Deleted><Key>q/a</Key></Deleted></DeleteResult>", XmlError::Foreign),
        ("<DeleteResult><Error><Key>a</Key></Error></DeleteResult>", XmlError::Foreign),
        ("<DeleteResult><Deleted/><Deleted/></DeleteResult>", XmlError::Missing("Key")),
        ("<DeleteResult><Error></Error></DeleteResult>", XmlError::Missing("Key")),
        (
            "<DeleteResult><Deleted><Key>p/a</Key><Key>p/b</Key></Deleted></DeleteResult>",
            XmlError::Unexpected(String::from("Key")),
        ),
        ("<Delete/>", XmlError::WrongRoot),
    ];
    for (body, expect) in cases {
        let merged =
            merge_delete_result(Some(body.as_bytes()), &Names::under("p/"), &[object("a", None)], &[], false);
        assert_eq!(merged, Err(expect), "{body}");
    }
    let error = merge_delete_result(
        Some(b"<Error><Code>SlowDown</Code></Error>"),
        &Names::under(""),
        &[],
        &[],
        false,
    );
    assert!(matches!(error, Err(XmlError::StoreError(error)) if error.code == "SlowDown"), "r_rel_05");
}

/// One way of writing a character of a key.
fn spelled(c: char, way: u8) -> String {
    let mut out = String::new();
    match way {
        0 => out.push_str(&format!("&#x{:x};", u32::from(c))),
        1 => out.push_str(&format!("<!--{way}-->&#{};", u32::from(c))),
        2 if c >= ' ' => out.push_str(&format!("<![CDATA[{c}]]>")),
        _ => escape(&c.to_string(), &mut out),
    }
    out
}

fn odd_key() -> impl Strategy<Value = String> {
    "[a-c/ +%&<>'\"#;é😀\u{1}\u{7f}\r\n\t\\]]{1,12}"
}

fn objects() -> impl Strategy<Value = Vec<DeleteObject>> {
    let version = prop::option::of("[a-b<&]{1,3}");
    prop::collection::vec(
        (odd_key(), version).prop_map(|(key, version)| object(&key, version.as_deref())),
        1..8,
    )
}

proptest! {
    #[test]
    fn a_written_delete_reads_back_under_its_prefix(objects in objects(), prefix in odd_key()) {
        let read = parse_delete(&write_delete(&objects, &Names::under(&prefix))).unwrap();
        let expect: Vec<DeleteObject> = objects
            .iter()
            .map(|object| DeleteObject { key: format!("{prefix}{}", object.key), ..object.clone() })
            .collect();
        prop_assert_eq!(read, DeleteRequest { quiet: false, objects: expect });
    }

    #[test]
    fn a_key_reads_the_same_however_it_is_spelled(key in odd_key(), ways in prop::collection::vec(0_u8..4, 12)) {
        let written: String = key.chars().zip(ways).map(|(c, way)| spelled(c, way)).collect();
        let read = parse(&format!("<Delete><Object><Key>{written}</Key></Object></Delete>")).unwrap();
        prop_assert_eq!(&read.objects[0].key, &key);
    }

    /// R-REL-03: whatever part of the batch the store answers for, the client hears of every object exactly once.
    #[test]
    fn every_object_is_accounted_for(objects in objects(), prefix in odd_key(), answered in prop::collection::vec(0_u8..3, 8)) {
        let mut seen = std::collections::BTreeSet::new();
        let asked: Vec<DeleteObject> =
            objects.into_iter().filter(|object| seen.insert((object.key.clone(), object.version_id.clone()))).collect();
        let mut deleted = 0;
        let store = Document::in_namespace("DeleteResult", |result| {
            for (object, answered) in asked.iter().zip(answered) {
                let name = match answered {
                    0 => continue,
                    1 => "Deleted",
                    _ => "Error",
                };
                deleted += usize::from(answered == 1);
                result.element(name, |entry| {
                    entry.text("Key", &format!("{prefix}{}", object.key));
                    if let Some(version) = &object.version_id {
                        entry.text("VersionId", version);
                    }
                });
            }
        });
        let merged = merge_delete_result(Some(&store), &Names::under(&prefix), &asked, &[], false).unwrap();
        let mut told = 0;
        for answer in parse_result(&merged, &Names::under(""), &[]).unwrap() {
            let known = asked.iter().any(|object| object.key == answer.key && object.version_id == answer.version_id);
            prop_assert!(known, "{}", answer.key);
            told += usize::from(matches!(answer.outcome, Outcome::Deleted { .. }));
        }
        prop_assert_eq!(parse_result(&merged, &Names::under(""), &[]).unwrap().len(), asked.len());
        prop_assert_eq!(told, deleted);
    }

    #[test]
    fn r_rob_01_no_bytes_make_a_delete_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_delete(&body);
        let _ = merge_delete_result(Some(&body), &Names::under("p/"), &[object("a", None)], &[], false);
        let _ = parse_delete(&[b"<Delete><Object><Key>".as_slice(), &body].concat());
    }

    #[test]
    fn r_rob_01_a_cut_delete_is_an_error(objects in objects(), at in any::<prop::sample::Index>()) {
        let body = write_delete(&objects, &Names::under(""));
        prop_assert!(parse_delete(&body[..at.index(body.len())]).is_err());
    }
}

#[test]
fn a_store_that_names_none_of_what_it_deleted_is_believed_only_if_it_counts_them_all() {
    let asked: Vec<_> = ["a", "b"]
        .into_iter()
        .map(|key| DeleteObject { key: key.into(), ..DeleteObject::default() })
        .collect();
    let merge = |body: &str| {
        let body = format!("<DeleteResult>{body}</DeleteResult>");
        merge_delete_result(Some(body.as_bytes()), &Names::under("p/"), &asked, &[], false)
            .map(|xml| String::from_utf8(xml).unwrap())
    };
    for all in ["<Deleted></Deleted><Deleted></Deleted>", "<Deleted/><Deleted/>"] {
        let merged = merge(all).unwrap();
        assert!(
            merged.contains("<Deleted><Key>a</Key></Deleted><Deleted><Key>b</Key></Deleted>"),
            "{merged}"
        );
    }
    for not_all in [
        "<Deleted></Deleted>",
        "<Deleted/><Deleted/><Deleted/>",
        "<Deleted><Key>p/a</Key></Deleted><Deleted/>",
    ] {
        assert_eq!(merge(not_all), Err(XmlError::Missing("Key")), "{not_all}");
    }
}

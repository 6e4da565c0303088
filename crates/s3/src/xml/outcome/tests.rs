use super::*;
use proptest::prelude::*;

const LOCATION: &str = "http://s3.example.org/public/m";

fn own(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// The texts a client must see for the samples.
fn check(name: &str, store: &str, client: &str) {
    let key = "m m+.bin";
    let body = match name.split_once('-').unwrap().1 {
        "complete" => rewrite_complete(own(store), LOCATION, "public", key).unwrap().body,
        "initiate" => rewrite_initiate(own(store), "public", key).unwrap().body,
        _ => verify_copy(own(store)).unwrap().body,
    };
    assert_eq!(body, client, "{name}");
}

macro_rules! sample {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../samples/", $name, ".store.xml")),
            include_str!(concat!("../samples/", $name, ".client.xml")),
        )
    };
}

const SAMPLES: [(&str, &str, &str); 7] = [
    sample!("ceph-complete"),
    sample!("minio-complete"),
    sample!("minio-initiate"),
    sample!("seaweedfs-complete"),
    sample!("seaweedfs-copy"),
    sample!("seaweedfs-initiate"),
    sample!("seaweedfs-partcopy"),
];

#[test]
fn stores_confirmations_come_out_in_the_clients_names() {
    for (name, store, client) in SAMPLES {
        check(name, store, client);
    }
}

#[test]
fn what_a_confirmation_proves_is_read() {
    let complete = include_str!("../samples/seaweedfs-complete.store.xml");
    let etag = rewrite_complete(own(complete), LOCATION, "b", "k").unwrap().etag;
    assert_eq!(etag, "\"af5da9f45af7a300e3aded972f8ff687-1\"");
    let copy = include_str!("../samples/seaweedfs-copy.store.xml");
    assert_eq!(verify_copy(own(copy)).unwrap().etag, "9dd4e461268c8034f5c8564e155c67a6");
    let initiate = include_str!("../samples/minio-initiate.store.xml");
    assert_eq!(
        rewrite_initiate(own(initiate), "b", "k").unwrap().upload_id,
        "29ddc3a9-7c25-48e9-b2fe-ee32147da66e"
    );
}

/// Every reading of `body`: none may take it for a confirmation.
fn refusals(body: &[u8]) -> [Option<XmlError>; 3] {
    [
        rewrite_complete(Bytes::copy_from_slice(body), LOCATION, "public", "k").err(),
        rewrite_initiate(Bytes::copy_from_slice(body), "public", "k").err(),
        verify_copy(Bytes::copy_from_slice(body)).err(),
    ]
}

#[test]
fn r_rel_03_a_confirmation_cut_anywhere_confirms_nothing() {
    for (name, store, _) in SAMPLES {
        let whole = store.trim_end().as_bytes();
        for end in 0..whole.len() {
            assert!(refusals(&whole[..end]).iter().all(Option::is_some), "{name} cut at {end}");
        }
    }
}

#[test]
fn r_rel_05_an_error_inside_a_200_is_an_error() {
    let body =
        b" \n \n<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\n<Error><Code>InternalError</Code><Message>We \
        encountered an internal error.</Message><RequestId>656c76696e6727</RequestId></Error>";
    for refusal in refusals(body) {
        let Some(XmlError::StoreError(error)) = refusal else { panic!("{refusal:?}") };
        assert_eq!(
            (error.code.as_str(), error.request_id.as_deref()),
            ("InternalError", Some("656c76696e6727"))
        );
    }
}

#[test]
fn whitespace_that_kept_the_connection_alive_is_left_out() {
    let body = "  \n <?xml version=\"1.0\"?>\n<CompleteMultipartUploadResult><Key/><ETag>\"e\"</ETag></CompleteMultipartUploadResult>";
    let completed = rewrite_complete(own(body), LOCATION, "public", "a&b").unwrap();
    assert_eq!(
        completed.body,
        "<?xml version=\"1.0\"?>\n<CompleteMultipartUploadResult><Key>a&amp;b</Key><ETag>\"e\"</ETag></CompleteMultipartUploadResult>"
    );
}

#[test]
fn a_quote_that_is_never_closed_swallows_no_elements() {
    for attribute in [
        "x=\"a\"y=\"b\"",
        "\u{e9}=\"a\"",
        "x=\"a\"/y=\"b\"",
        "xmlns=\"h><a><b/\"",
        "x=\"<\"",
        "x='a&b'",
        "x=\"&lt\"",
        "1=\"a\"",
        "x=\"a\" x=\"b\"",
    ] {
        let body = format!("<CopyObjectResult {attribute}><ETag>e</ETag></CopyObjectResult>");
        assert_eq!(verify_copy(body.clone().into()).unwrap_err(), XmlError::Malformed, "{attribute}");
    }
    for attribute in ["xmlns=\"a>b\"", "xmlns:xsi='x'", "x = \"a\"\n y='b\"' ", "x=\"&lt;&#38;\"", ""] {
        let body = format!("<CopyObjectResult {attribute}><ETag>e</ETag></CopyObjectResult>");
        assert_eq!(verify_copy(body.clone().into()).unwrap().etag, "e", "{attribute}");
    }
}

#[test]
fn a_confirmation_without_its_proof_confirms_nothing() {
    let cases = [
        ("<CopyObjectResult/>", XmlError::Missing("ETag")),
        ("<CopyObjectResult><ETag/></CopyObjectResult>", XmlError::Missing("ETag")),
        ("<CopyObjectResult><Deep><ETag>e</ETag></Deep></CopyObjectResult>", XmlError::Missing("ETag")),
        (
            "<CopyObjectResult><ETag>a</ETag><ETag>b</ETag></CopyObjectResult>",
            XmlError::Unexpected(String::from("ETag")),
        ),
        ("<CopyObjectResult><ETag><b/></ETag></CopyObjectResult>", XmlError::Unexpected(String::from("b"))),
        (
            "<CompleteMultipartUploadResult><ETag>a</ETag></CompleteMultipartUploadResult>",
            XmlError::WrongRoot,
        ),
    ];
    for (body, expect) in cases {
        assert_eq!(verify_copy(own(body)), Err(expect), "{body}");
    }
}

proptest! {
    #[test]
    fn r_rob_01_no_bytes_make_an_outcome_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = refusals(&body);
    }
}

#[test]
fn r_xml_01_a_completion_is_a_whole_list_of_parts() {
    let part = "<Part><PartNumber>1</PartNumber><ETag>&quot;e&quot;</ETag></Part>";
    for (body, good) in [
        (format!("<CompleteMultipartUpload>{part}</CompleteMultipartUpload>"), true),
        (
            format!(
                "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{part}{part}</CompleteMultipartUpload>"
            ),
            true,
        ),
        (String::new(), false),
        ("<".into(), false),
        ("<CompleteMultipartUpload/>".into(), false),
        ("<CompleteMultipartUpload></CompleteMultipartUpload>".into(), false),
        ("<Delete/>".into(), false),
        ("<Error><Code>x</Code></Error>".into(), false),
        (format!("<CompleteMultipartUpload>{part}"), false),
        (
            "<CompleteMultipartUpload><Part><PartNumber>x</PartNumber></Part></CompleteMultipartUpload>"
                .into(),
            false,
        ),
        (
            format!(
                "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><CompleteMultipartUpload>{part}&e;</CompleteMultipartUpload>"
            ),
            false,
        ),
    ] {
        assert_eq!(verify_completion(body.as_bytes()).is_ok(), good, "{body}");
    }
}

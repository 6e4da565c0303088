use super::*;
use proptest::prelude::*;

fn error(code: &str, message: &str, region: Option<&str>, request_id: Option<&str>) -> Option<StoreError> {
    Some(StoreError {
        code: code.to_owned(),
        message: message.to_owned(),
        region: region.map(str::to_owned),
        request_id: request_id.map(str::to_owned),
    })
}

#[test]
fn a_stores_error_is_read_as_far_as_it_goes() {
    let long = format!("<Error><Code>{}</Code></Error>", "x".repeat(5000));
    let huge = format!("<Error><Code>SlowDown</Code><Message>{}</Message></Error>", "x".repeat(100_000));
    let cases = [
        (
            "<Error><Code>NoSuchKey</Code><Message>a &amp; b</Message></Error>",
            error("NoSuchKey", "a & b", None, None),
        ),
        (
            "\n <?xml version=\"1.0\"?>\n<Error><RequestId>r</RequestId><Code>A</Code></Error>",
            error("A", "", None, Some("r")),
        ),
        ("<Error><Code>A</Code><Region>eu-west-1</Region></Error>", error("A", "", Some("eu-west-1"), None)),
        ("<Error><Details><b/></Details><Code>A</Code></Error>", error("A", "", None, None)),
        ("<Error><Message><b/></Message><Code>A</Code></Error>", error("A", "", None, None)),
        ("<Error xmlns=\"x\"><Code>A</Code><Mess", error("A", "", None, None)),
        (
            "<ErrorResponse><Error><Type>Sender</Type><Code>A</Code><Message>m</Message></Error><RequestId>r</RequestId></ErrorResponse>",
            error("A", "m", None, Some("r")),
        ),
        (long.as_str(), error(&"x".repeat(1024), "", None, None)),
        (huge.as_str(), error("SlowDown", "", None, None)),
        ("", None),
        ("<Error><Code></Code></Error>", None),
        ("<Error><Message>m</Message></Error>", None),
        ("<html><Code>A</Code></html>", None),
        ("<!DOCTYPE html><Error><Code>A</Code></Error>", None),
        ("error code: 1015", None),
        ("{\"Code\":\"A\"}", None),
    ];
    for (body, expect) in cases {
        assert_eq!(parse_error(body.as_bytes()), expect, "{body:.80}");
    }
}

#[test]
fn recorded_errors_of_stores_are_read() {
    for body in [
        include_bytes!("../samples/seaweedfs-error.store.xml").as_slice(),
        include_bytes!("../samples/minio-error.store.xml").as_slice(),
    ] {
        let read = parse_error(body).unwrap();
        assert_eq!(
            (read.code.as_str(), read.message.as_str()),
            ("NoSuchKey", "The specified key does not exist.")
        );
        assert!(read.request_id.is_some());
    }
}

proptest! {
    #[test]
    fn r_rob_01_no_bytes_make_an_error_document_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_error(&body);
        let _ = parse_error(&[b"<Error><Code>".as_slice(), &body].concat());
    }
}

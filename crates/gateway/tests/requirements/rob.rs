//! R-ROB: no input breaks it.

use std::sync::LazyLock;

use brigade_testkit::{Ask, Chunked, InProcess, World, keys};
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::check::{keeps_secrets, speaks_s3};

static RUNTIME: LazyLock<(Runtime, World<InProcess>)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let world = runtime.block_on(World::embedded());
    (runtime, world)
});

/// A request's targets, from the ordinary to the absurd, that an HTTP parser lets through.
fn target() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("private".to_owned()),
        Just("public".to_owned()),
        Just("mapped".to_owned()),
        "[a-zA-Z0-9._~%-]{0,70}",
    ];
    let key = prop_oneof![
        Just("/secret".to_owned()),
        Just("/team/a".to_owned()),
        "(/|%[0-9a-fA-F]{2}|[a-z.]|\\+|=|;|:|@|!|\\*|'|\\(|\\)|,|&|~|%){0,40}",
    ];
    let query = prop_oneof![
        Just(String::new()),
        "\\?[a-zA-Z0-9%=&+._/~-]{0,60}",
        "\\?(list-type=2|prefix=[a-z/%0-9]{0,9}|max-keys=[0-9-]{0,12}|uploadId=[a-z%0-9]{0,9}|partNumber=[0-9-]{0,6}|versionId=[a-z%]{0,9}|delete|uploads|tagging|location|delimiter=.?)(&(prefix=team/|max-keys=1|uploadId=u|partNumber=1|uploads|marker=[a-z%]{0,9}|encoding-type=url)){0,3}"
            .prop_filter("a URI", |query| query.is_ascii() && !query.contains(['#', '"', '<', '>', '\\', '^', '`', '{', '|', '}', ' ']) && !query.bytes().any(|b| b.is_ascii_control())),
    ];
    (name, key, query).prop_map(|(name, key, query)| format!("/{name}{key}{query}"))
}

fn header() -> impl Strategy<Value = (String, String)> {
    let name = prop::sample::select(vec![
        "range",
        "if-match",
        "if-none-match",
        "if-modified-since",
        "if-range",
        "content-type",
        "content-encoding",
        "content-md5",
        "expect",
        "date",
        "authorization",
        "x-amz-acl",
        "x-amz-copy-source",
        "x-amz-copy-source-range",
        "x-amz-date",
        "x-amz-content-sha256",
        "x-amz-decoded-content-length",
        "x-amz-trailer",
        "x-amz-meta-a",
        "x-amz-tagging",
        "x-amz-checksum-crc32",
        "x-amz-checksum-mode",
        "x-amz-metadata-directive",
        "x-amz-storage-class",
        "x-amz-security-token",
        "x-amz-sdk-checksum-algorithm",
        "x-amz-server-side-encryption",
        "host",
        "content-length",
        "transfer-encoding",
        "x-amz-object-attributes",
        "x-amz-mp-object-size",
        "x-amz-if-match-size",
    ]);
    let value = prop_oneof![
        "[ -~]{0,40}",
        "[^\\x00-\\x1f\\x7f]{0,20}",
        "bytes=[0-9,-]{0,20}",
        "[0-9]{0,22}",
        "/?(private|public|mapped|forbidden)/[a-z/%0-9?=.]{0,20}",
        Just("STREAMING-UNSIGNED-PAYLOAD-TRAILER".to_owned()),
        Just("UNSIGNED-PAYLOAD".to_owned()),
        Just("aws-chunked".to_owned()),
        Just("*".to_owned()),
    ];
    (name, value).prop_map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
}

fn send(ask: Ask) {
    let (runtime, world) = &*RUNTIME;
    let what = format!("{} {} {:?}", ask.method(), ask.target(), ask.headers());
    let asked = format!("{what} {}", String::from_utf8_lossy(&ask.bytes()));
    let is_head = ask.method() == "HEAD";
    let answer = runtime.block_on(world.send(ask));
    speaks_s3(&what, &answer, is_head);
    if answer.status >= 300 {
        keeps_secrets(&what, &answer, &asked);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn r_rob_01_no_head_yields_a_5xx(
        method in prop::sample::select(vec!["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"]),
        target in target(),
        headers in prop::collection::vec(header(), 0..4),
        body in prop::collection::vec(any::<u8>(), 0..40),
        how in 0..4,
    ) {
        prop_assume!(target.parse::<http::Uri>().is_ok());
        let ask = headers.iter().fold(Ask::new(method, &target), |ask, (name, value)| ask.header(name, value));
        let ask = if ["PUT", "POST"].contains(&method) { ask.body(body) } else { ask };
        send(match how {
            0 => ask,
            1 => ask.presign(&keys::full(), 60),
            2 => headers.iter().fold(Ask::new(method, &target).sign(&keys::full()), |ask, (n, v)| ask.header(n, v)),
            _ => ask.sign(&keys::full()),
        });
    }

    #[test]
    fn r_rob_01_no_document_yields_a_5xx(body in prop_oneof![
        "[ -~]{0,200}",
        "(<Delete>|</Delete>|<Object>|</Object>|<Key>|</Key>|secret|&amp;|&#x[0-9a-f]{1,4};|<!--|-->|<!\\[CDATA\\[|\\]\\]>|<Quiet>|true|</Quiet>|<VersionId>|x){0,20}",
        "<Delete>(<Object><Key>[ -;=-~]{1,10}</Key></Object>){1,4}</Delete>",
        "<CompleteMultipartUpload>(<Part><PartNumber>[0-9-]{0,6}</PartNumber><ETag>[ -;=-~]{0,9}</ETag></Part>){0,3}</CompleteMultipartUpload>",
    ]) {
        send(Ask::new("POST", "/mapped?delete").body(body.clone()).sign(&keys::team()));
        send(Ask::new("POST", "/mapped/team/up?uploadId=u").body(body).sign(&keys::full()));
    }

    #[test]
    fn r_rob_01_no_framing_yields_a_5xx(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
        mode in 0..3,
    ) {
        let chunked = match mode {
            0 => Chunked::signed("0123456789", 4),
            1 => Chunked::signed("0123456789", 4).trailing("x-amz-checksum-crc32"),
            _ => Chunked::unsigned("0123456789", 4, "x-amz-checksum-crc32"),
        };
        send(Ask::new("PUT", "/private/framed").stream_with(&keys::full(), &chunked, |pieces| {
            let mut bytes = pieces.concat();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(cut.index(bytes.len()) + 1);
            *pieces = vec![bytes];
        }));
    }
}

#[test]
fn r_dos_01_a_key_of_1025_bytes_is_too_long() {
    let (runtime, world) = &*RUNTIME;
    for (bucket, length, expect) in [
        ("private", 1024, "404 NoSuchKey"),
        ("private", 1025, "400 KeyTooLongError"),
        ("mapped", 1014, "404 NoSuchKey"),
        ("mapped", 1015, "400 KeyTooLongError"),
    ] {
        let ask = Ask::new("GET", &format!("/{bucket}/{}", "k".repeat(length))).sign(&keys::full());
        assert_eq!(runtime.block_on(world.send(ask)).verdict(), expect, "{bucket} {length}");
    }
}

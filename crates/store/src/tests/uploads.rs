//! Multipart uploads.

use super::{Answer, Bench, Headers, noise};
use crate::index::record::SumKind;
use crate::sum;
use brigade_sigv4::{Checksum, ChecksumAlgorithm};
use bytes::Bytes;

const MIB: usize = 1024 * 1024;

pub(crate) async fn begin(bench: &Bench, key: &str, headers: Headers<'_>) -> String {
    let answer = bench.check(&format!("POST /bucket/{key}?uploads"), headers, "", 200, "").await;
    answer.element("UploadId").unwrap()
}

pub(crate) async fn part(bench: &Bench, key: &str, id: &str, number: usize, body: Bytes) -> String {
    let answer = bench.ask(&format!("PUT /bucket/{key}?partNumber={number}&uploadId={id}"), &[], body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.header("etag").to_owned()
}

pub(crate) fn list(parts: &[(usize, &str)]) -> String {
    let part = |(number, etag): &(usize, &str)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    };
    format!(
        "<CompleteMultipartUpload>{}</CompleteMultipartUpload>",
        parts.iter().map(part).collect::<String>()
    )
}

async fn complete(
    bench: &Bench,
    id: &str,
    headers: Headers<'_>,
    document: &str,
    status: u16,
    code: &str,
) -> Answer {
    bench.check(&format!("POST /bucket/key?uploadId={id}"), headers, document, status, code).await
}

#[tokio::test]
async fn parts_become_an_object_without_a_byte_copied() {
    for bench in Bench::both() {
        let bodies = [noise(5 * MIB, 1), noise(5 * MIB + 1, 2), noise(10, 3)];
        let id = begin(
            &bench,
            "key",
            &[("content-type", "text/a"), ("x-amz-meta-a", "b"), ("x-amz-tagging", "t=1")],
        )
        .await;
        part(&bench, "key", &id, 2, noise(100, 9)).await;
        let mut etags = Vec::new();
        for (number, body) in [1, 2, 7].into_iter().zip(&bodies) {
            etags.push((number, part(&bench, "key", &id, number, body.clone()).await));
        }
        part(&bench, "key", &id, 9, noise(20_000, 4)).await;
        bench.check("GET /bucket/key", &[], "", 404, "NoSuchKey").await;
        let listed: Vec<_> = etags.iter().map(|(number, etag)| (*number, etag.as_str())).collect();

        complete(&bench, &id, &[], &list(&[]), 400, "MalformedXML").await;
        complete(&bench, &id, &[], &list(&[listed[1], listed[0]]), 400, "InvalidPartOrder").await;
        complete(&bench, &id, &[], &list(&[listed[0], listed[0]]), 400, "InvalidPartOrder").await;
        complete(&bench, &id, &[], &list(&[(1, listed[1].1)]), 400, "InvalidPart").await;
        complete(&bench, &id, &[], &list(&[listed[0], (3, listed[1].1)]), 400, "InvalidPart").await;
        let small = list(&[listed[2], (9, &part(&bench, "key", &id, 9, noise(20_000, 4)).await)]);
        complete(&bench, &id, &[], &small, 400, "EntityTooSmall").await;
        complete(&bench, &id, &[("x-amz-mp-object-size", "5")], &list(&listed), 400, "InvalidRequest").await;
        complete(&bench, &id, &[("if-match", "\"x\"")], &list(&listed), 404, "NoSuchKey").await;
        complete(&bench, "nonsense", &[], &list(&listed), 404, "NoSuchUpload").await;
        let other = bench.ask(&format!("POST /bucket/other?uploadId={id}"), &[], list(&listed)).await;
        assert_eq!(other.code(), "NoSuchUpload", "r_mpu_01: an id belongs to its key");

        let size = bodies.iter().map(Bytes::len).sum::<usize>().to_string();
        let conditions = [("if-none-match", "*"), ("x-amz-mp-object-size", &size)];
        let done = complete(&bench, &id, &conditions, &list(&listed), 200, "").await;
        let whole = bodies.concat();
        let got = bench.ask("GET /bucket/key", &[("x-amz-checksum-mode", "ENABLED")], "").await;
        assert_eq!(got.body, whole);
        assert_eq!(done.element("ETag").unwrap(), got.header("etag"));
        assert!(got.header("etag").ends_with("-3\""));
        assert_eq!(
            [got.header("content-type"), got.header("x-amz-meta-a"), got.header("x-amz-tagging-count")],
            ["text/a", "b", "1"]
        );
        let mut crc = Checksum::new(ChecksumAlgorithm::Crc64Nvme);
        crc.update(&whole);
        assert_eq!(got.header("x-amz-checksum-crc64nvme"), crc.finish());

        for (range, from, to) in [
            ("bytes=0-0", 0, 1),
            ("bytes=-15", whole.len() - 15, whole.len()),
            ("bytes=5242875-10485770", 5_242_875, 10_485_771),
        ] {
            let got = bench.ask("GET /bucket/key", &[("range", range)], "").await;
            assert_eq!((got.status.as_u16(), got.body.as_ref()), (206, &whole[from..to]), "{range}");
        }
        for (number, body) in bodies.iter().enumerate() {
            let got = bench.ask(&format!("GET /bucket/key?partNumber={}", number + 1), &[], "").await;
            assert_eq!(
                (got.status.as_u16(), &got.body, got.header("x-amz-mp-parts-count")),
                (206, body, "3")
            );
        }
        bench.check("GET /bucket/key?partNumber=4", &[], "", 416, "InvalidPartNumber").await;
        bench.check("GET /bucket/key?partNumber=0", &[], "", 400, "InvalidArgument").await;

        let again = complete(&bench, &id, &[], &list(&listed), 200, "").await;
        assert_eq!(again.element("ETag"), done.element("ETag"), "completing again answers the same");
        bench.check("PUT /bucket/copy", &[("x-amz-copy-source", "bucket/key")], "", 200, "").await;
        bench.check("PUT /bucket/key", &[], "new", 200, "").await;
        complete(&bench, &id, &[], &list(&listed), 404, "NoSuchUpload").await;
        assert_eq!(bench.ask("GET /bucket/copy", &[], "").await.body, whole);
        bench.check("DELETE /bucket/copy", &[], "", 204, "").await;
        if bench.directory.is_some() {
            assert_eq!(bench.files(), 0, "parts replaced, left out and deleted are gone");
        }
    }
}

#[tokio::test]
async fn r_mpu_02_part_numbers_and_ids_are_checked() {
    let bench = Bench::memory();
    let id = begin(&bench, "key", &[]).await;
    for number in ["0", "10001", "x", "-1", "%2B1", ""] {
        bench
            .check(
                &format!("PUT /bucket/key?partNumber={number}&uploadId={id}"),
                &[],
                "a",
                400,
                "InvalidArgument",
            )
            .await;
    }
    let long = "x".repeat(5000);
    for hostile in ["", "..%2F..%2Fetc", &long, "%00", &id.replace('0', "")] {
        for line in [
            format!("PUT /bucket/key?partNumber=1&uploadId={hostile}"),
            format!("GET /bucket/key?uploadId={hostile}"),
            format!("DELETE /bucket/key?uploadId={hostile}"),
            format!("POST /bucket/key?uploadId={hostile}"),
        ] {
            let document = list(&[(1, "5d41402abc4b2a76b9719d911017c592")]);
            bench.check(&line, &[], &document, 404, "NoSuchUpload").await;
        }
    }
    bench
        .check(&format!("PUT /bucket/other?partNumber=1&uploadId={id}"), &[], "a", 404, "NoSuchUpload")
        .await;
}

#[tokio::test]
async fn an_aborted_upload_is_gone() {
    for bench in Bench::both() {
        let id = begin(&bench, "key", &[]).await;
        let etag = part(&bench, "key", &id, 1, noise(100_000, 1)).await;
        bench.check(&format!("DELETE /bucket/key?uploadId={id}"), &[], "", 204, "").await;
        bench.check(&format!("DELETE /bucket/key?uploadId={id}"), &[], "", 404, "NoSuchUpload").await;
        complete(&bench, &id, &[], &list(&[(1, &etag)]), 404, "NoSuchUpload").await;
        let id = begin(&bench, "other", &[]).await;
        part(&bench, "other", &id, 1, noise(100_000, 1)).await;
        bench.check("DELETE /bucket", &[], "", 204, "").await;
        if bench.directory.is_some() {
            assert_eq!(bench.files(), 0, "an upload under way goes with its bucket");
        }
        bench.check("HEAD /bucket", &[], "", 404, "").await;
    }
}

#[tokio::test]
async fn checksums_of_parts_make_up_the_objects() {
    let bench = Bench::memory();
    let bodies = [noise(5 * MIB, 1), noise(1000, 2)];
    for algorithm in ChecksumAlgorithm::ALL {
        for kind in ["FULL_OBJECT", "COMPOSITE"] {
            if sum::kind(algorithm, Some(kind)).is_err() {
                continue;
            }
            let name = [("x-amz-checksum-algorithm", algorithm.name()), ("x-amz-checksum-type", kind)];
            let id = begin(&bench, "key", &name).await;
            let mut listed = String::new();
            let mut values = Vec::new();
            for (number, body) in [1, 2].into_iter().zip(&bodies) {
                let mut checksum = Checksum::new(algorithm);
                checksum.update(body);
                let value = checksum.finish();
                let line = format!("PUT /bucket/key?partNumber={number}&uploadId={id}");
                let wrong = ChecksumAlgorithm::ALL.into_iter().find(|other| *other != algorithm).unwrap();
                let refused = bench.ask(&line, &[(wrong.header(), "AAAAAA==")], body.clone()).await;
                assert_eq!(refused.code(), "InvalidRequest");
                let answer = bench.ask(&line, &[(algorithm.header(), &value)], body.clone()).await;
                assert_eq!(answer.header(algorithm.header()), value);
                let (etag, element) = (answer.header("etag"), sum::element(algorithm.name()));
                listed += &format!(
                    "<Part><ETag>{etag}</ETag><{element}>{value}</{element}><PartNumber>{number}</PartNumber></Part>"
                );
                values.push(value);
            }
            let document = format!("<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>");
            complete(&bench, &id, &[], &document.replace(&values[0], &values[1]), 400, "InvalidPart").await;
            complete(&bench, &id, &[(algorithm.header(), &values[0])], &document, 400, "BadDigest").await;
            let expected = if kind == "COMPOSITE" {
                let pairs = [(values[0].as_str(), 0), (values[1].as_str(), 0)];
                sum::of_parts(algorithm, SumKind::Composite, &pairs).unwrap().value
            } else {
                let mut checksum = Checksum::new(algorithm);
                checksum.update(&bodies.concat());
                checksum.finish()
            };
            let done = complete(&bench, &id, &[(algorithm.header(), &expected)], &document, 200, "").await;
            assert_eq!(done.element(&sum::element(algorithm.name())), Some(expected.clone()));
            let head = bench.ask("HEAD /bucket/key", &[("x-amz-checksum-mode", "ENABLED")], "").await;
            assert_eq!(
                [head.header(algorithm.header()), head.header("x-amz-checksum-type")],
                [expected.as_str(), kind]
            );
            let attributes = [("x-amz-object-attributes", "ObjectParts")];
            let told = bench.ask("GET /bucket/key?attributes", &attributes, "").await;
            assert_eq!(told.element("PartsCount").unwrap(), "2");
            assert_eq!(told.elements("PartNumber").len(), if kind == "COMPOSITE" { 2 } else { 0 });
        }
    }
}

#[tokio::test]
async fn multipart_with_checksums_is_invalid_part_elsewhere_when_the_upload_chose_none() {
    let bench = Bench::memory();
    let id = begin(&bench, "key", &[]).await;
    let line = format!("PUT /bucket/key?partNumber=1&uploadId={id}");
    let crc = "NSRBwg==";
    bench.check(&line, &[("x-amz-checksum-crc32", "AAAAAA==")], "abc", 400, "BadDigest").await;
    let told = bench.check(&line, &[("x-amz-checksum-crc32", crc)], "abc", 200, "").await;
    assert_eq!(told.header("x-amz-checksum-crc32"), crc);
    let listed = |value: &str| {
        let etag = told.header("etag");
        let part =
            format!("<PartNumber>1</PartNumber><ETag>{etag}</ETag><ChecksumCRC32>{value}</ChecksumCRC32>");
        format!("<CompleteMultipartUpload><Part>{part}</Part></CompleteMultipartUpload>")
    };
    complete(&bench, &id, &[], &listed("AAAAAA=="), 400, "InvalidPart").await;
    complete(&bench, &id, &[], &listed(crc), 200, "").await;
}

#[tokio::test]
async fn a_part_is_copied_from_a_range_of_any_object() {
    for bench in Bench::both() {
        let source = noise(6 * MIB, 8);
        bench.ask("PUT /bucket/source", &[], source.clone()).await;
        let id = begin(&bench, "key", &[]).await;
        let line = |number: usize| format!("PUT /bucket/key?partNumber={number}&uploadId={id}");
        let from = ("x-amz-copy-source", "bucket/source");
        for (range, status, code) in [
            ("bytes=0-6291456", 400, "InvalidArgument"),
            ("bytes=5-4", 400, "InvalidArgument"),
            ("bytes=5-", 400, "InvalidArgument"),
            ("0-5", 400, "InvalidArgument"),
        ] {
            bench.check(&line(1), &[from, ("x-amz-copy-source-range", range)], "", status, code).await;
        }
        bench.check(&line(1), &[("x-amz-copy-source", "bucket/none")], "", 404, "NoSuchKey").await;
        let first =
            bench.check(&line(1), &[from, ("x-amz-copy-source-range", "bytes=1-5242880")], "", 200, "").await;
        bench.check("DELETE /bucket/source", &[], "", 204, "").await;
        let second = part(&bench, "key", &id, 2, noise(10, 1)).await;
        complete(&bench, &id, &[], &list(&[(1, &first.element("ETag").unwrap()), (2, &second)]), 200, "")
            .await;
        let got = bench.ask("GET /bucket/key", &[], "").await;
        assert_eq!(got.body, [&source[1..=5 * MIB], &noise(10, 1)].concat());
    }
}

#[tokio::test]
async fn uploads_and_parts_are_listed_page_by_page() {
    let bench = Bench::memory();
    let mut ids = Vec::new();
    for (now, key) in [(5, "b"), (9, "a/1"), (7, "a/1"), (8, "a/2"), (6, "c%00d")] {
        let answer = bench.ask_at(now, &format!("POST /bucket/{key}?uploads"), &[], "").await;
        ids.push((key, answer.element("UploadId").unwrap()));
    }
    let all = bench.ask("GET /bucket?uploads", &[], "").await;
    let order = [&ids[2].1, &ids[1].1, &ids[3].1, &ids[0].1, &ids[4].1];
    assert_eq!(all.elements("UploadId").iter().collect::<Vec<_>>(), order, "by key, then by time");
    let grouped = bench.ask("GET /bucket?uploads&delimiter=/", &[], "").await;
    assert_eq!((grouped.elements("UploadId").len(), grouped.elements("CommonPrefixes").len()), (2, 1));
    let prefixed = bench.ask("GET /bucket?uploads&prefix=a/", &[], "").await;
    assert_eq!(prefixed.elements("UploadId").len(), 3);
    for size in 1..4 {
        let (mut seen, mut marker) = (Vec::new(), String::new());
        loop {
            let page = bench
                .ask(&format!("GET /bucket?uploads&encoding-type=url&max-uploads={size}{marker}"), &[], "")
                .await;
            seen.extend(page.elements("UploadId"));
            if page.element("IsTruncated").unwrap() == "false" {
                break;
            }
            let next = [page.element("NextKeyMarker").unwrap(), page.element("NextUploadIdMarker").unwrap()];
            marker = format!("&key-marker={}&upload-id-marker={}", next[0], next[1]);
        }
        assert_eq!(seen.iter().collect::<Vec<_>>(), order, "by {size}");
    }
    let (_, id) = &ids[0];
    for number in [3, 1, 2] {
        part(&bench, "b", id, number, noise(10, 1)).await;
    }
    let page = bench.check(&format!("GET /bucket/b?uploadId={id}&max-parts=2"), &[], "", 200, "").await;
    assert_eq!(page.elements("PartNumber"), ["1", "2"]);
    assert_eq!(page.element("IsTruncated").unwrap(), "true");
    let next = page.element("NextPartNumberMarker").unwrap();
    let page = bench
        .check(&format!("GET /bucket/b?uploadId={id}&part-number-marker={next}"), &[], "", 200, "")
        .await;
    assert_eq!(
        (page.elements("PartNumber"), page.element("IsTruncated").unwrap()),
        (vec!["3".to_owned()], "false".to_owned())
    );
}

//! CopyObject, DeleteObjects, tags and attributes.

use super::{Bench, noise};

#[tokio::test]
async fn a_copy_has_the_bytes_and_what_the_directives_say() {
    for bench in Bench::both() {
        let body = noise(50_000, 2);
        let described = [("content-type", "text/a"), ("x-amz-meta-a", "1"), ("x-amz-tagging", "t=1")];
        bench.ask("PUT /bucket/a%20%3Fb", &described, body.clone()).await;
        let source = ("x-amz-copy-source", "/bucket/a%20%3Fb");
        let copied = bench.check("PUT /bucket/plain", &[source, ("x-amz-meta-b", "2")], "", 200, "").await;
        let original = bench.ask("HEAD /bucket/a%20%3Fb", &[], "").await;
        assert_eq!(copied.element("ETag").unwrap(), original.header("etag"));
        let replace = [
            source,
            ("x-amz-metadata-directive", "REPLACE"),
            ("x-amz-tagging-directive", "REPLACE"),
            ("x-amz-meta-b", "2"),
            ("x-amz-checksum-algorithm", "SHA256"),
        ];
        bench.check("PUT /bucket/replaced", &replace, "", 200, "").await;
        bench.check("DELETE /bucket/a%20%3Fb", &[], "", 204, "").await;
        for (key, kind, a, b, tags) in
            [("plain", "text/a", "1", "", "1"), ("replaced", "binary/octet-stream", "", "2", "")]
        {
            let got = bench.check(&format!("GET /bucket/{key}"), &[], "", 200, "").await;
            assert_eq!(got.body, body, "{key} outlives its source");
            for (name, value) in [
                ("content-type", kind),
                ("x-amz-meta-a", a),
                ("x-amz-meta-b", b),
                ("x-amz-tagging-count", tags),
            ] {
                assert_eq!(got.header(name), value, "{key} {name}");
            }
        }
        let sums = bench.ask("HEAD /bucket/replaced", &[("x-amz-checksum-mode", "ENABLED")], "").await;
        assert_eq!(sums.header("x-amz-checksum-sha256").len(), 44);
        for line in ["DELETE /bucket/plain", "DELETE /bucket/replaced"] {
            bench.check(line, &[], "", 204, "").await;
        }
        if bench.directory.is_some() {
            assert_eq!(bench.files(), 0, "the last copy took the body with it");
        }
    }
}

#[tokio::test]
async fn r_copy_03_a_copy_copies_or_fails() {
    let bench = Bench::memory();
    bench.check("PUT /bucket/key", &[], "hello", 200, "").await;
    for (source, status, code) in [
        ("bucket/none", 404, "NoSuchKey"),
        ("other/key", 404, "NoSuchBucket"),
        ("bucket", 400, "InvalidArgument"),
        ("/bucket/", 400, "InvalidArgument"),
        ("", 400, "InvalidArgument"),
        ("bucket/key?acl", 400, "InvalidArgument"),
        ("bucket/key%3FversionId=null", 404, "NoSuchKey"),
        ("bucket/k%zz", 400, "InvalidArgument"),
    ] {
        bench.check("PUT /bucket/new", &[("x-amz-copy-source", source)], "", status, code).await;
    }
    let twice = [("x-amz-copy-source", "bucket/key"), ("x-amz-copy-source", "bucket/key")];
    bench.check("PUT /bucket/new", &twice, "", 400, "InvalidArgument").await;
    bench.check("GET /bucket/new", &[], "", 404, "NoSuchKey").await;

    let itself = [("x-amz-copy-source", "bucket/key"), ("x-amz-metadata-directive", "COPY")];
    bench.check("PUT /bucket/key", &itself, "", 400, "InvalidRequest").await;
    let changed = [itself[0], ("x-amz-metadata-directive", "REPLACE"), ("x-amz-meta-a", "b")];
    for _ in 0..3 {
        bench.check("PUT /bucket/key", &changed, "", 200, "").await;
    }
    let got = bench.ask("GET /bucket/key", &[], "").await;
    assert_eq!((got.text(), got.header("x-amz-meta-a")), ("hello", "b"));
}

#[tokio::test]
async fn r_del_01_a_batch_deletes_what_it_names_and_nothing_else() {
    for bench in Bench::both() {
        for key in ["a", "b%26", "c", "d"] {
            bench.check(&format!("PUT /bucket/{key}"), &[], "hello", 200, "").await;
        }
        let batch = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a</Key></Object>\
            <Object><Key>b&amp;</Key><ETag>\"5d41402abc4b2a76b9719d911017c592\"</ETag></Object>\
            <Object><Key>c</Key><ETag>x</ETag></Object><Object><Key>d</Key><VersionId>v</VersionId></Object>\
            <Object><Key>none</Key></Object></Delete>";
        let answer = bench.check("POST /bucket?delete", &[], batch, 200, "").await;
        assert_eq!(answer.elements("Code"), ["PreconditionFailed", "NoSuchVersion"]);
        assert_eq!(answer.elements("Deleted"), ["<Key>a</Key>", "<Key>b&amp;</Key>", "<Key>none</Key>"]);
        assert_eq!(bench.ask("GET /bucket", &[], "").await.elements("Key"), ["c", "d"]);
        let quiet = "<Delete><Quiet>true</Quiet><Object><Key>c</Key></Object></Delete>";
        let answer = bench.check("POST /bucket?delete", &[], quiet, 200, "").await;
        assert!(answer.elements("Deleted").is_empty());
        assert_eq!(bench.ask("GET /bucket", &[], "").await.elements("Key"), ["d"]);
    }
}

#[tokio::test]
async fn r_xml_01_documents_that_are_ambiguous_or_too_large_delete_nothing() {
    let bench = Bench::memory();
    bench.check("PUT /bucket/a", &[], "hello", 200, "").await;
    let many = |count: usize| format!("<Delete>{}</Delete>", "<Object><Key>a</Key></Object>".repeat(count));
    for (batch, code) in [
        ("<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>".to_owned(), "MalformedXML"),
        ("<Delete><Object><Key>a</Key><Other/></Object></Delete>".to_owned(), "MalformedXML"),
        ("<Delete></Delete>".to_owned(), "MalformedXML"),
        ("<Delete><Object></Object></Delete>".to_owned(), "MalformedXML"),
        ("<!DOCTYPE x><Delete><Object><Key>a</Key></Object></Delete>".to_owned(), "MalformedXML"),
        (many(1001), "MalformedXML"),
        (String::new(), "MalformedXML"),
        (" ".repeat(2 * 1024 * 1024 + 1), "MaxMessageLengthExceeded"),
    ] {
        bench.check("POST /bucket?delete", &[], &batch, 400, code).await;
    }
    let wrong = [("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")];
    bench.check("POST /bucket?delete", &wrong, &many(1), 400, "BadDigest").await;
    let wrong = [("x-amz-checksum-crc32", "AAAAAA==")];
    bench.check("POST /bucket?delete", &wrong, &many(1), 400, "BadDigest").await;
    bench.check("GET /bucket/a", &[], "", 200, "").await;
}

#[tokio::test]
async fn tags_are_set_read_and_removed() {
    for bench in Bench::both() {
        bench.check("PUT /bucket/key", &[("x-amz-tagging", "a=1%20+2&b=")], "hello", 200, "").await;
        let got = bench.check("GET /bucket/key?tagging", &[], "", 200, "").await;
        assert_eq!(
            (got.elements("Key"), got.elements("Value")),
            (vec!["a".into(), "b".into()], vec!["1  2".into(), String::new()])
        );
        let set = |tags: &str| format!("<Tagging><TagSet>{tags}</TagSet></Tagging>");
        let tag = |name: &str, value: &str| format!("<Tag><Key>{name}</Key><Value>{value}</Value></Tag>");
        bench.check("PUT /bucket/key?tagging", &[], &set(&tag("x", "y")), 200, "").await;
        let eleven: String = (0..11).map(|n| tag(&n.to_string(), "")).collect();
        for (document, code) in [
            (set(&eleven), "InvalidTag"),
            (set(&tag("", "v")), "InvalidTag"),
            (set(&tag(&"k".repeat(129), "v")), "InvalidTag"),
            (set(&tag("k", &"v".repeat(257))), "InvalidTag"),
            (set(&[tag("k", "1"), tag("k", "2")].concat()), "InvalidTag"),
            ("<Tagging/>".to_owned(), "MalformedXML"),
            ("<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>".to_owned(), "MalformedXML"),
        ] {
            bench.check("PUT /bucket/key?tagging", &[], &document, 400, code).await;
        }
        assert_eq!(bench.ask("GET /bucket/key?tagging", &[], "").await.elements("Key"), ["x"]);
        bench.check("DELETE /bucket/key?tagging", &[], "", 204, "").await;
        let got = bench.check("GET /bucket/key", &[], "", 200, "").await;
        assert_eq!((got.text(), got.header("x-amz-tagging-count")), ("hello", ""));
        bench.check("GET /bucket/none?tagging", &[], "", 404, "NoSuchKey").await;
    }
}

#[tokio::test]
async fn metadata_is_bounded_and_attributes_are_told() {
    let bench = Bench::memory();
    let long = "v".repeat(2047);
    bench.check("PUT /bucket/key", &[("x-amz-meta-k", &long)], "hello", 200, "").await;
    bench.check("PUT /bucket/key", &[("x-amz-meta-kk", &long)], "hello", 400, "MetadataTooLarge").await;
    let all = [("x-amz-object-attributes", "ETag,Checksum,ObjectSize, StorageClass,ObjectParts")];
    let got = bench.check("GET /bucket/key?attributes", &all, "", 200, "").await;
    for (name, value) in
        [("ETag", "5d41402abc4b2a76b9719d911017c592"), ("ObjectSize", "5"), ("StorageClass", "STANDARD")]
    {
        assert_eq!(got.element(name).unwrap(), value);
    }
    assert!(got.element("ChecksumCRC64NVME").is_some() && got.element("ObjectParts").is_none());
    bench.check("GET /bucket/key?attributes", &[], "", 400, "InvalidArgument").await;
    bench
        .check(
            "GET /bucket/key?attributes",
            &[("x-amz-object-attributes", "Colour")],
            "",
            400,
            "InvalidArgument",
        )
        .await;
}

#[tokio::test]
async fn r_err_04_overrides_replace_headers_and_cannot_inject_lines() {
    let bench = Bench::memory();
    bench.check("PUT /bucket/key", &[("content-type", "text/a")], "hello", 200, "").await;
    let query = "response-content-type=text/html&response-content-disposition=attachment%3B%20filename%3Dx&response-expires=0";
    let got = bench.check(&format!("GET /bucket/key?{query}"), &[], "", 200, "").await;
    assert_eq!(
        [got.header("content-type"), got.header("content-disposition"), got.header("expires")],
        ["text/html", "attachment; filename=x", "0"]
    );
    bench.check("GET /bucket/key?response-content-type=a%0D%0Ax:y", &[], "", 400, "InvalidArgument").await;
}

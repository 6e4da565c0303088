//! Copies between two stores: what is read of one and written to the other.

use std::sync::Arc;

use brigade_gateway::{BodyError, SendError};
use brigade_s3::Backend;
use brigade_testkit::{Answer, Ask, Body, InProcess, Ledger, Recorder, Said, Sent, World, keys};
use http::Request;

fn copy(to: &str, from: &str) -> Ask {
    Ask::new("PUT", to).header("x-amz-copy-source", from)
}

/// Asks a gateway whose stores say this, one after the other, and returns what they were sent.
async fn ask(ask: Ask, says: impl IntoIterator<Item = Said>) -> (Answer, Vec<Sent>) {
    let world = World::<Recorder>::remote();
    for said in says {
        world.upstream.say(said);
    }
    let answer = world.send(ask.sign(&keys::full())).await;
    (answer, world.upstream.sent())
}

fn source() -> Said {
    Said::new(200, "the bytes")
        .header("content-type", "text/x-source")
        .header("cache-control", "no-cache")
        .header("content-encoding", "gzip")
        .header("expires", "tomorrow")
        .header("x-amz-meta-color", "blue")
        .header("x-amz-storage-class", "GLACIER")
        .header("x-amz-server-side-encryption", "AES256")
        .header("x-amz-website-redirect-location", "/elsewhere")
        .header("x-amz-version-id", "v7")
        .header("x-amz-checksum-crc32", "y/Q5Jg==")
        .header("x-amz-request-id", "of the source")
}

fn targets(sent: &[Sent]) -> Vec<String> {
    sent.iter().map(|sent| format!("{} {}", sent.method, sent.target())).collect()
}

#[tokio::test]
async fn a_copy_reads_one_store_and_writes_the_other() {
    let asked = copy("/private/team/new", "/elsewhere/a%20b?versionId=v7")
        .header("x-amz-storage-class", "STANDARD_IA")
        .header("x-amz-copy-source-if-match", "\"e\"")
        .header("if-none-match", "*")
        .header("content-type", "text/x-of-the-request");
    let (answer, sent) = ask(asked, [source(), Said::new(200, "").header("x-amz-version-id", "v9")]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(targets(&sent), ["GET /store-elsewhere/a%20b?versionId=v7", "PUT /store-private/team/new"]);
    for sent in &sent {
        sent.verify(&keys::backend()).unwrap();
        assert_eq!(sent.header("x-amz-copy-source"), "");
    }
    let (read, write) = (&sent[0], &sent[1]);
    assert_eq!(read.header("if-match"), "\"e\"");
    assert_eq!(read.header("if-none-match"), "", "the condition on the copy is none on its source");
    assert_eq!(read.header("accept-encoding"), "identity");
    assert_eq!(&write.body[..], b"the bytes");
    for (name, value) in [
        ("if-none-match", "*"),
        ("if-match", ""),
        ("content-length", "9"),
        ("content-type", "text/x-source"),
        ("cache-control", "no-cache"),
        ("content-encoding", "gzip"),
        ("expires", "tomorrow"),
        ("x-amz-meta-color", "blue"),
        ("x-amz-checksum-crc32", "y/Q5Jg=="),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-server-side-encryption", ""),
        ("x-amz-website-redirect-location", ""),
        ("x-amz-copy-source-if-match", ""),
        ("x-amz-request-id", ""),
    ] {
        assert_eq!(write.header(name), value, "{name}");
    }
    assert!(answer.text().contains("<CopyObjectResult"), "{}", answer.text());
    assert_eq!(answer.header("x-amz-version-id"), "v9");
    assert_eq!(answer.header("x-amz-copy-source-version-id"), "v7");
    assert_ne!(answer.element("ETag"), "");
    assert!(answer.element("LastModified").ends_with(".000Z"), "{}", answer.text());
}

#[tokio::test]
async fn metadata_is_copied_or_replaced_as_the_directive_says() {
    for (directive, kind, color) in [
        (None, "text/x-source", "blue"),
        (Some("COPY"), "text/x-source", "blue"),
        (Some("REPLACE"), "text/x-own", "red"),
    ] {
        let mut asked = copy("/private/new", "/elsewhere/a")
            .header("content-type", "text/x-own")
            .header("x-amz-meta-color", "red");
        if let Some(directive) = directive {
            asked = asked.header("x-amz-metadata-directive", directive);
        }
        let (answer, sent) = ask(asked, [source()]).await;
        assert_eq!(answer.status, 200, "{directive:?}: {answer:?}");
        assert_eq!(sent[1].header("content-type"), kind, "{directive:?}");
        assert_eq!(sent[1].header("x-amz-meta-color"), color, "{directive:?}");
        assert_eq!(sent[1].header("x-amz-metadata-directive"), "", "{directive:?}");
    }
    let other = copy("/private/new", "/elsewhere/a").header("x-amz-metadata-directive", "copy");
    let (answer, sent) = ask(other, [source()]).await;
    assert_eq!((answer.verdict().as_str(), sent.len()), ("400 InvalidArgument", 0));
}

#[tokio::test]
async fn the_coding_of_an_envelope_that_a_store_kept_is_not_copied() {
    for (coding, expect) in [("aws-chunked", ""), ("aws-chunked,gzip", "gzip"), ("gzip, AWS-Chunked", "gzip")]
    {
        let said = Said::new(200, "the bytes").header("content-encoding", coding);
        let (answer, sent) = ask(copy("/private/new", "/elsewhere/a"), [said]).await;
        assert_eq!(answer.status, 200, "{coding}: {answer:?}");
        assert_eq!(sent[1].header("content-encoding"), expect, "{coding}");
    }
}

#[tokio::test]
async fn tags_are_copied_for_who_may_read_and_write_them() {
    let tags = "<Tagging><TagSet><Tag><Key>a b</Key><Value>1&amp;2</Value></Tag><Tag><Key>c</Key><Value/></Tag></TagSet></Tagging>";
    let tagged = || source().header("x-amz-tagging-count", "2");
    let asked = || copy("/private/new", "/elsewhere/a");
    let (answer, sent) = ask(asked(), [tagged(), Said::new(200, tags)]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(targets(&sent)[1], "GET /store-elsewhere/a?tagging");
    assert_eq!(sent[2].header("x-amz-tagging"), "a%20b=1%262&c=");

    let replaced = asked().header("x-amz-tagging-directive", "REPLACE").header("x-amz-tagging", "d=e");
    let (answer, sent) = ask(replaced, [tagged()]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(sent[1].header("x-amz-tagging"), "d=e");

    let (answer, sent) = ask(asked(), [tagged(), Said::error(403, "AccessDenied")]).await;
    assert_eq!(answer.verdict(), "403 AccessDenied");
    assert_eq!(sent.len(), 2, "nothing is written");
}

#[tokio::test]
async fn what_the_source_refuses_is_told_and_nothing_is_written() {
    for (said, expect) in [
        (Said::error(404, "NoSuchKey"), "404 NoSuchKey"),
        (Said::error(404, "NoSuchVersion"), "404 NoSuchVersion"),
        (Said::error(412, "PreconditionFailed"), "412 PreconditionFailed"),
        (Said::new(304, ""), "412 PreconditionFailed"),
        (Said::error(403, "SignatureDoesNotMatch"), "502 BackendAuthenticationFailed"),
        (Said::new(301, "").header("location", "http://elsewhere.test/"), "502 BackendError"),
        (Said::new(500, "no document"), "500 InternalError | 502 BackendError | 503 ServiceUnavailable"),
        (Said::nothing(SendError::Connect("refused".into())), "503 ServiceUnavailable"),
        (
            Said {
                headers: vec![("content-length".into(), (5_u64 << 30 | 1).to_string())],
                ..Said::new(200, "")
            },
            "400 InvalidRequest",
        ),
        (Said { headers: Vec::new(), ..Said::new(200, "of unknown length") }, "502 BackendError"),
    ] {
        let what = format!("{said:?}");
        let (answer, sent) = ask(copy("/private/new", "/elsewhere/a"), [said]).await;
        assert!(expect.split(" | ").any(|expect| expect == answer.verdict()), "{what}: {answer:?}");
        assert_eq!(sent.len(), 1, "{what}");
        assert!(!answer.everything().contains("store-elsewhere"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_source_that_is_cut_is_never_a_copy() {
    let cut = Said { frames: vec!["the".into()], ..source() }.cut();
    // What a runtime says of a body that failed on its way to the store, and never that it is the client's.
    let failed = Said::nothing(SendError::Body(BodyError::Cut));
    let (answer, sent) = ask(copy("/private/new", "/elsewhere/a"), [cut, failed]).await;
    assert_eq!(sent[1].ended, Err(BodyError::Cut), "the write is cut too");
    assert_eq!(answer.verdict(), "503 ServiceUnavailable");
}

#[tokio::test]
async fn what_the_destination_refuses_or_leaves_open_is_no_copy() {
    for (said, expect) in [
        (Said::error(412, "PreconditionFailed"), "412 PreconditionFailed"),
        (Said::error(400, "BadDigest"), "400 BadDigest"),
        (Said::error(503, "SlowDown"), "503 SlowDown"),
        (Said { headers: Vec::new(), ..Said::new(200, "") }, "502 BackendError"),
        (Said::nothing(SendError::Reset("gone".into())), "503 ServiceUnavailable"),
    ] {
        let what = format!("{said:?}");
        let (answer, _) = ask(copy("/private/new", "/elsewhere/a"), [source(), said]).await;
        assert_eq!(answer.verdict(), expect, "{what}");
    }
}

const PARTS: &str = "<ListPartsResult><UploadId>u</UploadId></ListPartsResult>";

#[tokio::test]
async fn a_part_is_copied_out_of_a_range() {
    let asked = |range: &str| {
        copy("/private/new?partNumber=2&uploadId=u", "/elsewhere/a").header("x-amz-copy-source-range", range)
    };
    let part = || Said::new(206, "bytes").header("content-range", "bytes 4-8/9");
    let (answer, sent) = ask(asked("bytes=4-8"), [Said::new(200, PARTS), part()]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        targets(&sent),
        [
            "GET /store-private/new?uploadId=u&max-parts=1",
            "GET /store-elsewhere/a",
            "PUT /store-private/new?partNumber=2&uploadId=u"
        ]
    );
    assert_eq!(sent[1].header("range"), "bytes=4-8");
    assert_eq!(sent[2].header("range"), "");
    assert_eq!(&sent[2].body[..], b"bytes");
    assert!(answer.text().contains("<CopyPartResult"), "{}", answer.text());

    for range in ["bytes=4-", "bytes=-4", "bytes=8-4", "4-8", "bytes=+4-8", "bytes=1-2,3-4", "bytes=a-b"] {
        let (answer, sent) = ask(asked(range), []).await;
        assert_eq!((answer.verdict().as_str(), sent.len()), ("400 InvalidArgument", 0), "{range}");
    }
    for (said, expect) in [
        (Said::error(416, "InvalidRange"), "416 InvalidRange"),
        (Said::new(206, "byte").header("content-range", "bytes 4-7/8"), "400 InvalidArgument"),
        (Said::new(200, "the bytes"), "400 InvalidArgument"),
    ] {
        let what = format!("{said:?}");
        let (answer, sent) = ask(asked("bytes=4-8"), [Said::new(200, PARTS), said]).await;
        assert_eq!(answer.verdict(), expect, "{what}");
        assert_eq!(sent.len(), 2, "{what}: nothing is written");
    }
    let (answer, sent) = ask(asked("bytes=4-8"), [Said::error(404, "NoSuchUpload")]).await;
    assert_eq!((answer.verdict().as_str(), sent.len()), ("404 NoSuchUpload", 1));
}

#[tokio::test]
async fn a_checksum_that_the_source_does_not_have_is_made_on_the_way() {
    let asked = copy("/private/new", "/elsewhere/a").header("x-amz-checksum-algorithm", "SHA256");
    let (answer, sent) = ask(asked, [source()]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(sent[1].header("x-amz-trailer"), "x-amz-checksum-sha256");
    assert_eq!(sent[1].header("content-encoding"), "aws-chunked,gzip");
    assert_eq!(sent[1].header("x-amz-checksum-crc32"), "");
    assert_eq!(
        std::str::from_utf8(&sent[1].body),
        Ok(
            "9\r\nthe bytes\r\n0\r\nx-amz-checksum-sha256:7ViTQcn9Xalqr/TF76AIImKCpxYYZgjVoDKsdYlanC8=\r\n\r\n"
        )
    );

    let composite = source().header("x-amz-checksum-sha1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=-3");
    let (_, sent) = ask(copy("/private/new", "/elsewhere/a"), [composite]).await;
    assert_eq!(sent[1].header("x-amz-checksum-sha1"), "", "a checksum of parts is none of the whole");

    let named = "<ListPartsResult><ChecksumAlgorithm>CRC32C</ChecksumAlgorithm></ListPartsResult>";
    let part = copy("/private/new?partNumber=1&uploadId=u", "/elsewhere/a");
    let (answer, sent) = ask(part, [Said::new(200, named), source()]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(sent[2].header("x-amz-trailer"), "x-amz-checksum-crc32c");
    assert_eq!(sent[2].header("content-type"), "", "a part has no metadata");
}

/// The real store at both ends.
#[tokio::test]
async fn a_copy_between_two_real_stores_keeps_bytes_and_metadata() {
    let world = World::<InProcess>::embedded().await;
    let put = Ask::new("PUT", "/elsewhere/from/a%20%2B%25")
        .header("content-type", "text/x-own")
        .header("x-amz-meta-color", "blue")
        .header("x-amz-tagging", "k=v%20w")
        .header("x-amz-checksum-sha256", "7ViTQcn9Xalqr/TF76AIImKCpxYYZgjVoDKsdYlanC8=")
        .body("the bytes");
    let answer = world.send(put.sign(&keys::owner())).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let asked = copy("/mapped/to", "elsewhere/from/a%20%2B%25");
    let answer = world.send(asked.sign(&keys::owner())).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let read = |target: &str| {
        let request: Request<Body> =
            Ask::new("GET", target).header("x-amz-checksum-mode", "ENABLED").request();
        world.upstream.ask(request)
    };
    let stored = read("/store-shared/tenants/a/to").await;
    assert_eq!(&stored.body()[..], b"the bytes");
    for (name, value) in [
        ("content-type", "text/x-own"),
        ("x-amz-meta-color", "blue"),
        ("x-amz-tagging-count", "1"),
        ("x-amz-checksum-sha256", "7ViTQcn9Xalqr/TF76AIImKCpxYYZgjVoDKsdYlanC8="),
    ] {
        assert_eq!(stored.headers()[name], value, "{name}");
    }
    let tags = read("/store-shared/tenants/a/to?tagging").await;
    assert!(String::from_utf8_lossy(tags.body()).contains("<Value>v w</Value>"));

    let denied = world.send(copy("/mapped/team/x", "elsewhere/team/a").sign(&keys::team())).await;
    assert_eq!(denied.verdict(), "403 AccessDenied");
    // Who may not read tags does not lose them unheard.
    let untagged = world.send(copy("/mapped/x", "elsewhere/from/a%20%2B%25").sign(&keys::full())).await;
    assert!(["200", "403 AccessDenied"].contains(&untagged.verdict().as_str()), "{untagged:?}");
}

/// JuiceFS and SeaweedFS take a version's id for a part of a path: what is asked of the source is for its store to bear.
#[tokio::test]
async fn a_version_of_the_source_is_judged_by_the_sources_store() {
    for (exact_source, expect) in [(true, "200"), (false, "404 NoSuchVersion")] {
        let ledger = Ledger::standard(Ledger::remote()).where_bucket("elsewhere", |bucket| {
            bucket.backend = Arc::new(Backend { exact_keys: exact_source, ..Ledger::remote() });
        });
        // The other end must not matter.
        for exact_destination in [true, false] {
            let ledger = ledger.clone().where_bucket("private", |bucket| {
                bucket.backend = Arc::new(Backend { exact_keys: exact_destination, ..Ledger::remote() });
            });
            let world = World::new(Recorder::default(), ledger);
            world.upstream.say(source());
            let asked = copy("/private/new", "/elsewhere/a?versionId=..%2Fx");
            let answer = world.send(asked.sign(&keys::full())).await;
            assert_eq!(answer.verdict(), expect, "{exact_source} {exact_destination}");
        }
    }
}

/// What a store gives of an object may be less than the object.
#[tokio::test]
async fn a_part_of_the_source_is_never_a_copy_of_the_whole() {
    for (status, expect) in [(206, "502 BackendError"), (203, "502 BackendError"), (204, "502 BackendError")]
    {
        let said = Said { status, ..source() }.header("content-range", "bytes 0-8/100");
        let (answer, sent) = ask(copy("/private/new", "/elsewhere/a"), [said]).await;
        assert_eq!((answer.verdict().as_str(), sent.len()), (expect, 1), "{status}");
    }
}

#[tokio::test]
async fn a_range_to_the_last_of_all_numbers_is_no_crash() {
    let last = u64::MAX;
    let asked = copy("/private/new?partNumber=2&uploadId=u", "/elsewhere/a")
        .header("x-amz-copy-source-range", &format!("bytes=0-{last}"));
    // A store that says yes to anything.
    let said = Said::new(206, "bytes").header("content-range", &format!("bytes 0-{last}/*"));
    let (answer, sent) = ask(asked, [Said::new(200, PARTS), said]).await;
    assert_eq!((answer.verdict().as_str(), sent.len()), ("400 InvalidArgument", 2));
}

#[tokio::test]
async fn what_means_nothing_in_a_copy_is_not_for_its_write() {
    let asked =
        copy("/private/new", "/elsewhere/a").header("range", "bytes=0-1").header("x-amz-tagging", "a=b");
    let (answer, sent) = ask(asked, [source()]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    for (sent, what) in sent.iter().zip(["read", "write"]) {
        assert_eq!(sent.header("range"), "", "{what}: a copy is of the whole");
        // Amazon S3 overlooks tags without x-amz-tagging-directive: REPLACE.
        assert_eq!(sent.header("x-amz-tagging"), "", "{what}: the tags are the source's");
    }
}

//! R-SUB-05: uploads by a browser's form.

use brigade_gateway::BodyError;
use brigade_policy::{Grant, Policy};
use brigade_testkit::{
    Answer, Ask, InProcess, Ledger, NOW, Recorder, Said, Signer, UploadForm, World, arrival_at, keys,
};

use super::check::{case, failed_by, refused, refused_by, stored};

/// A form that is signed, and passes.
fn good() -> UploadForm {
    UploadForm::new("team/${filename}").sign(&keys::full(), "private", &[])
}

async fn posted(form: &UploadForm, target: &str) -> (World<InProcess>, Answer) {
    let world = World::embedded().await;
    let answer = world.send(form.ask(target)).await;
    (world, answer)
}

#[tokio::test]
async fn a_signed_form_stores_its_file_and_says_where() {
    let (world, answer) = posted(&good(), "/private").await;
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_eq!(answer.header("location"), "http://gateway.test/private/team%2Ff.txt");
    assert_eq!(answer.header("etag"), "\"8c7dd922ad47494fc02c388e12c00eac\"");
    assert!(answer.body.is_empty() && answer.header("content-type").is_empty());
    assert_eq!(stored(&world, "/store-private/team/f.txt").await.unwrap(), b"file");
    // Behind the file's own header: S3 does not take an object's type from there.
    let head = world.upstream.ask(Ask::new("HEAD", "/store-private/team/f.txt").request()).await;
    assert_eq!(head.headers()["content-type"], "binary/octet-stream");
    assert_eq!(answer.record.operation.map(|op| op.name()), Some("PostObject"));
    assert_eq!(answer.record.caller.as_deref(), Some("AKIDFULL"));
    assert_eq!(answer.record.key.as_ref().map(|key| key.as_str()), Some("team/f.txt"));
    assert_eq!(answer.record.bucket.as_ref().map(|bucket| bucket.as_str()), Some("private"));
}

#[tokio::test]
async fn a_form_is_taken_however_it_is_addressed_and_spelled() {
    let hosted = good().ask("/").set("host", "private.gateway.test");
    let world = World::embedded().await;
    let answer = world.send(hosted).await;
    assert_eq!((answer.status, answer.header("location")), (204, "http://private.gateway.test/team%2Ff.txt"));
    for form in [
        good().spell(str::to_uppercase),
        good().spell(|name| name.replace("x-amz-c", "X-Amz-C").replace("policy", "Policy")),
        good().named(Some("C:\\dir\\f.txt")),
        good().behind("submit", "Upload"),
        good().close("--"),
        good().field("x-ignore-me", "1"),
    ] {
        let (world, answer) = posted(&form, "/private/").await;
        assert_eq!(answer.status, 204, "{answer:?}");
        assert_eq!(stored(&world, "/store-private/team/f.txt").await.unwrap(), b"file");
    }
    let (world, answer) = posted(&good().named(None), "/private").await;
    assert_eq!(answer.status, 204, "{answer:?}");
    assert!(stored(&world, "/store-private/team/$%7Bfilename%7D").await.is_some());
    let (world, answer) = posted(&good().file(""), "/private").await;
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_eq!(stored(&world, "/store-private/team/f.txt").await.unwrap(), b"");
}

#[tokio::test]
async fn whatever_the_frames_a_form_comes_in_its_object_is_the_same() {
    for size in [1, 2, 17, 100, 1000] {
        let file: Vec<u8> = (0..3000_u32).flat_map(|n| [b'\r', b'\n', (n % 251) as u8]).collect();
        let form = good().file(file.clone());
        let world = World::embedded().await;
        let ask = form.ask("/private");
        let frames: Vec<_> = ask.bytes().chunks(size).map(<[u8]>::to_vec).collect();
        let answer = world.send(ask.frames(frames)).await;
        assert_eq!(answer.status, 204, "{answer:?}");
        assert_eq!(stored(&world, "/store-private/team/f.txt").await.unwrap(), file);
    }
}

/// A gateway at `private.test` is no host of the bucket `private`.
#[tokio::test]
async fn a_host_that_begins_like_a_bucket_is_not_the_buckets() {
    let completed = "<CompleteMultipartUploadResult><Location>l</Location><Bucket>store-private</Bucket>\
                     <Key>k</Key><ETag>\"e\"</ETag></CompleteMultipartUploadResult>";
    let parts = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>e</ETag></Part></CompleteMultipartUpload>";
    for (host, path, location) in [
        ("private.test", "/private/private/k", "http://private.test/private/private/k"),
        ("private.test", "/private/%6b", "http://private.test/private/k"),
        ("private.gateway.test", "/private/k", "http://private.gateway.test/private/k"),
        ("PRIVATE.gateway.test:80", "/a%20b", "http://PRIVATE.gateway.test:80/a%20b"),
    ] {
        let world = World::remote();
        world.upstream.say(Said::new(200, completed));
        let ask = Ask::new("POST", &format!("{path}?uploadId=u")).set("host", host).body(parts);
        let answer = world.send(ask.sign(&keys::full())).await;
        assert_eq!(answer.element("Location"), location, "{answer:?}");
    }
    for (host, target, location) in [
        ("private.test", "/private", "http://private.test/private/team%2Ff.txt"),
        ("private.test", "/private/", "http://private.test/private/team%2Ff.txt"),
        ("private.gateway.test", "/", "http://private.gateway.test/team%2Ff.txt"),
    ] {
        let world = World::embedded().await;
        let answer = world.send(good().ask(target).set("host", host)).await;
        assert_eq!((answer.status, answer.header("location")), (204, location), "{host}");
    }
}

#[tokio::test]
async fn a_success_is_answered_as_the_form_asks() {
    let etag = "%228c7dd922ad47494fc02c388e12c00eac%22";
    let free = ["[\"starts-with\", \"$success_action_status\", \"\"]"];
    for (status, expect) in [("200", 200), ("201", 201), ("204", 204), ("303", 204)] {
        let form = UploadForm::new("a&b/<c>").field("success_action_status", status);
        let (_, answer) = posted(&form.sign(&keys::full(), "mapped", &free), "/mapped").await;
        assert_eq!(answer.status, expect, "{answer:?}");
        if expect == 201 {
            assert_eq!(answer.header("content-type"), "application/xml");
            assert_eq!(answer.element("Location"), "http://gateway.test/mapped/a%26b%2F%3Cc%3E");
            assert_eq!(answer.element("Bucket"), "mapped");
            assert_eq!(answer.element("Key"), "a&amp;b/&lt;c&gt;");
            assert_eq!(answer.element("ETag"), "&quot;8c7dd922ad47494fc02c388e12c00eac&quot;");
        } else {
            assert_eq!(answer.text(), "");
        }
        assert!(!answer.everything().contains("tenants"), "{answer:?}");
    }
    let target = "https://site.example/done?a=b";
    let form = UploadForm::new("a b").field("success_action_redirect", target);
    let condition = format!("{{\"success_action_redirect\": \"{target}\"}}");
    let (_, answer) = posted(&form.sign(&keys::full(), "mapped", &[&condition]), "/mapped").await;
    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(answer.header("location"), format!("{target}&bucket=mapped&key=a+b&etag={etag}"));
}

#[tokio::test]
async fn fields_become_the_headers_of_the_upload() {
    let world = World::remote();
    let fields = [
        ("Content-Type", "text/x-own"),
        ("Cache-Control", "no-cache"),
        ("Content-Disposition", "attachment; filename=\"${filename}\""),
        ("Content-Encoding", "gzip"),
        ("Expires", "Thu, 01 Dec 2094 16:00:00 GMT"),
        ("X-Amz-Meta-Uuid", "1"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-server-side-encryption", "AES256"),
        ("x-amz-website-redirect-location", "/other"),
        ("x-amz-checksum-crc32", "jJr/xQ=="),
        ("tagging", "<Tagging><TagSet><Tag><Key>a b</Key><Value>c&amp;d</Value></Tag></TagSet></Tagging>"),
        ("success_action_status", "200"),
        ("anything", "else"),
        ("x-amz-meta-empty", ""),
        ("Content-Language", ""),
    ];
    let conditions: Vec<_> =
        fields.iter().map(|(name, _)| format!("[\"starts-with\", \"${name}\", \"\"]")).collect();
    let conditions: Vec<_> = conditions.iter().map(String::as_str).collect();
    let form = fields.iter().fold(UploadForm::new("k"), |form, (name, value)| form.field(name, value));
    world
        .upstream
        .say(Said::new(200, "").header("x-amz-version-id", "v1").header("server", "store.internal"));
    let answer = world.send(form.sign(&keys::full(), "mapped", &conditions).ask("/mapped")).await;
    assert_eq!((answer.status, answer.header("x-amz-version-id")), (200, "v1"), "{answer:?}");
    assert_eq!(answer.header("server"), "");
    let sent = world.upstream.sent().remove(0);
    sent.verify(&keys::backend()).unwrap();
    assert_eq!((sent.method.as_str(), sent.target()), ("PUT", "/store-shared/tenants/a/k"));
    assert_eq!((&*sent.body, sent.ended), (&b"file"[..], Ok(())));
    for (name, value) in [
        ("content-type", "text/x-own"),
        ("cache-control", "no-cache"),
        ("content-disposition", "attachment; filename=\"f.txt\""),
        ("content-encoding", "gzip"),
        ("expires", "Thu, 01 Dec 2094 16:00:00 GMT"),
        ("x-amz-meta-uuid", "1"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-server-side-encryption", "AES256"),
        ("x-amz-website-redirect-location", "/other"),
        ("x-amz-checksum-crc32", "jJr/xQ=="),
        ("x-amz-tagging", "a%20b=c%26d"),
        ("content-length", "4"),
    ] {
        assert_eq!(sent.header(name), value, "{name}");
    }
    assert_eq!(sent.header("x-amz-content-sha256").len(), 64, "the gateway vouches for what it read whole");
    assert!(sent.headers.contains_key("x-amz-meta-empty"));
    for name in ["content-language", "anything", "key", "policy", "x-amz-signature", "x-amz-credential"] {
        assert!(!sent.headers.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn r_sub_05_a_form_that_its_policy_does_not_admit_stores_nothing() {
    let full = keys::full();
    let with = |conditions: &[&str]| UploadForm::new("team/a").sign(&full, "private", conditions);
    let for_bucket = |bucket| UploadForm::new("team/a").sign(&full, bucket, &[]);
    let denied = "403 AccessDenied";
    let policy = |text: &str| UploadForm::new("team/a").sign_text(&full, text);
    let until = "\"expiration\": \"2026-11-20T13:00:00.000Z\"";
    let mut cases = vec![
        case("another bucket", denied, for_bucket("mapped").ask("/private")),
        case("a key outside", denied, with(&["[\"starts-with\", \"$key\", \"user/\"]"]).ask("/private")),
        case("a key spelled otherwise", denied, with(&["{\"key\": \"Team/a\"}"]).ask("/private")),
        case("a field that must be there", denied, with(&["{\"acl\": \"private\"}"]).ask("/private")),
        case(
            "any value, but a value",
            denied,
            with(&["[\"starts-with\", \"$Content-Type\", \"\"]"]).ask("/private"),
        ),
        case("an extra field", denied, good().field("x-amz-meta-a", "1").ask("/private")),
        case("an extra field of no meaning", denied, good().field("submit", "1").ask("/private")),
        case(
            "another value",
            denied,
            with(&["{\"x-amz-meta-a\": \"1\"}"]).field("x-amz-meta-a", "2").ask("/private"),
        ),
        case("a bucket field", denied, good().field("bucket", "mapped").ask("/private")),
        case("too large", "400 EntityTooLarge", with(&["[\"content-length-range\", 0, 3]"]).ask("/private")),
        case("too small", "400 EntityTooSmall", with(&["[\"content-length-range\", 5, 9]"]).ask("/private")),
        case("expired", denied, good().ask("/private")).at(NOW + 3601),
        case("not yet", denied, good().ask("/private")).at(NOW - 901),
        case("no policy", "400 InvalidArgument", good().without("policy").ask("/private")),
        case("an empty policy", "400 InvalidPolicyDocument", policy("").ask("/private")),
        case("no conditions", "400 InvalidPolicyDocument", policy(&format!("{{{until}}}")).ask("/private")),
        case("no expiration", "400 InvalidPolicyDocument", policy("{\"conditions\": []}").ask("/private")),
        case("empty conditions", denied, policy(&format!("{{{until}, \"conditions\": []}}")).ask("/private")),
        case(
            "an unknown operator",
            "400 InvalidPolicyDocument",
            with(&["[\"in\", \"$key\", \"a\"]"]).ask("/private"),
        ),
        case("no key", "400 InvalidArgument", good().without("key").ask("/private")),
        case(
            "a key behind the file",
            "400 InvalidArgument",
            good().without("key").behind("key", "a").ask("/private"),
        ),
        case(
            "a policy behind the file",
            "400 InvalidArgument",
            good().without("policy").behind("policy", good().value("policy")).ask("/private"),
        ),
        case("no file", "400 InvalidArgument", good().no_file().ask("/private")),
        case("a key twice", "400 InvalidArgument", good().field("Key", "team/b").ask("/private")),
        case(
            "two acls",
            "400 InvalidArgument",
            with(&["{\"acl\": \"private\"}", "{\"x-amz-acl\": \"private\"}"])
                .field("acl", "private")
                .field("x-amz-acl", "private")
                .ask("/private"),
        ),
        case(
            "a copy",
            "501 NotImplemented",
            with(&["{\"x-amz-copy-source\": \"/private/secret\"}"])
                .field("x-amz-copy-source", "/private/secret")
                .ask("/private"),
        ),
        case(
            "a condition",
            "501 NotImplemented",
            with(&["{\"If-None-Match\": \"*\"}"]).field("If-None-Match", "*").ask("/private"),
        ),
        case(
            "tags that are none",
            "400 MalformedXML",
            with(&["{\"tagging\": \"x\"}"]).field("tagging", "x").ask("/private"),
        ),
        case(
            "a header of two lines",
            "400 InvalidArgument",
            with(&["[\"starts-with\", \"$Content-Type\", \"\"]"])
                .field("Content-Type", "a\r\nx-amz-acl: b")
                .ask("/private"),
        ),
        case(
            "20 KiB of fields",
            "400 MaxPostPreDataLengthExceeded",
            with(&["[\"starts-with\", \"$a\", \"\"]"]).field("a", &"v".repeat(20 * 1024)).ask("/private"),
        ),
        case("no end", "400 MalformedPOSTRequest", good().close("").ask("/private")),
        case("no form", "412 PreconditionFailed", Ask::new("POST", "/private").body("x")),
        case("a signed post", "412 PreconditionFailed", Ask::new("POST", "/private").body("x").sign(&full)),
        case(
            "no boundary",
            "400 MalformedPOSTRequest",
            good().ask("/private").set("content-type", "multipart/form-data"),
        ),
        case(
            "another boundary",
            "400 MalformedPOSTRequest",
            good().ask("/private").set("content-type", "multipart/form-data; boundary=y"),
        ),
        case(
            "a header besides",
            "400 InvalidRequest",
            good().ask("/private").header("x-amz-acl", "public-read"),
        ),
        case(
            "no length",
            "411 MissingContentLength",
            good().ask("/private").header("transfer-encoding", "chunked"),
        ),
        case("at an object", "501 NotImplemented", good().ask("/private/secret")),
        case("at the service", "501 NotImplemented", good().ask("/")),
        case("with a parameter", "501 NotImplemented", good().ask("/private?tagging")),
    ];
    let expired = Signer { at: NOW - 7200, ..keys::full() };
    cases.push(case(
        "an old policy",
        denied,
        UploadForm::new("a").sign(&expired, "private", &[]).ask("/private"),
    ));
    refused(cases).await;
}

#[tokio::test]
async fn r_sub_05_a_form_that_does_not_prove_its_sender_stores_nothing() {
    let form = |signer: &Signer| UploadForm::new("team/a").sign(signer, "private", &[]);
    let region = Signer { region: "eu-west-1".into(), ..keys::full() };
    let service = Signer { service: "sts".into(), ..keys::full() };
    let token = Signer { token: Some("t".into()), ..keys::full() };
    let wrong = Signer { secret: "wrong".into(), ..keys::full() };
    let mismatch = "403 SignatureDoesNotMatch";
    let mut cases = vec![
        case("a wrong secret", mismatch, form(&wrong).ask("/private")),
        case("an unknown key", "403 InvalidAccessKeyId", form(&keys::unknown()).ask("/private")),
        case("a key that is off", "403 InvalidAccessKeyId", form(&keys::disabled()).ask("/private")),
        case("a key that has ended", "403 InvalidAccessKeyId", form(&keys::expired()).ask("/private")),
        case("another region", "400 InvalidArgument", form(&region).ask("/private")),
        case("another service", "400 InvalidArgument", form(&service).ask("/private")),
        case("a session", "400 InvalidToken", form(&token).ask("/private")),
        case(
            "a token alone",
            "403 AccessDenied",
            UploadForm::new("a").field("x-amz-security-token", "t").ask("/private"),
        ),
        case(
            "a policy cut short",
            mismatch,
            good().change("policy", |policy| policy[..policy.len() - 4].into()).ask("/private"),
        ),
        case(
            "another policy",
            mismatch,
            good().change("policy", |policy| policy.replacen('e', "f", 1)).ask("/private"),
        ),
        case("no signature", "400 InvalidArgument", good().without("x-amz-signature").ask("/private")),
        case(
            "an empty signature",
            mismatch,
            good().change("x-amz-signature", |_| String::new()).ask("/private"),
        ),
        case("no date", "400 InvalidArgument", good().without("x-amz-date").ask("/private")),
        case(
            "another algorithm",
            "400 InvalidArgument",
            good().change("x-amz-algorithm", |_| "none".into()).ask("/private"),
        ),
        case(
            "another day",
            "400 InvalidArgument",
            good().change("x-amz-date", |_| "20261121T000000Z".into()).ask("/private"),
        ),
        case(
            "version 2",
            "400 InvalidRequest",
            UploadForm::new("a")
                .field("AWSAccessKeyId", "AKIDFULL")
                .field("policy", "e30=")
                .field("signature", "x")
                .ask("/private"),
        ),
        case("a signed request as well", "400 InvalidRequest", good().ask("/private").sign(&keys::full())),
        case("nobody", "403 AccessDenied", UploadForm::new("team/a").ask("/private")),
        case(
            "nobody with a policy",
            "403 AccessDenied",
            UploadForm::new("team/a").field("policy", good().value("policy")).ask("/private"),
        ),
        case("nobody in a public bucket", "403 AccessDenied", UploadForm::new("team/a").ask("/public")),
    ];
    for at in [0, 31, 63] {
        let bent = |signature: &str| {
            let other = if &signature[at..=at] == "0" { "1" } else { "0" };
            format!("{}{other}{}", &signature[..at], &signature[at + 1..])
        };
        cases.push(case(
            format!("digit {at} changed"),
            mismatch,
            good().change("x-amz-signature", bent).ask("/private"),
        ));
    }
    for answer in refused(cases).await {
        let signature = good().value("x-amz-signature").to_owned();
        assert!(!answer.everything().contains(&signature));
        assert!(!answer.record.refused.as_deref().unwrap_or_default().contains(&signature));
    }
}

/// Whoever sees a presigned URL has a signature over a text they can work out: it must be no policy.
#[tokio::test]
async fn r_sub_05_the_signature_of_a_request_is_that_of_no_policy() {
    let scope = "20261120T120000Z\n20261120/us-east-1/s3/aws4_request";
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for text in [
        format!("AWS4-HMAC-SHA256\n{scope}\n{hash}"),
        format!("AWS4-HMAC-SHA256-PAYLOAD\n{scope}\n{hash}\n{hash}\n{hash}"),
        format!("AWS4-HMAC-SHA256-TRAILER\n{scope}\n{hash}\n{hash}"),
    ] {
        let form = UploadForm::new("team/a").sign_field(&keys::full(), &text);
        refused([case(text, "400 InvalidPolicyDocument", form.ask("/private"))]).await;
    }
}

#[tokio::test]
async fn a_form_may_do_what_its_signer_may_and_no_more() {
    let acl = |signer: &Signer, acl: &str| {
        let condition = format!("{{\"acl\": \"{acl}\"}}");
        UploadForm::new("team/x").field("acl", acl).sign(signer, "private", &[&condition])
    };
    let denied = "403 AccessDenied";
    let at = |key: &str, signer: &Signer, bucket: &str| {
        UploadForm::new(key).sign(signer, bucket, &[]).ask(&format!("/{bucket}"))
    };
    refused([
        case("a reader", denied, at("team/x", &keys::reader(), "private")),
        case("a team elsewhere", denied, at("secret", &keys::team(), "private")),
        case("a team beside its prefix", denied, at("team2/x", &keys::team(), "private")),
        case("nobody's key", denied, at("team/x", &keys::nobody(), "private")),
        case("a closed bucket", denied, at("team/x", &keys::full(), "forbidden")),
        case("no bucket", denied, at("team/x", &keys::full(), "unheard-of")),
        case("an acl", denied, acl(&keys::full(), "public-read").ask("/private")),
    ])
    .await;
    for form in [acl(&keys::team(), "private"), acl(&keys::full(), "bucket-owner-full-control")] {
        let (_, answer) = posted(&form, "/private").await;
        assert_eq!(answer.status, 204, "{answer:?}");
    }
}

#[tokio::test]
async fn an_unsigned_form_may_do_what_everybody_may() {
    let grant =
        Grant { bucket: "open".into(), prefix: "in/".into(), actions: vec!["write".parse().unwrap()] };
    let ledger = Ledger::standard(Ledger::embedded())
        .where_bucket("open", |bucket| bucket.public = Policy::from_grants(vec![grant]).into());
    let upstream = InProcess::with_buckets(&[
        "store-private",
        "store-public",
        "store-shared",
        "store-forbidden",
        "store-elsewhere",
    ]);
    let world = World::new(upstream, ledger);
    let answer = world.send(UploadForm::new("in/a").field("x-amz-meta-a", "1").ask("/open")).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    assert_eq!(answer.record.caller.as_deref(), Some("anonymous"));
    assert!(stored(&world, "/store-shared/tenants/b/in/a").await.is_some());
    refused_by(&world, [case("elsewhere", "403 AccessDenied", UploadForm::new("out/a").ask("/open"))]).await;
}

/// A file that is streamed: more than what is read whole.
fn large() -> Vec<u8> {
    (0..400_000_u32).flat_map(u32::to_le_bytes).collect()
}

#[tokio::test]
async fn a_large_file_is_streamed_with_its_exact_length() {
    let world = World::remote();
    let sized = format!("[\"content-length-range\", {0}, {0}]", large().len());
    let form = UploadForm::new("k").sign(&keys::full(), "mapped", &[&sized]).file(large());
    let ask = form.ask("/mapped");
    for size in [100, 65_536, 10_000_000] {
        let frames: Vec<_> = ask.bytes().chunks(size).map(<[u8]>::to_vec).collect();
        let answer = world.send(ask.clone().frames(frames)).await;
        assert_eq!(answer.status, 204, "{answer:?}");
        let sent = world.upstream.sent().remove(0);
        sent.verify(&keys::backend()).unwrap();
        assert_eq!(sent.header("content-length"), large().len().to_string());
        assert_eq!(sent.header("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
        assert!(sent.ended == Ok(()) && sent.body == large(), "in frames of {size}");
    }
}

#[tokio::test]
async fn a_large_form_that_does_not_end_with_its_file_stores_nothing() {
    let form = good().file(large());
    let small = |max: usize| {
        let sized = format!("[\"content-length-range\", 0, {max}]");
        UploadForm::new("k").sign(&keys::full(), "private", &[&sized]).file(large()).ask("/private")
    };
    let world = World::embedded().await;
    failed_by(
        &world,
        [
            case(
                "a field behind",
                "400 MalformedPOSTRequest",
                form.clone().behind("submit", "Upload").ask("/private"),
            ),
            case("no CR LF at the end", "400 MalformedPOSTRequest", form.clone().close("--").ask("/private")),
            case("an epilogue", "400 MalformedPOSTRequest", form.clone().close("--\r\n\r\n").ask("/private")),
            case("no end", "400 MalformedPOSTRequest", form.clone().close("").ask("/private")),
            case("another end", "400 MalformedPOSTRequest", form.clone().close("x--\r\n").ask("/private")),
        ],
    )
    .await;
    refused_by(&world, [case("too large", "400 EntityTooLarge", small(large().len() - 1))]).await;
    let answer = world.send(form.behind("submit", "Upload").ask("/private")).await;
    assert!(answer.element("Message").contains("Put the file last"), "{answer:?}");
}

#[tokio::test]
async fn r_int_02_a_form_that_is_cut_stores_nothing() {
    for form in [good(), good().file(large())] {
        let ask = form.ask("/private");
        let bytes = ask.bytes();
        for at in [0, 10, 400, bytes.len() / 2, bytes.len() - 1] {
            let world = World::embedded().await;
            let before = world.snapshot().await;
            let cut = ask
                .clone()
                .header("content-length", &bytes.len().to_string())
                .body(bytes[..at].to_vec())
                .cut();
            let answer = world.send(cut).await;
            assert_eq!(answer.verdict(), "400 IncompleteBody", "cut at {at}: {answer:?}");
            assert_eq!(world.snapshot().await, before, "cut at {at}");
        }
    }
}

#[tokio::test]
async fn r_rel_03_an_upload_that_the_store_refuses_is_not_confirmed() {
    for file in [b"small".to_vec(), large()] {
        let form = good().file(file).ask("/private");
        for (said, expect) in [
            (Said::error(403, "AccessDenied"), "403 AccessDenied"),
            (
                Said::error(507, "XStorageFull"),
                "403 QuotaExceeded | 502 BackendError | 503 ServiceUnavailable | 507",
            ),
            (Said::error(400, "BadDigest"), "400 BadDigest"),
            (Said::new(304, ""), "502 BackendError"),
            (Said::new(200, "<html/>"), "502 BackendError"),
            (Said::nothing(brigade_gateway::SendError::TimedOut), "503 ServiceUnavailable"),
            (Said::nothing(brigade_gateway::SendError::Body(BodyError::Stalled)), "400 RequestTimeout"),
        ] {
            let world: World<Recorder> = World::remote();
            world.upstream.say(said.clone());
            let answer = world.send_at(form.clone().request(), arrival_at(NOW)).await;
            let verdict = answer.verdict();
            assert!(
                expect.split(" | ").any(|it| verdict == it || verdict.starts_with(it)),
                "{said:?}: {verdict}"
            );
        }
    }
}

#[tokio::test]
async fn r_log_01_neither_policy_nor_signature_nor_token_is_in_the_record() {
    let signer = Signer { token: Some("sessiontoken1".into()), ..keys::full() };
    let forms = [
        good(),
        good().field("x-amz-meta-a", "1"),
        good().change("x-amz-signature", |_| "0".repeat(64)),
        UploadForm::new("a").sign(
            &keys::full(),
            "private",
            &["{\"x-amz-security-token\": \"sessiontoken1\"}"],
        ),
        UploadForm::new("a").sign(&signer, "private", &[]),
        UploadForm::new("a").sign_text(&keys::full(), "sessiontoken1"),
    ];
    for form in forms {
        let (_, answer) = posted(&form, "/private").await;
        let noted = format!("{:?}", answer.record);
        for hidden in [form.value("policy"), form.value("x-amz-signature"), "sessiontoken1"] {
            assert!(!noted.contains(hidden), "{noted}");
        }
        assert_eq!(answer.record.operation.map(|op| op.name()), Some("PostObject"));
    }
}

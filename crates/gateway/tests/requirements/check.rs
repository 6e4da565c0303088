//! What every case of every family is held to.

use brigade_testkit::{Answer, Ask, InProcess, NOW, World, arrival_at};

/// A request, when it comes, and what must come back: alternatives between `|`, each `status Code` or a status alone.
pub(crate) struct Case {
    what: String,
    ask: Ask,
    at: u64,
    expect: &'static str,
}

pub(crate) fn case(what: impl Into<String>, expect: &'static str, ask: Ask) -> Case {
    Case { what: what.into(), ask, at: NOW, expect }
}

impl Case {
    /// The same at another time.
    pub(crate) fn at(self, at: u64) -> Self {
        Self { at, ..self }
    }
}

/// Each is refused as expected, the store hears of none of them and is what it was before.
pub(crate) async fn refused(cases: impl IntoIterator<Item = Case>) -> Vec<Answer> {
    let world = World::embedded().await;
    refused_by(&world, cases).await
}

/// As [`refused`], by this gateway.
pub(crate) async fn refused_by(
    world: &World<InProcess>,
    cases: impl IntoIterator<Item = Case>,
) -> Vec<Answer> {
    let before = world.snapshot().await;
    let mut answers = Vec::new();
    for case in cases {
        let _ = world.upstream.sent();
        let what = case.what.clone();
        let answer = answered(world, case).await;
        assert!(answer.status >= 400, "{what}: {answer:?}");
        // R-REL-06: what is refused causes no traffic.
        assert_eq!(world.upstream.sent(), [""; 0], "{what}");
        answers.push(answer);
    }
    assert!(!answers.is_empty(), "a table without cases");
    assert_eq!(world.snapshot().await, before);
    answers
}

/// Each fails as expected, at the store or before it, which is what it was before.
pub(crate) async fn failed(cases: impl IntoIterator<Item = Case>) {
    let world = World::embedded().await;
    failed_by(&world, cases).await;
}

/// As [`failed`], by this gateway.
pub(crate) async fn failed_by(world: &World<InProcess>, cases: impl IntoIterator<Item = Case>) {
    let before = world.snapshot().await;
    let mut count = 0;
    for case in cases {
        let what = case.what.clone();
        let answer = answered(world, case).await;
        assert!(answer.status >= 300, "{what}: {answer:?}");
        assert_eq!(world.snapshot().await, before, "{what}");
        count += 1;
    }
    assert!(count > 0, "a table without cases");
}

/// Each is answered as expected.
pub(crate) async fn served(cases: impl IntoIterator<Item = Case>) -> Vec<Answer> {
    let world = World::embedded().await;
    served_by(&world, cases).await
}

/// As [`served`], by this gateway.
pub(crate) async fn served_by(
    world: &World<InProcess>,
    cases: impl IntoIterator<Item = Case>,
) -> Vec<Answer> {
    let mut answers = Vec::new();
    for case in cases {
        answers.push(answered(world, case).await);
    }
    assert!(!answers.is_empty(), "a table without cases");
    answers
}

async fn answered(world: &World<InProcess>, case: Case) -> Answer {
    let Case { what, ask, at, expect } = case;
    let asked = format!("{} {} {:?} {}", ask.method(), ask.target(), ask.headers(), lossy(&ask.bytes()));
    let is_head = ask.method() == "HEAD";
    let answer = world.send_at(ask.request(), arrival_at(at)).await;
    expects(&what, &answer, expect, is_head);
    speaks_s3(&what, &answer, is_head);
    keeps_secrets(&what, &answer, &asked);
    answer
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(2000).collect()
}

pub(crate) fn expects(what: &str, answer: &Answer, expect: &str, is_head: bool) {
    let verdict = answer.verdict();
    let status = answer.status.to_string();
    let fits = expect.split('|').map(str::trim).any(|expect| {
        expect == status || expect == verdict || (is_head && expect.split(' ').next() == Some(&status))
    });
    assert!(fits, "{what}: expected {expect}, got {verdict}\n{}\n{:?}", lossy(&answer.body), answer.record);
}

/// R-ERR-01, R-ERR-03, R-ROB-01: an error is S3's document under a request id, and never ours to make.
pub(crate) fn speaks_s3(what: &str, answer: &Answer, is_head: bool) {
    assert_eq!(answer.header("x-amz-request-id"), "0707070707070707", "{what}");
    assert_eq!(answer.header("location"), "", "{what}");
    if answer.status < 400 {
        return;
    }
    assert!(answer.status < 500 || answer.status == 501, "{what}: {answer:?}");
    assert_eq!(answer.ended, Ok(()), "{what}");
    if is_head {
        assert!(answer.body.is_empty(), "{what}: {answer:?}");
    } else {
        assert_eq!(answer.header("content-type"), "application/xml", "{what}");
        assert!(answer.text().starts_with("<?xml"), "{what}: {}", answer.text());
        assert!(!answer.element("Code").is_empty(), "{what}: {}", answer.text());
        assert_eq!(answer.element("RequestId"), "0707070707070707", "{what}");
    }
}

/// R-ERR-02: nothing a client did not say itself tells of what is behind.
pub(crate) fn keeps_secrets(what: &str, answer: &Answer, asked: &str) {
    let all = answer.everything();
    for secret in ["store-", "tenants/", "store.internal", "AKIDBACKEND", "backend secret", "full secret"] {
        let said = asked.contains(secret) || answer.status < 300 && answer.body.starts_with(b"store-");
        assert!(said || !all.contains(secret), "{what} tells {secret:?}:\n{all}");
    }
}

/// One request of every operation on a bucket and, where it takes one, a key. `DeleteObjects` names the key too, and the
/// copies read it.
pub(crate) fn operations(bucket: &str, key: &str) -> Vec<(&'static str, Ask)> {
    let of = |method: &str, query: &str| Ask::new(method, &format!("/{bucket}{query}"));
    let on = |method: &str, query: &str| Ask::new(method, &format!("/{bucket}/{key}{query}"));
    let source = format!("/{bucket}/{key}");
    let folder = key.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let delete = format!("<Delete><Object><Key>{key}</Key></Object></Delete>");
    let complete = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"d41d8cd98f00b204e9800998ecf8427e\"</ETag></Part></CompleteMultipartUpload>";
    vec![
        ("HeadBucket", of("HEAD", "")),
        ("GetBucketLocation", of("GET", "?location")),
        ("ListObjects", of("GET", &format!("?prefix={folder}"))),
        ("ListObjectsV2", of("GET", &format!("?list-type=2&prefix={folder}"))),
        ("ListMultipartUploads", of("GET", &format!("?uploads&prefix={folder}"))),
        ("DeleteObjects", of("POST", "?delete").body(delete)),
        ("GetObject", on("GET", "")),
        ("HeadObject", on("HEAD", "")),
        ("PutObject", on("PUT", "").body("new")),
        ("CopyObject", on("PUT", "").header("x-amz-copy-source", &source)),
        ("DeleteObject", on("DELETE", "")),
        ("CreateMultipartUpload", on("POST", "?uploads")),
        ("UploadPart", on("PUT", "?partNumber=1&uploadId=u").body("part")),
        ("UploadPartCopy", on("PUT", "?partNumber=1&uploadId=u").header("x-amz-copy-source", &source)),
        ("CompleteMultipartUpload", on("POST", "?uploadId=u").body(complete)),
        ("AbortMultipartUpload", on("DELETE", "?uploadId=u")),
        ("ListParts", on("GET", "?uploadId=u")),
    ]
}

/// An object's bytes at the store, or nothing when it is not there.
pub(crate) async fn stored(world: &World<InProcess>, target: &str) -> Option<Vec<u8>> {
    let answer = world.upstream.ask(Ask::new("GET", target).request()).await;
    (answer.status() == 200).then(|| answer.body().to_vec())
}

impl Case {
    /// What it is about.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }
}

//! The operations, one by one: as what each reaches the store, who may do it, and what its answer becomes.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on must fail"
)]

use brigade_s3::{Content, Level, Op, Row, operations};
use brigade_testkit::{Answer, Ask, Ledger, Recorder, Said, Signer, World, keys};

/// A gateway before a store that says what it is told to; `private` may be made, and `public` is called so at the store too.
fn world() -> World<Recorder> {
    let ledger = Ledger::standard(Ledger::remote())
        .where_bucket("private", |bucket| bucket.create = true)
        .where_bucket("public", |bucket| bucket.stored_as = "public".into());
    World::new(Recorder::default(), ledger)
}

/// A request for an operation, as its row has it, in this bucket.
fn request(row: &Row, bucket: &str) -> Ask {
    let path = match row.level() {
        Level::Service => "/".to_owned(),
        Level::Bucket => format!("/{bucket}"),
        Level::Object => format!("/{bucket}/a%20b"),
    };
    let ask = Ask::new(row.method.as_str(), &path);
    let ask = row.requires.iter().fold(ask, |ask, name| match *name {
        "list-type" | "select-type" => ask.parameter(name, "2"),
        "partNumber" => ask.parameter(name, "1"),
        "uploadId" | "id" => ask.parameter(name, "u"),
        name => {
            ask.retarget(|target| format!("{target}{}{name}", if target.contains('?') { '&' } else { '?' }))
        }
    });
    let ask = if row.copies { ask.header("x-amz-copy-source", "/private/source") } else { ask };
    match (row.op, row.content) {
        (_, Content::Nothing | Content::Form) | (Op::CreateBucket, _) => ask,
        (_, Content::Upload) => ask.body("bytes"),
        (Op::DeleteObjects, _) => ask.body("<Delete><Object><Key>a</Key></Object></Delete>"),
        (Op::CompleteMultipartUpload, _) => ask.body(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
        ),
        (Op::PutBucketPolicy, _) => ask.body("{}"),
        (_, Content::Control { .. } | Content::Document { .. }) => ask.body("<Document>\n</Document>"),
    }
}

/// Upload forms say in their bodies who sends them: `requirements/post.rs`.
fn signed_by_head(row: &&'static Row) -> bool {
    row.content != Content::Form
}

async fn send(world: &World<Recorder>, ask: Ask, signer: &Signer) -> Answer {
    world.send(ask.sign(signer)).await
}

/// A document as this operation answers with.
fn document(row: &Row) -> String {
    match row.answer.first() {
        None => String::new(),
        Some(&"{") => "{}".to_owned(),
        Some(root) => format!("<{root}>\n</{root}>"),
    }
}

/// For a write of a bucket's configuration, the operation that reads it.
fn scouted(row: &Row) -> Option<&'static Row> {
    let reads =
        |read: &&Row| read.level() == row.level() && read.requires == row.requires && !read.answer.is_empty();
    operations().find(reads).filter(|_| row.level() == Level::Bucket && row.method != "GET")
}

/// Ceph RGW and SeaweedFS delete the bucket for a `DELETE` of what they do not know, and create it for a `PUT`.
#[tokio::test]
async fn a_store_is_asked_to_write_only_what_it_knows() {
    let listing = "<ListBucketResult><Contents><Key>k</Key></Contents></ListBucketResult>";
    let world = world();
    let mut count = 0;
    for row in operations() {
        let Some(read) = scouted(row) else { continue };
        let removes = row.method == "DELETE";
        for (said, expect, written) in [
            (Said::new(200, document(read)), "200", true),
            (Said::error(404, "NoSuchConfiguration"), if removes { "204" } else { "200" }, !removes),
            (Said::new(200, listing), "501 NotImplemented", false),
            (Said::error(501, "NotImplemented"), "501 NotImplemented", false),
            (Said::error(405, "MethodNotAllowed"), "501 NotImplemented", false),
            (Said::error(404, "NoSuchBucket"), "404 NoSuchBucket", false),
            (Said::error(403, "AccessDenied"), "403 AccessDenied", false),
            (Said::new(200, document(read)).cut(), "502 BackendError", false),
        ] {
            world.upstream.say(said);
            let answer = send(&world, request(row, "public"), &keys::owner()).await;
            assert_eq!(answer.verdict(), expect, "{}: {answer:?}", row.op.name());
            assert_eq!(world.upstream.sent().len(), 1 + usize::from(written), "{} {expect}", row.op.name());
        }
        count += 1;
    }
    assert!(count > 25, "{count}");
}

#[tokio::test]
async fn every_operation_reaches_the_store_as_itself() {
    let world = world();
    // What the gateway answers by itself.
    let own = [Op::ListBuckets, Op::GetBucketLocation, Op::GetBucketCors];
    for row in operations().filter(signed_by_head) {
        let ask = request(row, "public");
        let ask =
            if matches!(row.op, Op::CreateBucket | Op::DeleteBucket) { request(row, "private") } else { ask };
        let (target, body) = (ask.target().to_owned(), ask.bytes());
        let document = document(row);
        let scouted = scouted(row);
        if let Some(read) = scouted {
            world.upstream.say(Said::new(200, self::document(read)));
        }
        if !own.contains(&row.op) {
            world.upstream.say(Said::new(200, document.clone()));
        }
        let answer = send(&world, ask, &keys::owner()).await;
        assert_eq!(answer.record.operation, Some(row.op), "{}: {answer:?}", row.op.name());
        let sent = world.upstream.sent();
        if own.contains(&row.op) {
            assert!(sent.is_empty(), "{}", row.op.name());
            continue;
        }
        if !row.answer.is_empty() {
            assert_eq!((answer.status, answer.text()), (200, &*document), "{}", row.op.name());
        }
        let (first, sent) = match sent.as_slice() {
            [sent] => (None, sent),
            [first, sent] => (Some(first), sent),
            _ => panic!("{}: {answer:?}", row.op.name()),
        };
        // Before a write the store is asked for what is there.
        let first = first.map(|first| (first.method.as_str(), first.target().to_owned()));
        assert_eq!(first, scouted.map(|_| ("GET", sent.target().to_owned())), "{}", row.op.name());
        let target = target.replace("/private", "/store-private");
        assert_eq!(
            (sent.method.as_str(), sent.target()),
            (row.method.as_str(), &*target),
            "{}",
            row.op.name()
        );
        sent.verify(&keys::backend()).unwrap();
        if matches!(row.content, Content::Document { .. } | Content::Upload) {
            assert_eq!(sent.body, body, "{}", row.op.name());
        }
    }
}

/// Found with the JuiceFS gateway, which answers `GET ?attributes` with the object.
#[tokio::test]
async fn a_store_that_takes_a_sub_resource_for_the_object_or_a_listing_is_not_passed_on() {
    let world = world();
    let listing = "<ListBucketResult><Contents><Key>other/secret</Key></Contents></ListBucketResult>";
    for row in operations().filter(|row| !row.answer.is_empty()) {
        for said in ["the object's bytes", listing, ""] {
            world.upstream.say(Said::new(200, said).header("content-type", "text/plain"));
            let answer = send(&world, request(row, "public"), &keys::owner()).await;
            assert_eq!(answer.verdict(), "502 BackendError", "{} {said}", row.op.name());
        }
    }
}

#[tokio::test]
async fn no_operation_is_open_to_who_was_granted_nothing() {
    let world = world();
    for row in operations().filter(signed_by_head).filter(|row| row.op != Op::ListBuckets) {
        for bucket in ["private", "mapped", "absent"] {
            for ask in [request(row, bucket), request(row, bucket).sign(&keys::nobody())] {
                let answer = world.send(ask).await;
                assert_eq!(answer.status, 403, "{} in {bucket}: {answer:?}", row.op.name());
            }
        }
    }
    assert!(world.upstream.sent().is_empty());
}

#[tokio::test]
async fn no_group_of_a_grant_reaches_a_buckets_configuration_or_an_acl() {
    let world = world();
    let groups = |row: &Row| {
        let groups = ["read", "list", "write", "delete"]
            .map(|group| group.parse::<brigade_policy::GrantAction>().unwrap());
        row.actions.iter().all(|action| groups.iter().any(|group| group.actions().contains(action)))
    };
    let mut closed = 0;
    for row in operations().filter(|row| !groups(row)) {
        let answer = send(&world, request(row, "private"), &keys::full()).await;
        assert_eq!(answer.verdict().split(' ').next(), Some("403"), "{}: {answer:?}", row.op.name());
        closed += 1;
    }
    assert!(world.upstream.sent().is_empty());
    assert!(closed > 60, "only {closed} operations are beyond the groups");
}

/// What is asked of `mapped`, a part of a store's bucket.
#[tokio::test]
async fn the_configuration_of_a_part_of_a_bucket_says_nothing_of_the_other_parts() {
    let shared = [
        Op::GetBucketVersioning,
        Op::GetBucketEncryption,
        Op::GetObjectLockConfiguration,
        Op::GetBucketRequestPayment,
        Op::GetBucketOwnershipControls,
        Op::GetBucketAccelerateConfiguration,
    ];
    let whole = [Op::HeadBucket, Op::GetBucketLocation];
    let world = world();
    let mut found = String::new();
    for row in operations() {
        let configures =
            row.level() == Level::Bucket && !row.requires.is_empty() && row.op != Op::GetBucketLocation;
        let lists = row.allows.contains(&"prefix") || row.op == Op::DeleteObjects;
        if !configures || lists || whole.contains(&row.op) {
            continue;
        }
        let answer = send(&world, request(row, "mapped"), &keys::owner()).await;
        let sent = world.upstream.sent();
        assert_eq!(sent.len(), usize::from(shared.contains(&row.op)), "{}: {answer:?}", row.op.name());
        if row.method != "GET" {
            assert_eq!(answer.verdict(), "403 AccessDenied", "{}", row.op.name());
        } else if sent.is_empty() {
            found.push_str(&format!("{} {}\n", row.op.name(), answer.verdict()));
        }
    }
    assert_eq!(
        found,
        "GetBucketCors 404 NoSuchCORSConfiguration
GetBucketAcl 200
GetBucketPolicy 404 NoSuchBucketPolicy
GetBucketPolicyStatus 404 NoSuchBucketPolicy
GetBucketLifecycleConfiguration 404 NoSuchLifecycleConfiguration
GetBucketWebsite 404 NoSuchWebsiteConfiguration
GetBucketLogging 200
GetBucketTagging 404 NoSuchTagSet
GetBucketNotificationConfiguration 200
GetBucketReplication 404 ReplicationConfigurationNotFoundError
GetPublicAccessBlock 404 NoSuchPublicAccessBlockConfiguration
ListBucketAnalyticsConfigurations 200
GetBucketAnalyticsConfiguration 404 NoSuchConfiguration
ListBucketInventoryConfigurations 200
GetBucketInventoryConfiguration 404 NoSuchConfiguration
ListBucketMetricsConfigurations 200
GetBucketMetricsConfiguration 404 NoSuchConfiguration
ListBucketIntelligentTieringConfigurations 200
GetBucketIntelligentTieringConfiguration 404 NoSuchConfiguration
"
    );
}

#[tokio::test]
async fn a_document_that_names_buckets_is_not_served_under_another_name() {
    let world = world();
    for (query, expect) in [
        ("policy", "501 NotImplemented"),
        ("logging", "501 NotImplemented"),
        ("replication", "501 NotImplemented"),
        ("inventory", "501 NotImplemented"),
        ("analytics&id=1", "501 NotImplemented"),
        ("lifecycle", "200"),
    ] {
        world.upstream.say(Said::new(200, "<LifecycleConfiguration/>"));
        let answer = send(&world, Ask::new("GET", &format!("/private?{query}")), &keys::owner()).await;
        assert_eq!(answer.verdict(), expect, "{query}");
    }
}

#[tokio::test]
async fn buckets_are_made_and_removed_only_where_the_configuration_says_so() {
    let world = world();
    for (method, bucket, expect) in [
        ("PUT", "private", "200"),
        ("DELETE", "private", "200"),
        ("PUT", "public", "403 AccessDenied"),
        ("DELETE", "public", "403 AccessDenied"),
        ("PUT", "mapped", "403 AccessDenied"),
        ("PUT", "absent", "403 AccessDenied"),
        ("DELETE", "absent", "403 AccessDenied"),
    ] {
        let answer = send(&world, Ask::new(method, &format!("/{bucket}")), &keys::owner()).await;
        assert_eq!(answer.verdict(), expect, "{method} {bucket}: {answer:?}");
        assert_eq!(world.upstream.sent().len(), usize::from(expect == "200"), "{method} {bucket}");
    }
}

#[tokio::test]
async fn a_bucket_is_made_in_the_stores_region_and_named_in_the_clients_words() {
    let world = world();
    let made = |region: &str| {
        format!(
            "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
        )
    };
    for (body, expect) in [
        (String::new(), "200"),
        (made("us-east-1"), "200"),
        (made(""), "200"),
        (made("eu-test-1"), "400 IllegalLocationConstraintException"),
        ("<CreateBucketConfiguration><Tags/></CreateBucketConfiguration>".into(), "501 NotImplemented"),
        ("<Other/>".into(), "400 MalformedXML"),
    ] {
        let told = "<CreateBucketResult><Bucket>store-private</Bucket></CreateBucketResult>";
        world.upstream.say(Said::new(200, told).header("location", "http://store.internal/store-private"));
        let ask = Ask::new("PUT", "/private").header("x-amz-acl", "public-read").body(body.clone());
        let answer = send(&world, ask, &keys::owner()).await;
        assert_eq!(answer.verdict(), expect, "{body}");
        let sent = world.upstream.sent();
        if let [sent] = sent.as_slice() {
            assert_eq!(sent.target(), "/store-private");
            assert!(sent.body.ends_with(
                b"<LocationConstraint>eu-test-1</LocationConstraint></CreateBucketConfiguration>"
            ));
            assert_eq!(sent.header("x-amz-acl"), "public-read");
            sent.verify(&keys::backend()).unwrap();
            assert_eq!((answer.header("location"), answer.text()), ("/private", ""));
            assert!(!answer.everything().contains("store"), "{answer:?}");
        }
    }
    // An ACL is for who may set a bucket's, and a bucket that is there is so in the client's words.
    let world = World::new(
        Recorder::default(),
        Ledger::standard(Ledger::remote())
            .where_bucket("private", |bucket| bucket.create = true)
            .key(&keys::full(), only("s3:CreateBucket s3:PutObjectAcl")),
    );
    let ask = Ask::new("PUT", "/private").header("x-amz-acl", "public-read");
    let answer = send(&world, ask, &keys::full()).await;
    assert!(answer.text().contains("s3:PutBucketAcl"), "{answer:?}");
    world.upstream.say(Said::error(409, "BucketAlreadyOwnedByYou"));
    let answer = send(&world, Ask::new("PUT", "/private"), &keys::full()).await;
    assert_eq!(answer.verdict(), "409 BucketAlreadyOwnedByYou");
}

fn only(actions: &str) -> brigade_policy::Policy {
    let actions = actions.split(' ').map(|action| action.parse().unwrap()).collect();
    brigade_policy::Policy::from_grants([brigade_policy::Grant {
        bucket: "*".into(),
        prefix: String::new(),
        actions,
    }])
}

#[tokio::test]
async fn versions_are_listed_in_the_clients_names() {
    let world = world();
    let listing = "<ListVersionsResult><Name>store-shared</Name><Prefix>tenants/a/x</Prefix><KeyMarker>tenants/a/x1</KeyMarker>\
                   <VersionIdMarker>v1</VersionIdMarker><NextKeyMarker>tenants/a/x3</NextKeyMarker>\
                   <NextVersionIdMarker>v9</NextVersionIdMarker><IsTruncated>true</IsTruncated>\
                   <Version><Key>tenants/a/x2</Key><VersionId>v2</VersionId><Owner><ID>acct</ID></Owner></Version>\
                   <DeleteMarker><Key>tenants/a/x3</Key><VersionId>v9</VersionId></DeleteMarker></ListVersionsResult>";
    for (query, asked) in [
        ("versions", "versions&prefix=tenants%2Fa%2F&key-marker=tenants%2Fa%2F"),
        (
            "versions&max-keys=5000&key-marker=",
            "versions&max-keys=1000&prefix=tenants%2Fa%2F&key-marker=tenants%2Fa%2F",
        ),
        ("versions&prefix=x", "versions&prefix=tenants%2Fa%2Fx"),
        (
            "versions&prefix=x&key-marker=x1&version-id-marker=v1",
            "versions&prefix=tenants%2Fa%2Fx&key-marker=tenants%2Fa%2Fx1&version-id-marker=v1",
        ),
    ] {
        world.upstream.say(Said::new(200, listing));
        let answer = send(&world, Ask::new("GET", &format!("/mapped?{query}")), &keys::full()).await;
        assert_eq!(world.upstream.sent()[0].target(), format!("/store-shared?{asked}"), "{query}");
        assert_eq!(answer.elements("Key"), ["x2", "x3"], "{answer:?}");
        assert_eq!((answer.element("Name"), answer.element("NextKeyMarker")), ("mapped", "x3"));
        assert_eq!((answer.element("NextVersionIdMarker"), answer.element("ID")), ("v9", "brigade"));
        assert!(!answer.everything().contains("tenants"), "{answer:?}");
    }
    for query in ["versions&version-id-marker=v1", "versions&key-marker=k&version-id-marker="] {
        let answer = send(&world, Ask::new("GET", &format!("/mapped?{query}")), &keys::full()).await;
        assert_eq!(answer.verdict(), "400 InvalidArgument", "{query}");
    }
    let answer = send(&world, Ask::new("GET", "/mapped?versions&prefix=tea"), &keys::team()).await;
    assert_eq!(answer.verdict(), "403 AccessDenied");
    assert!(world.upstream.sent().is_empty());
}

#[tokio::test]
async fn a_document_is_whole_and_what_its_head_says_it_is() {
    let world = world();
    let tags = "<Tagging><TagSet/></Tagging>";
    let select = "<RestoreRequest><OutputLocation><S3><BucketName>other</BucketName></S3></OutputLocation></RestoreRequest>";
    for (target, name, value, body, expect) in [
        ("PUT /private/k?tagging", "x-none", "", tags, "200"),
        ("PUT /private/k?tagging", "content-md5", "zX5pHgCL7rR7HXzgbkCEcw==", tags, "400 BadDigest"),
        ("PUT /private/k?tagging", "x-amz-checksum-crc32", "AAAAAA==", tags, "400 BadDigest"),
        ("PUT /private/k?tagging", "x-amz-checksum-sha512", "AA==", tags, "200"),
        ("PUT /private/k?tagging", "x-none", "", "<Tagging>", "400 MalformedXML"),
        ("PUT /private/k?tagging", "x-none", "", "<!DOCTYPE x><Tagging/>", "400 MalformedXML"),
        ("PUT /private/k?tagging", "x-none", "", "{}", "400 MalformedXML"),
        ("PUT /private/k?acl", "x-amz-acl", "public-read", "", "200"),
        ("POST /private/k?restore", "x-none", "", select, "501 NotImplemented"),
        ("POST /private?delete", "x-amz-checksum-sha512", "AA==", "<Delete/>", "501 NotImplemented"),
    ] {
        let (method, target) = target.split_once(' ').unwrap();
        let ask = Ask::new(method, target).header(name, value).body(body);
        let answer = send(&world, ask, &keys::owner()).await;
        assert_eq!(answer.verdict(), expect, "{target} {name} {body}: {answer:?}");
        let sent = world.upstream.sent();
        assert_eq!(sent.len(), usize::from(expect == "200"), "{target} {name} {body}");
        assert!(sent.iter().all(|sent| sent.body == body && sent.header(name) == value));
    }
    // What was signed is another document.
    let ask =
        Ask::new("PUT", "/private/k?tagging").body(tags).sign(&keys::owner()).body("<Tagging></Tagging >");
    assert_eq!(world.send(ask).await.verdict(), "400 XAmzContentSHA256Mismatch");
    assert!(world.upstream.sent().is_empty());
}

const ROOTS: [(&str, &str); 4] = [
    ("GET /private/k?tagging", "Tagging"),
    ("GET /private/k?acl", "AccessControlPolicy"),
    ("GET /private/k?retention", "Retention"),
    ("GET /private/k?attributes", "GetObjectAttributesResponse"),
];

#[tokio::test]
async fn a_version_has_permissions_of_its_own() {
    for (request, plain, versioned) in [
        ("GET /private/k?tagging", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
        ("PUT /private/k?tagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"),
        ("DELETE /private/k?tagging", "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"),
        ("GET /private/k?acl", "s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
        ("PUT /private/k?acl", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
        ("GET /private/k?retention", "s3:GetObjectRetention", "s3:GetObjectRetention"),
        (
            "GET /private/k?attributes",
            "s3:GetObject s3:GetObjectAttributes",
            "s3:GetObjectVersion s3:GetObjectVersionAttributes",
        ),
    ] {
        for (query, wanted) in [("", plain), ("&versionId=v1", versioned)] {
            for granted in [plain, versioned] {
                let ledger = Ledger::standard(Ledger::remote()).key(&keys::full(), only(granted));
                let world = World::new(Recorder::default(), ledger);
                let (method, target) = request.split_once(' ').unwrap();
                let ask = Ask::new(method, &format!("{target}{query}"));
                let ask = if method == "PUT" { ask.header("x-amz-acl", "private").body("<A/>") } else { ask };
                if let Some((_, root)) = ROOTS.iter().find(|(form, _)| *form == request) {
                    world.upstream.say(Said::new(200, format!("<{root}/>")));
                }
                let answer = send(&world, ask, &keys::full()).await;
                let expect = if granted == wanted { 200 } else { 403 };
                assert_eq!(answer.status, expect, "{request}{query} with {granted}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_batch_refuses_a_key_that_cannot_be_and_deletes_the_others() {
    let world = World::remote_as(|backend| backend.exact_keys = false);
    let long = "k".repeat(1025);
    let object = |key: &str, version: &str| format!("<Object><Key>{key}</Key>{version}</Object>");
    let body = format!(
        "<Delete>{}{}{}{}{}</Delete>",
        object("good", ""),
        object(&long, ""),
        object("a/../b", ""),
        object("good", "<VersionId>../x</VersionId>"),
        object("good", "<VersionId>v1</VersionId>"),
    );
    world.upstream.say(Said::new(
        200,
        "<DeleteResult><Deleted><Key>tenants/a/good</Key></Deleted>\
         <Deleted><Key>tenants/a/good</Key><VersionId>v1</VersionId></Deleted></DeleteResult>",
    ));
    let answer = send(&world, Ask::new("POST", "/mapped?delete").body(body), &keys::full()).await;
    let sent = world.upstream.sent();
    let text = String::from_utf8_lossy(&sent[0].body);
    assert_eq!((answer.status, text.matches("<Object>").count()), (200, 2), "{answer:?} {text}");
    assert_eq!(answer.elements("Code"), ["KeyTooLongError", "InvalidArgument", "NoSuchVersion"]);
    assert_eq!(answer.elements("Key"), ["good", "good", &long, "a/../b", "good"]);
    assert!(!answer.everything().contains("tenants"), "{answer:?}");
}

#[tokio::test]
async fn what_is_missing_is_named_as_the_client_named_it() {
    let world = world();
    for (said, target, element, expect) in [
        ("NoSuchKey", "/mapped/a%20b", "Key", "a b"),
        ("NoSuchVersion", "/mapped/k?versionId=v", "Key", "k"),
        ("NoSuchBucket", "/mapped/k", "BucketName", "mapped"),
        ("NoSuchBucket", "/private?lifecycle", "BucketName", "private"),
        ("AccessDenied", "/mapped/k", "Key", ""),
    ] {
        world.upstream.say(Said::error(404, said));
        let answer = send(&world, Ask::new("GET", target), &keys::owner()).await;
        assert_eq!(answer.element(element), expect, "{said} {target}: {answer:?}");
    }
    let answer = send(&world, Ask::new("GET", "/absent/k"), &keys::owner()).await;
    assert_eq!((answer.verdict().as_str(), answer.element("BucketName")), ("404 NoSuchBucket", "absent"));
}

#[tokio::test]
async fn a_reads_status_and_headers_are_the_stores() {
    let world = world();
    let refused = |code: &str| format!("<Error><Code>{code}</Code></Error>");
    for (method, status, headers, body, expect) in [
        (
            "GET",
            206,
            "content-range: bytes 0-4/10|etag: \"e\"|accept-ranges: bytes|content-length: 5",
            "first".into(),
            "206",
        ),
        ("HEAD", 206, "content-range: bytes 0-4/10|content-length: 5", String::new(), "206"),
        (
            "HEAD",
            200,
            "content-length: 1234567890123|etag: \"e\"|content-encoding: gzip",
            String::new(),
            "200",
        ),
        (
            "GET",
            304,
            "etag: \"e\"|last-modified: Sat, 01 Jan 2000 00:00:00 GMT|x-amz-version-id: v",
            String::new(),
            "304",
        ),
        ("HEAD", 304, "etag: \"e\"", String::new(), "304"),
        ("GET", 412, "", refused("PreconditionFailed"), "412 PreconditionFailed"),
        ("HEAD", 412, "", String::new(), "412"),
        ("GET", 416, "content-range: bytes */10", refused("InvalidRange"), "416 InvalidRange"),
        ("HEAD", 416, "content-range: bytes */10", String::new(), "416"),
        ("HEAD", 404, "x-amz-delete-marker: true|x-amz-version-id: v", String::new(), "404"),
        (
            "GET",
            405,
            "x-amz-delete-marker: true|last-modified: Sat, 01 Jan 2000 00:00:00 GMT",
            refused("MethodNotAllowed"),
            "405 MethodNotAllowed",
        ),
        ("HEAD", 403, "", String::new(), "403"),
    ] {
        let headers: Vec<(&str, &str)> =
            headers.split('|').filter_map(|line| line.split_once(": ")).collect();
        let said = Said { headers: Vec::new(), ..Said::new(status, body.clone()) };
        world.upstream.say(headers.iter().fold(said, |said, (name, value)| said.header(name, value)));
        let answer =
            send(&world, Ask::new(method, "/mapped/k").header("range", "bytes=0-4"), &keys::full()).await;
        assert_eq!(answer.verdict(), expect, "{method} {status}: {answer:?}");
        for (name, value) in &headers {
            assert_eq!(answer.header(name), *value, "{method} {status} {name}");
        }
        let bodied = method == "GET" && status != 304;
        assert_eq!(answer.body.is_empty(), !bodied, "{method} {status}");
        assert!(answer.status >= 400 || answer.body == body, "{method} {status}");
        assert_eq!(world.upstream.sent()[0].header("range"), "bytes=0-4");
    }
}

#[tokio::test]
async fn an_expected_owner_is_never_overlooked() {
    let world = world();
    let location = "<LocationConstraint>x</LocationConstraint>";
    for (target, said, expect) in [
        ("/private?location", location, "200"),
        ("/mapped?policy", "", "501 NotImplemented"),
        ("/mapped?acl", "", "501 NotImplemented"),
        ("/private?cors", "", "501 NotImplemented"),
        ("/mapped?versioning", "<VersioningConfiguration/>", "200"),
        ("/mapped/k", "bytes", "200"),
    ] {
        if expect == "200" {
            world.upstream.say(Said::new(200, said));
        }
        let ask = Ask::new("GET", target).header("x-amz-expected-bucket-owner", "111122223333");
        let answer = send(&world, ask, &keys::owner()).await;
        assert_eq!(answer.verdict(), expect, "{target}: {answer:?}");
        let sent = world.upstream.sent();
        assert_eq!(sent.len(), usize::from(expect == "200"), "{target}");
        assert!(sent.iter().all(|sent| sent.header("x-amz-expected-bucket-owner") == "111122223333"));
    }
}

#[tokio::test]
async fn a_selection_is_passed_on_as_it_comes() {
    let world = world();
    let events: &[u8] = b"\x00\x00\x00\x10 an event stream, not a document \xff\xfe";
    world.upstream.say(Said::new(200, events).header("content-type", "application/octet-stream"));
    let ask = Ask::new("POST", "/mapped/data.csv?select&select-type=2").body("<SelectObjectContentRequest/>");
    let answer = send(&world, ask, &keys::reader()).await;
    assert_eq!((answer.status, &answer.body[..]), (200, events));
    assert_eq!(world.upstream.sent()[0].target(), "/store-shared/tenants/a/data.csv?select&select-type=2");
    let ask = Ask::new("POST", "/mapped/data.csv?select&select-type=3").body("<SelectObjectContentRequest/>");
    assert_eq!(send(&world, ask, &keys::reader()).await.verdict(), "400 InvalidArgument");
}

#[tokio::test]
async fn what_a_store_says_of_a_configuration_keeps_its_code() {
    let world = world();
    for (query, status, code) in [
        ("lifecycle", 404, "NoSuchLifecycleConfiguration"),
        ("encryption", 404, "ServerSideEncryptionConfigurationNotFoundError"),
        ("website", 404, "NoSuchWebsiteConfiguration"),
        ("tagging", 404, "NoSuchTagSet"),
        ("object-lock", 404, "ObjectLockConfigurationNotFoundError"),
        ("publicAccessBlock", 404, "NoSuchPublicAccessBlockConfiguration"),
        ("ownershipControls", 404, "OwnershipControlsNotFoundError"),
        ("acl", 501, "NotImplemented"),
    ] {
        world.upstream.say(Said::error(status, code));
        let answer = send(&world, Ask::new("GET", &format!("/private?{query}")), &keys::owner()).await;
        assert_eq!(answer.verdict(), format!("{status} {code}"), "{query}");
    }
}

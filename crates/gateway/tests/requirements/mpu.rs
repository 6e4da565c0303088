//! R-MPU: uploads in parts.

use brigade_testkit::{Answer, Ask, InProcess, Signer, World, keys};

use super::check::{case, failed_by, refused, refused_by, served_by, stored};

async fn create(world: &World<InProcess>, target: &str, signer: &Signer) -> String {
    let ask = Ask::new("POST", &format!("{target}?uploads")).sign(signer);
    let answer = served_by(world, [case("create", "200", ask)]).await.remove(0);
    let id = answer.element("UploadId").to_owned();
    assert!(!id.is_empty(), "{}", answer.text());
    id
}

async fn part(world: &World<InProcess>, target: &str, id: &str, number: u32, data: &[u8]) -> Answer {
    let ask = Ask::new("PUT", target).parameter("partNumber", &number.to_string()).parameter("uploadId", id);
    let ask = ask.body(data.to_vec()).sign(&keys::full());
    served_by(world, [case("part", "200", ask)]).await.remove(0)
}

fn manifest(parts: &[(u32, &str)]) -> String {
    let part = |(number, etag): &(u32, &str)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    };
    format!(
        "<CompleteMultipartUpload>{}</CompleteMultipartUpload>",
        parts.iter().map(part).collect::<String>()
    )
}

/// Every way to use an upload.
fn uses(target: &str, id: &str) -> Vec<(&'static str, Ask)> {
    let on = |method: &str, query: &str| {
        Ask::new(method, &format!("{target}?{query}uploadId={}", brigade_testkit::encode(id)))
    };
    vec![
        ("UploadPart", on("PUT", "partNumber=1&").body("part")),
        ("UploadPartCopy", on("PUT", "partNumber=1&").header("x-amz-copy-source", "/private/team/a")),
        (
            "CompleteMultipartUpload",
            on("POST", "").body(manifest(&[(1, "\"d41d8cd98f00b204e9800998ecf8427e\"")])),
        ),
        ("AbortMultipartUpload", on("DELETE", "")),
        ("ListParts", on("GET", "")),
    ]
}

#[tokio::test]
async fn r_mpu_01_an_upload_id_is_no_permission() {
    let world = World::embedded().await;
    let id = create(&world, "/private/secret", &keys::full()).await;
    part(&world, "/private/secret", &id, 1, b"first").await;
    let elsewhere = create(&world, "/mapped/team/up", &keys::full()).await;
    let mut denied = Vec::new();
    for (name, ask) in uses("/private/secret", &id) {
        for signer in [keys::team(), keys::nobody()] {
            denied.push(case(
                format!("{} {name}", signer.key_id),
                "403 AccessDenied",
                ask.clone().sign(&signer),
            ));
        }
        denied.push(case(format!("anonymous {name}"), "403 AccessDenied", ask));
    }
    for (name, ask) in uses("/private/secret", &id) {
        denied.push(case(format!("reader {name}"), "403 AccessDenied", ask.sign(&keys::reader())));
    }
    refused_by(&world, denied).await;
    let mut foreign = Vec::new();
    for (target, id, signer) in [
        ("/private/team/a", &id, keys::team()),
        ("/private/team/new", &id, keys::team()),
        ("/private/team", &id, keys::full()),
        ("/public/secret", &id, keys::full()),
        ("/open/team/up", &elsewhere, keys::full()),
        ("/private/team/up", &elsewhere, keys::team()),
        ("/mapped/team/u", &elsewhere, keys::team()),
    ] {
        for (name, ask) in uses(target, id) {
            foreign.push(case(format!("{name} {target}"), "404 NoSuchUpload", ask.sign(&signer)));
        }
    }
    failed_by(&world, foreign).await;
    let list = Ask::new("GET", "/private?uploads&prefix=").sign(&keys::team());
    refused_by(&world, [case("listing all uploads", "403 AccessDenied", list)]).await;
}

#[tokio::test]
async fn r_mpu_02_part_numbers_and_upload_ids_are_checked() {
    let mut cases = Vec::new();
    for number in
        ["0", "10001", "-1", "abc", "", "1.5", "1e2", "%2B1", "99999999999999999999", "0x1", "%D9%A1"]
    {
        for ask in [
            Ask::new("PUT", &format!("/private/secret?partNumber={number}&uploadId=u")).body("x"),
            Ask::new("GET", &format!("/private/secret?partNumber={number}")),
        ] {
            let what = ask.target().to_owned();
            cases.push(case(what, "400 InvalidArgument", ask.sign(&keys::full())));
        }
    }
    refused(cases).await;
    let world = World::embedded().await;
    let long = "u".repeat(1000);
    let mut cases = Vec::new();
    for id in [
        "",
        "u",
        "0",
        "-1",
        "../../secret",
        "..",
        "/",
        "%",
        "' or 1=1",
        "<x>",
        "é",
        "\u{1}",
        "null",
        "00000000000000000000",
        &long,
    ] {
        for (name, ask) in uses("/private/secret", id) {
            cases.push(case(format!("{name} {id:.20}"), "404 NoSuchUpload", ask.sign(&keys::full())));
        }
    }
    failed_by(&world, cases).await;
}

#[tokio::test]
async fn r_mpu_03_half_of_the_parameters_is_no_upload() {
    let mut cases = Vec::new();
    for query in ["partNumber=1", "uploadId=u", "partNumber", "uploadId"] {
        let target = format!("/private/secret?{query}");
        cases.push(case(query, "400", Ask::new("PUT", &target).body("new").sign(&keys::full())));
        let copy = Ask::new("PUT", &target).header("x-amz-copy-source", "/private/team");
        cases.push(case(format!("{query} copy"), "400", copy.sign(&keys::full())));
    }
    // R-SUB-01 allows another answer where something unknown is there besides.
    for query in
        ["PartNumber=1&UploadId=u", "partnumber=1&uploadid=u", "partNumber=1&uploads", "uploadId=u&uploads"]
    {
        let target = format!("/private/secret?{query}");
        cases.push(case(query, "400 | 501", Ask::new("PUT", &target).body("new").sign(&keys::full())));
    }
    refused(cases).await;
}

#[tokio::test]
async fn an_upload_in_parts_lands_byte_exact_under_a_prefix() {
    let world = World::embedded().await;
    for target in ["/private/big", "/mapped/k=v/a%20b+%28c%29"] {
        let id = create(&world, target, &keys::full()).await;
        let (first, last) = (vec![b'a'; 5 << 20], b"the end".to_vec());
        let one = part(&world, target, &id, 1, &first).await.header("etag").to_owned();
        let two = part(&world, target, &id, 2, &last).await.header("etag").to_owned();
        let ask = |method: &str| Ask::new(method, target).parameter("uploadId", &id);
        let parts =
            served_by(&world, [case("ListParts", "200", ask("GET").sign(&keys::full()))]).await.remove(0);
        assert_eq!(parts.elements("PartNumber"), ["1", "2"]);
        let (bucket, key) = target[1..].split_once('/').unwrap();
        let key = String::from_utf8(brigade_testkit::decode(key)).unwrap();
        assert_eq!((parts.element("Bucket"), parts.element("Key")), (bucket, key.as_str()));
        let uploads = Ask::new("GET", &format!("/{bucket}?uploads")).sign(&keys::full());
        let uploads = served_by(&world, [case("ListMultipartUploads", "200", uploads)]).await.remove(0);
        assert_eq!((uploads.elements("Key"), uploads.element("Bucket")), (vec![key.as_str()], bucket));
        let complete = ask("POST").body(manifest(&[(1, &one), (2, &two)])).sign(&keys::full());
        let done = served_by(&world, [case("Complete", "200", complete)]).await.remove(0);
        assert_eq!((done.element("Bucket"), done.element("Key")), (bucket, key.as_str()));
        let get = Ask::new("GET", target).sign(&keys::full());
        let got = served_by(&world, [case("get", "200", get)]).await.remove(0);
        assert!(got.body == [first, last].concat(), "{target}");
        assert!(got.header("etag").ends_with("-2\""), "{}", got.header("etag"));
    }
}

#[tokio::test]
async fn a_false_complete_leaves_the_upload_and_the_object() {
    let world = World::embedded().await;
    let id = create(&world, "/private/secret", &keys::full()).await;
    let etag = part(&world, "/private/secret", &id, 1, b"x").await.header("etag").to_owned();
    let ask = || Ask::new("POST", "/private/secret").parameter("uploadId", &id);
    failed_by(
        &world,
        [
            case(
                "a wrong ETag",
                "400 InvalidPart",
                ask().body(manifest(&[(1, "\"0\"")])).sign(&keys::full()),
            ),
            case(
                "a missing part",
                "400 InvalidPart",
                ask().body(manifest(&[(2, &etag)])).sign(&keys::full()),
            ),
            case("no parts", "400 MalformedXML", ask().body(manifest(&[])).sign(&keys::full())),
            case("no document", "400 MalformedXML", ask().body("").sign(&keys::full())),
            case(
                "another document than was signed",
                "400 XAmzContentSHA256Mismatch",
                ask().body(manifest(&[(1, "\"0\"")])).sign(&keys::full()).body(manifest(&[(1, &etag)])),
            ),
        ],
    )
    .await;
    let done = ask().body(manifest(&[(1, &etag)])).sign(&keys::full());
    served_by(&world, [case("then the true one", "200", done)]).await;
    assert_eq!(stored(&world, "/store-private/secret").await.unwrap(), b"x");
}

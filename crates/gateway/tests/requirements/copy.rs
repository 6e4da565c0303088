//! R-COPY: two objects in one request.

use brigade_policy::{Grant, Policy};
use brigade_testkit::{Ask, Ledger, Recorder, Said, Signer, World, keys};

use super::check::{case, failed, refused, served, served_by, stored};

const DENIED: &str = "403 AccessDenied";

fn copy(to: &str, from: &str) -> Ask {
    Ask::new("PUT", to).header("x-amz-copy-source", from)
}

#[tokio::test]
async fn r_copy_01_the_source_is_authorized_as_a_read_and_the_destination_as_a_write() {
    let mut cases = Vec::new();
    let mut deny = |signer: &Signer, to: &str, from: &str| {
        for to in [to.to_owned(), format!("{to}?partNumber=1&uploadId=u")] {
            let what = format!("{} {to} from {from}", signer.key_id);
            cases.push(case(&what, DENIED, copy(&to, from).sign(signer)));
            cases.push(case(&what, DENIED, copy(&to, from).presign(signer, 60)));
        }
    };
    for from in [
        "/private/secret",
        "private/secret",
        "/private/team2/x",
        "/private/team",
        "private%2Fsecret",
        "%2Fprivate%2Fsecret",
        "/private/%73ecret",
        "/private//team/a",
        "/private/secret?versionId=null",
        "/forbidden/team/a",
        "/forbidden/absent",
        "/mapped/secret",
        "/elsewhere/team/a",
    ] {
        deny(&keys::team(), "/private/team/new", from);
    }
    for to in ["/private/secret", "/private/team2/y", "/forbidden/x", "/public/public.txt", "/open/x"] {
        deny(&keys::team(), to, "/private/team/a");
    }
    deny(&keys::full(), "/private/new", "/forbidden/secret");
    deny(&keys::full(), "/forbidden/new", "/private/secret");
    deny(&keys::reader(), "/private/new", "/private/secret");
    deny(&keys::nobody(), "/private/new", "/public/public.txt");
    refused(cases).await;
    refused([case("anonymous", DENIED, copy("/public/new", "/public/public.txt"))]).await;
}

#[tokio::test]
async fn r_copy_01_a_forbidden_source_answers_alike_whether_it_exists() {
    for (signer, pairs) in [
        (
            keys::full(),
            [("/forbidden/secret", "/forbidden/absent"), ("/forbidden/secret", "/nonexistent/secret")],
        ),
        (keys::team(), [("/private/secret", "/private/absent"), ("/mapped/secret", "/mapped/absent")]),
    ] {
        for (there, absent) in pairs {
            let ask = |from: &str| copy("/private/team/new", from).sign(&signer);
            let answers = refused([case(there, DENIED, ask(there)), case(absent, DENIED, ask(absent))]).await;
            let blank = |text: &str| {
                text.replace("nonexistent", "B")
                    .replace("forbidden", "B")
                    .replace("absent", "K")
                    .replace("secret", "K")
            };
            assert_eq!(blank(answers[0].text()), blank(answers[1].text()));
        }
    }
}

#[tokio::test]
async fn r_copy_01_what_is_authorized_is_what_is_copied() {
    let world = World::embedded().await;
    for (signer, to, at, from, expect) in [
        (
            keys::team(),
            "/private/team/c1",
            "/store-private/team/c1",
            "/private/team/a",
            "store-private holds team/a",
        ),
        (
            keys::team(),
            "/private/team/c2",
            "/store-private/team/c2",
            "private/team%2Fa",
            "store-private holds team/a",
        ),
        (
            keys::team(),
            "/private/team/c3",
            "/store-private/team/c3",
            "/public/public.txt",
            "store-public holds public.txt",
        ),
        (
            keys::full(),
            "/mapped/c4",
            "/store-shared/tenants/a/c4",
            "/mapped/secret",
            "store-shared holds tenants/a/secret",
        ),
        (
            keys::full(),
            "/private/c5",
            "/store-private/c5",
            "/mapped/secret",
            "store-shared holds tenants/a/secret",
        ),
        (
            keys::full(),
            "/mapped/c6",
            "/store-shared/tenants/a/c6",
            "/open/team/a",
            "store-shared holds tenants/b/team/a",
        ),
    ] {
        let answer = served_by(&world, [case(from, "200", copy(to, from).sign(&signer))]).await.remove(0);
        assert!(!answer.element("ETag").is_empty(), "{}", answer.text());
        assert_eq!(stored(&world, at).await.as_deref(), Some(expect.as_bytes()), "{to} from {from}");
    }
    // Spellings that leave the scope in a store that resolves paths are other keys in one that does not.
    failed([
        case("..", "404 NoSuchKey", copy("/private/team/new", "/private/team/../secret").sign(&keys::team())),
        case(
            "%2e%2e",
            "404 NoSuchKey",
            copy("/private/team/new", "/private/team/%2e%2e/secret").sign(&keys::team()),
        ),
        case(
            "?",
            "404 NoSuchKey",
            copy("/private/team/new", "/private/team/a%3FversionId=null").sign(&keys::team()),
        ),
        case("tenants", "404 NoSuchKey", copy("/mapped/new", "/mapped/../b/secret").sign(&keys::full())),
    ])
    .await;
}

#[tokio::test]
async fn r_copy_02_two_sources_are_refused() {
    let twice = |a: &str, b: &str| copy("/private/team/new", a).header("x-amz-copy-source", b);
    let mut cases = Vec::new();
    for (a, b) in [
        ("/private/team/a", "/private/secret"),
        ("/private/secret", "/private/team/a"),
        ("/private/team/a", "/private/team/a"),
    ] {
        cases.push(case(format!("{a} {b}"), "400", twice(a, b).sign(&keys::team())));
        let part = twice(a, b).retarget(|t| format!("{t}?partNumber=1&uploadId=u"));
        cases.push(case(format!("{a} {b} part"), "400", part.sign(&keys::team())));
    }
    let hoisted =
        copy("/private/team/new", "/private/team/a").parameter("X-Amz-Copy-Source", "/private/secret");
    cases.push(case("in the query too", "400 | 403", hoisted.presign(&keys::team(), 60)));
    refused(cases).await;
}

#[tokio::test]
async fn r_copy_03_a_put_with_a_source_copies_or_fails() {
    failed([
        case("absent key", "404 NoSuchKey", copy("/private/new", "/private/absent").sign(&keys::full())),
        case(
            "absent key over another",
            "404 NoSuchKey",
            copy("/private/secret", "/private/absent").sign(&keys::full()),
        ),
        case(
            "an unknown version",
            "404",
            copy("/private/secret", "/private/team?versionId=abc").sign(&keys::full()),
        ),
    ])
    .await;
    refused([
        case(
            "an access point",
            "501 NotImplemented",
            copy("/private/new", "arn:aws:s3:us-east-1:1:accesspoint/a/object/k").sign(&keys::full()),
        ),
        case("empty", "400", copy("/private/secret", "").sign(&keys::full())),
        case("a bucket", "400", copy("/private/secret", "/private").sign(&keys::full())),
        case("a bucket and a slash", "400", copy("/private/secret", "/private/").sign(&keys::full())),
        case("encoded twice", "400", copy("/private/secret", "private%252Fteam").sign(&keys::full())),
        case("a URL", "400", copy("/private/secret", "http://gateway.test/private/team").sign(&keys::full())),
        case("a body", "400", copy("/private/secret", "/private/team").body("new").sign(&keys::full())),
        case(
            "a query that is no version",
            "400",
            copy("/private/secret", "/private/team?acl").sign(&keys::full()),
        ),
        case(
            "no upload id",
            "400 | 501",
            copy("/private/secret?partNumber=1", "/private/team").sign(&keys::full()),
        ),
        case("a bucket as destination", "501", copy("/private", "/private/team").sign(&keys::full())),
    ])
    .await;
}

#[tokio::test]
async fn copies_keep_or_replace_metadata_as_they_are_told() {
    let world = World::embedded().await;
    let put =
        Ask::new("PUT", "/private/m").body("x").header("x-amz-meta-a", "1").header("content-type", "text/a");
    served_by(&world, [case("put", "200", put.sign(&keys::full()))]).await;
    let keep = copy("/private/kept", "/private/m");
    let replace = copy("/private/replaced", "/private/m")
        .header("x-amz-metadata-directive", "REPLACE")
        .header("x-amz-meta-b", "2");
    for (ask, a, b) in [(keep, "1", ""), (replace, "", "2")] {
        let target = ask.target().to_owned();
        served_by(&world, [case("copy", "200", ask.sign(&keys::full()))]).await;
        let head = Ask::new("HEAD", &target).sign(&keys::full());
        let head = served_by(&world, [case("head", "200", head)]).await.remove(0);
        assert_eq!((head.header("x-amz-meta-a"), head.header("x-amz-meta-b")), (a, b), "{target}");
    }
    served([case("onto itself", "400", copy("/private/team", "/private/team").sign(&keys::full()))]).await;
}

#[tokio::test]
async fn a_copy_whose_condition_fails_is_412_also_from_a_store_that_says_304() {
    let world = World::remote();
    let asked = copy("/private/new", "/private/k").header("x-amz-copy-source-if-none-match", "\"e\"");
    let (answer, _) = super::wire::ask(&world, asked.sign(&keys::full()), Said::new(304, "")).await;
    assert_eq!(answer.verdict(), "412 PreconditionFailed");
}

/// A store copies tags along with an object by the gateway's own rights: whoever may read the copy would read the source's.
#[tokio::test]
async fn the_tags_of_a_source_are_copied_for_who_may_read_and_write_them() {
    let grant = |words: &str| {
        let actions = words.split(' ').map(|word| word.parse().unwrap()).collect();
        Policy::from_grants([Grant { bucket: "*".into(), prefix: String::new(), actions }])
    };
    let tags = |set: &str| Said::new(200, format!("<Tagging><TagSet>{set}</TagSet></Tagging>"));
    let tagged = || tags("<Tag><Key>secret</Key><Value>1</Value></Tag>");
    let copied = || Said::new(200, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>");
    let bare = "s3:GetObject s3:GetObjectVersion s3:PutObject";
    let reads = "s3:GetObject s3:PutObject s3:GetObjectTagging";
    let writes = "s3:GetObject s3:PutObject s3:PutObjectTagging";
    for (actions, from, directive, says, expect, asked) in [
        (bare, "private/a", None, vec![tagged()], DENIED, 1),
        (reads, "private/a", None, vec![tagged()], DENIED, 1),
        (writes, "private/a", Some("COPY"), vec![tagged()], DENIED, 1),
        (bare, "private/a?versionId=v", None, vec![tagged()], DENIED, 1),
        (bare, "private/a", None, vec![tags(""), copied()], "200", 2),
        (bare, "private/a", None, vec![Said::error(404, "NoSuchTagSet"), copied()], "200", 2),
        (bare, "private/a", None, vec![Said::error(501, "NotImplemented"), copied()], "200", 2),
        // The store would have to refuse the copy as well.
        (bare, "private/a", None, vec![Said::error(403, "AccessDenied"), copied()], "200", 2),
        (
            bare,
            "private/a",
            None,
            vec![Said::error(404, "NoSuchKey"), Said::error(404, "NoSuchKey")],
            "404 NoSuchKey",
            2,
        ),
        (bare, "private/a", None, vec![Said::error(503, "SlowDown")], "503 SlowDown", 1),
        (bare, "private/a", Some("REPLACE"), vec![copied()], "200", 1),
        ("read write", "private/a", None, vec![copied()], "200", 1),
        // What is public is the object, not its tags.
        ("s3:PutObject s3:PutObjectTagging", "public/a", None, vec![tagged()], DENIED, 1),
    ] {
        let ledger = Ledger::standard(Ledger::remote()).key(&keys::team(), grant(actions));
        let world = World::new(Recorder::default(), ledger);
        for said in says {
            world.upstream.say(said);
        }
        let mut ask = copy("/private/new", from);
        if let Some(directive) = directive {
            ask = ask.header("x-amz-tagging-directive", directive);
        }
        let answer = world.send(ask.sign(&keys::team())).await;
        let sent = world.upstream.sent();
        let what = format!("{actions}: {from} {directive:?}");
        assert_eq!((answer.verdict().as_str(), sent.len()), (expect, asked), "{what}: {answer:?}");
        if asked == 2 || expect == DENIED {
            let version = if from.contains('?') { "&versionId=v" } else { "" };
            let bucket = if from.starts_with("public") { "store-public" } else { "store-private" };
            assert_eq!(sent[0].target(), format!("/{bucket}/a?tagging{version}"), "{what}");
        }
    }
}

//! R-DEL: many keys in one request.

use brigade_testkit::{Answer, Ask, Signer, World, keys};

use super::check::{case, refused, served, served_by, stored};

fn delete(body: impl Into<String>) -> Ask {
    Ask::new("POST", "/private?delete").body(body.into())
}

fn of(keys: &[&str]) -> String {
    let objects: String = keys.iter().map(|key| format!("<Object><Key>{key}</Key></Object>")).collect();
    format!("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{objects}</Delete>")
}

/// The keys of the `Deleted`, and of the `Error` elements with their codes.
fn outcome(answer: &Answer) -> (Vec<String>, Vec<String>) {
    let field = |entry: &str, name: &str| {
        entry.split_once(&format!("<{name}>")).unwrap().1.split_once('<').unwrap().0.to_owned()
    };
    let deleted = answer.elements("Deleted").into_iter().map(|entry| field(entry, "Key")).collect();
    let failed = answer.elements("Error").into_iter();
    (deleted, failed.map(|entry| format!("{} {}", field(entry, "Key"), field(entry, "Code"))).collect())
}

#[tokio::test]
async fn r_del_01_every_key_is_authorized_by_itself() {
    let world = World::embedded().await;
    let ask = delete(of(&["team/a", "secret", "team2/x", "team", "team/b", "TEAM/a"])).sign(&keys::team());
    let answer = served_by(&world, [case("mixed", "200", ask)]).await.remove(0);
    let (deleted, failed) = outcome(&answer);
    assert_eq!(deleted, ["team/a", "team/b"]);
    assert_eq!(
        failed,
        ["secret AccessDenied", "team2/x AccessDenied", "team AccessDenied", "TEAM/a AccessDenied"]
    );
    for (key, there) in
        [("team/a", false), ("team/b", false), ("secret", true), ("team2/x", true), ("team", true)]
    {
        assert_eq!(stored(&world, &format!("/store-private/{key}")).await.is_some(), there, "{key}");
    }
}

#[tokio::test]
async fn r_del_01_a_forbidden_key_answers_alike_whether_it_exists() {
    let answers =
        served(["secret", "absent"].map(|key| case(key, "200", delete(of(&[key])).sign(&keys::team()))))
            .await;
    assert_eq!(answers[0].text().replace("secret", "absent"), answers[1].text());
}

#[tokio::test]
async fn r_del_01_the_key_is_the_text_an_xml_parser_gives() {
    let world = World::embedded().await;
    for (written, key) in [
        ("&#x73;ecret", "secret"),
        ("&#115;ecret", "secret"),
        ("<![CDATA[secret]]>", "secret"),
        ("sec<![CDATA[ret]]>", "secret"),
        ("team/a&amp;b", "team/a&amp;b"),
    ] {
        let before = world.snapshot().await;
        let answer =
            served_by(&world, [case(written, "200", delete(of(&[written])).sign(&keys::team()))]).await;
        let (deleted, failed) = outcome(&answer[0]);
        if key == "secret" {
            assert_eq!((deleted, failed), (vec![], vec!["secret AccessDenied".to_owned()]), "{written}");
        } else {
            assert_eq!(deleted, [key], "{written}");
        }
        assert_eq!(world.snapshot().await, before, "{written}");
    }
}

#[tokio::test]
async fn r_del_01_ambiguous_objects_are_refused() {
    let mut cases = Vec::new();
    for object in [
        "<Key>team/a</Key><Key>secret</Key>",
        "<Key>secret</Key><Key>team/a</Key>",
        "<Key>team/a</Key><VersionId>1</VersionId><VersionId>2</VersionId>",
        "<Key><Key>team/a</Key></Key>",
        "<Key>team/a<b>secret</b></Key>",
        "<Key></Key>",
        "<Key/>",
        "",
        "<VersionId>null</VersionId>",
        "<Key>team/a</Key><Object><Key>secret</Key></Object>",
        "<key>team/a</key>",
        "<Key>team/a</Key><Unknown>x</Unknown>",
        "team/a",
    ] {
        let body = format!("<Delete><Object>{object}</Object></Delete>");
        for signer in [keys::team(), keys::full()] {
            cases.push(case(object, "400 MalformedXML", delete(body.clone()).sign(&signer)));
        }
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_del_01_only_who_may_delete_something_is_read() {
    let huge = "x".repeat(3 << 20);
    let mut cases = Vec::new();
    for signer in [keys::reader(), keys::nobody()] {
        for body in [of(&["secret"]), huge.clone(), "not XML".into(), String::new()] {
            cases.push(case(&signer.key_id, "403 AccessDenied", delete(body).sign(&signer)));
        }
    }
    cases.push(case("anonymous", "403 AccessDenied", delete(of(&["secret"]))));
    cases.push(case(
        "anonymous, public",
        "403 AccessDenied",
        delete(of(&["secret"])).retarget(|_| "/public?delete".into()),
    ));
    refused(cases).await;
}

#[tokio::test]
async fn r_del_02_no_spelling_of_delete_bypasses_the_decision() {
    let world = World::embedded().await;
    let before = world.snapshot().await;
    let ask = |query: &str, signer: &Signer| {
        delete(of(&["secret"])).retarget(|_| format!("/private?{query}")).sign(signer)
    };
    for query in [
        "delete",
        "delete=",
        "delete=1",
        "%64elete",
        "delete&x-id=DeleteObjects",
        "x-id=DeleteObjects&delete",
        "&delete&",
    ] {
        let answer =
            served_by(&world, [case(query, "200 | 400 | 501", ask(query, &keys::team()))]).await.remove(0);
        assert!(
            answer.status != 200 || answer.elements("Code") == ["AccessDenied"],
            "{query}: {}",
            answer.text()
        );
        assert_eq!(world.upstream.sent(), [""; 0], "{query}");
    }
    assert_eq!(world.snapshot().await, before);
    refused(
        [
            "Delete",
            "DELETE",
            "delete&delete",
            "delete&tagging",
            "delete&uploads",
            "delete&prefix=team/",
            "delete%00",
        ]
        .map(|query| case(query, "400 | 501", ask(query, &keys::full()))),
    )
    .await;
}

#[tokio::test]
async fn r_del_03_a_batch_delete_on_an_object_is_refused() {
    let mut cases = Vec::new();
    for target in ["/private/secret?delete", "/private/team/?delete=", "/?delete"] {
        for signer in [keys::full(), keys::team()] {
            let ask = delete(of(&["secret"])).retarget(|_| target.into()).sign(&signer);
            cases.push(case(target, "405 | 501", ask));
        }
    }
    refused(cases).await;
}

#[tokio::test]
async fn quiet_tells_failures_only_and_a_prefix_is_put_on_and_taken_off() {
    let world = World::embedded().await;
    let body = of(&["team/a", "secret"]).replace("</Delete>", "<Quiet>true</Quiet></Delete>");
    let ask = Ask::new("POST", "/mapped?delete").body(body).sign(&keys::team());
    let answer = served_by(&world, [case("quiet", "200", ask)]).await.remove(0);
    assert_eq!(outcome(&answer), (vec![], vec!["secret AccessDenied".to_owned()]));
    assert!(stored(&world, "/store-shared/tenants/a/team/a").await.is_none());
    assert!(stored(&world, "/store-shared/tenants/b/team/a").await.is_some());
}

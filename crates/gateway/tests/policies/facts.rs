//! What conditions are told of a request.

use brigade_s3::Arrival;
use brigade_testkit::{Ask, NOW, UploadForm, arrival, arrival_at};
use serde_json::{Value, json};

use super::support::{check, check_now, signer, store, world};

fn get() -> Ask {
    Ask::new("GET", "/private/secret")
}

fn put() -> Ask {
    Ask::new("PUT", "/private/k").body("x")
}

fn one(operator: &str, key: &str, value: &str) -> Value {
    json!({ operator: { key: value } })
}

#[tokio::test]
async fn where_and_when_a_request_came_from() {
    let store = store().await;
    let from = |address: &str| Arrival { from: address.parse().ok(), ..arrival() };
    let secure = |secure| Arrival { secure, ..arrival() };
    for (condition, arrival, holds) in [
        (one("IpAddress", "aws:SourceIp", "203.0.113.0/24"), from("203.0.113.9"), true),
        (one("IpAddress", "aws:SourceIp", "203.0.113.0/24"), from("::ffff:203.0.113.9"), true),
        (one("IpAddress", "aws:SourceIp", "203.0.113.0/24"), from("203.0.114.9"), false),
        (one("IpAddress", "aws:SourceIp", "203.0.113.0/24"), from("2001:db8::1"), false),
        (one("IpAddress", "aws:SourceIp", "203.0.113.0/24"), from("nowhere"), false),
        (one("NotIpAddress", "aws:SourceIp", "2001:db8::/32"), from("2001:db8::1"), false),
        (one("NotIpAddress", "aws:SourceIp", "2001:db8::/32"), from("192.0.2.1"), true),
        (one("Bool", "aws:SecureTransport", "true"), secure(true), true),
        (one("Bool", "aws:SecureTransport", "true"), secure(false), false),
        (one("Bool", "aws:SecureTransport", "false"), secure(false), true),
        (one("DateLessThan", "aws:CurrentTime", "2026-11-20T12:00:01Z"), arrival_at(NOW), true),
        (one("DateLessThan", "aws:CurrentTime", "2026-11-20T12:00:00Z"), arrival_at(NOW), false),
        (one("NumericGreaterThanEquals", "aws:EpochTime", "1795176000"), arrival_at(NOW), true),
        (one("DateEquals", "aws:EpochTime", "2026-11-20T12:00:00Z"), arrival_at(NOW), true),
        (one("NumericEquals", "s3:signatureAge", "60000"), arrival_at(NOW + 60), true),
        (one("NumericLessThan", "s3:signatureAge", "60000"), arrival_at(NOW + 60), false),
        (one("NumericEquals", "s3:signatureAge", "0"), arrival_at(NOW - 60), true),
    ] {
        check(&store, &condition, &get().sign(&signer()), arrival, holds).await;
        check(&store, &condition, &get().presign(&signer(), 600), arrival, holds).await;
    }
}

#[tokio::test]
async fn what_a_client_says_of_itself_is_no_address() {
    let store = store().await;
    for name in
        ["x-forwarded-for", "x-real-ip", "forwarded", "x-amz-source-ip", "aws-sourceip", "aws:SourceIp"]
    {
        let ask = get().header(&name.replace(':', "-"), "203.0.113.9").sign(&signer());
        let world = world(
            &store,
            &json!({
                "Effect": "Allow", "Action": "*", "Resource": "*",
                "Condition": one("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
            }),
        );
        assert_ne!(world.send(ask).await.status, 200, "{name}");
    }
}

#[tokio::test]
async fn how_a_request_is_signed_and_by_whom() {
    let store = store().await;
    let header = get().sign(&signer());
    let query = get().presign(&signer(), 60);
    let form = UploadForm::new("k").sign(&signer(), "private", &[]).file("x").ask("/private");
    let (unsigned, hash) =
        ("UNSIGNED-PAYLOAD", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (condition, asks) in [
        (one("StringEquals", "s3:authType", "REST-HEADER"), [true, false, false]),
        (one("StringEquals", "s3:authType", "REST-QUERY-STRING"), [false, true, false]),
        (one("StringEquals", "s3:authType", "POST"), [false, false, true]),
        (one("StringEquals", "s3:signatureversion", "AWS4-HMAC-SHA256"), [true, true, true]),
        (one("StringEquals", "s3:x-amz-content-sha256", unsigned), [false, true, false]),
        (one("StringEquals", "s3:x-amz-content-sha256", hash), [true, false, false]),
        (one("StringEquals", "aws:username", "AKIDPOLICY"), [true, true, true]),
        (one("StringEquals", "aws:userid", "AKIDPOLICY"), [true, true, true]),
        (one("StringEquals", "aws:PrincipalType", "User"), [true, true, true]),
        (one("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/AKID*"), [true, true, true]),
        (one("Null", "jwt:sub", "true"), [true, true, true]),
        (one("Null", "aws:TokenIssueTime", "false"), [false, false, false]),
    ] {
        for (ask, holds) in [&header, &query, &form].into_iter().zip(asks) {
            check_now(&store, &condition, ask, holds).await;
        }
    }
    let told = |ask: Ask| ask.header("user-agent", "tool/1").header("referer", "https://page.example/");
    let form = told(UploadForm::new("k").sign(&signer(), "private", &[]).file("x").ask("/private"));
    for ask in [told(get()).sign(&signer()), told(get()).presign(&signer(), 60), form] {
        check_now(&store, &one("StringLike", "aws:UserAgent", "tool/*"), &ask, true).await;
        check_now(&store, &one("StringEquals", "aws:Referer", "https://page.example/"), &ask, true).await;
        check_now(&store, &one("StringNotLike", "aws:Referer", "https://page.example/*"), &ask, false).await;
    }
}

#[tokio::test]
async fn the_parameters_of_a_listing() {
    let store = store().await;
    let list = |query: &str| Ask::new("GET", &format!("/private?{query}")).sign(&signer());
    let prefix = json!({ "StringEquals": { "s3:prefix": ["", "team/"] } });
    for (condition, query, holds) in [
        (prefix.clone(), "list-type=2&prefix=team%2F", true),
        (prefix.clone(), "list-type=2&prefix=", true),
        (prefix.clone(), "list-type=2", false),
        (prefix.clone(), "list-type=2&prefix=team", false),
        (prefix.clone(), "prefix=team%2F", true),
        (prefix.clone(), "versions&prefix=secret", false),
        (prefix, "uploads&prefix=team%2F", true),
        (one("StringNotEquals", "s3:prefix", "team/"), "list-type=2", true),
        (one("StringEquals", "s3:delimiter", "/"), "delimiter=%2F", true),
        (one("StringEquals", "s3:delimiter", "/"), "list-type=2", false),
        (one("NumericLessThanEquals", "s3:max-keys", "10"), "max-keys=10", true),
        (one("NumericLessThanEquals", "s3:max-keys", "10"), "max-keys=9", true),
        (one("NumericLessThanEquals", "s3:max-keys", "10"), "max-keys=11", false),
        (one("NumericLessThanEquals", "s3:max-keys", "10"), "list-type=2", false),
        (one("NumericLessThanEqualsIfExists", "s3:max-keys", "10"), "list-type=2", true),
    ] {
        check_now(&store, &condition, &list(query), holds).await;
    }
    // Of what is no listing the parameters say nothing.
    check_now(&store, &one("Null", "s3:prefix", "true"), &get().sign(&signer()), true).await;
    check_now(&store, &one("Null", "s3:prefix", "true"), &Ask::new("HEAD", "/private").sign(&signer()), true)
        .await;
}

#[tokio::test]
async fn headers_count_wherever_they_are() {
    let store = store().await;
    for (key, name, value) in [
        ("s3:x-amz-acl", "x-amz-acl", "private"),
        ("s3:x-amz-acl", "x-amz-acl", "public-read"),
        (
            "s3:x-amz-grant-read",
            "x-amz-grant-read",
            "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"",
        ),
        ("s3:x-amz-grant-full-control", "x-amz-grant-full-control", "id=\"a\""),
        ("s3:x-amz-storage-class", "x-amz-storage-class", "STANDARD_IA"),
        ("s3:x-amz-server-side-encryption", "x-amz-server-side-encryption", "AES256"),
        ("s3:x-amz-website-redirect-location", "x-amz-website-redirect-location", "/x"),
        ("s3:object-lock-mode", "x-amz-object-lock-mode", "GOVERNANCE"),
        ("s3:object-lock-legal-hold", "x-amz-object-lock-legal-hold", "ON"),
        ("s3:if-none-match", "if-none-match", "*"),
    ] {
        let ask = put().header(name, value);
        let same = one("StringEquals", key, &value.replace('*', "${*}"));
        check_now(&store, &same, &ask.clone().sign(&signer()), true).await;
        check_now(&store, &same, &ask.presign(&signer(), 60), true).await;
        check_now(&store, &same, &put().sign(&signer()), false).await;
        if name.starts_with("x-amz-") {
            check_now(&store, &same, &put().parameter(name, value).presign(&signer(), 60), true).await;
            let form = UploadForm::new("k").field(name, value);
            let form = form.sign(&signer(), "private", &[&format!("[\"starts-with\",\"${name}\",\"\"]")]);
            check_now(&store, &same, &form.file("x").ask("/private"), true).await;
        }
    }
    let date = one("DateLessThan", "s3:object-lock-retain-until-date", "2027-01-01T00:00:00Z");
    for (value, holds) in [("2026-12-01T00:00:00.000Z", true), ("2028-01-01T00:00:00Z", false)] {
        let ask = put().header("x-amz-object-lock-retain-until-date", value);
        check_now(&store, &date, &ask.sign(&signer()), holds).await;
    }
}

#[tokio::test]
async fn the_tags_of_an_upload() {
    let store = store().await;
    let tagged = |tags: &str| put().header("x-amz-tagging", tags).sign(&signer());
    let keys = |operator: &str| json!({ operator: { "s3:RequestObjectTagKeys": ["team", "stage"] } });
    for (condition, tags, holds) in [
        (one("StringEquals", "s3:RequestObjectTag/team", "a b"), "team=a+b&x=y", true),
        (one("StringEquals", "s3:RequestObjectTag/team", "a"), "Team=a", false),
        (one("StringEquals", "s3:RequestObjectTag/a/b", "c"), "a%2Fb=c", true),
        (keys("ForAllValues:StringEquals"), "team=a&stage=b", true),
        (keys("ForAllValues:StringEquals"), "team=a&other=b", false),
        (keys("ForAnyValue:StringEquals"), "team=a&other=b", true),
        (keys("ForAnyValue:StringNotEquals"), "team=a&other=b", true),
        (keys("ForAnyValue:StringNotEquals"), "team=a", false),
    ] {
        check_now(&store, &condition, &tagged(tags), holds).await;
    }
    check_now(&store, &keys("ForAllValues:StringEquals"), &put().sign(&signer()), true).await;
    check_now(&store, &keys("ForAnyValue:StringEquals"), &put().sign(&signer()), false).await;
    let all = json!([
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
        { "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": keys("ForAnyValue:StringEquals") },
    ]);
    for tags in ["a=1&a=2", "a=%zz"] {
        assert_eq!(world(&store, &all).send(tagged(tags)).await.verdict(), "400 InvalidArgument", "{tags}");
    }
}

#[tokio::test]
async fn tags_in_a_body_are_neither_there_nor_missing() {
    let store = store().await;
    let body = "<Tagging><TagSet><Tag><Key>team</Key><Value>b</Value></Tag></TagSet></Tagging>";
    let ask = || Ask::new("PUT", "/private/secret?tagging").body(body).sign(&signer());
    let all = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    for condition in [
        one("StringEquals", "s3:RequestObjectTag/team", "a"),
        one("StringNotEquals", "s3:RequestObjectTag/team", "a"),
        one("ForAllValues:StringEquals", "s3:RequestObjectTagKeys", "a"),
        one("Null", "s3:RequestObjectTagKeys", "true"),
    ] {
        for effect in ["Allow", "Deny"] {
            let statement =
                json!({ "Effect": effect, "Action": "*", "Resource": "*", "Condition": condition });
            let statements = if effect == "Allow" { json!([statement]) } else { json!([all, statement]) };
            assert_eq!(world(&store, &statements).send(ask()).await.status, 403, "{statements}");
        }
    }
}

#[tokio::test]
async fn a_header_does_not_stand_in_for_the_tags_in_a_body() {
    let store = store().await;
    let body = "<Tagging><TagSet><Tag><Key>team</Key><Value>b</Value></Tag></TagSet></Tagging>";
    let ask = Ask::new("PUT", "/private/secret?tagging").header("x-amz-tagging", "team=a").body(body);
    let ask = ask.sign(&signer());
    let all = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let when = |effect: &str, condition| json!({ "Effect": effect, "Action": "*", "Resource": "*", "Condition": condition });
    for statements in [
        json!([when("Allow", one("StringEquals", "s3:RequestObjectTag/team", "a"))]),
        json!([all, when("Deny", one("StringNotEquals", "s3:RequestObjectTag/team", "a"))]),
        json!([all, when("Deny", one("ForAnyValue:StringNotEquals", "s3:RequestObjectTagKeys", "team"))]),
    ] {
        assert_eq!(
            world(&store, &statements).send(ask.clone()).await.verdict(),
            "403 AccessDenied",
            "{statements}"
        );
    }
}

#[tokio::test]
async fn a_lock_in_a_body_is_neither_there_nor_missing_nor_what_a_header_says() {
    let store = store().await;
    let retention = "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate></Retention>";
    let hold = "<LegalHold><Status>ON</Status></LegalHold>";
    let all = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    for (target, body, header, key, meant, real) in [
        ("retention", retention, "x-amz-object-lock-mode", "s3:object-lock-mode", "GOVERNANCE", "COMPLIANCE"),
        ("legal-hold", hold, "x-amz-object-lock-legal-hold", "s3:object-lock-legal-hold", "OFF", "ON"),
    ] {
        let ask = || Ask::new("PUT", &format!("/private/secret?{target}")).body(body);
        for ask in [ask(), ask().header(header, meant)] {
            let ask = ask.sign(&signer());
            for (effect, condition) in
                [("Allow", one("StringEquals", key, meant)), ("Deny", one("StringEquals", key, real))]
            {
                let statement =
                    json!({ "Effect": effect, "Action": "*", "Resource": "*", "Condition": condition });
                let statements = if effect == "Allow" { json!([statement]) } else { json!([all, statement]) };
                let answer = world(&store, &statements).send(ask.clone()).await;
                assert_eq!(answer.verdict(), "403 AccessDenied", "{target} {statements}");
            }
        }
    }
}

#[tokio::test]
async fn tags_that_a_copy_takes_along_are_not_those_that_a_header_says() {
    let store = store().await;
    let all = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let open = world(&store, &json!([all]));
    let tagged =
        Ask::new("PUT", "/private/tagged").header("x-amz-tagging", "team=b").body("x").sign(&signer());
    assert_eq!(open.send(tagged).await.status, 200);
    let copy = |from: &str| Ask::new("PUT", "/private/copy").header("x-amz-copy-source", from);
    let when = |effect: &str, value: &str| {
        let condition = one("StringEquals", "s3:RequestObjectTag/team", value);
        json!({ "Effect": effect, "Action": "*", "Resource": "*", "Condition": condition })
    };
    let read =
        json!({ "Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectTagging"], "Resource": "*" });
    let replace = |ask: Ask| ask.header("x-amz-tagging-directive", "REPLACE");
    let other = |ask: Ask| ask.header("x-amz-tagging", "team=a");
    for (statements, ask, expect) in [
        (json!([read, when("Allow", "a")]), other(copy("/private/tagged")), "403 AccessDenied"),
        (json!([read, when("Allow", "a")]), replace(other(copy("/private/tagged"))), "200"),
        (json!([all, when("Deny", "b")]), copy("/private/tagged"), "403 AccessDenied"),
        (json!([all, when("Deny", "b")]), other(copy("/private/tagged")), "403 AccessDenied"),
        (json!([all, when("Deny", "b")]), replace(other(copy("/private/tagged"))), "200"),
        (json!([all, when("Deny", "b")]), copy("/private/secret"), "200"),
    ] {
        let answer = world(&store, &statements).send(ask.clone().sign(&signer())).await;
        assert_eq!(answer.verdict(), expect, "{statements} {ask:?}");
    }
}

#[tokio::test]
async fn a_version_is_that_of_the_object_that_is_asked_for() {
    let store = store().await;
    let version = one("StringEquals", "s3:VersionId", "null");
    let at = |target: &str| Ask::new("GET", target).sign(&signer());
    check_now(&store, &version, &at("/private/secret?versionId=null"), true).await;
    check_now(&store, &version, &at("/private/secret?versionId=other"), false).await;
    check_now(&store, &version, &at("/private/secret"), false).await;

    let source = |effect: &str, action: &str| {
        json!([
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": effect, "Action": action, "Resource": "arn:aws:s3:::private/secret", "Condition": version },
        ])
    };
    let copy = |from: &str| put().body("").header("x-amz-copy-source", from).sign(&signer());
    for (from, status) in [("private/secret?versionId=null", 403), ("private/secret", 200)] {
        let world = world(&store, &source("Deny", "s3:GetObjectVersion"));
        assert_eq!(world.send(copy(from)).await.status, status, "{from}");
    }
    // The version of the source is not the version of the copy.
    let own = json!([
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
        { "Effect": "Deny", "Action": "s3:PutObject", "Resource": "*", "Condition": version },
    ]);
    assert_eq!(world(&store, &own).send(copy("private/secret?versionId=null")).await.status, 200);
}

#[tokio::test]
async fn a_copy_says_of_where_to_who_judges_the_copy() {
    let store = store().await;
    for (pattern, from, holds) in [
        ("private/team/*", "/private/team/a", true),
        ("private/team/*", "private%2Fteam%2Fa", true),
        ("private/team/*", "/private/team/a?versionId=null", true),
        ("private/team/*", "/private/team2/x", false),
        ("private/team/*", "/private/team%2F..%2Fsecret", true),
        ("private/secret", "/private/secret", true),
    ] {
        let condition = one("StringLike", "s3:x-amz-copy-source", pattern);
        let statements = json!([
            { "Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": "*" },
            { "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*", "Condition": condition },
        ]);
        let ask = put().body("").header("x-amz-copy-source", from).sign(&signer());
        let answer = world(&store, &statements).send(ask).await;
        assert_eq!(answer.status != 403, holds, "{pattern} {from}: {answer:?}");
    }
    let condition = one("StringEquals", "s3:x-amz-metadata-directive", "REPLACE");
    let ask = put().body("").header("x-amz-copy-source", "/private/secret");
    let ask = ask.header("x-amz-metadata-directive", "REPLACE").sign(&signer());
    let statements = json!([
        { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" },
        { "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*", "Condition": condition },
    ]);
    assert_eq!(world(&store, &statements).send(ask).await.status, 200);
}

#[tokio::test]
async fn each_object_of_a_batch_is_judged_by_itself() {
    let store = store().await;
    let body = "<Delete><Object><Key>team/a</Key></Object><Object><Key>secret</Key><VersionId>null</VersionId></Object>\
                <Object><Key>team2/x</Key><VersionId>other</VersionId></Object></Delete>";
    let statements = json!([
        { "Effect": "Allow", "Action": "s3:DeleteObject*", "Resource": "*" },
        {
            "Effect": "Deny", "Action": "s3:DeleteObjectVersion", "Resource": "*",
            "Condition": one("StringEquals", "s3:VersionId", "null"),
        },
    ]);
    let ask = Ask::new("POST", "/private?delete").body(body).sign(&signer());
    let answer = world(&store, &statements).send(ask).await;
    assert_eq!(answer.status, 200);
    let text = answer.text();
    assert!(text.contains("<Deleted><Key>team/a</Key>"), "{text}");
    assert!(text.contains("<Error><Key>secret</Key><VersionId>null</VersionId><Code>AccessDenied"), "{text}");
    // Another time of the day changes what may be deleted before the body is read, too.
    let late = json!([{
        "Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::private/team/*",
        "Condition": one("DateGreaterThan", "aws:CurrentTime", "2026-11-20T12:00:00Z"),
    }]);
    let body = "<Delete><Object><Key>team/b</Key></Object></Delete>";
    let ask = |at| Ask::new("POST", "/private?delete").body(body).sign(&signer().at(at));
    for (at, word) in [(NOW, "AccessDenied"), (NOW + 1, "Deleted")] {
        let answer = world(&store, &late).send_at(ask(at).request(), arrival_at(at)).await;
        assert!(answer.text().contains(word), "{answer:?}");
    }
}

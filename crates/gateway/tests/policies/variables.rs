//! Policy variables in grants and policies, with real requests.

use brigade_policy::{Grant, GrantAction, Policy};
use brigade_testkit::{Ask, Ledger, Signer, World};
use serde_json::json;

use super::support::{signer, store, world};

#[tokio::test]
async fn a_policy_of_homes_gives_each_key_its_own() {
    let store = store().await;
    let statements = json!([
        {
            "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::private",
            "Condition": { "StringLike": { "s3:prefix": ["", "home/", "home/${aws:username}/*"] } },
        },
        {
            "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": "arn:aws:s3:::private/home/${aws:username}/*",
        },
    ]);
    let world = world(&store, &statements);
    for (method, target, status) in [
        ("PUT", "/private/home/AKIDPOLICY/x", 200),
        ("GET", "/private/home/AKIDPOLICY/x", 200),
        ("GET", "/private/home/AKIDOTHER/x", 403),
        ("PUT", "/private/home/${aws:username}/x", 403),
        ("PUT", "/private/home/akidpolicy/x", 403),
        ("PUT", "/private/home/AKIDPOLICY", 403),
        ("GET", "/private?list-type=2&prefix=home/", 200),
        ("GET", "/private?list-type=2&prefix=home/AKIDPOLICY/", 200),
        ("GET", "/private?list-type=2&prefix=home/AKIDOTHER/", 403),
        ("GET", "/private?list-type=2", 403),
    ] {
        let ask = Ask::new(method, target).sign(&signer());
        assert_eq!(world.send(ask).await.status, status, "{method} {target}");
    }
}

#[tokio::test]
async fn grants_have_variables_too() {
    let grant = |bucket: &str, prefix: &str| Grant {
        bucket: bucket.to_owned(),
        prefix: prefix.to_owned(),
        actions: vec![GrantAction::Read, GrantAction::List, GrantAction::Write],
    };
    let store = store().await;
    let signer = Signer::new("private", "policy");
    for (bucket, prefix, target, status) in [
        ("private", "${aws:username}/", "/private/private/x", 200),
        ("private", "${aws:username}/", "/private/secret", 403),
        ("private", "${aws:PrincipalTag/team}/", "/private/x", 403),
        ("private", "${aws:PrincipalTag/team}", "/private/x", 403),
        ("private", "${aws:PrincipalTag/team, 'all'}/", "/private/all/x", 200),
        ("${aws:username}", "", "/private/x", 200),
        ("${aws:username}", "", "/mapped/x", 403),
        ("${jwt:sub}*", "", "/private/x", 403),
        ("pri${aws:userid}", "", "/private/x", 403),
        ("${nothing:known}", "", "/private/x", 403),
    ] {
        let policy = Policy::from_grants([grant(bucket, prefix)]);
        let world = World::new(store.clone(), Ledger::standard(Ledger::embedded()).key(&signer, policy));
        let ask = Ask::new("PUT", target).body("x").sign(&signer);
        assert_eq!(world.send(ask).await.status, status, "{bucket} {prefix} {target}");
        // Who may do nothing in a bucket does not see it, and who may does.
        let listed = world.send(Ask::new("GET", "/").sign(&signer)).await;
        assert_eq!(
            listed.text().contains("<Name>private</Name>"),
            status == 200 || [bucket, prefix].iter().any(|it| it.starts_with("${aws:username}")),
            "{bucket} {prefix}: {listed:?}"
        );
        assert!(!listed.text().contains("<Name>mapped</Name>"), "{bucket} {prefix}: {listed:?}");
    }
}

#[tokio::test]
async fn a_bucket_is_seen_where_a_condition_could_hold() {
    let store = store().await;
    for (condition, seen) in [
        (json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } }), true),
        (json!({ "StringEquals": { "aws:username": "AKIDPOLICY" } }), true),
        (json!({ "StringEquals": { "aws:username": "AKIDOTHER" } }), false),
    ] {
        let statements = json!([{
            "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::private/*", "Condition": condition,
        }]);
        let listed = world(&store, &statements).send(Ask::new("GET", "/").sign(&signer())).await;
        assert_eq!(listed.text().contains("<Name>private</Name>"), seen, "{condition}: {listed:?}");
    }
}

#[tokio::test]
async fn a_refusal_says_what_is_missing_and_not_why() {
    let store = store().await;
    let statements = json!([
        { "Sid": "Everything", "Effect": "Allow", "Action": "*", "Resource": "*" },
        {
            "Sid": "OfficeOnly", "Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": { "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } },
        },
    ]);
    let answer = world(&store, &statements).send(Ask::new("GET", "/private/secret").sign(&signer())).await;
    let text = answer.text();
    assert!(text.contains("your key has no permission for s3:GetObject on private/secret."), "{text}");
    assert!(!text.contains("OfficeOnly") && !text.contains("203.0.113"), "{text}");
    let reason = answer.record.refused.unwrap();
    assert!(reason.contains("denied by statement 1 (OfficeOnly)"), "{reason}");
}

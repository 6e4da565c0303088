//! Buckets' own policies, together with what callers have of their own.

use std::sync::Arc;

use brigade_policy::Policy;
use brigade_testkit::{Answer, Ask, InProcess, Ledger, Signer, World, keys};
use serde_json::{Value, json};

use super::support::store;

const ALL: [&str; 2] = ["arn:aws:s3:::private", "arn:aws:s3:::private/*"];

/// The standard keys, with this policy on the bucket `private`.
fn world(store: &InProcess, statements: &Value) -> World<InProcess> {
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    let policy = Policy::of_bucket("private", &document).unwrap();
    let ledger = Ledger::standard(Ledger::embedded())
        .where_bucket("private", |bucket| bucket.public = Arc::new(bucket.public.and(&policy)));
    World::new(store.clone(), ledger)
}

/// Who asks: a key, or nobody.
async fn send(world: &World<InProcess>, by: Option<&Signer>, ask: Ask) -> Answer {
    world.send(by.into_iter().fold(ask, Ask::sign)).await
}

#[tokio::test]
async fn a_bucket_gives_to_whom_it_names_and_to_nobody_else() {
    let store = store().await;
    let nobody = json!({ "AWS": "arn:aws:iam::000000000000:user/AKIDNOBODY" });
    let named = keys::nobody();
    assert_eq!(nobody["AWS"], format!("arn:aws:iam::000000000000:user/{}", named.key_id));
    for (principal, by, allowed) in [
        (nobody.clone(), Some(keys::nobody()), true),
        (json!({ "AWS": named.key_id }), Some(keys::nobody()), true),
        (nobody.clone(), None, false),
        (nobody.clone(), Some(keys::team()), false),
        (json!({ "AWS": [named.key_id, keys::team().key_id] }), Some(keys::team()), true),
        (json!({ "AWS": "arn:aws:iam::000000000000:role/AKIDNOBODY" }), Some(keys::nobody()), false),
        (json!("*"), None, true),
        (json!({ "AWS": "*" }), None, true),
        (json!("*"), Some(keys::nobody()), true),
    ] {
        let world = world(
            &store,
            &json!({ "Effect": "Allow", "Principal": principal, "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ALL }),
        );
        for target in ["/private/secret", "/private?list-type=2"] {
            let answer = send(&world, by.as_ref(), Ask::new("GET", target)).await;
            assert_eq!(answer.status == 200, allowed, "{principal} {by:?} {target}: {answer:?}");
        }
        let other = send(&world, by.as_ref(), Ask::new("GET", "/mapped/secret")).await;
        assert_eq!(other.status, 403, "{principal} {by:?}");
        let listed = send(&world, by.as_ref(), Ask::new("GET", "/")).await;
        let listed = listed.text();
        let seen = allowed || by.as_ref().is_some_and(|by| by.key_id == keys::team().key_id);
        assert_eq!(listed.contains("<Name>private</Name>"), seen, "{principal} {by:?}: {listed}");
    }
}

#[tokio::test]
async fn a_deny_of_a_bucket_holds_for_those_it_names() {
    let store = store().await;
    let (full, reader) = (keys::full(), keys::reader());
    let arn = |signer: &Signer| format!("arn:aws:iam::000000000000:user/{}", signer.key_id);
    for (statement, by_full, by_reader) in [
        (json!({ "Principal": "*" }), 403, 403),
        (json!({ "Principal": { "AWS": full.key_id } }), 403, 200),
        (
            json!({ "Principal": "*", "Condition": { "ArnNotEquals": { "aws:PrincipalArn": arn(&full) } } }),
            200,
            403,
        ),
        (json!({ "Principal": "*", "Condition": { "Bool": { "aws:SecureTransport": "false" } } }), 403, 403),
        (json!({ "Principal": "*", "NotResource": "arn:aws:s3:::private/secret" }), 200, 200),
    ] {
        let mut statement = statement;
        statement["Effect"] = json!("Deny");
        statement["Action"] = json!("s3:*");
        if statement.get("NotResource").is_none() {
            statement["Resource"] = json!(ALL);
        }
        let world = world(&store, &statement);
        for (by, status) in [(&full, by_full), (&reader, by_reader)] {
            let answer = send(&world, Some(by), Ask::new("GET", "/private/secret")).await;
            assert_eq!(answer.status, status, "{statement} {}", by.key_id);
        }
    }
}

#[tokio::test]
async fn a_batch_is_deleted_by_whom_the_bucket_lets_delete() {
    let store = store().await;
    let named = keys::nobody();
    let world = world(
        &store,
        &json!({
            "Effect": "Allow", "Principal": { "AWS": named.key_id }, "Action": "s3:DeleteObject",
            "Resource": "arn:aws:s3:::private/team/${aws:username, 'x'}*",
        }),
    );
    let ask = |key: &str| {
        let body = format!("<Delete><Object><Key>{key}</Key></Object></Delete>");
        Ask::new("POST", "/private?delete").body(body)
    };
    for (by, key, expect) in [
        (Some(&named), "team/AKIDNOBODY-1", "<Deleted>"),
        (Some(&named), "team/a", "<Code>AccessDenied"),
        (Some(&keys::reader()), "team/AKIDREADER", "<Code>AccessDenied"),
        (None, "team/x", "<Code>AccessDenied"),
    ] {
        let answer = send(&world, by, ask(key)).await;
        assert!(answer.text().contains(expect), "{key}: {answer:?}");
    }
}

#[tokio::test]
async fn a_copy_reads_what_its_sources_bucket_gives() {
    let store = store().await;
    let team = keys::team();
    let copy = || Ask::new("PUT", "/mapped/team/n").header("x-amz-copy-source", "/private/secret");
    let nothing = world(&store, &json!([]));
    assert_eq!(send(&nothing, Some(&team), copy()).await.status, 403);
    let given = world(
        &store,
        &json!({
            "Effect": "Allow", "Principal": { "AWS": team.key_id }, "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::private/secret",
        }),
    );
    assert_eq!(send(&given, Some(&team), copy()).await.status, 200);
}

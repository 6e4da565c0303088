//! Decisions, as tables.

use serde_json::{Value, json};

use crate::{Action, Ask, Decision, Facts, Grant, GrantAction, Policy, Scopes, StatementRef, Target, Whose};
use Action::*;

const BUCKET: Target<'static> = Target::Bucket("b");

const fn listing(prefix: &str) -> Target<'_> {
    Target::Listing { bucket: "b", prefix }
}

const fn object(key: &str) -> Target<'_> {
    Target::Object { bucket: "b", key }
}

fn grant(bucket: &str, prefix: &str, actions: &[&str]) -> Grant {
    let actions = actions.iter().map(|action| action.parse().unwrap()).collect();
    Grant { bucket: bucket.to_owned(), prefix: prefix.to_owned(), actions }
}

fn document(statements: &Value) -> Policy {
    Policy::from_document(&json!({ "Version": "2012-10-17", "Statement": statements })).unwrap()
}

fn see(policy: &Policy, bucket: &str) -> bool {
    Scopes { own: Some(policy), limits: &[], bucket: None }.may_see(bucket, &Facts::default())
}

/// Asks a policy everything in the table.
#[track_caller]
fn check(policy: &Policy, table: &[(Action, Target<'_>, bool)]) {
    for &(action, target, allowed) in table {
        let decision = policy.decide(&Ask::new(action, target));
        assert_eq!(decision.is_allowed(), allowed, "{action} {target:?}: {decision:?}");
    }
}

#[test]
fn r_authz_06_a_grant_under_team_slash_reaches_nothing_outside_it() {
    let policy = Policy::from_grants([grant("b", "team/", &["read", "list", "write", "delete"])]);
    for action in Action::ALL {
        for key in ["team", "team2/x", "team-x", "TEAM/x", "Team/", "", "x/team/", "team\u{2215}x", "/team/x"]
        {
            check(&policy, &[(*action, object(key), false), (*action, listing(key), false)]);
        }
    }
    for action in [GetObject, PutObject, DeleteObject, AbortMultipartUpload] {
        check(&policy, &[(action, object("team/"), true), (action, object("team/a/b"), true)]);
    }
    check(
        &policy,
        &[
            (ListBucket, listing("team/"), true),
            (ListBucket, listing("team/a"), true),
            (ListBucketMultipartUploads, listing("tea"), false),
            (ListBucket, BUCKET, true),
            (GetBucketLocation, BUCKET, true),
        ],
    );
}

#[test]
fn prefix_boundary_is_the_grants_own_bytes() {
    let policy = Policy::from_grants([grant("b", "team", &["read"])]);
    check(
        &policy,
        &[
            (GetObject, object("team/x"), true),
            (GetObject, object("team2/x"), true),
            (GetObject, object("tea"), false),
        ],
    );
    let literal = Policy::from_grants([grant("b", "a*?", &["read"])]);
    check(
        &literal,
        &[
            (GetObject, object("a*?x"), true),
            (GetObject, object("abcx"), false),
            (GetObject, object("a/b?x"), false),
        ],
    );
}

#[test]
fn r_authz_11_an_empty_scope_grants_nothing() {
    for policy in [
        Policy::default(),
        Policy::from_grants([]),
        Policy::from_grants([grant("b", "", &[])]),
        Policy::from_grants([grant("", "", &["read", "list", "write", "delete"])]),
        Policy::public("b", &[]).unwrap(),
        document(&json!([])),
    ] {
        assert!(!see(&policy, "b"), "{policy:?}");
        for action in Action::ALL {
            assert!(!policy.may_in(*action, "b", &Facts::default()), "{policy:?}");
            for target in [BUCKET, listing(""), object("x")] {
                assert_eq!(policy.decide(&Ask::new(*action, target)), Decision::NotAllowed);
            }
        }
    }
}

#[test]
fn r_authz_08_a_read_grant_changes_nothing() {
    let policy = Policy::from_grants([grant("*", "", &["read", "list"])]);
    for action in Action::ALL.iter().filter(|action| action.changes()) {
        check(&policy, &[(*action, BUCKET, false), (*action, object("x"), false)]);
    }
}

#[test]
fn groups_give_what_their_table_says_and_no_more() {
    for (group, actions) in [
        (
            "read",
            &[
                GetObject,
                GetObjectVersion,
                GetObjectAttributes,
                GetObjectVersionAttributes,
                GetObjectTagging,
                GetObjectVersionTagging,
            ][..],
        ),
        ("list", &[ListBucket, ListBucketVersions, ListBucketMultipartUploads, GetBucketLocation]),
        ("write", &[PutObject, PutObjectTagging, AbortMultipartUpload, ListMultipartUploadParts]),
        ("delete", &[DeleteObject, DeleteObjectVersion, DeleteObjectTagging, DeleteObjectVersionTagging]),
    ] {
        let policy = Policy::from_grants([grant("b", "", &[group])]);
        for action in Action::ALL {
            let expected = actions.contains(action);
            let allowed = [BUCKET, listing(""), object("x")]
                .iter()
                .any(|target| policy.decide(&Ask::new(*action, *target)).is_allowed());
            assert_eq!(allowed, expected, "{group}: {action}");
        }
    }
}

#[test]
fn a_grants_star_stays_within_the_buckets_name() {
    let policy = Policy::from_grants([grant("team-*", "", &["read"]), grant("b?", "", &["read"])]);
    let get = |bucket, key| Ask::new(GetObject, Target::Object { bucket, key });
    for (bucket, key, allowed) in [
        ("team-a", "x", true),
        ("team-", "x", true),
        ("team", "-a/x", false),
        ("ateam-a", "x", false),
        ("Team-a", "x", false),
        ("bb", "x", false),
    ] {
        assert_eq!(policy.decide(&get(bucket, key)).is_allowed(), allowed, "{bucket} {key}");
    }
}

#[test]
fn a_prefixed_grant_of_the_buckets_configuration_gives_nothing() {
    let action = [GrantAction::Exact(GetBucketPolicy)];
    assert!(action[0].needs_whole_bucket());
    let under = Policy::from_grants([grant("b", "team/", &["s3:GetBucketPolicy"])]);
    let whole = Policy::from_grants([grant("b", "", &["s3:GetBucketPolicy"])]);
    check(&under, &[(GetBucketPolicy, BUCKET, false)]);
    check(&whole, &[(GetBucketPolicy, BUCKET, true)]);
    assert!(!see(&under, "b"));
    assert!(see(&whole, "b"));
}

#[test]
fn r_authz_04_public_is_exactly_getobject_and_listbucket() {
    let policy = Policy::public("b", &[GrantAction::Read, GrantAction::List]).unwrap();
    for action in Action::ALL {
        check(
            &policy,
            &[
                (*action, object("x"), *action == GetObject),
                (*action, listing("any"), *action == ListBucket),
                (*action, BUCKET, *action == ListBucket),
                (*action, Target::Object { bucket: "c", key: "x" }, false),
            ],
        );
    }
    let versions = Policy::public("b", &[GrantAction::Exact(GetObjectVersion)]).unwrap();
    check(&versions, &[(GetObjectVersion, object("x"), true), (GetObject, object("x"), false)]);
}

#[test]
fn r_ops_01_nothing_that_changes_something_can_be_public() {
    let changing =
        Action::ALL.iter().filter(|action| action.changes()).map(|action| GrantAction::Exact(*action));
    for action in changing.chain([GrantAction::Write, GrantAction::Delete]) {
        let error = Policy::public("b", &[GrantAction::Read, action]).unwrap_err();
        assert_eq!(error.0, action);
    }
}

#[test]
fn glob_crossing_is_iams_own() {
    let policy = document(&json!([
        { "Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/in/*/x", "arn:aws:s3:::b/?.txt"] },
    ]));
    check(
        &policy,
        &[
            (GetObject, object("in/1/x"), true),
            (GetObject, object("in/1/2/3/x"), true),
            (GetObject, object("in/x"), false),
            (GetObject, object("in//x"), true),
            (GetObject, object("out/in/1/x"), false),
            (GetObject, object("in/1/x/y"), false),
            (GetObject, object("é.txt"), true),
            (GetObject, object("éé.txt"), false),
            (GetObject, object(".txt"), false),
        ],
    );
}

#[test]
fn a_documents_bucket_and_its_objects_are_different_resources() {
    let both = json!(["s3:ListBucket", "s3:GetObject"]);
    let bucket = document(&json!({ "Effect": "Allow", "Action": both, "Resource": "arn:aws:s3:::b" }));
    let objects = document(&json!({ "Effect": "Allow", "Action": both, "Resource": "arn:aws:s3:::b/*" }));
    let start = document(&json!({ "Effect": "Allow", "Action": both, "Resource": "arn:aws:s3:::b*" }));
    let rows = |listed, got| {
        [(ListBucket, listing("x"), listed), (ListBucket, BUCKET, listed), (GetObject, object("x"), got)]
    };
    check(&bucket, &rows(true, false));
    check(&objects, &rows(false, true));
    check(&start, &rows(true, true));
    let other = Target::Object { bucket: "b2", key: "x" };
    check(&start, &[(GetObject, other, true)]);
    check(&objects, &[(GetObject, other, false)]);
}

#[test]
fn special_characters_can_be_escaped() {
    let policy = document(
        &json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${*}${?}${$}" }),
    );
    check(
        &policy,
        &[
            (GetObject, object("*?$"), true),
            (GetObject, object("a?$"), false),
            (GetObject, object("*a$"), false),
        ],
    );
}

#[test]
fn an_explicit_deny_wins_wherever_it_stands_and_is_named() {
    let deny = json!({ "Sid": "NoSecrets", "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/secret/*" });
    let allow = json!({ "Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*" });
    for (statements, denied, allowed) in [(json!([deny, allow]), 0, 1), (json!([allow, deny]), 1, 0)] {
        let policy = document(&statements);
        let ask = |key| policy.decide(&Ask::new(GetObject, object(key)));
        let by = |index, sid: &str| StatementRef { index, sid: Some(sid.into()), of: Whose::Caller };
        assert_eq!(ask("secret/x"), Decision::DeniedBy { by: by(denied, "NoSecrets") });
        assert_eq!(ask("secret"), Decision::Allowed { by: by(allowed, "All") });
        let public = Policy::public("b", &[GrantAction::Read]).unwrap();
        let asked = Ask::new(GetObject, object("secret/x"));
        assert_eq!(
            public.decide(&asked).or(ask("secret/x")),
            Decision::DeniedBy { by: by(denied, "NoSecrets") }
        );
    }
}

#[test]
fn the_first_statement_that_allows_is_named() {
    let policy = Policy::from_grants([
        grant("b", "", &["list"]),
        grant("b", "x/", &["read"]),
        grant("b", "", &["read"]),
    ]);
    let by = |index| Decision::Allowed { by: StatementRef { index, sid: None, of: Whose::Caller } };
    assert_eq!(policy.decide(&Ask::new(GetObject, object("x/y"))), by(1));
    assert_eq!(policy.decide(&Ask::new(GetObject, object("y"))), by(2));
}

#[test]
fn an_action_asked_of_the_wrong_level_is_never_allowed() {
    let all = document(&json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
    let granted =
        Policy::from_grants([grant("*", "", &["read", "list", "write", "delete", "s3:PutBucketPolicy"])]);
    for policy in [all, granted] {
        check(
            &policy,
            &[
                (GetObject, BUCKET, false),
                (GetObject, listing(""), false),
                (ListBucket, object("x"), false),
                (PutBucketPolicy, object("x"), false),
                (ListAllMyBuckets, BUCKET, false),
            ],
        );
    }
}

#[test]
fn r_list_04_a_bucket_is_seen_by_those_who_may_do_something_there() {
    let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let deny = |action: &str, resource: Value| {
        document(&json!([allow, { "Effect": "Deny", "Action": action, "Resource": resource }]))
    };
    for (policy, seen) in [
        (Policy::from_grants([grant("b", "x/", &["read"])]), true),
        (Policy::from_grants([grant("b*", "x/", &["s3:GetObjectTorrent"])]), true),
        (Policy::from_grants([grant("bb", "", &["read"])]), false),
        (
            document(&json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/x" })),
            true,
        ),
        (
            document(
                &json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::?/x*" }),
            ),
            true,
        ),
        (
            document(&json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::c/*" })),
            false,
        ),
        (document(&json!({ "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*" })), false),
        (deny("s3:*", json!(["arn:aws:s3:::b", "arn:aws:s3:::b/*"])), false),
        (deny("s3:*", json!(["arn:aws:s3:::b", "arn:aws:s3:::b/x*"])), true),
        (deny("s3:*", json!("arn:aws:s3:::b*")), false),
        (deny("s3:ListAllMyBuckets", json!("*")), false),
        (deny("s3:Get*", json!("*")), true),
    ] {
        assert_eq!(see(&policy, "b"), seen, "{policy:?}");
    }
}

#[test]
fn of_what_is_concealed_nothing_holds_and_nothing_fails() {
    let mut facts = Facts::default();
    facts.conceal("s3:RequestObjectTag");
    let condition = |effect: &str, operator: &str, key: &str| {
        document(&json!([
            { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/x" },
            {
                "Effect": effect, "Action": "*", "Resource": "*",
                "Condition": { operator: { key: if operator == "Null" { "true" } else { "a" } } },
            },
        ]))
    };
    for operator in
        ["StringEquals", "StringNotLike", "ForAllValues:StringEquals", "StringEqualsIfExists", "Null"]
    {
        for key in ["s3:RequestObjectTag/a", "s3:RequestObjectTagKeys"] {
            let allowed = |effect, asked| {
                let ask = Ask::new(GetObject, object(asked)).with(&facts);
                condition(effect, operator, key).decide(&ask).is_allowed()
            };
            assert!(!allowed("Allow", "y"), "{operator} {key}");
            assert!(!allowed("Deny", "x"), "{operator} {key}");
        }
    }
}

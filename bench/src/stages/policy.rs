//! Policies: one decision over many statements.

use brigade_policy::{Action, Ask, Grant, GrantAction, Policy, Target};
use serde_json::json;

use crate::stage::Stage;

/// A thousand grants, each of a bucket and prefix of its own.
fn grants() -> Policy {
    Policy::from_grants((0..1000).map(|n| Grant {
        bucket: format!("bucket-{:03}", n % 100),
        prefix: format!("team-{n:04}/"),
        actions: vec![GrantAction::Read, GrantAction::List],
    }))
}

/// A document of a thousand statements; every tenth denies, and every fifth has a condition.
fn document() -> Policy {
    let statements: Vec<_> = (0..1000)
        .map(|n| {
            let mut statement = json!({
                "Effect": if n % 10 == 0 { "Deny" } else { "Allow" },
                "Action": if n % 10 == 0 { json!("s3:Delete*") } else { json!(["s3:GetObject", "s3:ListBucket"]) },
                "Resource": [format!("arn:aws:s3:::bucket-{:03}", n % 100), format!("arn:aws:s3:::bucket-{:03}/team-{n:04}/*", n % 100)],
            });
            if n % 5 == 0 {
                let statement = statement.as_object_mut().unwrap();
                statement.insert("Condition".to_owned(), json!({ "StringLike": { "aws:UserAgent": "aws-*" } }));
            }
            statement
        })
        .collect();
    Policy::from_document(&json!({ "Version": "2012-10-17", "Statement": statements })).unwrap()
}

pub(crate) fn stages() -> Vec<Stage> {
    fn decide(policy: &Policy, key: &str) -> bool {
        let target = Target::Object { bucket: "bucket-099", key };
        policy.decide(&Ask::new(Action::GetObject, target)).is_allowed()
    }
    let (last, none) = ("team-0999/2026/scene.tif", "other/scene.tif");
    let (one, two, three) = (grants(), grants(), document());
    assert!(decide(&one, last) && !decide(&one, none) && decide(&three, last));
    vec![
        Stage::new("policy: 1,000 grants, allowed by the last", move || decide(&one, last)),
        Stage::new("policy: 1,000 grants, allowed by none", move || decide(&two, none)),
        Stage::new("policy: a document of 1,000 statements", move || decide(&three, last)),
    ]
}

//! The compiled policy against a slow evaluator that was written from the rules alone, on random policies.

use crate::{Action, Ask, Facts, Grant, GrantAction, Policy, Scopes, Target};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Whether `pattern` matches `text`, by trying every way of it.
fn slow_glob(pattern: &[char], text: &[char], question: bool) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|run| slow_glob(rest, &text[run..], question)),
        Some(('?', rest)) if question => !text.is_empty() && slow_glob(rest, &text[1..], question),
        Some((c, rest)) => text.first() == Some(c) && slow_glob(rest, &text[1..], question),
    }
}

fn glob(pattern: &str, text: &str, question: bool) -> bool {
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    slow_glob(&chars(pattern), &chars(text), question)
}

fn see(policy: &Policy, bucket: &str) -> bool {
    Scopes { own: Some(policy), limits: &[], bucket: None }.may_see(bucket, &Facts::default())
}

fn list(value: &Value) -> Vec<&str> {
    let one = std::slice::from_ref(value);
    value.as_array().map_or(one, Vec::as_slice).iter().filter_map(Value::as_str).collect()
}

fn is_object(target: Target<'_>) -> bool {
    matches!(target, Target::Object { .. })
}

/// What IAM says: no deny, and an allow, among the statements that match.
fn slow_document(statements: &[Value], ask: Ask<'_>) -> bool {
    let arn = match ask.target {
        Target::Bucket(bucket) | Target::Listing { bucket, .. } => format!("arn:aws:s3:::{bucket}"),
        Target::Object { bucket, key } => format!("arn:aws:s3:::{bucket}/{key}"),
    };
    let action = ask.action.name().to_lowercase();
    let effects: Vec<_> = statements
        .iter()
        .filter(|s| list(&s["Action"]).iter().any(|a| glob(&a.to_lowercase(), &action, true)))
        .filter(|s| list(&s["Resource"]).iter().any(|r| glob(r, &arn, true)))
        .map(|s| s["Effect"].as_str().unwrap())
        .collect();
    (ask.action.name().contains("Object") == is_object(ask.target))
        && effects.contains(&"Allow")
        && !effects.contains(&"Deny")
}

fn slow_grants(grants: &[Grant], ask: Ask<'_>) -> bool {
    let group = |action: &GrantAction| match action {
        GrantAction::Read => ["s3:GetObject"].contains(&ask.action.name()),
        GrantAction::List => ["s3:ListBucket", "s3:GetBucketLocation"].contains(&ask.action.name()),
        GrantAction::Write => ["s3:PutObject"].contains(&ask.action.name()),
        GrantAction::Delete => ["s3:DeleteObject"].contains(&ask.action.name()),
        GrantAction::Exact(exact) => *exact == ask.action,
    };
    grants.iter().filter(|grant| grant.actions.iter().any(group)).any(|grant| {
        let (bucket, inside) = match ask.target {
            Target::Bucket(bucket) => {
                (bucket, grant.prefix.is_empty() || ask.action != Action::GetBucketPolicy)
            }
            Target::Listing { bucket, prefix } => (
                bucket,
                prefix.as_bytes().starts_with(grant.prefix.as_bytes())
                    && (grant.prefix.is_empty() || ask.action != Action::GetBucketPolicy),
            ),
            Target::Object { bucket, key } => (bucket, key.as_bytes().starts_with(grant.prefix.as_bytes())),
        };
        inside
            && glob(&grant.bucket, bucket, false)
            && (ask.action.name().contains("Object") == is_object(ask.target))
    })
}

const ASKED: [Action; 6] = [
    Action::GetObject,
    Action::PutObject,
    Action::DeleteObject,
    Action::ListBucket,
    Action::GetBucketLocation,
    Action::GetBucketPolicy,
];

fn buckets() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "ab", "aba"])
}

fn asks() -> impl Strategy<Value = Vec<(Action, &'static str, String, u8)>> {
    let ask = (prop::sample::select(ASKED.to_vec()), buckets(), "[ab/é*?]{1,6}", 0..3_u8);
    prop::collection::vec(ask, 1..20)
}

fn ask<'a>((action, bucket, key, kind): &'a (Action, &'static str, String, u8)) -> Ask<'a> {
    let target = match kind {
        0 => Target::Bucket(bucket),
        1 => Target::Listing { bucket, prefix: key },
        _ => Target::Object { bucket, key },
    };
    Ask::new(*action, target)
}

prop_compose! {
    fn statement()(
        effect in prop::sample::select(vec!["Allow", "Allow", "Deny"]),
        actions in prop::collection::vec(prop::sample::select(vec![
            "*", "s3:*", "s3:Get*", "s3:?etObject", "S3:LISTBUCKET", "s3:*Object", "s3:GetBucketLocation", "s3:PutObject",
        ]), 1..3),
        resources in prop::collection::vec("[ab*?][ab/é*?]{0,6}", 1..3),
    ) -> Value {
        let resources: Vec<_> = resources.iter().map(|resource| format!("arn:aws:s3:::{resource}")).collect();
        json!({ "Effect": effect, "Action": actions, "Resource": resources })
    }
}

prop_compose! {
    fn grant()(
        bucket in "[ab*]{1,3}",
        prefix in "[ab/é*?]{0,3}",
        actions in prop::collection::vec(prop::sample::select(vec![
            GrantAction::Read, GrantAction::List, GrantAction::Write, GrantAction::Delete,
            GrantAction::Exact(Action::GetObject), GrantAction::Exact(Action::GetBucketPolicy),
        ]), 0..3),
    ) -> Grant {
        Grant { bucket, prefix, actions }
    }
}

fn compiled(statements: &[Value]) -> Option<Policy> {
    Policy::from_document(&json!({ "Version": "2012-10-17", "Statement": statements })).ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_document_decides_as_the_slow_evaluator(
        statements in prop::collection::vec(statement(), 0..5),
        asks in asks(),
    ) {
        let statements: Vec<_> = statements.into_iter().filter(|s| compiled(std::slice::from_ref(s)).is_some()).collect();
        let policy = compiled(&statements).unwrap();
        for asked in &asks {
            let asked = ask(asked);
            let allowed = policy.decide(&asked).is_allowed();
            prop_assert_eq!(allowed, slow_document(&statements, asked), "{:?}", asked);
            if allowed {
                prop_assert!(policy.may_in(asked.action, asked.target.bucket(), asked.caller));
            }
        }
    }

    #[test]
    fn grants_decide_as_the_slow_evaluator(grants in prop::collection::vec(grant(), 0..5), asks in asks()) {
        let policy = Policy::from_grants(grants.clone());
        let elsewhere = (0..30).map(|n| Grant { bucket: format!("elsewhere-{n}"), prefix: String::new(), actions: vec![GrantAction::Read] });
        let large = Policy::from_grants(grants.iter().cloned().chain(elsewhere));
        for asked in &asks {
            let asked = ask(asked);
            let allowed = policy.decide(&asked).is_allowed();
            prop_assert_eq!(allowed, slow_grants(&grants, asked), "{:?}", asked);
            prop_assert_eq!(policy.decide(&asked), large.decide(&asked), "{:?}", asked);
            if allowed {
                prop_assert!(see(&policy, asked.target.bucket()));
            }
        }
    }

    /// An allow more allows no less, a deny more allows no more, and the order of statements is nothing.
    #[test]
    fn decisions_are_monotone(
        statements in prop::collection::vec(statement(), 0..4),
        added in statement(),
        asks in asks(),
    ) {
        let mut statements: Vec<_> =
            statements.into_iter().chain([added]).filter(|s| compiled(std::slice::from_ref(s)).is_some()).collect();
        prop_assume!(!statements.is_empty());
        let more = compiled(&statements).unwrap();
        let added = statements.pop().unwrap();
        let fewer = compiled(&statements).unwrap();
        let first: Vec<_> = [added.clone()].into_iter().chain(statements).collect();
        let reordered = compiled(&first).unwrap();
        for asked in &asks {
            let asked = ask(asked);
            let (before, after) = (fewer.decide(&asked).is_allowed(), more.decide(&asked).is_allowed());
            if added["Effect"] == "Allow" {
                prop_assert!(after || !before);
            } else {
                prop_assert!(before || !after);
            }
            prop_assert_eq!(after, reordered.decide(&asked).is_allowed());
        }
    }

    /// More grants, or a shorter prefix, never take anything away.
    #[test]
    fn grants_are_monotone(grants in prop::collection::vec(grant(), 0..4), added in grant(), asks in asks()) {
        let fewer = Policy::from_grants(grants.clone());
        let more = Policy::from_grants(grants.iter().cloned().chain([added]));
        let wider = Policy::from_grants(grants.into_iter().map(|grant| Grant { prefix: String::new(), ..grant }));
        for asked in &asks {
            let asked = ask(asked);
            if fewer.decide(&asked).is_allowed() {
                prop_assert!(more.decide(&asked).is_allowed());
                prop_assert!(wider.decide(&asked).is_allowed());
            }
        }
    }
}

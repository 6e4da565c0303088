//! Random policies, asked by random callers, decided twice.

use brigade_policy::{Action, Ask, Facts, Policy, Target};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::reference::{Context, Question, is_allowed};

/// Operators that fit the values of a kind, before a set and a suffix.
fn operator(kind: &'static str) -> impl Strategy<Value = String> {
    let names: &[&str] = match kind {
        "text" => &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ],
        "number" => &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        "date" => &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        "bool" => &["Bool"],
        "arn" => &["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"],
        _ => &["IpAddress", "NotIpAddress"],
    };
    let sets = prop::sample::select(vec!["", "", "", "ForAllValues:", "ForAnyValue:"]);
    (prop::sample::select(names.to_vec()), sets, any::<bool>(), 0..8_u8).prop_map(
        |(name, set, lenient, null)| {
            if null == 0 {
                return "Null".to_owned();
            }
            let suffix = if lenient && set != "ForAnyValue:" { "IfExists" } else { "" };
            format!("{set}{name}{suffix}")
        },
    )
}

/// What a policy compares with.
fn expected(kind: &'static str) -> BoxedStrategy<String> {
    match kind {
        "text" => prop_oneof![
            "[ab*?/]{0,3}",
            "[abA]{1,2}",
            prop::sample::select(vec![
                "${jwt:sub}",
                "a${jwt:sub}",
                "${jwt:repository}/*",
                "${aws:username, 'b'}",
                "${*}",
                "*${jwt:sub}",
                "A${jwt:sub}*",
            ])
            .prop_map(str::to_owned),
        ]
        .boxed(),
        "number" => number().boxed(),
        "date" => prop_oneof![date(), (0..200_000_u32).prop_map(|n| (n + 10_000).to_string())].boxed(),
        "bool" => prop::sample::select(vec!["true", "false", "True"]).prop_map(str::to_owned).boxed(),
        "arn" => prop::sample::select(vec![
            "arn:aws:iam::000000000000:role/a",
            "arn:aws:iam::*:role/*",
            "arn:*:iam::000000000000:role/?",
            "arn:aws:iam::000000000000:*",
        ])
        .prop_map(str::to_owned)
        .boxed(),
        _ => prop::sample::select(vec![
            "10.0.0.0/8",
            "10.1.2.3",
            "0.0.0.0/0",
            "2001:db8::/33",
            "::/0",
            "10.1.2.2/31",
        ])
        .prop_map(str::to_owned)
        .boxed(),
    }
}

fn number() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["0", "1", "-1", "10", "9", "1.5", "1.50", "1000000"]).prop_map(str::to_owned)
}

fn date() -> impl Strategy<Value = String> {
    let dates = vec![
        "1970-01-01T12:00:00Z",
        "1970-01-01T13:00:00+01:00",
        "1970-01-02T00:00:00Z",
        "1972-02-29T23:59:59Z",
        "2026-11-21T00:00:00Z",
    ];
    prop::sample::select(dates).prop_map(str::to_owned)
}

/// What a request or caller has.
fn found(kind: &'static str) -> BoxedStrategy<String> {
    match kind {
        "text" => prop_oneof!["[abA*/?.]{0,3}", "[abA]{1,2}"].boxed(),
        "arn" => prop::sample::select(vec![
            "arn:aws:iam::000000000000:role/a",
            "arn:aws:iam::000000000000:role/a:b",
            "arn:aws:iam::1:user/a",
            "role/a",
        ])
        .prop_map(str::to_owned)
        .boxed(),
        "date" => prop_oneof![date(), Just("43200".to_owned()), Just("86400".to_owned())].boxed(),
        "address" => {
            prop::sample::select(vec!["10.1.2.3", "11.0.0.1", "2001:db8::1", "2001:db8:8000::1", "none"])
                .prop_map(str::to_owned)
                .boxed()
        }
        other => expected(other),
    }
}

/// Keys of requests and callers, with what their values are; a claim may be of any kind.
const KEYS: [(&str, &str); 11] = [
    ("s3:prefix", "text"),
    ("s3:x-amz-acl", "text"),
    ("s3:RequestObjectTagKeys", "text"),
    ("s3:max-keys", "number"),
    ("aws:SourceIp", "address"),
    ("aws:SecureTransport", "bool"),
    ("aws:CurrentTime", "date"),
    ("aws:PrincipalArn", "arn"),
    ("aws:username", "text"),
    ("jwt:sub", "text"),
    ("jwt:repository", "text"),
];

fn condition() -> impl Strategy<Value = (String, &'static str, Vec<String>)> {
    prop::sample::select(KEYS.to_vec()).prop_flat_map(|(key, kind)| {
        operator(kind).prop_flat_map(move |operator| {
            let kind = if operator == "Null" { "bool" } else { kind };
            (Just(operator), Just(key), prop::collection::vec(expected(kind), 1..3))
        })
    })
}

prop_compose! {
    fn statement()(
        effect in prop::sample::select(vec!["Allow", "Allow", "Deny"]),
        not_action in prop::bool::weighted(0.2),
        actions in prop::collection::vec(prop::sample::select(vec![
            "*", "s3:*", "s3:Get*", "s3:?etObject", "S3:LISTBUCKET", "s3:*Object", "s3:PutObject",
        ]), 1..3),
        not_resource in prop::bool::weighted(0.2),
        resources in prop::collection::vec(prop_oneof![
            "[ab*?][ab/*?]{0,4}",
            prop::sample::select(vec![
                "*", "a/*", "a", "b/${jwt:sub}/*", "a/${jwt:repository}*", "${aws:username}/*", "a/${aws:username, 'b'}",
            ]).prop_map(str::to_owned),
        ], 1..3),
        conditions in prop::collection::vec(condition(), 0..3),
    ) -> Value {
        let resources: Vec<_> = resources.iter().map(|resource| format!("arn:aws:s3:::{resource}")).collect();
        let mut blocks = serde_json::Map::new();
        for (operator, key, values) in conditions {
            let block = blocks.entry(operator).or_insert_with(|| json!({}));
            block[key] = if let [one] = &values[..] { json!(one) } else { json!(values) };
        }
        let action = if not_action { "NotAction" } else { "Action" };
        let resource = if not_resource { "NotResource" } else { "Resource" };
        json!({ "Effect": effect, action: actions, resource: resources, "Condition": blocks })
    }
}

fn context() -> impl Strategy<Value = Vec<(&'static str, Vec<String>)>> {
    let each = KEYS.map(|(key, kind)| {
        prop_oneof![
            2 => Just(Vec::new()),
            5 => prop::collection::vec(found(kind), 1..2),
            1 => prop::collection::vec(found(kind), 2..3),
        ]
        .prop_map(move |values| (key, values))
    });
    each.into_iter().collect::<Vec<_>>()
}

fn targets() -> impl Strategy<Value = (Action, String, Option<String>)> {
    (
        prop::sample::select(vec![Action::GetObject, Action::PutObject, Action::ListBucket]),
        prop::sample::select(vec!["a", "b", "ab"]).prop_map(str::to_owned),
        prop_oneof!["[ab/*]{1,4}", "a/[ab]/x", "[ab]"],
    )
        .prop_map(|(action, bucket, key)| {
            let whole = action == Action::ListBucket && key.starts_with('a');
            (action, bucket, (!whole).then_some(key))
        })
}

fn target<'a>(action: Action, bucket: &'a str, key: Option<&'a str>) -> Target<'a> {
    match key {
        None => Target::Bucket(bucket),
        Some(prefix) if action == Action::ListBucket => Target::Listing { bucket, prefix },
        Some(key) => Target::Object { bucket, key },
    }
}

fn compiled(statements: &[Value]) -> Option<(Value, Policy)> {
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    let policy = Policy::from_document(&document).ok()?;
    Some((document, policy))
}

/// Statements enough for an index, about nothing that is asked for.
fn elsewhere() -> impl Iterator<Item = Value> {
    (0..30).map(|n| {
        let resource = format!("arn:aws:s3:::elsewhere-{n}/*");
        json!({ "Effect": if n % 2 == 0 { "Allow" } else { "Deny" }, "Action": "*", "Resource": resource })
    })
}

/// The facts of a request and of a caller, and what the evaluator knows.
fn facts(known: &[(&'static str, Vec<String>)]) -> (Facts, Facts, Context) {
    let (mut request, mut caller, mut context) = (Facts::default(), Facts::default(), Context::new());
    for (key, values) in known.iter().filter(|(_, values)| !values.is_empty()) {
        let of_caller = key.starts_with("jwt:") || matches!(*key, "aws:PrincipalArn" | "aws:username");
        let facts = if of_caller { &mut caller } else { &mut request };
        facts.add(key, values.iter().map(String::as_str)).unwrap();
        let key = if key.starts_with("jwt:") { (*key).to_owned() } else { key.to_lowercase() };
        context.insert(key, values.clone());
    }
    (request, caller, context)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_document_decides_as_the_slow_evaluator(
        statements in prop::collection::vec(statement(), 1..4),
        known in context(),
        asked in prop::collection::vec(targets(), 1..6),
    ) {
        let good: Vec<_> = statements.into_iter().filter(|one| compiled(std::slice::from_ref(one)).is_some()).collect();
        let (document, policy) = compiled(&good).unwrap();
        let (_, large) = compiled(&good.iter().cloned().chain(elsewhere()).collect::<Vec<_>>()).unwrap();
        let (request, caller, context) = facts(&known);
        for (action, bucket, key) in &asked {
            let target = target(*action, bucket, key.as_deref());
            let resource = match target {
                Target::Object { bucket, key } => format!("arn:aws:s3:::{bucket}/{key}"),
                Target::Bucket(bucket) | Target::Listing { bucket, .. } => format!("arn:aws:s3:::{bucket}"),
            };
            let ask = Ask::new(*action, target).with(&request).by(&caller);
            let question = Question { action: action.name(), resource: &resource, context: &context };
            let allowed = policy.decide(&ask).is_allowed();
            prop_assert_eq!(allowed, is_allowed(&document, &question), "{:?} {}", ask, document);
            prop_assert_eq!(policy.decide(&ask), large.decide(&ask), "{:?} {}", ask, document);
            if allowed {
                prop_assert!(policy.may_in(*action, bucket, &caller), "{:?} {}", ask, document);
            }
        }
    }

    /// No decision depends on a fact that the policy does not say it asks for.
    #[test]
    fn fact_keys_are_all_that_a_decision_depends_on(
        statements in prop::collection::vec(statement(), 1..4),
        known in context(),
        (action, bucket, key) in targets(),
    ) {
        let good: Vec<_> = statements.into_iter().filter(|one| compiled(std::slice::from_ref(one)).is_some()).collect();
        let (_, policy) = compiled(&good).unwrap();
        let asked: Vec<_> = policy.fact_keys().collect();
        let few: Vec<_> =
            known.iter().filter(|(key, _)| asked.iter().any(|asked| asked.eq_ignore_ascii_case(key))).cloned().collect();
        let target = target(action, &bucket, key.as_deref());
        let decide = |known: &[_]| {
            let (request, caller, _) = facts(known);
            policy.decide(&Ask::new(action, target).with(&request).by(&caller))
        };
        prop_assert_eq!(decide(&known), decide(&few));
        prop_assert_eq!(policy.asks_of_facts(), !asked.is_empty());
    }
}

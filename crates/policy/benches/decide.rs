//! How long a decision takes: `cargo bench -p brigade-policy`. Figures are reported, not asserted.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "it measures time and prints it"
)]

use std::hint::black_box;
use std::time::Instant;

use brigade_policy::{Action, Ask, Facts, Grant, GrantAction, Policy, Target};
use serde_json::{Value, json};

fn main() {
    let mut request = Facts::default();
    request.add("aws:SourceIp", ["203.0.113.7"]).unwrap();
    request.add("aws:SecureTransport", ["true"]).unwrap();
    let mut caller = Facts::default();
    caller.add("aws:username", ["team-500"]).unwrap();
    caller.add("jwt:sub", ["team-500"]).unwrap();
    let object = Target::Object { bucket: "data-500", key: "team-500/2026/11/21/a.tif" };
    let listing = Target::Listing { bucket: "data-500", prefix: "team-500/2026/" };
    let bucket = Target::Bucket("data-500");
    let one = Target::Object { bucket: "data", key: "team-500/2026/11/21/a.tif" };

    let office =
        json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" }, "Bool": { "aws:SecureTransport": true } });
    let each = |resource: &dyn Fn(usize) -> String, condition: &Value| {
        document(
            (0..1000)
                .map(|n| statement(if n % 10 == 0 { "Deny" } else { "Allow" }, &resource(n + 1), condition)),
        )
    };
    let none = json!({});
    let grants = |bucket: &dyn Fn(usize) -> String| {
        Policy::from_grants((0..1000).map(|n| Grant {
            bucket: bucket(n),
            prefix: format!("team-{n}/"),
            actions: vec![GrantAction::Read, GrantAction::List],
        }))
    };
    let policies = [
        (
            "1 grant",
            Policy::from_grants([Grant {
                bucket: "data-500".into(),
                prefix: "team-500/".into(),
                actions: vec![GrantAction::Read, GrantAction::List],
            }]),
        ),
        ("10 statements", document((495..505).map(|n| statement("Allow", &format!("data-{n}/*"), &none)))),
        ("1,000 buckets", each(&|n| format!("data-{n}/*"), &none)),
        ("1,000 prefixes", each(&|n| format!("data-500/team-{n}/*"), &none)),
        ("1,000 suffixes", each(&|n| format!("data-500/*/{n}.tif"), &none)),
        ("1,000 prefixes, conditions", each(&|n| format!("data-500/team-{n}/*"), &office)),
        ("1,000 with a variable", each(&|n| format!("data-{n}/${{jwt:sub}}/*"), &none)),
        ("1,000 grants of buckets", grants(&|n| format!("data-{n}"))),
        ("1,000 grants of prefixes", grants(&|_| "data-500".to_owned())),
    ];
    println!("{:28} {:>12} {:>12} {:>12}", "", "object", "listing", "bucket");
    for (name, policy) in &policies {
        let asks = [
            Ask::new(Action::GetObject, object),
            Ask::new(Action::ListBucket, listing),
            Ask::new(Action::ListBucket, bucket),
        ];
        let times = asks.map(|ask| time(policy, &ask.with(&request).by(&caller)));
        println!("{name:28} {:>9} ns {:>9} ns {:>9} ns", times[0], times[1], times[2]);
    }
    let homes = document(std::iter::once(statement("Allow", "data/${jwt:sub}/*", &office)));
    println!(
        "{:28} {:>9} ns",
        "1, variable and conditions",
        time(&homes, &Ask::new(Action::GetObject, one).with(&request).by(&caller))
    );
    println!("{:28} {:>9} ns", "reading a session's policy", reading());
}

/// The time of a decision: the best of some rounds.
fn time(policy: &Policy, ask: &Ask<'_>) -> u128 {
    const TIMES: u32 = 2_000;
    let round = || {
        let start = Instant::now();
        for _ in 0..TIMES {
            let _ = black_box(policy.decide(black_box(ask)));
        }
        start.elapsed().as_nanos() / u128::from(TIMES)
    };
    (0..20).map(|_| round()).min().unwrap_or_default()
}

/// The time to read a policy, as a session's is for each of its requests.
fn reading() -> u128 {
    const TEXT: &str = r#"{ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::data/${jwt:sub}/*" },
        { "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::data", "Condition": { "StringLike": { "s3:prefix": "${jwt:sub}/*" } } }
    ] }"#;
    let round = || {
        let start = Instant::now();
        for _ in 0..1_000 {
            let document: Value = serde_json::from_str(black_box(TEXT)).unwrap();
            let _ = black_box(Policy::from_document(&document));
        }
        start.elapsed().as_nanos() / 1_000
    };
    (0..20).map(|_| round()).min().unwrap_or_default()
}

fn statement(effect: &str, resource: &str, condition: &Value) -> Value {
    json!({ "Effect": effect, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": format!("arn:aws:s3:::{resource}"), "Condition": condition })
}

fn document(statements: impl Iterator<Item = Value>) -> Policy {
    let statements: Vec<_> = statements.collect();
    Policy::from_document(&json!({ "Version": "2012-10-17", "Statement": statements })).unwrap()
}

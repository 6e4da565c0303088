//! Any policy document at all: it is read or refused; and one that is read decides the same among many statements as by
//! itself, never allows what a deny of everything takes away, and hides nothing that it allows.
//!
//! Input: a key on the first line, then lines `fact=value`, an empty line, and the document.
#![no_main]

use brigade_policy::{Action, Ask, Facts, Policy, Scopes, Target};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else { return };
    let Some((head, document)) = text.split_once("\n\n") else { return };
    let Ok(document) = serde_json::from_str::<Value>(document) else { return };
    let mut lines = head.lines();
    let Some(key) = lines.next() else { return };
    let (mut request, mut caller) = (Facts::default(), Facts::default());
    for (name, value) in lines.filter_map(|line| line.split_once('=')) {
        match Facts::are_of_caller(name) {
            Ok(true) => drop(caller.add(name, value.split('|'))),
            Ok(false) => drop(request.add(name, value.split('|'))),
            Err(_) => request.conceal(name),
        }
    }
    let Ok(policy) = Policy::from_document(&document) else { return };
    let _ = Policy::of_bucket("b", &document).map_err(|mistakes| format!("{mistakes:?}"));

    let elsewhere = (0..30).map(
        |n| json!({ "Effect": "Deny", "Action": "*", "Resource": format!("arn:aws:s3:::elsewhere-{n}/*") }),
    );
    let others = Policy::from_document(
        &json!({ "Version": "2012-10-17", "Statement": elsewhere.collect::<Vec<_>>() }),
    );
    let all = json!({ "Effect": "Deny", "Action": "*", "Resource": "*" });
    let nothing = Policy::from_document(&json!({ "Version": "2012-10-17", "Statement": all }));
    let (Ok(others), Ok(nothing)) = (others, nothing) else { panic!("both are policies") };
    let many = policy.and(&others);

    let bucket = key.split('/').next().unwrap_or_default();
    let targets = [
        (Action::GetObject, Target::Object { bucket: "b", key }),
        (Action::PutObject, Target::Object { bucket, key }),
        (Action::ListBucket, Target::Listing { bucket: "b", prefix: key }),
        (Action::ListBucket, Target::Bucket(bucket)),
    ];
    for (action, target) in targets {
        let ask = Ask::new(action, target).with(&request).by(&caller);
        let decision = policy.decide(&ask);
        if !target.bucket().starts_with("elsewhere-") {
            assert_eq!(decision, many.decide(&ask), "{ask:?}");
        }
        let denied = Scopes { own: Some(&policy), limits: &[], bucket: Some(&nothing) };
        assert!(!denied.decide(&ask).is_allowed(), "{ask:?}");
        assert!(!decision.is_allowed() || policy.may_in(action, target.bucket(), &caller), "{ask:?}");
    }
    let asked: Vec<_> = policy.fact_keys().collect();
    assert!(asked.is_sorted() && asked.iter().all(|key| Facts::are_of_caller(key).is_ok()), "{asked:?}");
});

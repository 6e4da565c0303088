//! What these tests have behind the gateway, and who asks.

use std::sync::Arc;

use brigade_policy::{Grant, Policy};
use brigade_s3::Backend;
use brigade_testkit::{Ask, InProcess, Ledger, Recorder, Signer, World, keys};

/// A policy of grants, each `bucket prefix actions…`; `*` for no prefix.
pub(crate) fn policy(grants: &[&str]) -> Policy {
    let grant = |line: &&str| {
        let mut words = line.split(' ');
        let (bucket, prefix) = (words.next().unwrap(), words.next().unwrap());
        let prefix = if prefix == "*" { "" } else { prefix };
        let actions = words.map(|word| word.parse().unwrap()).collect();
        Grant { bucket: bucket.into(), prefix: prefix.into(), actions }
    };
    Policy::from_grants(grants.iter().map(grant))
}

/// A ledger in which `full` may do everything everywhere.
pub(crate) fn ledger() -> Ledger {
    Ledger::default()
        .key(&keys::full(), policy(&["* * read list write delete"]))
        .key(&keys::nobody(), Policy::default())
}

/// A gateway before the real store with these objects, `bucket/key`; what `build` makes of the ledger is served.
pub(crate) async fn embedded(
    buckets: &[&str],
    objects: &[&str],
    build: impl FnOnce(Ledger, &Arc<Backend>) -> Ledger,
) -> World<InProcess> {
    let store = InProcess::with_buckets(buckets);
    for object in objects {
        let put = Ask::new("PUT", &format!("/{object}")).body(format!("this is {object}"));
        let answer = store.ask(put.request()).await;
        assert_eq!(answer.status(), 200, "{object}");
    }
    let backend = Arc::new(Ledger::embedded());
    World::new(store, build(ledger(), &backend))
}

/// A gateway before a store over HTTP that says what it is told to.
pub(crate) fn remote(build: impl FnOnce(Ledger, &Arc<Backend>) -> Ledger) -> World<Recorder> {
    let backend = Arc::new(Ledger::remote());
    World::new(Recorder::default(), build(ledger(), &backend))
}

/// A GET by a key.
pub(crate) fn get(target: &str, by: &Signer) -> Ask {
    Ask::new("GET", target).sign(by)
}

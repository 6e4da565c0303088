//! A gateway with one more key, whose policy a test writes.

use brigade_policy::Policy;
use brigade_s3::Arrival;
use brigade_testkit::{Ask, InProcess, Ledger, Signer, World, arrival};
use serde_json::{Value, json};

pub(super) fn signer() -> Signer {
    Signer::new("AKIDPOLICY", "policy")
}

/// A store with all that [`World::embedded`] has.
pub(super) async fn store() -> InProcess {
    World::embedded().await.upstream
}

pub(super) fn world(store: &InProcess, statements: &Value) -> World<InProcess> {
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    let policy = Policy::from_document(&document).unwrap();
    World::new(store.clone(), Ledger::standard(Ledger::embedded()).key(&signer(), policy))
}

/// Checks both ways: that an allow under a condition lets a request through or not, and a deny under it the other way.
#[track_caller]
pub(super) fn check(
    store: &InProcess,
    condition: &Value,
    ask: &Ask,
    arrival: Arrival,
    holds: bool,
) -> impl Future<Output = ()> {
    let all = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let with =
        |effect: &str| json!({ "Effect": effect, "Action": "*", "Resource": "*", "Condition": condition });
    let worlds =
        [(world(store, &json!([with("Allow")])), holds), (world(store, &json!([all, with("Deny")])), !holds)];
    let (ask, condition) = (ask.clone(), condition.clone());
    async move {
        for (world, allowed) in worlds {
            let answer = world.send_at(ask.clone().request(), arrival).await;
            assert_eq!(answer.status != 403, allowed, "{condition} {ask:?} {arrival:?}: {answer:?}");
        }
    }
}

/// The same, now.
#[track_caller]
pub(super) fn check_now(
    store: &InProcess,
    condition: &Value,
    ask: &Ask,
    holds: bool,
) -> impl Future<Output = ()> {
    check(store, condition, ask, arrival(), holds)
}

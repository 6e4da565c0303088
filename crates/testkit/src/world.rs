//! A gateway in a box.

use std::sync::Arc;

use brigade_gateway::{Gateway, Sessions, Settings, Upstream};
use brigade_s3::{Addressing, Arrival, Backend, Domain};
use http::Request;

use crate::{Answer, Ask, Body, InProcess, Ledger, RealSignatures, Recorder, Snapshot, arrival};

/// A gateway with the standard keys and buckets of [`Ledger`], and what is behind it.
///
/// It answers at any host in path style, and below `gateway.test` in virtual-hosted style.
#[derive(Debug)]
pub struct World<U> {
    gateway: Gateway<U, Ledger, RealSignatures>,
    /// What is behind the gateway.
    pub upstream: U,
}

/// The store's names of the buckets.
const STORED: &[&str] =
    &["store-private", "store-public", "store-shared", "store-forbidden", "store-elsewhere"];

impl<U: Upstream<Body = Body> + Clone> World<U> {
    /// A gateway between these.
    ///
    /// # Panics
    /// Never: its domain is one.
    pub fn new(upstream: U, ledger: Ledger) -> Self {
        Self::issuing(upstream, ledger, Sessions::default())
    }

    /// A gateway between these that issues sessions.
    ///
    /// # Panics
    /// Never: its domain is one.
    pub fn issuing(upstream: U, ledger: Ledger, sessions: Sessions) -> Self {
        let settings = Settings {
            addressing: Addressing::new(vec![Domain::parse("gateway.test").unwrap()]),
            region: Arc::from("us-east-1"),
            sessions: Arc::new(sessions),
        };
        let gateway = Gateway::new(upstream.clone(), ledger, settings).with_signatures(RealSignatures);
        Self { gateway, upstream }
    }

    /// Sends a request now.
    pub async fn send(&self, ask: Ask) -> Answer {
        self.send_at(ask.request(), arrival()).await
    }

    /// Sends a request at another time.
    pub async fn send_at(&self, request: Request<Body>, arrival: Arrival) -> Answer {
        // Boxed: what a gateway holds of a request is too large to lie in every test's own future.
        let reply = Box::pin(self.gateway.handle(request, arrival)).await;
        let (head, body) = reply.response.into_parts();
        let (body, ended) = body.drain();
        Answer { status: head.status.as_u16(), headers: head.headers, body, ended, record: reply.record }
    }
}

impl World<InProcess> {
    /// Before the real store, in memory, which holds in every bucket:
    ///
    /// `team/a` `team/b` `team2/x` `team` `secret` `public.txt`; for `mapped` and `open` under their prefixes; and in
    /// `store-shared` besides, outside of both, `tenants/ab/hidden` and `hidden`.
    pub async fn embedded() -> Self {
        Self::new(Self::stores().await, Ledger::standard(Ledger::embedded()))
    }

    /// The store of [`World::embedded`], for a gateway of another kind.
    pub async fn stores() -> InProcess {
        let upstream = InProcess::with_buckets(STORED);
        for bucket in STORED {
            let folders: &[&str] =
                if *bucket == "store-shared" { &["tenants/a/", "tenants/b/"] } else { &[""] };
            for folder in folders {
                for key in ["team/a", "team/b", "team2/x", "team", "secret", "public.txt"] {
                    put(&upstream, bucket, &format!("{folder}{key}")).await;
                }
            }
        }
        for key in ["tenants/ab/hidden", "hidden"] {
            put(&upstream, "store-shared", key).await;
        }
        upstream
    }

    /// All the store holds.
    pub async fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.upstream, STORED).await
    }
}

async fn put(store: &InProcess, bucket: &str, key: &str) {
    let ask = Ask::new("PUT", &format!("/{bucket}/{key}")).body(format!("{bucket} holds {key}"));
    let answer = store.ask(ask.request()).await;
    assert_eq!(answer.status(), 200, "{bucket}/{key}: {answer:?}");
}

impl World<Recorder> {
    /// Before a store over HTTP that says what it is told to.
    #[must_use]
    pub fn remote() -> Self {
        Self::remote_as(|_| {})
    }

    /// The same with a backend that `how` has changed.
    #[must_use]
    pub fn remote_as(how: impl FnOnce(&mut Backend)) -> Self {
        let mut backend = Ledger::remote();
        how(&mut backend);
        Self::new(Recorder::default(), Ledger::standard(backend))
    }
}

//! The gateway asks for no `Send`: a body that holds an `Rc`, as JavaScript handles do on Workers, makes a gateway; and
//! with bodies that are `Send`, its future is `Send` without anybody having asked.

#![allow(clippy::unwrap_used, reason = "a test: a failure is a panic")]

use std::future::{Future, ready};
use std::marker::PhantomData;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use brigade_gateway::{
    Body, BodyError, Buckets, Gateway, Key, Registry, RegistryError, Role, SendError, Settings, Upstream,
};
use brigade_s3::{Addressing, Arrival, Caller, Cors, Destination, Found, Named};
use brigade_sigv4::{Decoder, Timestamp};
use bytes::Bytes;
use http::{Request, Response};

/// A body that cannot leave its thread.
struct Local(Rc<Bytes>);
/// A body that can.
struct Shared(Bytes);

impl From<Bytes> for Local {
    fn from(bytes: Bytes) -> Self {
        Self(Rc::new(bytes))
    }
}

impl From<Bytes> for Shared {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl Body for Local {
    async fn collect(self, _: usize) -> Result<Bytes, BodyError> {
        Ok(Bytes::clone(&self.0))
    }
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        Ok(None)
    }
    fn behind(self, bytes: Bytes) -> Self {
        bytes.into()
    }
    fn decode(self, _: Decoder) -> Self {
        self
    }
}

impl Body for Shared {
    async fn collect(self, _: usize) -> Result<Bytes, BodyError> {
        Ok(self.0)
    }
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        Ok(None)
    }
    fn behind(self, bytes: Bytes) -> Self {
        bytes.into()
    }
    fn decode(self, _: Decoder) -> Self {
        self
    }
}

/// Answers every request with its own body.
struct Echo<B>(PhantomData<fn(B) -> B>);

impl<B: Body> Upstream for Echo<B> {
    type Body = B;
    fn send(&self, request: Request<B>) -> impl Future<Output = Result<Response<B>, SendError>> {
        ready(Ok(Response::new(request.into_body())))
    }
}

struct Nothing;

impl Registry for Nothing {
    async fn key(&self, _: &str) -> Result<Option<Key>, RegistryError> {
        Ok(None)
    }
    async fn role(&self, _: &str) -> Result<Option<Arc<Role>>, RegistryError> {
        Ok(None)
    }
    async fn bearer_roles(&self) -> Result<Arc<[Arc<Role>]>, RegistryError> {
        Ok(Arc::default())
    }
    async fn bucket(&self, _: &Named<'_>, _: &Caller) -> Result<Option<Found>, RegistryError> {
        Ok(None)
    }
    async fn cors(&self, _: &Destination<'_>) -> Result<Arc<Cors>, RegistryError> {
        Ok(Arc::default())
    }
    async fn buckets(&self, _: &Caller) -> Result<Buckets, RegistryError> {
        Ok(Buckets::default())
    }
}

fn gateway<B: Body>() -> Gateway<Echo<B>, Nothing> {
    let settings = Settings {
        addressing: Addressing::default(),
        region: Arc::from("us-east-1"),
        sessions: Arc::default(),
    };
    Gateway::new(Echo(PhantomData), Nothing, settings)
}

fn arrival() -> Arrival {
    Arrival { at: Timestamp::from_unix(1_800_000_000), from: None, secure: false, seed: [7; 32] }
}

fn request<B: From<Bytes>>() -> Request<B> {
    Request::get("/demo/key").header("host", "localhost").body(Bytes::new().into()).unwrap()
}

#[test]
fn a_body_that_is_not_send_is_served_without_a_runtime() {
    let gateway = gateway::<Local>();
    let reply = pin!(gateway.handle(request(), arrival())).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(reply) = reply else { panic!("nothing here has anything to wait for") };
    assert_eq!(reply.response.status(), 403);
    assert_eq!(reply.response.headers()["x-amz-request-id"], "0707070707070707");
}

#[test]
fn a_send_body_makes_a_send_future() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let gateway = gateway::<Shared>();
    let reply =
        pin!(is_send(gateway.handle(request(), arrival()))).poll(&mut Context::from_waker(Waker::noop()));
    assert!(reply.is_ready());
}

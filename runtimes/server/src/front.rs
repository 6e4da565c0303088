//! The HTTP layer's side of a request: checks, health, one line in the log, and which connections must close.

mod logged;

use std::future::Future;
use std::sync::Arc;
use std::time::SystemTime;

use brigade_gateway::{Configured, Probe, Record};
use brigade_s3::{Arrival, Code, S3Error};
use http::{Request, Response, request};

use crate::body::{Body, Meter};
use crate::clock;
use crate::connection::Peer;
use crate::drain::Drain;
use crate::guard;
use crate::http1::head::Violation;
use crate::limits::Limits;
pub(crate) use logged::{Books, Logged, Pending};

/// Answers requests that the HTTP layer has admitted: the gateway, or something simpler in a test.
pub trait Answer: Send + Sync + 'static {
    /// Answers one request, and notes what it is as soon as that is known. `Send` is asked for here, and in no trait of the
    /// gateway, because here tasks are spawned.
    fn answer(
        &self,
        request: Request<Body>,
        arrival: Arrival,
        record: &mut Record,
    ) -> impl Future<Output = Response<Body>> + Send;
}

/// What every connection shares.
#[derive(Debug)]
pub(crate) struct Front<A> {
    pub(crate) answer: A,
    pub(crate) limits: Arc<Limits>,
    pub(crate) books: Arc<Books>,
    pub(crate) drain: Drain,
    /// Whose beginning makes `/.brigade/ready` say no.
    pub(crate) ready: Drain,
    /// What `/.brigade/health` says of the configuration.
    pub(crate) configured: Configured,
}

impl<A: Answer> Front<A> {
    /// Answers one request, whose body notes in `meter` what was read of it; every answer has a request id and one line in
    /// the log.
    pub(crate) async fn respond(
        &self,
        mut head: request::Parts,
        body: Body,
        meter: Option<Arc<Meter>>,
        peer: &Peer,
    ) -> (Response<Body>, Pending) {
        let at = clock::system_time();
        let mut pending = Pending::new(&head, at, peer, meter, Arc::clone(&self.books));
        let arrival = match arrival(at, peer) {
            Ok(arrival) => arrival,
            Err(arrival) => {
                return pending.into_refusal(S3Error::new(Code::InternalError), &arrival);
            }
        };
        pending.arrived(&arrival);
        if let Err(error) = brigade_gateway::admit(&mut head) {
            return pending.into_refusal(error, &arrival);
        }
        let response = match Probe::of(&head) {
            Some(probe) => self.health(probe),
            None => self.answer.answer(Request::from_parts(head, body), arrival, pending.record()).await,
        };
        pending.into_response(response)
    }

    fn health(&self, probe: Probe) -> Response<Body> {
        let ready = if self.ready.has_begun() { Err("draining") } else { Ok(()) };
        probe.answer(&self.configured, ready).map(Body::from)
    }

    /// Answers what is no request.
    pub(crate) fn refuse(&self, violation: Violation, peer: &Peer) -> (Response<Body>, Pending) {
        let at = clock::system_time();
        let mut pending = Pending::unread(at, peer, Arc::clone(&self.books));
        let (Ok(arrival) | Err(arrival)) = arrival(at, peer);
        pending.arrived(&arrival);
        pending.into_refusal(guard::explain(violation), &arrival)
    }
}

/// A request's arrival; one without chance when the system has none to give.
fn arrival(at: SystemTime, peer: &Peer) -> Result<Arrival, Arrival> {
    let Peer { address, secure, .. } = *peer;
    let arrival = |seed| Arrival { at: clock::timestamp(at), from: Some(address.ip()), secure, seed };
    clock::seed().map(arrival).map_err(|error| {
        tracing::error!(%error, "the system gives no random bytes");
        arrival([0; 32])
    })
}

//! The HTTP layer's side of a request: checks, health, one line in the log, and which connections must close.

mod logged;

use std::future::Future;
use std::sync::Arc;

use brigade_gateway::{Configured, Probe, Reply};
use brigade_s3::{Arrival, Code, S3Error};
use http::{HeaderValue, Request, Response, Version, header};
use hyper::body::Incoming;

use crate::body::{Body, Received};
use crate::clock;
use crate::connection::{Peer, REFUSED, Refusal, Traffic};
use crate::drain::Drain;
use crate::guard;
use crate::limits::Limits;
use crate::log::Log;
use crate::metrics::Metrics;
pub(crate) use logged::Logged;
use logged::Pending;

/// Answers requests that the HTTP layer has admitted: the gateway, or something simpler in a test.
pub trait Answer: Send + Sync + 'static {
    /// Answers one request. `Send` is asked for here, and in no trait of the gateway, because here tasks are spawned.
    fn answer(&self, request: Request<Body>, arrival: Arrival) -> impl Future<Output = Reply<Body>> + Send;
}

/// What every connection shares.
#[derive(Debug)]
pub(crate) struct Front<A> {
    pub(crate) answer: A,
    pub(crate) limits: Arc<Limits>,
    pub(crate) log: Log,
    pub(crate) metrics: Metrics,
    pub(crate) drain: Drain,
    /// Whose beginning makes `/.brigade/ready` say no.
    pub(crate) ready: Drain,
    /// What `/.brigade/health` says of the configuration.
    pub(crate) configured: Configured,
}

/// What is known of the connection a request came on.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) peer: Peer,
    pub(crate) traffic: Arc<Traffic>,
    /// Why the wire's last head was refused, if it was.
    pub(crate) refusal: Refusal,
}

impl<A: Answer> Front<A> {
    /// Answers one request; every answer has a request id and one line in the log.
    pub(crate) async fn respond(&self, request: Request<Incoming>, line: &Line) -> Response<Logged> {
        let deciding = line.traffic.deciding();
        let at = clock::system_time();
        let (mut head, incoming) = request.into_parts();
        let (body, meter) = Received::new(incoming, &self.limits);
        let chunked = head.headers.contains_key(header::TRANSFER_ENCODING);
        let http1 = head.version < Version::HTTP_2;
        let mut pending = Pending::new(&head, at, line, meter.clone(), self.log.clone(), &self.metrics);

        let reply = match clock::chance() {
            Err(error) => {
                tracing::error!(%error, "the system gives no random bytes");
                Err((S3Error::new(Code::InternalError), [0; 32]))
            }
            Ok(seed) => {
                let Peer { address, secure } = line.peer;
                let arrival = Arrival { at: clock::timestamp(at), from: Some(address.ip()), secure, seed };
                pending.arrived(&arrival);
                match self.admit(&mut head, line) {
                    Err(error) => Err((error, seed)),
                    Ok(()) => Ok(match Probe::of(&head) {
                        Some(probe) => self.health(probe),
                        None => {
                            let reply = self
                                .answer
                                .answer(Request::from_parts(head, Body::received(body)), arrival)
                                .await;
                            pending.replied(&reply.record);
                            reply.response
                        }
                    }),
                }
            }
        };
        let mut response = match reply {
            Ok(response) => response,
            Err((error, seed)) => {
                pending.refused(error.reason());
                let arrival = Arrival { at: clock::timestamp(at), from: None, secure: false, seed };
                error.into_response(arrival.request_id()).map(Body::from)
            }
        };
        // What the client has not been asked for yet will not be: the next request could not be told from it.
        if http1 && (chunked || !meter.is_over()) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        drop(deciding);
        pending.into_response(response, line.traffic.clone())
    }

    fn health(&self, probe: Probe) -> Response<Body> {
        let ready = if self.ready.has_begun() { Err("draining") } else { Ok(()) };
        probe.answer(&self.configured, ready).map(Body::from)
    }

    fn admit(&self, head: &mut http::request::Parts, line: &Line) -> Result<(), S3Error> {
        match line.refusal.get() {
            Some(violation) if head.uri.path() == REFUSED => Err(guard::explain(*violation)),
            _ => brigade_gateway::admit(head),
        }
    }
}

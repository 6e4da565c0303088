//! An answer's body that writes the request's line into the log when it has ended, well or not.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use brigade_gateway::{BodyError, Entry, Record, redacted};
use brigade_s3::Arrival;
use bytes::Bytes;
use http::{HeaderValue, Method, Response, request};
use http_body::{Body as _, Frame, SizeHint};

use super::Line;
use crate::body::{Body, Meter};
use crate::clock;
use crate::connection::Traffic;
use crate::log::Log;
use crate::metrics::{Held, Metrics};

/// A request whose line is still to be written. Dropped early, it says that the client left.
#[derive(Debug)]
pub(super) struct Pending {
    entry: Entry,
    begun: SystemTime,
    uploaded: Arc<Meter>,
    log: Log,
    metrics: Metrics,
    _held: Held,
    head: bool,
    /// Health checks are not worth a line.
    silent: bool,
}

impl Pending {
    pub(super) fn new(
        head: &request::Parts,
        begun: SystemTime,
        line: &Line,
        uploaded: Arc<Meter>,
        log: Log,
        metrics: &Metrics,
    ) -> Self {
        let entry = Entry {
            time: clock::written(begun),
            client: Some(line.peer.address.to_string()),
            method: head.method.as_str().to_owned(),
            aborted: true,
            ..Entry::default()
        };
        let silent = matches!(head.uri.path(), "/.brigade/health" | "/.brigade/ready");
        let (metrics, held) = (metrics.clone(), metrics.begun());
        Self { entry, begun, uploaded, log, metrics, _held: held, head: head.method == Method::HEAD, silent }
    }

    pub(super) fn arrived(&mut self, arrival: &Arrival) {
        self.entry.request_id = arrival.request_id().to_string();
    }

    pub(super) fn refused(&mut self, reason: String) {
        self.entry.refused = Some(redacted(&reason));
    }

    pub(super) fn replied(&mut self, record: &Record) {
        self.entry.tell(record);
    }

    /// The answer, whose end writes the line.
    pub(super) fn into_response(
        mut self,
        mut response: Response<Body>,
        traffic: Arc<Traffic>,
    ) -> Response<Logged> {
        self.entry.status = Some(response.status().as_u16());
        if let Ok(id) = HeaderValue::from_str(&self.entry.request_id) {
            response.headers_mut().entry("x-amz-request-id").or_insert(id);
        }
        response.map(|body| {
            if self.head || body.is_end_stream() {
                self.entry.aborted = false;
            }
            Logged { body, pending: self, traffic }
        })
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.silent {
            return;
        }
        let lasted = clock::system_time().duration_since(self.begun).unwrap_or_default();
        self.entry.duration_ms = u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX);
        self.entry.bytes_in = self.uploaded.bytes();
        self.metrics.ended(&self.entry, lasted);
        self.log.write(&self.entry);
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Logged {
    body: Body,
    pending: Pending,
    traffic: Arc<Traffic>,
}

impl http_body::Body for Logged {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.pending.entry.bytes_out += bytes as u64;
                self.traffic.moved(bytes);
                // With its length announced, hyper may not ask again after the last byte.
                if self.body.is_end_stream() {
                    self.pending.entry.aborted = false;
                }
            }
            Poll::Ready(None) => self.pending.entry.aborted = false,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

//! An answer's body that writes the request's line into the log when it has ended, well or not.

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use brigade_gateway::{BodyError, Entry, Record};
use brigade_s3::{Arrival, S3Error};
use bytes::Bytes;
use http::{HeaderName, Method, Response, header, request};
use http_body::{Body as _, Frame, SizeHint};

use crate::body::{Body, Meter};
use crate::clock;
use crate::connection::Peer;
use crate::log::Log;
use crate::metrics::Metrics;

/// The method of what could not be read.
const UNREAD: &str = "-";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

/// Where a request is noted once it has ended. One for all: each has a hold on it as long as it lasts.
#[derive(Debug)]
pub(crate) struct Books {
    pub(crate) log: Log,
    pub(crate) metrics: Metrics,
}

/// A request whose line is still to be written. Dropped early, it says that it was cut short.
#[derive(Debug)]
pub(crate) struct Pending {
    entry: Entry,
    record: Record,
    begun: SystemTime,
    uploaded: Option<Arc<Meter>>,
    books: Arc<Books>,
    head: bool,
    /// Health checks are not worth a line.
    silent: bool,
}

impl Pending {
    pub(super) fn new(
        head: &request::Parts,
        begun: SystemTime,
        peer: &Peer,
        uploaded: Option<Arc<Meter>>,
        books: Arc<Books>,
    ) -> Self {
        let silent = matches!(head.uri.path(), "/.brigade/health" | "/.brigade/ready");
        let mut pending = Self::begin(written(&head.method), begun, peer, books);
        (pending.uploaded, pending.silent) = (uploaded, silent);
        pending.head = head.method == Method::HEAD;
        pending
    }

    /// Of a request that could not be read.
    pub(super) fn unread(begun: SystemTime, peer: &Peer, books: Arc<Books>) -> Self {
        Self::begin(Cow::Borrowed(UNREAD), begun, peer, books)
    }

    fn begin(method: Cow<'static, str>, begun: SystemTime, peer: &Peer, books: Arc<Books>) -> Self {
        let entry = Entry {
            time: clock::written(begun),
            client: Some(Arc::clone(&peer.written)),
            method,
            aborted: true,
            ..Entry::default()
        };
        books.metrics.begun();
        Self { entry, record: Record::default(), begun, uploaded: None, books, head: false, silent: false }
    }

    pub(super) fn arrived(&mut self, arrival: &Arrival) {
        self.entry.request_id = arrival.request_id();
    }

    /// What is noted of it as it is answered: its line says as much even if it is cut short.
    pub(super) fn record(&mut self) -> &mut Record {
        &mut self.record
    }

    /// The answer, and what is noted of it.
    pub(super) fn into_response(mut self, mut response: Response<Body>) -> (Response<Body>, Self) {
        self.entry.status = Some(response.status().as_u16());
        if let header::Entry::Vacant(place) = response.headers_mut().entry(REQUEST_ID) {
            place.insert(self.entry.request_id.header());
        }
        (response, self)
    }

    /// The answer that says what is wrong.
    pub(super) fn into_refusal(mut self, error: S3Error, arrival: &Arrival) -> (Response<Body>, Self) {
        self.record.refused = Some(error.reason());
        self.into_response(error.into_response(arrival.request_id()).map(Body::from))
    }

    /// So many bytes of the answer's body are on their way.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.entry.bytes_out += bytes as u64;
    }

    /// The answer has reached its end.
    pub(crate) fn whole(&mut self) {
        self.entry.aborted = false;
    }
}

/// A method as the log writes it.
fn written(method: &Method) -> Cow<'static, str> {
    match *method {
        Method::GET => Cow::Borrowed("GET"),
        Method::PUT => Cow::Borrowed("PUT"),
        Method::HEAD => Cow::Borrowed("HEAD"),
        Method::POST => Cow::Borrowed("POST"),
        Method::DELETE => Cow::Borrowed("DELETE"),
        _ => Cow::Owned(method.as_str().to_owned()),
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.books.metrics.over();
        if self.silent {
            return;
        }
        let lasted = clock::system_time().duration_since(self.begun).unwrap_or_default();
        self.entry.duration_ms = u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX);
        self.entry.tell(std::mem::take(&mut self.record));
        self.entry.bytes_in = self.uploaded.as_ref().map_or(0, |meter| meter.bytes());
        self.books.metrics.ended(&self.entry, lasted);
        self.books.log.write(&self.entry);
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Logged {
    body: Body,
    pending: Pending,
}

impl Logged {
    /// An answer whose end writes the line.
    pub(crate) fn response(response: Response<Body>, mut pending: Pending) -> Response<Self> {
        response.map(|body| {
            if pending.head || body.is_end_stream() {
                pending.whole();
            }
            Self { body, pending }
        })
    }
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
                self.pending.sent(frame.data_ref().map_or(0, Bytes::len));
                // With its length announced, hyper may not ask again after the last byte.
                if self.body.is_end_stream() {
                    self.pending.whole();
                }
            }
            Poll::Ready(None) => self.pending.whole(),
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

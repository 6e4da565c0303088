//! One request over one connection, up to the head of its answer.
//!
//! ```text
//! head, first bytes ─► body: copied, or spliced by the kernel ─► over ─┐
//!        └── the answer is listened for all the while ─────────────────┴─► its head
//! ```
//!
//! An answer may come before the upload is over: then the rest is not sent, and nothing else goes over the connection.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use brigade_gateway::{BodyError, SendError};
use http::{Method, StatusCode, request, response};
use tokio::io::AsyncWrite as _;
use tokio::time::Instant;
use tokio_util::io::poll_read_buf;

use super::connection::{Connection, HEAD_READ};
use super::upload::Upload;
use crate::body::Unmoved;
use crate::http1::head::{Follows, Violation};
use crate::http1::write::request_head;
use crate::limits::Limits;

/// Sent in one go, before others have their turn.
const BURST: usize = 1 << 20;

/// Interim answers (RFC 9110, 15.2) that one request may have.
const INTERIM: u8 = 8;

/// One request on its way. Polled to its end, or dropped with its connection.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    connection: &'a mut Connection,
    upload: Upload,
    method: &'a Method,
    limits: &'a Limits,
    /// Something was written and may still lie in the encryption's buffers.
    unflushed: bool,
    waits: Waits,
    /// The last time the store took something; looked up once that poll had nothing more to do.
    last: Option<Instant>,
    /// Something of an answer has come.
    heard: bool,
    interim: u8,
    /// The store takes no more; it may have said why.
    deaf: Option<io::Error>,
}

/// Who keeps us waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    /// The store, which has not taken what there is.
    Store,
    /// The client, whose body has a bound of its own.
    Client,
    /// The store, which has everything.
    Over,
}

/// The head of an answer.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) parts: response::Parts,
    pub(super) follows: Follows,
    /// Whether the store had been given the whole request.
    pub(super) over: bool,
}

/// Why there is none.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: SendError,
    /// The connection ended before any byte of an answer.
    pub(super) died: bool,
}

impl<'a> Exchange<'a> {
    /// Of a request whose upload has been primed.
    pub(super) fn new(
        connection: &'a mut Connection,
        head: &'a request::Parts,
        mut upload: Upload,
        limits: &'a Limits,
    ) -> Self {
        let out = &mut connection.tools.out;
        request_head(out.head(), &head.method, &head.uri, &head.headers, upload.framed());
        if let Some(first) = upload.first() {
            out.data(first, upload.framed());
            if upload.is_over() {
                out.end(upload.framed());
            }
        }
        Self {
            connection,
            upload,
            method: &head.method,
            limits,
            unflushed: false,
            waits: Waits::Store,
            last: None,
            heard: false,
            interim: 0,
            deaf: None,
        }
    }

    /// Whether all of it has been written.
    fn is_given(&self) -> bool {
        self.upload.is_over() && self.connection.tools.out.is_empty()
    }

    /// Whether the store has been given all of it.
    fn is_over(&self) -> bool {
        self.is_given() && !self.unflushed
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Result<(), BodyError> {
        let mut burst = 0;
        while self.deaf.is_none() {
            match self.poll_send_some(cx) {
                Poll::Ready(Ok(Some(sent))) => {
                    self.last = None;
                    burst += sent;
                }
                Poll::Ready(Ok(None)) => {
                    self.waits = Waits::Over;
                    return Ok(());
                }
                Poll::Ready(Err(Stop::Client(error))) => return Err(error),
                Poll::Ready(Err(Stop::Store(error))) => self.deaf = Some(error),
                Poll::Pending => return Ok(()),
            }
            // With all of it sent, what follows is quick; and whether it was must be known before the answer is looked at.
            if burst >= BURST && !self.is_given() {
                self.waits = Waits::Store;
                // Ready again only after the sockets have been looked at.
                let _ = pin!(tokio::task::yield_now()).poll(cx);
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends some bytes; `None` when there are none left. `Pending` has said for whom it waits.
    fn poll_send_some(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<usize>, Stop>> {
        let tools = &mut self.connection.tools;
        if !tools.out.is_empty() {
            let Poll::Ready(sent) = tools.out.poll_write(cx, &mut tools.writer) else {
                self.waits = Waits::Store;
                self.upload.pressed();
                return Poll::Pending;
            };
            self.unflushed = true;
            return Poll::Ready(sent.map(Some).map_err(Stop::Store));
        }
        if self.upload.is_over() {
            self.waits = Waits::Store;
            ready!(self.poll_flush(cx))?;
            return Poll::Ready(Ok(None));
        }
        if let Some(spliced) = self.poll_splice(cx) {
            return spliced;
        }
        match self.upload.poll_data(cx) {
            Poll::Ready(Ok(data)) => {
                let out = &mut self.connection.tools.out;
                let framed = self.upload.framed();
                if let Some(data) = data {
                    out.data(data, framed);
                }
                while out.has_room(framed)
                    && let Some(data) = self.upload.at_hand().map_err(Stop::Client)?
                {
                    out.behind(data);
                }
                if self.upload.is_over() {
                    out.end(framed);
                }
                Poll::Ready(Ok(Some(0)))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(Stop::Client(error))),
            Poll::Pending => {
                // What it has got so far is not to wait for what comes.
                self.waits = Waits::Store;
                ready!(self.poll_flush(cx))?;
                self.waits = Waits::Client;
                Poll::Pending
            }
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Stop>> {
        if self.unflushed {
            ready!(Pin::new(&mut self.connection.tools.writer).poll_flush(cx)).map_err(Stop::Store)?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Has the kernel move what is left of the client's socket to the store's; `None` where it cannot.
    fn poll_splice(&mut self, cx: &mut Context<'_>) -> Option<Poll<Result<Option<usize>, Stop>>> {
        let to = self.connection.tools.writer.socket()?;
        let received = self.upload.as_received()?;
        let spliced = received.poll_splice(cx, to)?;
        self.waits = if received.waits_for_sender() { Waits::Client } else { Waits::Store };
        Some(spliced.map(|moved| match moved {
            Ok(moved) => self.upload.took(moved as u64).map(|()| Some(moved)).map_err(Stop::Client),
            Err(Unmoved::From(error)) => Err(Stop::Client(error)),
            Err(Unmoved::To(error)) => Err(Stop::Store(error)),
        }))
    }

    fn poll_hear(&mut self, cx: &mut Context<'_>) -> Poll<Result<Answered, Failure>> {
        let over = self.is_over();
        let Connection { reader, buffer, tools } = &mut *self.connection;
        loop {
            if !buffer.is_empty() {
                match tools.head.read_answer(self.method, buffer) {
                    Ok(Some((parts, follows))) if !parts.status.is_informational() => {
                        return Poll::Ready(Ok(Answered { parts, follows, over }));
                    }
                    Ok(Some((parts, _))) => {
                        self.interim += 1;
                        if self.interim > INTERIM || parts.status == StatusCode::SWITCHING_PROTOCOLS {
                            let why = format!("it answered with {} time and again", parts.status);
                            return Poll::Ready(Err(SendError::Reset(why).into()));
                        }
                        continue;
                    }
                    Ok(None) => {}
                    Err(violation) => return Poll::Ready(Err(malformed(violation).into())),
                }
            }
            // What is waited for has no memory yet.
            if let Some(socket) = reader.socket() {
                // Reading says what is wrong with it.
                let _ = ready!(socket.poll_read_ready(cx));
            }
            buffer.reserve(HEAD_READ);
            let died = !self.heard;
            match ready!(poll_read_buf(Pin::new(&mut *reader), cx, buffer)) {
                Ok(0) => {
                    let why = self.deaf.as_ref().map_or_else(
                        || "the connection ended before the head of an answer".to_owned(),
                        ToString::to_string,
                    );
                    return Poll::Ready(Err(Failure { error: SendError::Reset(why), died }));
                }
                Ok(_) => self.heard = true,
                Err(error) => {
                    let lost =
                        matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe);
                    let error = SendError::Reset(error.to_string());
                    return Poll::Ready(Err(Failure { error, died: died && lost }));
                }
            }
        }
    }
}

impl Future for Exchange<'_> {
    type Output = Result<Answered, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        // Whatever the store makes of it: an upload that failed on its sender's side is the sender's failure.
        if let Err(error) = this.poll_send(cx) {
            return Poll::Ready(Err(SendError::Body(error).into()));
        }
        if let Poll::Ready(heard) = this.poll_hear(cx) {
            return Poll::Ready(heard);
        }
        let longest = match this.waits {
            Waits::Store => this.limits.stall,
            Waits::Over => this.limits.answer,
            // The store has all its time again once the client goes on.
            Waits::Client => {
                this.last = None;
                return Poll::Pending;
            }
        };
        let now = Instant::now();
        let last = *this.last.get_or_insert(now);
        ready!(this.connection.tools.alarm.poll(cx, now, last + longest));
        Poll::Ready(Err(SendError::TimedOut.into()))
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        Self { error, died: false }
    }
}

/// Why sending has come to its end.
#[derive(Debug)]
enum Stop {
    /// The body failed.
    Client(BodyError),
    /// The store takes no more.
    Store(io::Error),
}

fn malformed(violation: Violation) -> SendError {
    SendError::Reset(format!("its answer is malformed: {violation:?}"))
}

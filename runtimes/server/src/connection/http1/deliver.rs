//! Puts an answer onto a connection.
//!
//! ```text
//! head ─ with the first bytes, if they are at hand ─► socket
//! then  body ─ read, a piece at a time ─► socket      or, from a plain socket to a plain socket:
//!       body ─ moved by the kernel ─► socket
//! ```

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use http::{Method, Response, StatusCode, Version, header, response};
use http_body::Body as _;
use tokio::io::AsyncWrite;

use super::Conversation;
use crate::body::Body;
use crate::clock;
use crate::front::Pending;
use crate::http1::turn::turn;
use crate::http1::write::{Framed, answer_head};

/// Moved in one go, before others have their turn.
const BURST: usize = 1 << 20;

/// What an answer's framing depends on.
#[derive(Clone, Debug)]
pub(super) struct Lengths {
    /// The request's method.
    pub(super) asked: Method,
    /// The request's version.
    pub(super) version: Version,
    /// Whether the connection ends with the answer.
    pub(super) close: bool,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivered {
    /// All of it is with the system, to be sent. Whether the connection ends with it.
    Whole { close: bool },
    /// Not all of it, which shows.
    Broken,
    /// Not all of it, and the connection's end would pass for the answer's.
    Unmarked,
}

/// What is left of one answer.
#[derive(Debug)]
struct Delivery {
    /// Gone once it has given all it has.
    body: Option<Body>,
    framed: Framed,
    /// Not yet taken from the body, where the length was announced.
    left: u64,
    pending: Pending,
    /// Moved since others had their turn.
    burst: usize,
}

/// What can be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Something.
    Go,
    /// Nothing before the body has more.
    AwaitBody,
    /// Nothing before the client takes what it was given.
    AwaitClient,
    /// Nothing at all: the body failed, or the client did.
    Broken,
}

impl Conversation {
    /// Delivers an answer. Its line in the log is written when this is over.
    pub(super) async fn deliver(
        &mut self,
        response: Response<Body>,
        pending: Pending,
        lengths: Lengths,
    ) -> Delivered {
        let (mut head, body) = response.into_parts();
        let framed = framed(&mut head, &body, &lengths);
        let close = lengths.close || framed == Framed::UntilClose;
        let connection: &[u8] = match (close, lengths.version) {
            (true, _) => b"connection: close\r\n",
            (false, Version::HTTP_10) => b"connection: keep-alive\r\n",
            (false, _) => b"",
        };
        let now = clock::timestamp(clock::system_time());
        answer_head(self.out.head(), head.status, &head.headers, framed, connection, now);
        let (body, left) = match framed {
            Framed::Nothing | Framed::Length(0) => (None, 0),
            Framed::Length(length) => (Some(body), length),
            Framed::Chunked | Framed::UntilClose => (Some(body), u64::MAX),
        };
        let mut delivery = Delivery { body, framed, left, pending, burst: 0 };
        if framed == Framed::Chunked && delivery.body.as_ref().is_some_and(|body| body.is_end_stream()) {
            self.out.end(framed);
            delivery.body = None;
        }
        self.alarm.stop();
        turn().await;
        self.in_hand = None;
        if poll_fn(|cx| self.poll_deliver(cx, &mut delivery)).await {
            delivery.pending.whole();
            return Delivered::Whole { close };
        }
        if framed == Framed::UntilClose { Delivered::Unmarked } else { Delivered::Broken }
    }

    /// Ready with whether all of it was delivered.
    fn poll_deliver(&mut self, cx: &mut Context<'_>, delivery: &mut Delivery) -> Poll<bool> {
        loop {
            if delivery.burst >= BURST {
                delivery.burst = 0;
                // Ready again only after the sockets have been looked at.
                let _ = pin!(tokio::task::yield_now()).poll(cx);
                return Poll::Pending;
            }
            let step = self.step(cx, delivery);
            match step {
                Step::Go | Step::AwaitBody => {}
                Step::AwaitClient => return self.alarm.poll(cx, self.limits.stall).map(|()| false),
                Step::Broken => return Poll::Ready(false),
            }
            if !self.out.is_empty() {
                match self.out.poll_write(cx, &mut self.writer) {
                    Poll::Ready(Ok(moved)) => {
                        self.alarm.stop();
                        delivery.burst += moved;
                    }
                    Poll::Ready(Err(error)) => return broken(&error),
                    Poll::Pending => {
                        if let Some(body) = &mut delivery.body {
                            body.pressed();
                        }
                        return self.alarm.poll(cx, self.limits.stall).map(|()| false);
                    }
                }
            } else if delivery.body.is_none() {
                // Nothing is left of it here; TLS may hold some yet.
                return match Pin::new(&mut self.writer).poll_flush(cx) {
                    Poll::Ready(Ok(())) => Poll::Ready(true),
                    Poll::Ready(Err(error)) => broken(&error),
                    Poll::Pending => self.alarm.poll(cx, self.limits.stall).map(|()| false),
                };
            } else if step == Step::AwaitBody {
                if let Poll::Ready(Err(error)) = Pin::new(&mut self.writer).poll_flush(cx) {
                    return broken(&error);
                }
                return self.poll_left(cx).map(|()| false);
            }
        }
    }

    /// Takes the body's next bytes, to be written behind what waits for that already, or has the kernel move some.
    fn step(&mut self, cx: &mut Context<'_>, delivery: &mut Delivery) -> Step {
        let Delivery { body: Some(body), framed, left, pending, burst } = delivery else { return Step::Go };
        if self.out.has_data() {
            return Step::Go;
        }
        if let (Some(received), Some(socket)) = (body.as_received(), self.writer.socket())
            && received.may_splice()
        {
            if !self.out.is_empty() {
                return Step::Go;
            }
            match received.poll_splice(cx, socket) {
                Some(Poll::Ready(Ok(moved))) => {
                    self.alarm.stop();
                    pending.sent(moved);
                    *burst += moved;
                    *left = left.saturating_sub(moved as u64);
                    if *left == 0 {
                        delivery.body = None;
                    }
                    return Step::Go;
                }
                Some(Poll::Ready(Err(_))) => return Step::Broken,
                Some(Poll::Pending) if received.waits_for_sender() => return Step::AwaitBody,
                Some(Poll::Pending) => return Step::AwaitClient,
                None => {}
            }
        }
        match Pin::new(&mut *body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let Ok(data) = frame.into_data() else { return Step::Go };
                let length = data.len() as u64;
                if length > *left {
                    tracing::warn!("a body is longer than it said");
                    return Step::Broken;
                }
                *left -= length;
                pending.sent(data.len());
                self.out.data(data, *framed);
                if *left == 0 || body.is_end_stream() {
                    return self.end(delivery);
                }
                Step::Go
            }
            Poll::Ready(Some(Err(_))) => Step::Broken,
            Poll::Ready(None) => self.end(delivery),
            Poll::Pending => Step::AwaitBody,
        }
    }

    /// The body has no more.
    fn end(&mut self, delivery: &mut Delivery) -> Step {
        if matches!(delivery.framed, Framed::Length(_)) && delivery.left > 0 {
            return Step::Broken;
        }
        self.out.end(delivery.framed);
        delivery.body = None;
        Step::Go
    }
}

fn framed(head: &mut response::Parts, body: &Body, lengths: &Lengths) -> Framed {
    let length = body.size_hint().exact();
    if lengths.asked == Method::HEAD {
        if let Some(length) = length.filter(|&length| length > 0) {
            head.headers.entry(header::CONTENT_LENGTH).or_insert_with(|| length.into());
        }
        return Framed::Nothing;
    }
    match head.status {
        StatusCode::NO_CONTENT => {
            head.headers.remove(header::CONTENT_LENGTH);
            return Framed::Nothing;
        }
        status if status.is_informational() || status == StatusCode::NOT_MODIFIED => return Framed::Nothing,
        _ => {}
    }
    let announced = || head.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok();
    match length.or_else(announced) {
        Some(length) => Framed::Length(length),
        None if lengths.version == Version::HTTP_10 => Framed::UntilClose,
        None => Framed::Chunked,
    }
}

fn broken(error: &io::Error) -> Poll<bool> {
    tracing::debug!(%error, "an answer could not be delivered");
    Poll::Ready(false)
}

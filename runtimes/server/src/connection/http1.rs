//! HTTP/1 with one client: a request is read, answered, and only then the next.
//!
//! ```text
//! next ─► a head ─► respond, while the client is watched ─► deliver ─► next …
//!   │       └─ a violation ─► what is wrong with it ──────────┤
//!   └─ nothing more is asked ─► end                           └─ nothing more can be read ─► linger ─► end
//! ```
//!
//! One task does all of it. The reading half is with the request's body while that is unread; otherwise what comes is
//! read here, and an end means that the client left, which drops whatever was being done for it.

mod alarm;
mod deliver;
mod slot;

use std::future::{Future, poll_fn};
use std::mem::{MaybeUninit, replace, take};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use http::{HeaderMap, Method, Response, Version, header, request};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop::unconstrained;
use tokio::time::timeout;

use super::Peer;
use crate::body::{Body, Received};
use crate::drain::Drain;
use crate::front::{Answer, Front, Pending};
use crate::http1::head::{Follows, Head, HeadLimits, Violation};
use crate::http1::io::{Reader, Writer};
use crate::http1::turn::InHand;
use crate::http1::wire::{Unread, Wire};
use crate::http1::write::Out;
use crate::limits::Limits;
use alarm::Alarm;
use deliver::{Delivered, Lengths};
use slot::Slot;

/// Read at once of what belongs to no body.
const READ: usize = 8 << 10;

/// How much is still read, and thrown away, after the last answer, so that a client in the midst of an upload gets to
/// see the answer before the reset.
const LINGER: usize = 1 << 20;

/// And for how long.
const LINGER_TIME: Duration = Duration::from_secs(1);

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// One connection.
#[derive(Debug)]
struct Conversation {
    /// Away while a body has it.
    reader: Option<Reader>,
    writer: Writer,
    /// Read, and not taken.
    buffer: BytesMut,
    head: Head,
    out: Out,
    alarm: Alarm,
    /// Where a body leaves the reading half; made with the first body.
    slot: Option<Arc<Slot>>,
    /// Whether a client may be in the midst of sending what nobody reads.
    unread: bool,
    /// While a request has no answer's head yet.
    in_hand: Option<InHand>,
    /// Whether the drain will wake this connection's task.
    awaits_drain: bool,
    limits: Arc<Limits>,
}

/// What a client asks, and what that means for its connection.
struct Asked {
    head: request::Parts,
    follows: Follows,
    /// Whether anything may be asked behind it.
    goes_on: bool,
    /// Whether it is to be told that its body is waited for.
    expects: bool,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Answered, and more may be asked.
    Next,
    /// Answered for the last time.
    Last,
    /// The client is gone, or the answer broke off: the connection is dropped as it is.
    Broken,
    /// The answer broke off, and its client must not take the connection's end for its own.
    Unmarked,
}

/// Serves a connection of which `held` has been read already.
pub(super) async fn serve<A: Answer>(
    reader: Reader,
    writer: Writer,
    held: BytesMut,
    peer: Peer,
    front: Arc<Front<A>>,
) {
    let limits = front.limits.clone();
    let head =
        Head::request(HeadLimits { head: limits.head, target: limits.target, headers: limits.headers });
    let mut conversation = Conversation {
        reader: Some(reader),
        writer,
        buffer: held,
        head,
        out: Out::default(),
        alarm: Alarm::default(),
        slot: None,
        unread: false,
        in_hand: None,
        awaits_drain: false,
        limits,
    };
    let mut drain = front.drain.clone();
    // It is asked once, and must know by then whom to wake, even where the task has used up its turn.
    let mut draining = pin!(unconstrained(drain.begun()));
    let outcome = loop {
        let outcome = match conversation.next(draining.as_mut(), &front.drain).await {
            None => break Outcome::Broken,
            Some(Ok(asked)) => conversation.answer(asked, &peer, &front).await,
            Some(Err(violation)) => {
                let (response, pending) = front.refuse(violation, &peer);
                let lengths = Lengths { asked: Method::GET, version: Version::HTTP_11, close: true };
                conversation.unread = true;
                match conversation.deliver(response, pending, lengths).await {
                    Delivered::Whole { .. } => Outcome::Last,
                    Delivered::Broken => Outcome::Broken,
                    Delivered::Unmarked => Outcome::Unmarked,
                }
            }
        };
        if outcome != Outcome::Next {
            break outcome;
        }
    };
    match outcome {
        Outcome::Last => drop(timeout(LINGER_TIME, conversation.finish()).await),
        Outcome::Unmarked => conversation.writer.reset(),
        Outcome::Next | Outcome::Broken => {}
    }
}

impl Conversation {
    /// The next request. `None` when there is none: the client left, said nothing for too long, or the drain began.
    async fn next(
        &mut self,
        mut draining: Pin<&mut impl Future<Output = ()>>,
        drain: &Drain,
    ) -> Option<Result<Asked, Violation>> {
        self.alarm.stop();
        poll_fn(|cx| {
            loop {
                if !self.buffer.is_empty() {
                    match self.head.read_request(&mut self.buffer) {
                        Ok(Some((head, follows))) => return Poll::Ready(Some(Ok(Asked::new(head, follows)))),
                        Ok(None) => {}
                        Err(violation) => return Poll::Ready(Some(Err(violation))),
                    }
                }
                // Who has begun to ask is still answered.
                if drain.has_begun() && self.buffer.is_empty() {
                    return Poll::Ready(None);
                }
                match self.poll_more(cx) {
                    Poll::Ready(true) => continue,
                    Poll::Ready(false) => return Poll::Ready(None),
                    Poll::Pending => {}
                }
                // Once: whom it wakes is this connection's task, whatever that waits for then.
                if !replace(&mut self.awaits_drain, true) && draining.as_mut().poll(cx).is_ready() {
                    continue;
                }
                return self.alarm.poll(cx, self.limits.head_time).map(|()| None);
            }
        })
        .await
    }

    /// Reads a little more, no body; false at the connection's end.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let Some(reader) = &mut self.reader else { return Poll::Ready(false) };
        // On the stack, as a connection that waits holds no memory for what may come.
        let mut space = [MaybeUninit::uninit(); READ];
        let mut space = ReadBuf::uninit(&mut space);
        match Pin::new(reader).poll_read(cx, &mut space) {
            Poll::Ready(Ok(())) => {
                self.buffer.extend_from_slice(space.filled());
                Poll::Ready(!space.filled().is_empty())
            }
            Poll::Ready(Err(error)) => {
                tracing::debug!(%error, "a connection ended early");
                Poll::Ready(false)
            }
            Poll::Pending => Poll::Pending,
        }
    }

    /// Ready once the client has left. What it asks meanwhile is kept, as much as a head may have.
    fn poll_left(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.reader.is_some() && !self.unread && self.buffer.len() < self.limits.head {
            match self.poll_more(cx) {
                Poll::Ready(true) => {}
                Poll::Ready(false) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        Poll::Pending
    }

    async fn answer<A: Answer>(&mut self, asked: Asked, peer: &Peer, front: &Front<A>) -> Outcome {
        let Asked { head, follows, goes_on, expects } = asked;
        self.in_hand = Some(InHand::new());
        let (method, version) = (head.method.clone(), head.version);
        let (body, meter) = match follows {
            Follows::Length(0) => (Body::empty(), None),
            Follows::Length(_) | Follows::Chunked | Follows::UntilClose => {
                let (received, meter) = match self.lend(follows) {
                    Some(wire) => Received::wire(wire, &self.limits),
                    None => return Outcome::Broken,
                };
                (Body::received(received), Some(meter))
            }
        };
        // Boxed, so that a connection that waits for its client holds no place for it.
        let mut responding = Box::pin(front.respond(head, body, meter.clone(), peer));
        let Some((response, pending)) =
            poll_fn(|cx| self.poll_respond(cx, responding.as_mut(), expects)).await
        else {
            return Outcome::Broken;
        };
        drop(responding);
        // What the client has not been asked for yet will not be: the next request could not be told from it. And behind
        // chunks, which a proxy before us may have read in another way, there is never one.
        let read = meter.is_none_or(|meter| meter.is_over()) && follows != Follows::Chunked;
        let close = !goes_on || !read || front.drain.has_begun();
        let delivered = self.deliver(response, pending, Lengths { asked: method, version, close }).await;
        self.take_back();
        match delivered {
            Delivered::Broken => Outcome::Broken,
            Delivered::Unmarked => Outcome::Unmarked,
            Delivered::Whole { close: false } if self.reader.is_some() => Outcome::Next,
            Delivered::Whole { .. } => {
                self.unread |= follows == Follows::Chunked;
                Outcome::Last
            }
        }
    }

    fn poll_respond(
        &mut self,
        cx: &mut Context<'_>,
        responding: Pin<&mut impl Future<Output = (Response<Body>, Pending)>>,
        expects: bool,
    ) -> Poll<Option<(Response<Body>, Pending)>> {
        if let Poll::Ready(answered) = responding.poll(cx) {
            return Poll::Ready(Some(answered));
        }
        if self.reader.is_none() {
            // Asked of every request: a slot that still has its news wakes this task again at once.
            if self.slot.as_ref().is_some_and(|slot| slot.is_asked()) && expects {
                self.out.head().extend_from_slice(CONTINUE);
            }
            self.take_back();
        }
        while !self.out.is_empty() {
            match self.out.poll_write(cx, &mut self.writer) {
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(None),
                Poll::Pending => break,
            }
        }
        if self.poll_left(cx).is_ready() {
            return Poll::Ready(None);
        }
        if let (None, Some(slot)) = (&self.reader, &self.slot) {
            // Looked at once more when it is told whom to wake: another thread may have been there meanwhile.
            slot.wake(cx.waker());
        }
        Poll::Pending
    }

    /// Lends the reading half to a body.
    fn lend(&mut self, follows: Follows) -> Option<Wire> {
        let unread =
            Unread { reader: self.reader.take()?, buffer: take(&mut self.buffer), framing: follows.into() };
        let slot = self.slot.get_or_insert_default();
        Some(Wire::new(unread, Some(Slot::home(slot)), self.limits.buffer))
    }

    /// Takes the reading half back, if the body that had it is done with it.
    fn take_back(&mut self) {
        if self.reader.is_none()
            && let Some(unread) = self.slot.as_ref().and_then(|slot| slot.take())
        {
            self.unread = !unread.framing.is_over();
            (self.reader, self.buffer) = (Some(unread.reader), unread.buffer);
        }
    }

    /// Says that nothing more is coming, and reads on for a while if the client is still sending: a reset would take the
    /// answer along.
    async fn finish(&mut self) {
        if poll_fn(|cx| Pin::new(&mut self.writer).poll_shutdown(cx)).await.is_err() {
            return;
        }
        let mut sending = self.unread || !self.buffer.is_empty();
        let mut read = 0;
        poll_fn(|cx| {
            while read < LINGER {
                self.buffer.clear();
                match self.poll_more(cx) {
                    Poll::Ready(true) => {
                        sending = true;
                        read += self.buffer.len();
                    }
                    Poll::Pending if sending => return Poll::Pending,
                    Poll::Ready(false) | Poll::Pending => break,
                }
            }
            Poll::Ready(())
        })
        .await;
    }
}

impl Asked {
    fn new(head: request::Parts, follows: Follows) -> Self {
        let http11 = head.version == Version::HTTP_11;
        let goes_on = match http11 {
            true => !says(&head.headers, "close"),
            false => says(&head.headers, "keep-alive") && !says(&head.headers, "close"),
        };
        let expects = http11 && head.headers.contains_key(header::EXPECT);
        Self { head, follows, goes_on, expects }
    }
}

/// Whether `Connection` has this option.
fn says(headers: &HeaderMap, option: &str) -> bool {
    headers.get_all(header::CONNECTION).iter().any(|value| {
        value
            .as_bytes()
            .split(|&b| b == b',')
            .any(|word| word.trim_ascii().eq_ignore_ascii_case(option.as_bytes()))
    })
}

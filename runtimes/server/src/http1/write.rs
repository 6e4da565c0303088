//! Puts heads and bodies onto a connection, in as few system calls as there are pauses.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use brigade_sigv4::Timestamp;
use bytes::{Buf, Bytes};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use tokio::io::AsyncWrite;

use super::io::Writer;

/// How a body is framed on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framed {
    /// There is none, and none is announced.
    Nothing,
    /// By its length.
    Length(u64),
    /// In chunks.
    Chunked,
    /// By the connection's end, for clients that know no chunks.
    UntilClose,
}

/// What waits to be written: a head and what else comes before the data, the data in pieces, and what comes behind it.
#[derive(Debug, Default)]
pub(crate) struct Out {
    before: Vec<u8>,
    written: usize,
    data: Bytes,
    /// Behind the data, where no framing comes between.
    more: VecDeque<Bytes>,
    after: &'static [u8],
}

/// Pieces behind the first that go along in one system call.
const MORE: usize = 8;

/// Behind the last chunk.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

impl Out {
    /// Where a head goes. What was there has been written.
    pub(crate) fn head(&mut self) -> &mut Vec<u8> {
        &mut self.before
    }

    /// Adds data, behind a head if there is one; all data before must have been written.
    pub(crate) fn data(&mut self, data: Bytes, framed: Framed) {
        if framed == Framed::Chunked && !data.is_empty() {
            // Written to memory, which does not fail.
            let _ = io::Write::write_fmt(&mut self.before, format_args!("{:x}\r\n", data.len()));
            self.after = b"\r\n";
        }
        self.data = data;
    }

    /// Whether more can be added [behind](Self::behind) the data.
    pub(crate) fn has_room(&self, framed: Framed) -> bool {
        matches!(framed, Framed::Length(_)) && !self.data.is_empty() && self.more.len() < MORE
    }

    /// Adds more behind data that waits, if there is [room](Self::has_room).
    pub(crate) fn behind(&mut self, data: Bytes) {
        if !data.is_empty() {
            self.more.push_back(data);
        }
    }

    /// Adds the end of a body, behind data or not.
    pub(crate) fn end(&mut self, framed: Framed) {
        if framed == Framed::Chunked {
            self.after = if self.after.is_empty() { LAST_CHUNK } else { b"\r\n0\r\n\r\n" };
        }
    }

    /// Whether data waits: no more can be added.
    pub(crate) fn has_data(&self) -> bool {
        !self.data.is_empty() || !self.after.is_empty()
    }

    /// Whether everything is written.
    pub(crate) fn is_empty(&self) -> bool {
        self.written == self.before.len() && self.data.is_empty() && self.after.is_empty()
    }

    /// Writes some of it, in one system call; gives how many bytes went. To be called again until it [is empty](Self::is_empty).
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        writer: &mut Writer,
    ) -> Poll<io::Result<usize>> {
        let before = self.before.get(self.written..).unwrap_or_default();
        if !self.more.is_empty() {
            return self.poll_write_all(cx, writer);
        }
        let slices = [IoSlice::new(before), IoSlice::new(&self.data), IoSlice::new(self.after)];
        let parts = match (before.is_empty(), self.after.is_empty()) {
            (true, true) => slices.get(1..2),
            (true, false) => slices.get(1..),
            (false, true) => slices.get(..2),
            (false, false) => Some(&slices[..]),
        };
        let went = ready!(Pin::new(writer).poll_write_vectored(cx, parts.unwrap_or_default()))?;
        self.wrote(went)
    }

    /// The same with all there is.
    fn poll_write_all(&mut self, cx: &mut Context<'_>, writer: &mut Writer) -> Poll<io::Result<usize>> {
        let before = self.before.get(self.written..).unwrap_or_default();
        let mut slices = [IoSlice::new(&[]); MORE + 3];
        let more = self.more.iter().map(|data| &data[..]);
        let parts = [before, &self.data[..]].into_iter().chain(more).chain([self.after]);
        let mut count = 0;
        for (slice, part) in slices.iter_mut().zip(parts.filter(|part| !part.is_empty())) {
            *slice = IoSlice::new(part);
            count += 1;
        }
        let parts = slices.get(..count).unwrap_or_default();
        let went = ready!(Pin::new(writer).poll_write_vectored(cx, parts))?;
        self.wrote(went)
    }

    fn wrote(&mut self, went: usize) -> Poll<io::Result<usize>> {
        if went == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.went(went);
        Poll::Ready(Ok(went))
    }

    fn went(&mut self, mut bytes: usize) {
        let now = bytes.min(self.before.len() - self.written);
        self.written += now;
        bytes -= now;
        if self.written == self.before.len() {
            self.before.clear();
            self.written = 0;
        }
        loop {
            let now = bytes.min(self.data.len());
            self.data.advance(now);
            bytes -= now;
            if !self.data.is_empty() {
                return;
            }
            match self.more.pop_front() {
                Some(next) => self.data = next,
                None => break,
            }
        }
        self.data = Bytes::new();
        self.after = self.after.get(bytes..).unwrap_or_default();
    }
}

/// Writes an answer's head. What the headers say of framing and of the connection is said anew, the latter by this line.
///
/// An answer that has no body by nature, as to HEAD, keeps the length that its headers announce.
pub(crate) fn answer_head(
    out: &mut Vec<u8>,
    status: StatusCode,
    headers: &HeaderMap,
    framed: Framed,
    connection: &[u8],
    now: Timestamp,
) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(status.canonical_reason().unwrap_or("-").as_bytes());
    out.extend_from_slice(b"\r\n");
    fields(out, headers, framed);
    out.extend_from_slice(connection);
    if !headers.contains_key(header::DATE) {
        date(out, now);
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes a request's head: its `host` is among its headers.
pub(crate) fn request_head(
    out: &mut Vec<u8>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    framed: Framed,
) {
    out.extend_from_slice(method.as_str().as_bytes());
    out.push(b' ');
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    out.extend_from_slice(target.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    fields(out, headers, framed);
    out.extend_from_slice(b"\r\n");
}

fn fields(out: &mut Vec<u8>, headers: &HeaderMap, framed: Framed) {
    for (name, value) in headers {
        let ours = *name == header::CONNECTION
            || *name == header::TRANSFER_ENCODING
            || (*name == header::CONTENT_LENGTH && framed != Framed::Nothing);
        if !ours {
            out.extend_from_slice(name.as_str().as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
    match framed {
        Framed::Nothing | Framed::UntilClose => {}
        Framed::Length(length) => {
            out.extend_from_slice(b"content-length: ");
            decimal(out, length);
            out.extend_from_slice(b"\r\n");
        }
        Framed::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
    }
}

fn decimal(out: &mut Vec<u8>, mut number: u64) {
    let begin = out.len();
    loop {
        // A digit is less than ten.
        out.push(b'0' + (number % 10) as u8);
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.get_mut(begin..).unwrap_or_default().reverse();
}

/// Writes the `date` line, which is made once a second on each thread.
fn date(out: &mut Vec<u8>, now: Timestamp) {
    thread_local! {
        static LINE: RefCell<(Option<Timestamp>, String)> = const { RefCell::new((None, String::new())) };
    }
    LINE.with_borrow_mut(|(at, line)| {
        if *at != Some(now) {
            *at = Some(now);
            *line = format!("date: {}\r\n", now.http_date());
        }
        out.extend_from_slice(line.as_bytes());
    });
}

#[cfg(test)]
mod tests;

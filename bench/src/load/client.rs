//! One connection of a client.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use rustix::net::{SendFlags, send};

use super::Failure;
use crate::pattern::Pattern;
use crate::request::{Payload, Shot};
use crate::wire::{Head, Held, forget};

/// A connection that is kept, and what it works with.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    pattern: Pattern,
    held: Held,
    scratch: Vec<u8>,
}

/// No answer is waited for longer.
const PATIENCE: Duration = Duration::from_secs(120);

impl Client {
    pub(crate) fn connect(to: SocketAddr, pattern: &Pattern) -> Result<Self, Failure> {
        let stream = TcpStream::connect(to).map_err(|error| format!("connecting to {to}: {error}"))?;
        let set = stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(PATIENCE)));
        set.and_then(|()| stream.set_write_timeout(Some(PATIENCE))).map_err(|error| error.to_string())?;
        Ok(Self { stream, pattern: pattern.clone(), held: Held::default(), scratch: vec![0; 1 << 20] })
    }

    /// Sends a request and has its answer forgotten as it comes; its length.
    pub(crate) fn fire(&mut self, shot: &Shot) -> Result<u64, Failure> {
        let head = self.begin(shot)?;
        let length = expected(&head, shot)?;
        let held = self.held.take(usize::try_from(length).unwrap_or(usize::MAX)).len() as u64;
        forget(&self.stream, length - held, &mut self.scratch)
            .map_err(|error| format!("an answer's body: {error}"))?;
        Ok(length)
    }

    /// The same, with every byte of the answer read; an object's are compared.
    pub(crate) fn prove(&mut self, shot: &Shot) -> Result<Vec<u8>, Failure> {
        let head = self.begin(shot)?;
        let length = usize::try_from(expected(&head, shot)?).unwrap_or(usize::MAX);
        let body = self
            .held
            .exactly(&mut self.stream, length)
            .map_err(|error| format!("an answer's body: {error}"))?;
        if shot.object.is_some() && body != self.pattern.bytes(0, length) {
            return Err("an object came with other bytes than the store's".to_owned());
        }
        Ok(body)
    }

    /// Sends a request and reads the head of its answer.
    pub(crate) fn begin(&mut self, shot: &Shot) -> Result<Head, Failure> {
        self.send(shot).map_err(|error| format!("sending a request: {error}"))?;
        let head = self.held.head(&mut self.stream).map_err(|error| format!("an answer's head: {error}"))?;
        head.ok_or_else(|| "the connection was closed instead of an answer".to_owned())
    }

    /// Sends a request, and reads nothing.
    pub(crate) fn send(&mut self, shot: &Shot) -> std::io::Result<()> {
        match &shot.payload {
            Payload::Nothing => self.stream.write_all(&shot.head),
            Payload::Pattern(length) if *length <= 64 << 10 => {
                let body = self.pattern.bytes(0, usize::try_from(*length).unwrap_or(0));
                self.stream.write_all(&[&shot.head[..], &body].concat())
            }
            Payload::Pattern(length) => {
                send(&self.stream, &shot.head, SendFlags::MORE)?;
                self.pattern.send(&self.stream, 0, *length)
            }
            Payload::Bytes(body) => {
                send(&self.stream, &shot.head, SendFlags::MORE)?;
                self.stream.write_all(body)
            }
        }
    }
}

/// The length of an answer, if it is the one that was asked for.
fn expected(head: &Head, shot: &Shot) -> Result<u64, Failure> {
    let status = head.words().nth(1).unwrap_or_default();
    let length = head.length();
    match (status, length, shot.object) {
        ("200", Some(length), None) => Ok(length),
        ("200", Some(length), Some(object)) if length == object => Ok(length),
        _ => Err(format!("another answer than the one asked for:\n{}", head.text())),
    }
}

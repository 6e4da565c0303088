//! One connection of the store.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use rustix::net::{SendFlags, send};
use rustls::{ServerConnection, StreamOwned};

use super::answer::Answer;
use super::listing;
use crate::pattern::Pattern;
use crate::wire::{Head, Held, forget};

pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(into),
            Self::Tls(stream) => stream.read(into),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

pub(crate) struct Connection {
    stream: Stream,
    pattern: Pattern,
    held: Held,
    scratch: Vec<u8>,
    /// The page that was asked for last, by its query.
    page: (String, Vec<u8>),
}

/// Up to here an answer is one write.
const SMALL: u64 = 64 << 10;

impl Connection {
    pub(crate) fn new(stream: Stream, pattern: Pattern) -> Self {
        Self { stream, pattern, held: Held::default(), scratch: Vec::new(), page: Default::default() }
    }

    pub(crate) fn serve(mut self) -> io::Result<()> {
        while let Some(head) = self.held.head(&mut self.stream)? {
            let mut words = head.words();
            let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            match method {
                "PUT" => {
                    self.take(&head)?;
                    self.stream.write_all(Answer::Stored.head().as_bytes())?;
                }
                _ if query.contains("list-type") => self.list(path, query)?,
                _ => self.give(&head, path, method == "HEAD")?,
            }
        }
        Ok(())
    }

    fn give(&mut self, head: &Head, path: &str, head_only: bool) -> io::Result<()> {
        let size: u64 = path.rsplit('/').next().and_then(|size| size.parse().ok()).unwrap_or(0);
        let range = head.header("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
        let (from, end) = match range {
            Some((from, last)) => {
                (from.parse().unwrap_or(0), last.parse::<u64>().map_or(size, |last| size.min(last + 1)))
            }
            None => (0, size),
        };
        let mut answer = Answer::Object { size, from, end }.head().into_bytes();
        if head_only {
            return self.stream.write_all(&answer);
        }
        match &mut self.stream {
            Stream::Plain(stream) if end - from > SMALL => {
                send(&*stream, &answer, SendFlags::MORE)?;
                self.pattern.send(stream, from, end)
            }
            stream @ (Stream::Plain(_) | Stream::Tls(_)) => {
                let mut at = from;
                self.scratch.resize(256 << 10, 0);
                while at < end {
                    let most = usize::try_from(end - at).unwrap_or(usize::MAX).min(self.scratch.len());
                    let count = self.pattern.read(at, &mut self.scratch[..most]);
                    answer.extend_from_slice(&self.scratch[..count]);
                    at += count as u64;
                    stream.write_all(&answer)?;
                    answer.clear();
                }
                stream.write_all(&answer)
            }
        }
    }

    fn list(&mut self, path: &str, query: &str) -> io::Result<()> {
        if self.page.0 != query || self.page.1.is_empty() {
            let prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix=")).unwrap_or_default();
            self.page = (query.to_owned(), listing::page(path.trim_matches('/'), prefix));
        }
        let head = Answer::Document(self.page.1.len()).head();
        self.stream.write_all(&[head.as_bytes(), &self.page.1].concat())
    }

    /// Takes an upload's body.
    fn take(&mut self, head: &Head) -> io::Result<()> {
        if head.header("expect").is_some() {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        if !head.is_chunked() {
            return self.drop(head.length().unwrap_or(0));
        }
        loop {
            let line = self.held.line(&mut self.stream)?;
            let size = String::from_utf8_lossy(&line);
            let size = u64::from_str_radix(size.split(';').next().unwrap_or_default(), 16);
            let size = size.map_err(|_| io::Error::other("not a chunk"))?;
            if size == 0 {
                while !self.held.line(&mut self.stream)?.is_empty() {}
                return Ok(());
            }
            self.drop(size)?;
            self.held.line(&mut self.stream)?;
        }
    }

    fn drop(&mut self, length: u64) -> io::Result<()> {
        let held = self.held.take(usize::try_from(length).unwrap_or(usize::MAX)).len() as u64;
        self.scratch.resize(1 << 20, 0);
        match &mut self.stream {
            Stream::Plain(stream) => forget(stream, length - held, &mut self.scratch),
            Stream::Tls(stream) => {
                let mut left = length - held;
                while left > 0 {
                    let most = usize::try_from(left).unwrap_or(usize::MAX).min(self.scratch.len());
                    let count = stream.read(&mut self.scratch[..most])?;
                    if count == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    left -= count as u64;
                }
                Ok(())
            }
        }
    }
}

//! What holds bytes on their way from one socket to another: a pipe of the kernel, or a buffer where there is none.
//!
//! A pipe takes pages out of one socket and hands them to the other; no byte of them is ever in this process. Pipes are
//! few: a thread keeps some that are empty, the process has at most so many, and who gets none copies.

use std::io;

use tokio::io::Interest;
use tokio::net::TcpStream;

#[cfg(target_os = "linux")]
use super::pipe::Pipe;

/// Bytes held by one that copies.
const COPIED: usize = 64 << 10;

/// Some bytes between two sockets. It is filled only when it is empty.
#[derive(Debug)]
pub(super) enum Carrier {
    #[cfg(target_os = "linux")]
    Pipe(Pipe),
    Buffer(Buffer),
}

/// Bytes in this process's memory.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Box<[u8]>,
    begin: usize,
    end: usize,
}

impl Carrier {
    /// An empty one: a pipe if one is to be had.
    pub(super) fn take() -> Self {
        #[cfg(target_os = "linux")]
        if let Some(pipe) = Pipe::take() {
            return Self::Pipe(pipe);
        }
        Self::buffer()
    }

    fn buffer() -> Self {
        Self::Buffer(Buffer { bytes: vec![0; COPIED].into(), begin: 0, end: 0 })
    }

    /// Keeps an empty one for whoever is next.
    pub(super) fn give_back(self) {
        match self {
            #[cfg(target_os = "linux")]
            Self::Pipe(pipe) => pipe.give_back(),
            Self::Buffer(_) => {}
        }
    }

    /// Takes up to `limit` bytes from a socket. 0 is the socket's end; `WouldBlock` means that it has none now.
    pub(super) fn fill(&mut self, from: &TcpStream, limit: usize) -> io::Result<usize> {
        #[cfg(target_os = "linux")]
        if let Self::Pipe(pipe) = self {
            match from.try_io(Interest::READABLE, || pipe.fill(from, limit)) {
                // A sandbox that knows no splice: nothing has been taken yet.
                Err(error) if super::pipe::is_unable(&error) => *self = Self::buffer(),
                filled => return filled,
            }
        }
        match self {
            #[cfg(target_os = "linux")]
            Self::Pipe(_) => Ok(0),
            Self::Buffer(buffer) => {
                let limit = limit.min(buffer.bytes.len());
                let read = from.try_read(buffer.bytes.get_mut(..limit).unwrap_or_default())?;
                (buffer.begin, buffer.end) = (0, read);
                Ok(read)
            }
        }
    }

    /// Gives up to `held` bytes to a socket; `WouldBlock` means that it takes none now.
    pub(super) fn drain(&mut self, to: &TcpStream, held: usize) -> io::Result<usize> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Pipe(pipe) => to.try_io(Interest::WRITABLE, || pipe.drain(to, held)),
            Self::Buffer(buffer) => {
                let written = to.try_write(buffer.bytes.get(buffer.begin..buffer.end).unwrap_or_default())?;
                buffer.begin += written;
                Ok(written)
            }
        }
    }
}

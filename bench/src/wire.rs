//! As much of HTTP/1.1 as the store and the load need: heads, and bodies of a known length.

use std::io::{self, Read};
use std::net::TcpStream;

use rustix::net::{RecvFlags, recv};

/// The head of a request or an answer.
#[derive(Debug)]
pub(crate) struct Head {
    text: String,
}

impl Head {
    /// The words of its first line.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.text.lines().next().unwrap_or_default().split(' ')
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.text.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The length of what follows.
    pub(crate) fn length(&self) -> Option<u64> {
        self.header("content-length")?.parse().ok()
    }

    pub(crate) fn is_chunked(&self) -> bool {
        self.header("transfer-encoding").is_some()
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// Bytes received and not yet used.
#[derive(Debug, Default)]
pub(crate) struct Held(Vec<u8>);

/// Longer heads are refused.
const HEAD: usize = 64 << 10;

impl Held {
    /// Reads a head; `None` where the connection ends before it begins.
    pub(crate) fn head(&mut self, from: &mut impl Read) -> io::Result<Option<Head>> {
        loop {
            if let Some(end) = self.0.windows(4).position(|four| four == b"\r\n\r\n") {
                let rest = self.0.split_off(end + 4);
                let text = String::from_utf8_lossy(&std::mem::replace(&mut self.0, rest)).into_owned();
                return Ok(Some(Head { text }));
            }
            if self.0.len() > HEAD {
                return Err(io::Error::other("a head is too long"));
            }
            if self.more(from)? == 0 {
                return if self.0.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        }
    }

    /// Reads so many bytes.
    pub(crate) fn exactly(&mut self, from: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
        let mut all = self.take(length);
        let held = all.len();
        all.resize(length, 0);
        from.read_exact(&mut all[held..])?;
        Ok(all)
    }

    /// Up to so many bytes of those that are here.
    pub(crate) fn take(&mut self, length: usize) -> Vec<u8> {
        let rest = self.0.split_off(length.min(self.0.len()));
        std::mem::replace(&mut self.0, rest)
    }

    /// A line, without its end.
    pub(crate) fn line(&mut self, from: &mut impl Read) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.0.windows(2).position(|two| two == b"\r\n") {
                let mut line = self.take(end + 2);
                line.truncate(end);
                return Ok(line);
            }
            if self.0.len() > HEAD || self.more(from)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn more(&mut self, from: &mut impl Read) -> io::Result<usize> {
        let mut block = [0; 16 << 10];
        let count = from.read(&mut block)?;
        self.0.extend_from_slice(&block[..count]);
        Ok(count)
    }
}

/// Receives so many bytes and has the kernel forget them (`MSG_TRUNC`, tcp(7)): nothing is copied.
pub(crate) fn forget(from: &TcpStream, mut length: u64, scratch: &mut [u8]) -> io::Result<()> {
    while length > 0 {
        let most = scratch.len().min(usize::try_from(length).unwrap_or(usize::MAX));
        let (_, count) = recv(from, &mut scratch[..most], RecvFlags::TRUNC)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        length -= count as u64;
    }
    Ok(())
}

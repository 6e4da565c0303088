//! The bytes of every object: 64 MiB in memory, over and over.

use std::fs::File;
use std::io;
use std::net::TcpStream;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use rustix::fs::{MemfdFlags, memfd_create, sendfile};

/// Where the bytes begin again.
const PERIOD: u64 = 64 << 20;

/// Bytes in a file in memory, so that the kernel sends them without a copy through this process.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Arc<File>);

impl Pattern {
    pub(crate) fn new() -> Self {
        let file = File::from(memfd_create("pattern", MemfdFlags::CLOEXEC).unwrap());
        let mut word = 1_u64;
        let mut block = vec![0; 1 << 20];
        for at in 0..PERIOD >> 20 {
            for bytes in block.chunks_exact_mut(8) {
                word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                bytes.copy_from_slice(&word.to_be_bytes());
            }
            file.write_all_at(&block, at << 20).unwrap();
        }
        Self(Arc::new(file))
    }

    /// For connections that need none.
    pub(crate) fn empty() -> Self {
        Self(Arc::new(File::from(memfd_create("empty", MemfdFlags::CLOEXEC).unwrap())))
    }

    /// What an object holds at an offset; up to the end of a period.
    pub(crate) fn read(&self, at: u64, into: &mut [u8]) -> usize {
        let from = at % PERIOD;
        let length = into.len().min(usize::try_from(PERIOD - from).unwrap());
        self.0.read_exact_at(&mut into[..length], from).unwrap();
        length
    }

    /// So many bytes at an offset.
    pub(crate) fn bytes(&self, at: u64, length: usize) -> Vec<u8> {
        let mut all = vec![0; length];
        let mut done = 0;
        while done < length {
            done += self.read(at + done as u64, &mut all[done..]);
        }
        all
    }

    /// Sends so many bytes from an offset.
    pub(crate) fn send(&self, to: &TcpStream, mut at: u64, end: u64) -> io::Result<()> {
        while at < end {
            let mut from = at % PERIOD;
            let length = (end - at).min(PERIOD - from).min(1 << 20);
            match sendfile(to, &*self.0, Some(&mut from), usize::try_from(length).unwrap())? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                sent => at += sent as u64,
            }
        }
        Ok(())
    }
}

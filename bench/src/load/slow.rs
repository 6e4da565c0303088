//! Connections that wait: slow readers, and those that do nothing.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::{Client, Failure};
use crate::pattern::Pattern;
use crate::request::Ask;

/// Readers of a rate, which read until this is ended.
pub(crate) struct Slow {
    stop: Arc<AtomicBool>,
    read: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

/// How often they read.
const TICK: Duration = Duration::from_millis(50);

impl Slow {
    /// So many readers of objects of 64 MiB, at so many bytes a second each. Their own buffers are small: what waits, waits at
    /// the proxy and behind it.
    pub(crate) fn start(
        to: SocketAddr,
        pattern: &Pattern,
        readers: usize,
        rate: usize,
    ) -> Result<Self, Failure> {
        let shots = Ask::Get(64 << 20).shots(&to.to_string(), pattern, readers);
        let streams: Vec<TcpStream> = shots
            .iter()
            .map(|shot| {
                let stream = narrow(to).map_err(|error| format!("connecting to {to}: {error}"))?;
                (&stream).write_all(&shot.head).map_err(|error| error.to_string())?;
                stream.set_nonblocking(true).map_err(|error| error.to_string())?;
                Ok::<_, Failure>(stream)
            })
            .collect::<Result<_, _>>()?;
        let (stop, read) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, count) = (Arc::clone(&stop), Arc::clone(&read));
        let thread = thread::spawn(move || {
            let (began, mut block, mut had) = (Instant::now(), vec![0; rate], vec![0; streams.len()]);
            while !stopped.load(Ordering::Relaxed) {
                // What is due by now: a tick that came late reads the more.
                let due = (began.elapsed().as_secs_f64() * rate as f64) as usize;
                for (mut stream, had) in streams.iter().zip(&mut had) {
                    let most = due.saturating_sub(*had).min(block.len());
                    *had += stream.read(&mut block[..most]).unwrap_or(0);
                }
                count.store(had.iter().sum::<usize>() as u64, Ordering::Relaxed);
                thread::sleep(TICK);
            }
        });
        Ok(Self { stop, read, thread })
    }

    /// Ends them; how many bytes they have read in all.
    pub(crate) fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.join();
        self.read.load(Ordering::Relaxed)
    }
}

fn narrow(to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_recv_buffer_size(64 << 10)?;
    socket.connect(&to.into())?;
    Ok(socket.into())
}

/// So many connections, each of which has had one answer.
pub(crate) fn idle(to: SocketAddr, pattern: &Pattern, count: usize) -> Result<Vec<TcpStream>, Failure> {
    let shots = Ask::Get(1024).shots(&to.to_string(), pattern, 1);
    let mut streams = Vec::new();
    for _ in 0..count {
        let mut client = Client::connect(to, pattern)?;
        shots.iter().try_for_each(|shot| client.fire(shot).map(drop))?;
        streams.push(client.stream);
    }
    Ok(streams)
}

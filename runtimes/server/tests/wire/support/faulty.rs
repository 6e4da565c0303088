//! A store that does what it is told, which is mostly wrong.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::HUNG;

/// What to do with a request.
#[derive(Clone, Debug)]
pub enum Act {
    /// Read it whole, answer with these bytes, and wait for the next.
    Answer(Vec<u8>),
    /// Read it whole, send these bytes, and close.
    Close(Vec<u8>),
    /// Read it whole, send these bytes, and reset the connection.
    Reset(Vec<u8>),
    /// Read it whole, send these bytes, and do nothing more.
    Stall(Vec<u8>),
    /// Read its head alone, send these bytes, and do nothing more.
    Ignore(Vec<u8>),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub head: String,
    pub body: Vec<u8>,
    /// Whether all came that its head announced.
    pub whole: bool,
}

/// See the module.
pub struct Faulty {
    pub address: SocketAddr,
    pub seen: UnboundedReceiver<Seen>,
    acts: Arc<Mutex<Vec<Act>>>,
}

/// An answer whose length is right.
pub fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\netag: \"e\"\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

impl Faulty {
    /// A store that does these in turn, and the last of them for ever.
    pub async fn start(acts: &[Act]) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let (tell, seen) = unbounded_channel();
        let acts: Arc<Mutex<Vec<Act>>> = Arc::new(Mutex::new(acts.iter().rev().cloned().collect()));
        let next = acts.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = tcp.accept().await {
                tokio::spawn(serve(tcp, next.clone(), tell.clone()));
            }
        });
        Self { address, seen, acts }
    }

    /// The next request that came.
    pub async fn next(&mut self) -> Seen {
        timeout(HUNG, self.seen.recv()).await.expect("no request came").unwrap()
    }

    /// Does these from now on.
    pub fn now(&self, acts: &[Act]) {
        *self.acts.lock().unwrap() = acts.iter().rev().cloned().collect();
    }

    /// How many requests have come and have not been asked for.
    pub fn waiting(&self) -> usize {
        self.seen.len()
    }
}

async fn serve(mut tcp: TcpStream, acts: Arc<Mutex<Vec<Act>>>, tell: UnboundedSender<Seen>) {
    let mut held = Vec::new();
    while let Some(head) = head(&mut tcp, &mut held).await {
        let act = {
            let mut acts = acts.lock().unwrap();
            if acts.len() > 1 { acts.pop().unwrap() } else { acts[0].clone() }
        };
        let length = |line: &str| line.strip_prefix("content-length: ")?.parse().ok();
        let length: usize = head.lines().find_map(length).unwrap_or(0);
        if let Act::Ignore(bytes) = act {
            let _ = tell.send(Seen { head, body: Vec::new(), whole: length == 0 });
            let _ = tcp.write_all(&bytes).await;
            return std::future::pending().await;
        }
        while held.len() < length {
            if tcp.read_buf(&mut held).await.unwrap_or(0) == 0 {
                let _ = tell.send(Seen { head, body: held, whole: false });
                return;
            }
        }
        let body = held.drain(..length).collect();
        let _ = tell.send(Seen { head, body, whole: true });
        match act {
            Act::Answer(bytes) => drop(tcp.write_all(&bytes).await),
            Act::Close(bytes) => {
                let _ = tcp.write_all(&bytes).await;
                let _ = tcp.shutdown().await;
                return;
            }
            Act::Reset(bytes) => {
                let _ = tcp.write_all(&bytes).await;
                let _ = socket2::SockRef::from(&tcp).set_linger(Some(Duration::ZERO));
                return;
            }
            Act::Stall(bytes) | Act::Ignore(bytes) => {
                let _ = tcp.write_all(&bytes).await;
                return std::future::pending().await;
            }
        }
    }
}

async fn head(tcp: &mut TcpStream, held: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = held.windows(4).position(|four| four == b"\r\n\r\n") {
            let head: Vec<_> = held.drain(..end + 4).collect();
            return Some(String::from_utf8(head).unwrap());
        }
        if tcp.read_buf(held).await.unwrap_or(0) == 0 {
            return None;
        }
    }
}

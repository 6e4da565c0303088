//! Opens connections to stores.
//!
//! ```text
//! name ─ resolve ─► addresses, of the family that came first ─► the first that answers ─ [TLS] ─► Connection
//!                      └─ of the other one, when those take too long ─┘
//! ```

use std::fmt::Display;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use brigade_gateway::SendError;
use rustls_pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout};

use super::connection::Connection;
use super::origin::Origin;
use crate::http1::io::{encrypted, plain};
use crate::limits::Limits;
use crate::outward::Outward;

/// How long one family of addresses is given before the other is tried beside it (RFC 8305, 5, asks for 250 ms).
const OTHER_FAMILY: Duration = Duration::from_millis(300);

/// After how long without traffic the other end is asked whether it is there.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Opens connections. Clones share TLS sessions.
#[derive(Clone)]
pub(super) struct Dialer {
    tls: Outward,
    limits: Arc<Limits>,
}

impl Dialer {
    pub(super) fn new(tls: Outward, limits: Arc<Limits>) -> Self {
        Self { tls, limits }
    }

    /// A new connection to a store.
    pub(super) async fn dial(&self, origin: &Origin) -> Result<Connection, SendError> {
        let failed = |why: &dyn Display| SendError::Connect(format!("{}: {why}", origin.host()));
        let within = self.limits.connect;
        let addresses = timeout(within, resolve(origin)).await;
        let addresses = addresses.unwrap_or_else(|_| Err(timed_out())).map_err(|why| failed(&why))?;
        let tcp = reach(addresses, within).await.map_err(|why| failed(&why))?;
        let sock = SockRef::from(&tcp);
        let set = sock.set_tcp_nodelay(true);
        let set = set.and_then(|()| sock.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE)));
        if let Err(error) = set {
            tracing::debug!(%error, "cannot set a socket's options");
        }
        if !origin.secure {
            return Ok(Connection::new(origin.clone(), plain(tcp), &self.limits));
        }
        let name = ServerName::try_from(origin.host().to_owned()).map_err(|why| failed(&why))?;
        let handshake = async { self.tls.connector().await?.connect(name, tcp).await };
        let tls = timeout(self.limits.handshake, handshake).await;
        let tls = tls.unwrap_or_else(|_| Err(timed_out())).map_err(|why| failed(&why))?;
        Ok(Connection::new(origin.clone(), encrypted(tls), &self.limits))
    }
}

async fn resolve(origin: &Origin) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = origin.host().parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, origin.port())]);
    }
    Ok(lookup_host((origin.host(), origin.port())).await?.collect())
}

/// Connects to one of these. The resolver's first choice of family goes first.
async fn reach(addresses: Vec<SocketAddr>, within: Duration) -> io::Result<TcpStream> {
    let Some(first) = addresses.first().copied() else {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
    };
    let (these, others): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first.is_ipv6());
    if others.is_empty() {
        return in_turn(&these, within).await;
    }
    let mut preferred = pin!(in_turn(&these, within));
    tokio::select! {
        biased;
        connected = &mut preferred => return match connected {
            Ok(tcp) => Ok(tcp),
            Err(_) => in_turn(&others, within).await,
        },
        () = sleep(OTHER_FAMILY) => {}
    }
    let mut second = pin!(in_turn(&others, within));
    tokio::select! {
        biased;
        connected = &mut preferred => match connected {
            Ok(tcp) => Ok(tcp),
            Err(_) => second.await,
        },
        connected = &mut second => match connected {
            Ok(tcp) => Ok(tcp),
            Err(_) => preferred.await,
        },
    }
}

/// Each has its part of the time.
async fn in_turn(addresses: &[SocketAddr], within: Duration) -> io::Result<TcpStream> {
    let each = within / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let mut failure = timed_out();
    for address in addresses {
        match timeout(each, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(error)) => failure = error,
            Err(_) => failure = timed_out(),
        }
    }
    Err(failure)
}

fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "nothing in time")
}

impl std::fmt::Debug for Dialer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use tokio::net::TcpListener;

    use super::reach;

    /// A listener, and an address of that family that nobody listens at.
    async fn here(host: &str) -> Option<(TcpListener, SocketAddr)> {
        let listener = TcpListener::bind(format!("{host}:0")).await.ok()?;
        let gone = TcpListener::bind(format!("{host}:0")).await.ok()?.local_addr().ok()?;
        Some((listener, gone))
    }

    #[tokio::test]
    async fn an_address_that_does_not_answer_gives_way_to_the_next() {
        let (listener, gone) = here("127.0.0.1").await.unwrap();
        let address = listener.local_addr().unwrap();
        let within = Duration::from_secs(5);
        for addresses in [vec![address], vec![gone, address]] {
            assert_eq!(reach(addresses, within).await.unwrap().peer_addr().unwrap(), address);
        }
        assert!(reach(vec![gone], within).await.is_err());
        assert!(reach(Vec::new(), within).await.is_err());
        // The other family, where this machine has it.
        if let Some((_, gone_v6)) = here("[::1]").await {
            let connected = reach(vec![gone_v6, address], within).await.unwrap();
            assert_eq!(connected.peer_addr().unwrap(), address);
        }
    }
}

//! Listens, and hands each connection to a task of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use brigade_gateway::Configured;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::connection::{self, Peer, Protocol};
use crate::drain::Drain;
use crate::front::{Answer, Front};
use crate::limits::Limits;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::tls::Tls;

/// How long to wait before accepting again when the system has no more descriptors.
const NO_DESCRIPTORS: Duration = Duration::from_millis(50);

/// A server: what answers, and the bounds it answers within.
#[derive(Debug)]
pub struct Server<A> {
    front: Arc<Front<A>>,
    places: Arc<Semaphore>,
    tasks: TaskTracker,
}

/// One address served.
#[derive(Debug)]
pub struct Listener {
    /// Where connections come from.
    pub tcp: TcpListener,
    /// How they are encrypted, if they are.
    pub tls: Option<Tls>,
}

impl<A: Answer> Server<A> {
    /// A server that has not begun to listen.
    #[must_use]
    pub fn new(answer: A, limits: Arc<Limits>, log: Log, drain: Drain) -> Self {
        let places = Arc::new(Semaphore::new(limits.connections));
        let ready = drain.clone();
        Self {
            front: Arc::new(Front {
                answer,
                limits,
                log,
                metrics: Metrics::default(),
                drain,
                ready,
                configured: Configured::None,
            }),
            places,
            tasks: TaskTracker::new(),
        }
    }

    /// Lets `/.brigade/ready` report another server's drain than this one's.
    #[must_use]
    pub fn reporting(mut self, other: Drain) -> Self {
        if let Some(front) = Arc::get_mut(&mut self.front) {
            front.ready = other;
        }
        self
    }

    /// Lets `/.brigade/health` say which configuration is served.
    #[must_use]
    pub fn configured(mut self, version: &str) -> Self {
        if let Some(front) = Arc::get_mut(&mut self.front) {
            front.configured = Configured::Version(version.into());
        }
        self
    }

    /// Counts what it serves there.
    #[must_use]
    pub fn measured(mut self, metrics: Metrics) -> Self {
        if let Some(front) = Arc::get_mut(&mut self.front) {
            front.metrics = metrics;
        }
        self
    }

    /// Serves these addresses until the drain begins, then finishes what is in progress.
    ///
    /// Gives whether all of it could be finished in time.
    pub async fn run(self, listeners: Vec<Listener>) -> bool {
        let accepting: Vec<_> =
            listeners.into_iter().map(|listener| tokio::spawn(self.accepting(listener))).collect();
        for accepting in accepting {
            let _ = accepting.await;
        }
        self.tasks.close();
        timeout(self.front.limits.drain, self.tasks.wait()).await.is_ok()
    }

    fn accepting(&self, listener: Listener) -> impl Future<Output = ()> + Send + 'static {
        let (front, places, tasks) = (self.front.clone(), self.places.clone(), self.tasks.clone());
        async move {
            let mut drain = front.drain.clone();
            loop {
                let accepted = async {
                    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
                    listener.tcp.accept().await.map(|accepted| (accepted, place))
                };
                let accepted = tokio::select! {
                    biased;
                    () = drain.begun() => return,
                    accepted = accepted => accepted,
                };
                match accepted {
                    Ok(((tcp, peer), place)) => {
                        let (front, tls) = (front.clone(), listener.tls.clone());
                        let open = front.metrics.connected();
                        tasks.spawn(async move {
                            one(tcp, peer, tls, front).await;
                            drop(open);
                            drop(place);
                        });
                    }
                    Err(error) if is_the_connections(&error) => {}
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept connections");
                        tokio::time::sleep(NO_DESCRIPTORS).await;
                    }
                }
            }
        }
    }
}

async fn one<A: Answer>(tcp: TcpStream, peer: SocketAddr, tls: Option<Tls>, front: Arc<Front<A>>) {
    if let Err(error) = tcp.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let end = Peer { address: peer, secure: tls.is_some() };
    let Some(tls) = tls else { return connection::serve(tcp, end, Protocol::Unknown, front).await };
    match timeout(front.limits.handshake, tls.accept(tcp)).await {
        Ok(Ok((stream, protocol))) => connection::serve(stream, end, protocol, front).await,
        Ok(Err(error)) => tracing::debug!(%error, %peer, "a TLS handshake failed"),
        Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
    }
}

/// Whether only the one connection failed that was to be accepted.
fn is_the_connections(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

//! Listens, and hands each connection to a task of its own, on a thread that it stays on.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use brigade_gateway::Configured;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::connection::{self, Peer, Protocol};
use crate::drain::Drain;
use crate::front::{Answer, Books, Front};
use crate::http1::io::{encrypted, plain};
use crate::limits::Limits;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::threads::Threads;
use crate::tls::Tls;

/// How long to wait before accepting again when the system has no more descriptors.
const NO_DESCRIPTORS: Duration = Duration::from_millis(50);

/// A server: what answers, and the bounds it answers within.
#[derive(Debug)]
pub struct Server<A> {
    front: Arc<Front<A>>,
    places: Arc<Semaphore>,
    tasks: TaskTracker,
    threads: Option<Arc<Threads>>,
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
                books: Arc::new(Books { log, metrics: Metrics::default() }),
                drain,
                ready,
                configured: Configured::None,
            }),
            places,
            tasks: TaskTracker::new(),
            threads: None,
        }
    }

    /// Serves connections on these threads rather than on the runtime that accepts them.
    #[must_use]
    pub fn on(self, threads: Arc<Threads>) -> Self {
        Self { threads: Some(threads), ..self }
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
        if let Some(books) = Arc::get_mut(&mut self.front).and_then(|front| Arc::get_mut(&mut front.books)) {
            books.metrics = metrics;
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
        let threads = self.threads.clone();
        async move {
            let mut drain = front.drain.clone();
            loop {
                let accepted = async {
                    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
                    let (tcp, peer) = listener.tcp.accept().await?;
                    // It leaves this thread's reactor for that of the thread that serves it.
                    Ok((tcp.into_std()?, peer, place))
                };
                let accepted = tokio::select! {
                    biased;
                    () = drain.begun() => return,
                    accepted = accepted => accepted,
                };
                match accepted {
                    Ok((tcp, peer, place)) => {
                        let (front, tls) = (front.clone(), listener.tls.clone());
                        let open = front.books.metrics.connected();
                        let seat = threads.as_ref().and_then(|threads| threads.seat());
                        let runtime = seat.as_ref().map_or_else(Handle::current, |seat| seat.runtime.clone());
                        let serving = async move {
                            one(tcp, peer, tls, front).await;
                            drop((open, place, seat));
                        };
                        tasks.spawn_on(serving, &runtime);
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

async fn one<A: Answer>(tcp: std::net::TcpStream, peer: SocketAddr, tls: Option<Tls>, front: Arc<Front<A>>) {
    let tcp = match TcpStream::from_std(tcp) {
        Ok(tcp) => tcp,
        Err(error) => return tracing::warn!(%error, "cannot serve a connection"),
    };
    if let Err(error) = tcp.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let end = Peer::new(peer, tls.is_some());
    let Some(tls) = tls else { return connection::serve(plain(tcp), end, Protocol::Unknown, front).await };
    match timeout(front.limits.handshake, tls.accept(tcp)).await {
        Ok(Ok((stream, protocol))) => connection::serve(encrypted(stream), end, protocol, front).await,
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

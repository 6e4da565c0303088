//! A reverse proxy on bare hyper: a current-thread runtime for each core, connections to the store kept by each, and nothing of S3.
//! `brigade-bench hyper LISTEN STORE`.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::thread;

use hyper::body::Incoming;
use hyper::client::conn::http1 as client;
use hyper::header::{HOST, HeaderValue};
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

type Sender = client::SendRequest<Incoming>;
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The store, and connections to it that wait for a request.
struct Store {
    address: SocketAddr,
    idle: RefCell<Vec<Sender>>,
}

pub(crate) fn run(listen: SocketAddr, store: SocketAddr) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads: Vec<_> = (0..cores).map(|_| thread::spawn(move || core(listen, store))).collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

fn core(listen: SocketAddr, store: SocketAddr) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = Rc::new(Store { address: store, idle: RefCell::default() });
    LocalSet::new().block_on(&runtime, accept(listen, store));
}

async fn accept(listen: SocketAddr, store: Rc<Store>) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).unwrap();
    socket.set_reuse_port(true).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket.bind(&listen.into()).unwrap();
    socket.listen(4096).unwrap();
    let listener = TcpListener::from_std(socket.into()).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let store = Rc::clone(&store);
        tokio::task::spawn_local(async move {
            let pass = service_fn(|request| pass(Rc::clone(&store), request));
            let _ = server::Builder::new().serve_connection(TokioIo::new(stream), pass).await;
        });
    }
}

async fn pass(store: Rc<Store>, mut request: Request<Incoming>) -> Result<Response<Incoming>, Failure> {
    request.headers_mut().insert(HOST, HeaderValue::from_str(&store.address.to_string())?);
    let kept = store.idle.borrow_mut().pop().filter(|sender| !sender.is_closed());
    let mut sender = match kept {
        Some(sender) => sender,
        None => connect(&store).await?,
    };
    sender.ready().await?;
    let response = sender.send_request(request).await?;
    // It is ready again once the body has been read.
    tokio::task::spawn_local(async move {
        if sender.ready().await.is_ok() {
            store.idle.borrow_mut().push(sender);
        }
    });
    Ok(response)
}

async fn connect(store: &Store) -> Result<Sender, Failure> {
    let stream = TcpStream::connect(store.address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = client::handshake(TokioIo::new(stream)).await?;
    tokio::task::spawn_local(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

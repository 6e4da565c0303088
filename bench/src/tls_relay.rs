//! The floor of a store behind TLS: rustls, and one copy. It passes on heads, and bodies of a known length to clients; nothing else.
//! `brigade-bench tls LISTEN STORE FOLDER`.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::certificate::Certificate;
use crate::wire::Held;

pub(crate) fn run(listen: SocketAddr, store: SocketAddr, certificate: &Certificate) {
    let config = certificate.client();
    for stream in TcpListener::bind(listen).unwrap().incoming().flatten() {
        let config = Arc::clone(&config);
        thread::spawn(move || drop(relay(stream, store, config)));
    }
}

fn relay(mut client: TcpStream, store: SocketAddr, config: Arc<ClientConfig>) -> io::Result<()> {
    client.set_nodelay(true)?;
    let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
    let connection = ClientConnection::new(config, name).map_err(io::Error::other)?;
    let mut store = StreamOwned::new(connection, TcpStream::connect(store)?);
    let (mut asked, mut told) = (Held::default(), Held::default());
    let mut block = vec![0; 256 << 10];
    while let Some(head) = asked.head(&mut client)? {
        store.write_all(head.text().as_bytes())?;
        let Some(head) = told.head(&mut store)? else { break };
        let mut left = usize::try_from(head.length().unwrap_or(0)).map_err(io::Error::other)?;
        let held = told.take(left);
        left -= held.len();
        client.write_all(&[head.text().as_bytes(), &held].concat())?;
        while left > 0 {
            let most = left.min(block.len());
            let count = store.read(&mut block[..most])?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            client.write_all(&block[..count])?;
            left -= count;
        }
    }
    Ok(())
}

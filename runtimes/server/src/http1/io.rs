//! A connection's two halves, encrypted or not.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_rustls::TlsStream;

/// What can be read of a connection. Whoever has it is the only one who reads.
#[derive(Debug)]
pub(crate) enum Reader {
    /// The bytes are the socket's.
    Plain(OwnedReadHalf),
    /// The bytes are encrypted on the way.
    Tls(ReadHalf<Box<TlsStream<TcpStream>>>),
}

/// What can be written of a connection.
#[derive(Debug)]
pub(crate) enum Writer {
    /// The bytes are the socket's.
    Plain(OwnedWriteHalf),
    /// The bytes are encrypted on the way.
    Tls(WriteHalf<Box<TlsStream<TcpStream>>>),
}

/// The halves of a connection that is not encrypted.
pub(crate) fn plain(tcp: TcpStream) -> (Reader, Writer) {
    let (reader, writer) = tcp.into_split();
    (Reader::Plain(reader), Writer::Plain(writer))
}

/// The halves of one that is.
pub(crate) fn encrypted(stream: impl Into<TlsStream<TcpStream>>) -> (Reader, Writer) {
    let (reader, writer) = tokio::io::split(Box::new(stream.into()));
    (Reader::Tls(reader), Writer::Tls(writer))
}

impl Reader {
    /// The socket, where its bytes are the connection's.
    pub(crate) fn socket(&self) -> Option<&TcpStream> {
        match self {
            Self::Plain(half) => Some(half.as_ref()),
            Self::Tls(_) => None,
        }
    }
}

impl Writer {
    /// The socket, where its bytes are the connection's.
    pub(crate) fn socket(&self) -> Option<&TcpStream> {
        match self {
            Self::Plain(half) => Some(half.as_ref()),
            Self::Tls(_) => None,
        }
    }
}

impl Writer {
    /// Ends the connection, once the other half is gone too, in a way that nobody takes for a good end.
    pub(crate) fn reset(self) {
        match self {
            Self::Plain(half) => {
                let _ = SockRef::from(half.as_ref()).set_linger(Some(Duration::ZERO));
                // Dropped, it would say that all was said.
                half.forget();
            }
            // An end that TLS was not told of is none.
            Self::Tls(_) => {}
        }
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(half) => Pin::new(half).poll_read(cx, buf),
            Self::Tls(half) => Pin::new(half).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Writer {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(half) => Pin::new(half).poll_write(cx, buf),
            Self::Tls(half) => Pin::new(half).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(half) => Pin::new(half).poll_write_vectored(cx, bufs),
            Self::Tls(half) => Pin::new(half).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::Tls(half) => Pin::new(half).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(half) => Pin::new(half).poll_shutdown(cx),
            Self::Tls(half) => Pin::new(half).poll_shutdown(cx),
        }
    }
}

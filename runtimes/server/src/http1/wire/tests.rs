use std::future::poll_fn;
use std::sync::mpsc::{Receiver, Sender, channel};

use bytes::BytesMut;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::{Home, LEAST, PART, Unread, Wire, read_size};
use crate::http1::framing::{Chunks, Framing};
use crate::http1::io::plain;

/// Tells of what comes home, and of the first question.
#[derive(Debug)]
struct Told(Sender<Option<Unread>>);

impl Home for Told {
    fn asked(&self) {
        let _ = self.0.send(None);
    }
    fn back(self: Box<Self>, unread: Unread) {
        let _ = self.0.send(Some(unread));
    }
}

async fn wire(buffered: &str, framing: Framing) -> (TcpStream, Wire, Receiver<Option<Unread>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sender = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (reader, _) = plain(listener.accept().await.unwrap().0);
    let (told, hears) = channel();
    let unread = Unread { reader, buffer: BytesMut::from(buffered), framing };
    (sender, Wire::new(unread, Some(Box::new(Told(told))), 1 << 20), hears)
}

async fn all(wire: &mut Wire) -> Result<String, String> {
    let mut text = String::new();
    loop {
        match poll_fn(|cx| wire.poll_data(cx)).await {
            Some(Ok(data)) => text.push_str(std::str::from_utf8(&data).unwrap()),
            Some(Err(error)) => return Err(error.to_string()),
            None => return Ok(text),
        }
    }
}

#[tokio::test]
async fn a_half_comes_home_with_what_is_behind_the_body() {
    for (framing, body) in [
        (Framing::Length(11), "hello world"),
        (Framing::Chunked(Chunks::Head), "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"),
    ] {
        let (mut sender, mut wire, hears) = wire("", framing).await;
        assert!(hears.try_recv().is_err(), "nobody has asked yet");
        sender.write_all(format!("{body}GET /next").as_bytes()).await.unwrap();
        assert_eq!(all(&mut wire).await.unwrap(), "hello world");
        assert!(wire.is_over());
        assert!(hears.recv().unwrap().is_none(), "the first question is told of, once");
        let mut unread = hears.recv().unwrap().unwrap();
        assert!(unread.framing.is_over());
        let mut next = unread.buffer.split().to_vec();
        while next.len() < 9 {
            tokio::io::AsyncReadExt::read_buf(&mut unread.reader, &mut next).await.unwrap();
        }
        assert_eq!(next, b"GET /next");
    }
}

#[tokio::test]
async fn r_rel_01_a_body_that_is_cut_is_never_over() {
    for (framing, body, whole) in [
        (Framing::Length(5), "hell", false),
        (Framing::Chunked(Chunks::Head), "5\r\nhello\r\n", false),
        (Framing::Chunked(Chunks::Head), "5\r\nhello0\r\n\r\n", false),
        (Framing::UntilClose, "all of it", true),
    ] {
        let (mut sender, mut wire, hears) = wire("", framing).await;
        sender.write_all(body.as_bytes()).await.unwrap();
        drop(sender);
        assert_eq!(all(&mut wire).await.is_ok(), whole, "{body:?}");
        assert!(hears.recv().unwrap().is_none());
        assert_eq!(hears.recv().unwrap().unwrap().framing.is_over(), whole, "{body:?}");
    }
}

#[tokio::test]
async fn a_half_that_is_dropped_in_the_midst_says_what_is_left() {
    let (_sender, mut wire, hears) = wire("hello", Framing::Length(7)).await;
    assert!(wire.socket().is_none(), "what was read already is not in the socket");
    let first = poll_fn(|cx| wire.poll_data(cx)).await.unwrap().unwrap();
    assert_eq!((&first[..], wire.left()), (&b"hello"[..], Some(2)));
    assert_eq!(wire.socket().unwrap().1, 2);
    drop((first, wire));
    assert!(hears.recv().unwrap().is_none());
    let mut unread = hears.recv().unwrap().unwrap();
    assert_eq!(unread.framing, Framing::Length(2));
    assert!(!unread.buffer.try_reclaim(1), "what a body was read into does not stay with its connection");
}

#[tokio::test]
async fn what_the_kernel_moved_counts_as_taken() {
    let (_sender, mut wire, hears) = wire("", Framing::Length(7)).await;
    wire.took(3);
    assert_eq!(wire.left(), Some(4));
    wire.took(4);
    assert!(wire.is_over());
    assert!(hears.recv().unwrap().unwrap().framing.is_over());
}

#[tokio::test]
async fn a_body_that_is_gathered_comes_as_one_piece() {
    let long = "x".repeat(600 << 10);
    for (buffered, sent, length, whole) in [
        ("", long.as_str(), 600 << 10, true),
        ("hel", "lo", 5, true),
        ("hello", "", 5, true),
        ("hel", "l", 5, false),
    ] {
        let (mut sender, mut wire, hears) = wire(buffered, Framing::Length(length)).await;
        let sending = async {
            sender.write_all(sent.as_bytes()).await.unwrap();
            drop(sender);
        };
        let gathering = async {
            loop {
                match poll_fn(|cx| wire.poll_gather(cx)).await {
                    Ok(0) => return true,
                    Ok(_) => {}
                    Err(_) => return false,
                }
            }
        };
        assert_eq!(tokio::join!(sending, gathering).1, whole, "{buffered} {length}");
        if whole {
            let data = poll_fn(|cx| wire.poll_data(cx)).await.unwrap().unwrap();
            assert_eq!(data, format!("{buffered}{sent}"));
            assert!(wire.is_over());
        }
        assert!(hears.recv().unwrap().is_none());
        assert_eq!(hears.recv().unwrap().unwrap().framing.is_over(), whole);
    }
}

#[test]
fn r_dos_04_reads_grow_only_while_the_receiver_keeps_up() {
    let limit = 256 << 10;
    for (flowing, size) in [(0, LEAST), (256 << 10, LEAST), (1 << 20, 32 << 10), (1 << 30, limit)] {
        assert_eq!(read_size(flowing / PART, limit), size, "{flowing}");
    }
}

use std::future::poll_fn;

use brigade_sigv4::Timestamp;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::{Framed, Out, answer_head, decimal, request_head};
use crate::http1::io::{Reader, Writer, plain};

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, HeaderValue::from_static("\"e\""));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("7"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
    headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    headers
}

#[test]
fn lengths_are_written_in_digits() {
    for number in [0, 7, 10, 1_000, 65_536, u64::MAX] {
        let mut out = b"x".to_vec();
        decimal(&mut out, number);
        assert_eq!(String::from_utf8(out).unwrap(), format!("x{number}"));
    }
}

#[test]
fn r_http_01_a_head_says_one_thing_of_its_body() {
    let now = Timestamp::from_unix(0);
    for (framed, connection, expect) in [
        (Framed::Length(7), "", "content-length: 7\r\n"),
        (Framed::Nothing, "", "content-length: 7\r\n"),
        (Framed::Chunked, "connection: close\r\n", "transfer-encoding: chunked\r\nconnection: close\r\n"),
        (Framed::UntilClose, "connection: close\r\n", "connection: close\r\n"),
    ] {
        let mut out = Vec::new();
        answer_head(&mut out, StatusCode::OK, &headers(), framed, connection.as_bytes(), now);
        let expect =
            format!("HTTP/1.1 200 OK\r\netag: \"e\"\r\n{expect}date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n");
        assert_eq!(String::from_utf8(out).unwrap(), expect);
    }
    let mut out = Vec::new();
    request_head(&mut out, &Method::PUT, &"http://h/a%20b?c".parse().unwrap(), &headers(), Framed::Length(1));
    assert_eq!(out, b"PUT /a%20b?c HTTP/1.1\r\netag: \"e\"\r\ncontent-length: 1\r\n\r\n");
}

/// Both halves of a connection, and what its other end reads until it is closed.
async fn connected() -> (Reader, Writer, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut receiver = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (reader, writer) = plain(listener.accept().await.unwrap().0);
    let reading = tokio::spawn(async move {
        let mut all = Vec::new();
        receiver.read_to_end(&mut all).await.unwrap();
        all
    });
    (reader, writer, reading)
}

#[tokio::test]
async fn everything_is_written_once_and_in_order() {
    let (_reader, mut writer, reading) = connected().await;
    let large = Bytes::from(vec![b'x'; 10 << 20]);
    let mut out = Out::default();
    out.head().extend_from_slice(b"head:");
    for (data, last) in [(large.clone(), false), (Bytes::from_static(b"hello"), false), (large.clone(), true)]
    {
        out.data(data, Framed::Chunked);
        if last {
            out.end(Framed::Chunked);
        }
        while !out.is_empty() {
            poll_fn(|cx| out.poll_write(cx, &mut writer)).await.unwrap();
        }
    }
    drop(writer);
    let mut expect = b"head:a00000\r\n".to_vec();
    expect.extend_from_slice(&large);
    expect.extend_from_slice(b"\r\n5\r\nhello\r\na00000\r\n");
    expect.extend_from_slice(&large);
    expect.extend_from_slice(b"\r\n0\r\n\r\n");
    assert!(reading.await.unwrap() == expect);
}

#[tokio::test]
async fn pieces_that_go_along_are_written_in_order() {
    let (_reader, mut writer, reading) = connected().await;
    let mut out = Out::default();
    out.head().extend_from_slice(b"head:");
    let mut expect = b"head:".to_vec();
    let framed = Framed::Length(9 << 20);
    for round in 0..3_u8 {
        out.data(Bytes::from(vec![b'0' + round; 1 << 20]), framed);
        expect.extend(vec![b'0' + round; 1 << 20]);
        let mut piece = b'a';
        while out.has_room(framed) {
            out.behind(Bytes::from(vec![piece; 256 << 10]));
            expect.extend(vec![piece; 256 << 10]);
            piece += 1;
        }
        assert_eq!(piece, b'i', "their number is bounded");
        assert!(out.has_data());
        while !out.is_empty() {
            poll_fn(|cx| out.poll_write(cx, &mut writer)).await.unwrap();
        }
        assert!(!out.has_data() && !out.has_room(framed));
    }
    assert!(!out.has_room(Framed::Chunked));
    drop(writer);
    assert!(reading.await.unwrap() == expect);
}

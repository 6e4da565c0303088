//! HTTP/2, frame by frame: R-HTTP-06 and R-DOS-06.

use std::net::SocketAddr;
use std::time::Duration;

use brigade_sigv4::ContentSha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::client::{ask, signed, upload};
use crate::support::faulty::{Act, Faulty, ok};
use crate::support::{Brigade, HUNG, short};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

const GOOD: [(&str, &str); 4] =
    [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/.brigade/health")];

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// Literal fields without indexing (RFC 7541, 6.2.2): what is written is what arrives.
fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in fields {
        bytes.push(0);
        for text in [name, value] {
            match u8::try_from(text.len()) {
                Ok(short @ ..127) => bytes.push(short),
                // RFC 7541, 5.1: what exceeds the prefix follows in groups of seven bits.
                _ => {
                    let rest = text.len() - 127;
                    assert!(rest < 1 << 14);
                    let low = u8::try_from(rest % 128).unwrap();
                    bytes.extend([127, low | 128, u8::try_from(rest / 128).unwrap()]);
                }
            }
            bytes.extend(text.as_bytes());
        }
    }
    bytes
}

struct Client {
    tcp: TcpStream,
}

impl Client {
    async fn to(address: SocketAddr) -> Self {
        let mut tcp = TcpStream::connect(address).await.unwrap();
        tcp.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await.unwrap();
        Self { tcp }
    }

    /// Sends what can be sent; a server that has hung up is no failure.
    async fn push(&mut self, bytes: &[u8]) -> bool {
        timeout(HUNG, self.tcp.write_all(bytes)).await.expect("the server neither reads nor closes").is_ok()
    }

    /// The next frame: kind, flags, stream, payload. `None` at the end.
    async fn frame(&mut self) -> Option<(u8, u8, u32, Vec<u8>)> {
        let mut head = [0; 9];
        timeout(HUNG, self.tcp.read_exact(&mut head)).await.expect("no frame comes").ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        self.tcp.read_exact(&mut payload).await.ok()?;
        Some((head[3], head[4], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload))
    }

    /// What becomes of a stream: its first HEADERS, RST_STREAM or the connection's GOAWAY or end.
    async fn fate(&mut self, stream: u32) -> (u8, Vec<u8>) {
        loop {
            match self.frame().await {
                Some((kind @ (HEADERS | RST_STREAM), _, of, payload)) if of == stream => {
                    return (kind, payload);
                }
                Some((GOAWAY, _, _, payload)) => return (GOAWAY, payload),
                None => return (GOAWAY, Vec::new()),
                Some(_) => {}
            }
        }
    }
}

/// A plain request on a connection of its own is answered with 200, which HPACK writes as one byte.
async fn answers(address: SocketAddr) {
    let mut client = Client::to(address).await;
    assert!(client.push(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &block(&GOOD))).await);
    let (kind, payload) = client.fate(1).await;
    assert_eq!((kind, payload[0]), (HEADERS, 0x88), ":status 200");
}

#[tokio::test]
async fn http2_is_served_by_prior_knowledge() {
    let brigade = Brigade::alone().await;
    answers(brigade.address).await;
}

#[tokio::test]
async fn r_http_06_what_http2_forbids_in_headers_is_a_stream_error() {
    let brigade = Brigade::alone().await;
    let with = |extra: &[(&'static str, &'static str)]| block(&[&GOOD[..], extra].concat());
    for (what, block) in [
        ("connection", with(&[("connection", "close")])),
        ("transfer-encoding", with(&[("transfer-encoding", "chunked")])),
        ("keep-alive", with(&[("keep-alive", "1")])),
        ("upgrade", with(&[("upgrade", "x")])),
        ("te", with(&[("te", "gzip")])),
        ("upper case", with(&[("X-Upper", "1")])),
        ("duplicate pseudo", with(&[(":path", "/")])),
        ("late pseudo", block(&[GOOD[0], GOOD[1], GOOD[2], ("x", "y"), GOOD[3]])),
        ("unknown pseudo", block(&[GOOD[0], (":what", "x"), GOOD[1], GOOD[2], GOOD[3]])),
        ("no path", block(&[GOOD[0], GOOD[1], GOOD[2]])),
        ("line end in a value", with(&[("x", "a\r\nx-evil: 1")])),
        ("line end in a name", with(&[("x\r\nx-evil", "1")])),
        ("zero in a value", with(&[("x", "a\0b")])),
        ("line end in the path", block(&[GOOD[0], GOOD[1], GOOD[2], (":path", "/a\r\nb")])),
    ] {
        let mut client = Client::to(brigade.address).await;
        client.push(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &block)).await;
        let (kind, payload) = client.fate(1).await;
        // A status of 400 is index 12 of the static table.
        let refused = matches!(kind, RST_STREAM | GOAWAY) || payload.first() == Some(&0x8c);
        assert!(refused, "{what}: {kind} {payload:?}");
        answers(brigade.address).await;
    }
}

#[tokio::test]
async fn a_host_that_contradicts_the_authority_is_400() {
    let brigade = Brigade::alone().await;
    let mut client = Client::to(brigade.address).await;
    let block = block(&[&GOOD[..], &[("host", "b")]].concat());
    client.push(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &block)).await;
    let (kind, payload) = client.fate(1).await;
    assert_eq!((kind, payload[0]), (HEADERS, 0x8c), ":status 400");
}

#[tokio::test]
async fn r_dos_06_floods_of_frames_leave_the_service_answering() {
    let brigade = Brigade::alone().await;
    let request = |stream: u32| frame(HEADERS, END_STREAM | END_HEADERS, stream, &block(&GOOD));
    let upload = |stream: u32| {
        let fields = [(":method", "PUT"), (":scheme", "http"), (":authority", "a"), (":path", "/local/k")];
        frame(HEADERS, END_HEADERS, stream, &block(&fields))
    };
    let odd = |n: u32| 2 * n + 1;
    let floods: [(&str, Vec<Vec<u8>>); 7] = [
        (
            "rapid reset",
            (0..5000)
                .map(|n| [request(odd(n)), frame(RST_STREAM, 0, odd(n), &[0, 0, 0, 8])].concat())
                .collect(),
        ),
        ("continuation", {
            let mut frames = vec![frame(HEADERS, END_STREAM, 1, &block(&GOOD))];
            frames.extend((0..5000).map(|_| frame(CONTINUATION, 0, 1, &block(&[("x", "yyyyyyyyyyyyyyyy")]))));
            frames
        }),
        ("ping", (0..20_000).map(|_| frame(PING, 0, 0, &[0; 8])).collect()),
        ("settings", (0..20_000).map(|_| frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 1])).collect()),
        ("empty data", {
            let mut frames = vec![upload(1)];
            frames.extend((0..20_000).map(|_| frame(DATA, 0, 1, &[])));
            frames
        }),
        (
            "made you reset",
            (0..5000).map(|n| [request(odd(n)), frame(WINDOW_UPDATE, 0, odd(n), &[0; 4])].concat()).collect(),
        ),
        (
            "window overflow",
            (0..5000)
                .map(|n| {
                    [request(odd(n)), frame(WINDOW_UPDATE, 0, odd(n), &[0x7f, 0xff, 0xff, 0xff])].concat()
                })
                .collect(),
        ),
    ];
    for (what, frames) in floods {
        let client = Client::to(brigade.address).await;
        let (mut read, mut write) = client.tcp.into_split();
        // Read what comes back, as an attacker would not: the server must not wait for that either.
        let reader = tokio::spawn(async move { tokio::io::copy(&mut read, &mut tokio::io::sink()).await });
        for bytes in frames {
            if timeout(HUNG, write.write_all(&bytes))
                .await
                .unwrap_or_else(|_| panic!("{what}: stuck"))
                .is_err()
            {
                break;
            }
        }
        answers(brigade.address).await;
        reader.abort();
    }
}

#[tokio::test]
async fn r_dos_06_an_attacker_that_reads_nothing_does_not_hold_the_service() {
    let brigade = Brigade::alone().await;
    let mut client = Client::to(brigade.address).await;
    for _ in 0..5000 {
        let pings = frame(PING, 0, 0, &[0; 8]).repeat(100);
        // Once neither side can write, the connection stands still, and only it.
        if timeout(Duration::from_millis(50), client.tcp.write_all(&pings)).await.is_err() {
            break;
        }
    }
    answers(brigade.address).await;
}

#[tokio::test]
async fn the_drain_says_goaway() {
    let brigade = Brigade::alone().await;
    let mut client = Client::to(brigade.address).await;
    assert!(client.push(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &block(&GOOD))).await);
    assert_eq!(client.fate(1).await.0, HEADERS);
    brigade.drain.begin();
    let mut said = false;
    while let Some((kind, flags, _, payload)) = client.frame().await {
        said |= kind == GOAWAY;
        if (kind, flags) == (PING, 0) {
            client.push(&frame(PING, 1, 0, &payload)).await;
        }
    }
    assert!(said, "closed without a word");
    assert!(brigade.running.await.unwrap());
}

#[tokio::test]
async fn r_dos_03_idle_and_unread_connections_are_cut_off() {
    let mut brigade = Brigade::start("127.0.0.1:1".parse().unwrap(), short()).await;
    let object = vec![b'x'; 1 << 20];
    let put = upload(brigade.address, "PUT /local/big", &object);
    assert_eq!(ask(brigade.address, put).await.status, 200);
    brigade.line().await;

    let mut idle = Client::to(brigade.address).await;
    assert!(idle.push(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &block(&GOOD))).await);
    assert_eq!(idle.fate(1).await.0, HEADERS);
    // It answers every sign of life, and asks for nothing.
    while let Some((kind, flags, _, payload)) = idle.frame().await {
        if (kind, flags) == (PING, 0) && !idle.push(&frame(PING, 1, 0, &payload)).await {
            break;
        }
    }

    // It asks for more than its window takes, answers every sign of life, and never makes room.
    let mut unread = Client::to(brigade.address).await;
    let big = block(&[GOOD[0], GOOD[1], GOOD[2], (":path", "/local/big")]);
    assert!(unread.push(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &big)).await);
    while let Some((kind, flags, _, payload)) = unread.frame().await {
        if (kind, flags) == (PING, 0) && !unread.push(&frame(PING, 1, 0, &payload)).await {
            break;
        }
    }
    let line = brigade.line().await;
    assert_eq!(line["aborted"], true, "{line}");
}

/// An upload was answered 503 though the store had confirmed it: its end came behind its announced bytes.
#[tokio::test]
async fn an_upload_whose_end_comes_in_a_frame_of_its_own_is_confirmed() {
    for body in [&b"hello"[..], b""] {
        let mut store = Faulty::start(&[Act::Answer(ok(""))]).await;
        let brigade = Brigade::start(store.address, short()).await;
        let length = format!("content-length: {}", body.len());
        let head = signed(brigade.address, "PUT /remote/k", &[&length], ContentSha256::Unsigned);
        let authority = brigade.address.to_string();
        let mut fields = vec![
            (":method", "PUT"),
            (":scheme", "http"),
            (":authority", authority.as_str()),
            (":path", "/remote/k"),
        ];
        fields.extend(
            head.lines().filter_map(|line| line.split_once(": ")).filter(|(name, _)| *name != "host"),
        );
        let mut client = Client::to(brigade.address).await;
        client.push(&frame(HEADERS, END_HEADERS, 1, &block(&fields))).await;
        if !body.is_empty() {
            client.push(&frame(DATA, 0, 1, body)).await;
        }
        client.push(&frame(DATA, END_STREAM, 1, b"")).await;
        let (kind, payload) = client.fate(1).await;
        assert_eq!((kind, payload[0]), (HEADERS, 0x88), ":status 200 for {} bytes", body.len());
        assert_eq!(store.next().await.body, body);
    }
}

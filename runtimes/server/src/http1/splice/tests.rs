use std::future::poll_fn;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::super::carrier::Carrier;
use super::{Broken, Side, Splice};

/// Two ends of one connection.
async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (near, far) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
    (near.unwrap(), far.unwrap().0)
}

/// Bytes that repeat nowhere near.
fn bytes(length: usize) -> Vec<u8> {
    (0..length as u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u8).collect()
}

async fn run(splice: &mut Splice, from: &TcpStream, to: &TcpStream) -> (u64, Result<(), Broken>) {
    let mut moved = 0;
    loop {
        match poll_fn(|cx| splice.poll(cx, from, to)).await {
            Ok(0) => return (moved, Ok(())),
            Ok(more) => moved += more as u64,
            Err(broken) => return (moved, Err(broken)),
        }
    }
}

/// Moves bytes until `to` takes no more, however busy the machine is.
async fn fill(splice: &mut Splice, from: &TcpStream, to: &TcpStream) {
    for _ in 0..200 {
        assert!(
            timeout(Duration::from_millis(50), run(splice, from, to)).await.is_err(),
            "it came to its end"
        );
        if splice.held > 0 && splice.waits_for() == Side::To {
            return;
        }
    }
    panic!("never full: {splice:?}");
}

/// How the two ends behave: bytes at once, and the pause behind them.
#[derive(Clone, Copy, Debug)]
struct Gait(usize, Duration);

const FAST: Gait = Gait(1 << 20, Duration::ZERO);

async fn check(length: usize, writer: Gait, reader: Gait) {
    let (mut store, from) = pair().await;
    let (to, mut client) = pair().await;
    let sent = bytes(length);
    let digest = Sha256::digest(&sent);
    let writing = tokio::spawn(async move {
        for part in sent.chunks(writer.0) {
            store.write_all(part).await.unwrap();
            sleep(writer.1).await;
        }
        // What comes behind is the next one's.
        store.write_all(b"behind").await.unwrap();
        store
    });
    let reading = tokio::spawn(async move {
        let mut received = Vec::new();
        let mut space = vec![0; reader.0];
        loop {
            match client.read(&mut space).await.unwrap() {
                0 => return received,
                count => received.extend_from_slice(&space[..count]),
            }
            sleep(reader.1).await;
        }
    });
    let mut splice = Splice::new(length as u64);
    let (moved, ended) = run(&mut splice, &from, &to).await;
    assert!(ended.is_ok(), "{length} {writer:?} {reader:?}: {ended:?}");
    assert_eq!((moved, splice.left(), splice.ahead()), (length as u64, 0, 0));
    drop(to);
    let received = reading.await.unwrap();
    assert_eq!((received.len(), Sha256::digest(&received)), (length, digest), "{writer:?} {reader:?}");
    let _store = writing.await.unwrap();
    let (mut from, mut behind) = (from, [0; 6]);
    from.read_exact(&mut behind).await.unwrap();
    assert_eq!(&behind, b"behind", "{length}: it took more than it was told to");
}

#[tokio::test]
async fn every_byte_arrives_once_and_in_its_place() {
    for length in [0, 1, 4095, 65_537, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 9_999_999] {
        check(length, FAST, FAST).await;
    }
}

#[tokio::test]
async fn slow_writers_and_slow_readers_get_all_of_it() {
    let pause = Duration::from_millis(3);
    check(300_000, Gait(9_973, pause), FAST).await;
    check(12 << 20, FAST, Gait(100_003, pause)).await;
    check(8 << 20, FAST, Gait(1 << 20, Duration::from_millis(150))).await;
    check(200_000, Gait(7_919, pause), Gait(4_001, pause)).await;
}

#[tokio::test]
async fn many_at_once_do_not_mix() {
    let all: Vec<_> = (0..64)
        .map(|n| tokio::spawn(check(200_000 + n, Gait(50_000, Duration::from_millis(1)), FAST)))
        .collect();
    for one in all {
        one.await.unwrap();
    }
}

#[tokio::test]
async fn an_early_end_and_a_reset_are_the_senders() {
    for reset in [false, true] {
        let (mut store, from) = pair().await;
        let (to, mut client) = pair().await;
        store.write_all(&bytes(100_000)).await.unwrap();
        let mut splice = Splice::new(100_001);
        let mut moved = 0;
        while moved < 100_000 {
            moved += poll_fn(|cx| splice.poll(cx, &from, &to)).await.unwrap();
        }
        if reset {
            socket2::SockRef::from(&store).set_linger(Some(Duration::ZERO)).unwrap();
        }
        drop(store);
        let (_, ended) = run(&mut splice, &from, &to).await;
        let Err(Broken::From(error)) = ended else { panic!("{reset}: {ended:?}") };
        let kind =
            if reset { std::io::ErrorKind::ConnectionReset } else { std::io::ErrorKind::UnexpectedEof };
        assert_eq!(error.kind(), kind);
        assert_eq!(splice.left(), 1);
        drop(to);
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, bytes(100_000), "what had come is there");
    }
}

#[tokio::test]
async fn a_receiver_that_leaves_is_the_receivers() {
    let (mut store, from) = pair().await;
    let (to, client) = pair().await;
    let writing = tokio::spawn(async move { store.write_all(&bytes(64 << 20)).await });
    socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    let (_, ended) = run(&mut Splice::new(64 << 20), &from, &to).await;
    let Err(Broken::To(error)) = ended else { panic!("{ended:?}") };
    assert!(
        matches!(error.kind(), std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::BrokenPipe),
        "{error}"
    );
    drop(from);
    assert!(writing.await.unwrap().is_err());
}

#[tokio::test]
async fn who_is_waited_for_is_known() {
    let (mut store, from) = pair().await;
    let (to, _client) = pair().await;
    let mut splice = Splice::new(1 << 30);
    let a_while = Duration::from_millis(50);
    assert!(timeout(a_while, poll_fn(|cx| splice.poll(cx, &from, &to))).await.is_err());
    assert_eq!(
        (splice.waits_for(), splice.carrier.is_some()),
        (Side::From, false),
        "nothing moves: it holds nothing"
    );
    let writing = tokio::spawn(async move { store.write_all(&bytes(64 << 20)).await });
    fill(&mut splice, &from, &to).await;
    assert!(splice.carrier.is_some());
    assert!(splice.held <= super::STRIDE);
    writing.abort();
}

/// What is in a carrier that is dropped must not come out for the next.
#[tokio::test]
async fn what_was_on_its_way_goes_to_nobody_else() {
    for _ in 0..3 {
        let (mut store, from) = pair().await;
        let (to, _client) = pair().await;
        let writing = tokio::spawn(async move { store.write_all(&[b'x'; 64 << 20]).await });
        let mut splice = Splice::new(64 << 20);
        fill(&mut splice, &from, &to).await;
        drop(splice);
        writing.abort();
        check(100_000, FAST, FAST).await;
    }
}

#[tokio::test]
async fn without_pipes_it_copies() {
    // All that there may be are taken; those that this thread keeps are among them.
    let mut taken = Vec::new();
    let carrier = loop {
        match Carrier::take() {
            #[cfg(target_os = "linux")]
            pipe @ Carrier::Pipe(_) => taken.push(pipe),
            buffer @ Carrier::Buffer(_) => break buffer,
        }
    };
    drop(carrier);
    check(9_999_999, FAST, FAST).await;
    check(3 << 20, FAST, Gait(100_003, Duration::from_millis(3))).await;
    drop(taken);
    assert!(cfg!(not(target_os = "linux")) || matches!(Carrier::take(), Carrier::Pipe(_)));
}

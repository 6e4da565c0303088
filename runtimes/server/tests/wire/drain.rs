//! R-REL-09: the end of a server, as its clients see it.

use brigade_server::Limits;
use tokio::io::AsyncWriteExt;

use crate::support::Brigade;
use crate::support::client::{Raw, upload};
use crate::support::faulty::{Act, Faulty, ok};

const OPEN: &str = "GET /open/k HTTP/1.1\r\nHost: a\r\n\r\n";
const HEALTH: &str = "GET /.brigade/health HTTP/1.1\r\nHost: a\r\n\r\n";

async fn with(acts: &[Act]) -> (Faulty, Brigade) {
    let store = Faulty::start(acts).await;
    let brigade = Brigade::start(store.address, Limits::default()).await;
    (store, brigade)
}

#[tokio::test]
async fn r_rel_09_the_drain_finishes_what_is_in_progress_and_takes_nothing_new() {
    let (_store, brigade) = with(&[Act::Answer(ok("kept"))]).await;
    let whole = upload(brigade.address, "PUT /local/k", b"in progress");
    let mut busy = Raw::to(brigade.address).await;
    busy.send(&whole[..whole.len() - 4]).await;
    let mut idle = Raw::to(brigade.address).await;
    assert_eq!(idle.ask(OPEN).await.text(), "kept");
    let mut silent = Raw::to(brigade.address).await;

    brigade.drain.begin();
    assert_eq!(idle.rest().await, b"", "an idle connection is closed");
    assert_eq!(silent.rest().await, b"", "and so is one that never asked");
    busy.tcp.write_all(&whole[whole.len() - 4..]).await.unwrap();
    let answer = busy.answer().await.unwrap();
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert!(brigade.running.await.unwrap(), "all of it was finished");
    assert!(tokio::net::TcpStream::connect(brigade.address).await.is_err());
}

#[tokio::test]
async fn r_rel_09_the_drain_reaches_connections_that_have_just_been_busy() {
    let (_store, brigade) = with(&[]).await;
    // So many answers in a row that for some of these the task has used up its turn when it comes to wait.
    let mut busy = Vec::new();
    for times in 100..160 {
        let mut raw = Raw::to(brigade.address).await;
        raw.send(HEALTH.repeat(times)).await;
        for _ in 0..times {
            assert_eq!(raw.answer().await.unwrap().status, 200);
        }
        busy.push(raw);
    }
    brigade.drain.begin();
    for raw in &mut busy {
        assert_eq!(raw.rest().await, b"");
    }
    assert!(brigade.running.await.unwrap());
}

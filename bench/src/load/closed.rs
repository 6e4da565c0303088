//! Closed loops: what a request costs.

use std::net::SocketAddr;
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::{Client, Failure};
use crate::pattern::Pattern;
use crate::request::{Ask, Shot};

/// What a run was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closed {
    /// What `between` made of the meter before the first request and after the last answer.
    pub(crate) metered: Duration,
    pub(crate) wall: Duration,
    pub(crate) requests: u64,
}

/// Different requests of one connection.
const KINDS: usize = 8;

/// Sends `count` requests over so many connections. Each has had an answer before anything is counted.
pub(crate) fn closed<M>(
    to: SocketAddr,
    pattern: &Pattern,
    ask: Ask,
    connections: usize,
    count: usize,
    meter: impl Fn() -> M,
    between: impl Fn(M, M) -> Duration,
) -> Result<Closed, Failure> {
    let kinds = if matches!(ask, Ask::PutSignedChunks(_)) { 1 } else { KINDS };
    let each = count.div_ceil(connections);
    let shots = ask.shots(&to.to_string(), pattern, connections * kinds);
    let first = first(ask).shots(&to.to_string(), pattern, 1);
    let [ready, go, done, over] = std::array::from_fn(|_| Barrier::new(connections + 1));
    let failure: Mutex<Option<Failure>> = Mutex::new(None);
    let note = |outcome: Result<(), Failure>| {
        if let Err(why) = outcome {
            failure.lock().unwrap().get_or_insert(why);
        }
    };
    let (metered, wall) = thread::scope(|scope| {
        for shots in shots.chunks(kinds) {
            let (ready, go, done, over, note, first) = (&ready, &go, &done, &over, &note, &first);
            let work = move || {
                let mut client = Client::connect(to, pattern).and_then(|mut client| {
                    first.iter().try_for_each(|shot| client.fire(shot).map(drop))?;
                    Ok(client)
                });
                ready.wait();
                go.wait();
                let worked = client.as_mut().map_err(|why| why.clone());
                note(worked.and_then(|client| repeat(client, shots, each)));
                done.wait();
                // A connection that ends takes a thread of some proxy with it, and that thread's time.
                over.wait();
                drop(client);
            };
            thread::Builder::new().stack_size(256 << 10).spawn_scoped(scope, work).unwrap();
        }
        ready.wait();
        thread::sleep(Duration::from_millis(5));
        let (before, began) = (meter(), Instant::now());
        go.wait();
        done.wait();
        let wall = began.elapsed();
        // What a proxy does after the last answer belongs to it.
        thread::sleep(Duration::from_millis(20));
        let metered = between(before, meter());
        over.wait();
        (metered, wall)
    });
    match failure.into_inner().unwrap() {
        Some(why) => Err(why),
        None => Ok(Closed { metered, wall, requests: (each * connections) as u64 }),
    }
}

fn repeat(client: &mut Client, shots: &[Shot], count: usize) -> Result<(), Failure> {
    shots.iter().cycle().take(count).try_for_each(|shot| client.fire(shot).map(drop))
}

/// What opens connections on both sides and costs little.
fn first(ask: Ask) -> Ask {
    match ask {
        Ask::GetSecure(_) => Ask::GetSecure(1024),
        Ask::Get(_) | Ask::Put(_) | Ask::PutTrailer(_) | Ask::PutSignedChunks(_) | Ask::List => {
            Ask::Get(1024)
        }
    }
}

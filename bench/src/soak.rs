//! A long run of mixed sizes, aborts and slow clients: memory, descriptors and tasks must be flat.
//!
//! ```text
//! workers ─ GET, PUT and listings of all sizes; some break off in the midst; some read slowly
//! every 10 s: memory, descriptors, threads, requests in flight; at the end everything is let go, and read once more
//! ```

use std::io::Read as _;
use std::net::{Shutdown, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::load::{Client, Failure, Slow};
use crate::pattern::Pattern;
use crate::peers::{Kind, Running, Stage};
use crate::request::{Ask, Shot};

/// What is read every so often.
#[derive(Clone, Copy, Debug)]
struct Sample {
    resident: f64,
    descriptors: usize,
    threads: u64,
    in_flight: f64,
    connections: f64,
}

const EVERY: Duration = Duration::from_secs(10);
const WORKERS: usize = 12;

pub(crate) fn run(minutes: f64, stage: Stage) -> Result<(), Failure> {
    let (_store, store) = stage.store()?;
    let brigade = stage.start(Kind::Brigade, store)?.ok_or("Brigade was not started")?;
    let pattern = Pattern::new();
    let (to, over, served, aborted) =
        (brigade.address, AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    println!("   time  MiB resident  descriptors  threads  in flight  connections    requests   aborts");
    let samples = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|n| {
                let (pattern, over, served, aborted) = (&pattern, &over, &served, &aborted);
                scope.spawn(move || work(n, to, pattern, over, served, aborted))
            })
            .collect();
        let began = Instant::now();
        let mut samples = Vec::new();
        while began.elapsed().as_secs_f64() < minutes * 60.0
            && !workers.iter().any(|worker| worker.is_finished())
        {
            thread::sleep(EVERY.min(Duration::from_secs_f64(minutes * 6.0)));
            let sample = sample(&brigade);
            show(began.elapsed(), sample, served.load(Ordering::Relaxed), aborted.load(Ordering::Relaxed));
            samples.push(sample);
        }
        over.store(true, Ordering::Relaxed);
        workers.into_iter().try_for_each(|worker| worker.join().unwrap())?;
        Ok::<_, Failure>(samples)
    })?;
    // What clients let go of, Brigade lets go of; only connections to the store may be kept a while.
    thread::sleep(Duration::from_secs(3));
    let after = sample(&brigade);
    println!("after the last client has gone:");
    show(Duration::ZERO, after, served.into_inner(), aborted.into_inner());
    judge(&samples, after)
}

/// What is compared, and how much more it may be: so many times, and so much.
type Check = (&'static str, fn(&Sample) -> f64, f64, f64);

/// The first third of a run warms up; what comes in the last may not be above what was in the one between.
fn judge(samples: &[Sample], after: Sample) -> Result<(), Failure> {
    let third = samples.len() / 3;
    let most = |part: &[Sample], of: fn(&Sample) -> f64| part.iter().map(of).fold(0.0, f64::max);
    let (between, last) = (&samples[third..samples.len() - third], &samples[samples.len() - third..]);
    let checks: [Check; 3] = [
        ("MiB resident", |sample| sample.resident, 1.15, 4.0),
        ("descriptors", |sample| sample.descriptors as f64, 1.15, 32.0),
        ("threads", |sample| sample.threads as f64, 1.0, 2.0),
    ];
    for (what, of, times, more) in checks {
        let (before, now) = (most(between, of), most(last, of));
        if now > before * times + more {
            return Err(format!(
                "{what} are not flat: up to {before} in the middle of the run, up to {now} at its end"
            ));
        }
    }
    if after.in_flight != 0.0 || after.connections != 0.0 {
        return Err(format!(
            "{} requests and {} connections are left after the last client has gone",
            after.in_flight, after.connections
        ));
    }
    println!("flat: memory, descriptors and threads");
    Ok(())
}

fn show(at: Duration, sample: Sample, served: u64, aborted: u64) {
    let Sample { resident, descriptors, threads, in_flight, connections } = sample;
    let at = at.as_secs();
    println!(
        "{at:>5} s  {resident:>12.1}  {descriptors:>11}  {threads:>7}  {in_flight:>9}  {connections:>11}  {served:>10}  {aborted:>7}"
    );
}

fn sample(brigade: &Running) -> Sample {
    let family = brigade.family();
    let metrics = brigade.admin.and_then(metrics).unwrap_or_default();
    let gauge = |name: &str| {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok()).unwrap_or(f64::NAN)
    };
    Sample {
        resident: family.resident(),
        descriptors: family.descriptors(),
        threads: family.threads(),
        in_flight: gauge("brigade_requests_in_flight"),
        connections: gauge("brigade_connections"),
    }
}

fn metrics(admin: SocketAddr) -> Option<String> {
    let head = format!("GET /metrics HTTP/1.1\r\nhost: {admin}\r\nconnection: close\r\n\r\n").into_bytes();
    let shot = Shot { head, payload: crate::request::Payload::Nothing, object: None };
    let body = Client::connect(admin, &Pattern::empty()).ok()?.prove(&shot).ok()?;
    String::from_utf8(body).ok()
}

/// One worker: in turn every kind of request, every fifth broken off; one in twelve reads slowly all along.
fn work(
    n: usize,
    to: SocketAddr,
    pattern: &Pattern,
    over: &AtomicBool,
    served: &AtomicU64,
    aborted: &AtomicU64,
) -> Result<(), Failure> {
    let asks = [
        Ask::Get(1024),
        Ask::Put(1024),
        Ask::Get(64 << 10),
        Ask::List,
        Ask::Get(8 << 20),
        Ask::Put(8 << 20),
        Ask::PutTrailer(3 << 20),
        Ask::PutSignedChunks(1 << 20),
        Ask::Get(64 << 20),
        Ask::Get(0),
        Ask::GetSecure(1 << 20),
    ];
    let host = to.to_string();
    for turn in n.. {
        if over.load(Ordering::Relaxed) {
            return Ok(());
        }
        if n == 0 {
            let slow = Slow::start(to, pattern, 32, 64 << 10)?;
            thread::sleep(Duration::from_secs(2));
            slow.end();
            aborted.fetch_add(32, Ordering::Relaxed);
            continue;
        }
        // A new connection each time: what is kept for one must be let go of with it.
        let mut client = Client::connect(to, pattern)?;
        for ask in asks.iter().cycle().skip(turn).take(4) {
            let shots = ask.shots(&host, pattern, 1);
            shots
                .iter()
                .try_for_each(|shot| client.fire(shot).map(drop))
                .map_err(|why| format!("{ask:?}: {why}"))?;
            served.fetch_add(1, Ordering::Relaxed);
        }
        if turn % 5 == 0 {
            abort(client, &Ask::Get(64 << 20).shots(&host, pattern, 1)).map_err(|error| error.to_string())?;
            let put = Client::connect(to, pattern)?;
            let shots = Ask::Put(8 << 20).shots(&host, pattern, 1);
            let half = shots
                .into_iter()
                .map(|shot| Shot { payload: crate::request::Payload::Pattern(4 << 20), ..shot });
            abort(put, &half.collect::<Vec<_>>()).map_err(|error| error.to_string())?;
            aborted.fetch_add(2, Ordering::Relaxed);
        }
    }
    Ok(())
}

/// Begins a request and is gone.
fn abort(mut client: Client, shots: &[Shot]) -> std::io::Result<()> {
    shots.iter().try_for_each(|shot| client.send(shot))?;
    client.stream.set_read_timeout(Some(Duration::from_millis(5)))?;
    let _ = client.stream.read(&mut [0; 4096]);
    client.stream.shutdown(Shutdown::Both)
}

//! `brigade serve`: from a configuration to a running server, and to its end.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use brigade_gateway::Record;
use brigade_s3::{Arrival, Code, S3Error};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use tokio::net::TcpListener;

use crate::cli::{Serve, fail, print};
use crate::drain::{Drain, Signals};
use crate::first_run::FirstRun;
use crate::log::{Format, Log, Writer};
use crate::metrics::Metrics;
use crate::revocations::Watch;
use crate::{Answer, Body, Limits, Listener, Server, Threads, Tls, assembly, configuration, threads};

/// What the admin address serves beside the health checks.
#[derive(Debug)]
struct Admin {
    metrics: Metrics,
}

/// The format of `/metrics` (OpenMetrics 1.0 section 5.4).
const OPENMETRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

impl Answer for Admin {
    async fn answer(&self, request: Request<Body>, arrival: Arrival, _: &mut Record) -> Response<Body> {
        let asked =
            matches!(*request.method(), Method::GET | Method::HEAD) && request.uri().path() == "/metrics";
        if asked {
            let mut response = Response::new(Body::from(Bytes::from(self.metrics.text())));
            response.headers_mut().insert(header::CONTENT_TYPE, OPENMETRICS);
            response
        } else {
            let error = S3Error::new(Code::MethodNotAllowed)
                .say("This address serves /metrics, /.brigade/health and /.brigade/ready.");
            error.into_response(arrival.request_id()).map(Body::from)
        }
    }
}

/// Threads that may block for the first one, which serves nobody: it looks names up and reads files.
const FIRST_BLOCKING: usize = 16;

/// How long tasks that block may take to end once the drain is over.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Runs the command.
pub(crate) fn main(command: &Serve) -> ExitCode {
    let runtime = match threads::runtime(FIRST_BLOCKING) {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    let served = runtime.block_on(serve(command));
    runtime.shutdown_timeout(LAST_LINES);
    match served {
        Ok((threads, writer)) => {
            // What was cut short has its line in the log too, written as its task is dropped.
            let stopped = Arc::into_inner(threads).is_none_or(|threads| threads.stop(LAST_LINES));
            if !stopped {
                tracing::warn!("a thread does not end: leaving without it, and without its lines in the log");
            }
            // One that does not end keeps the log open.
            writer.finish(if stopped { Duration::MAX } else { LAST_LINES });
            ExitCode::SUCCESS
        }
        Err(why) => fail(&why),
    }
}

/// Serves until the drain is over; gives the threads that served, and the log's writer for when their tasks are gone.
async fn serve(command: &Serve) -> Result<(Arc<Threads>, Writer), String> {
    let format = command.format();
    let (first_run, mut config) = match &command.config {
        Some(path) => (None, configuration::read(path)?),
        None => {
            let run = FirstRun::prepare(&command.data)?;
            let config = run.config()?;
            (Some(run), config)
        }
    };
    config.server.listen = command.listen.unwrap_or(config.server.listen);
    config.server.admin = command.admin.or(config.server.admin);

    let mut signals = Signals::listen().map_err(|error| format!("cannot listen for signals: {error}"))?;
    let limits = Arc::new(limits(&config.server.limits));
    let tls = match &config.server.tls {
        Some(files) => Some(Tls::read(&files.cert, &files.key).map_err(|error| error.to_string())?),
        None => None,
    };
    let tcp = bind(config.server.listen, "--listen").await?;
    let listen = tcp.local_addr().map_err(|error| error.to_string())?;
    let admin = match config.server.admin {
        Some(address) => Some(bind(address, "--admin").await?),
        None => None,
    };
    if !listen.ip().is_loopback() && tls.is_none() {
        tracing::warn!("listening on {listen} without TLS: what travels there can be read on the way");
    }
    let threads = config.server.threads;
    let revocations = config.revocations.take();
    let revocations = revocations.map(|path| Watch::begin(path, Arc::clone(&config.sessions))).transpose()?;
    let version = config.version.clone();
    let gateway = assembly::gateway(config, limits.clone())?;
    let watching = revocations.map(|watch| tokio::spawn(watch.run()));

    let (log, writer) =
        Log::new(format, io::stdout()).map_err(|error| format!("cannot write a log: {error}"))?;
    let (starter, drain) = Drain::new();
    let (last, after) = Drain::new();
    let metrics = Metrics::default();
    let threads = threads.and_then(|count| usize::try_from(count).ok()).unwrap_or_else(Threads::fitting);
    let threads =
        Arc::new(Threads::start(threads).map_err(|error| format!("cannot start threads: {error}"))?);
    let server = Server::new(gateway, limits.clone(), log.clone(), drain.clone())
        .measured(metrics.clone())
        .configured(&version)
        .on(Arc::clone(&threads));
    let watch = admin.map(|tcp| {
        let server = Server::new(Admin { metrics }, limits.clone(), log.clone(), after);
        let server = server.reporting(drain).configured(&version);
        tokio::spawn(server.run(vec![Listener { tcp, tls: None }]))
    });
    drop(log);
    announce(first_run.as_ref(), listen, format);

    let ending = tokio::spawn(async move {
        signals.next().await;
        tracing::info!("stopping: finishing what is in progress; a second signal stops at once");
        starter.begin();
        signals.next().await;
        tracing::warn!("stopped in the midst of requests");
        std::process::exit(1);
    });
    let finished = server.run(vec![Listener { tcp, tls }]).await;
    last.begin();
    if let Some(watch) = watch {
        let _ = watch.await;
    }
    ending.abort();
    if let Some(watching) = watching {
        watching.abort();
    }
    if !finished {
        tracing::warn!("stopped after {} s, with requests still in progress", limits.drain.as_secs());
    }
    Ok((threads, writer))
}

fn limits(wish: &brigade_config::Limits) -> Limits {
    let wished = usize::try_from(wish.max_connections).unwrap_or(usize::MAX);
    // Each connection may need another one to a store; pipes take up to a quarter, and files are open besides.
    let possible = descriptors().map_or(wished, |limit| limit.saturating_sub(64) / 8 * 3).max(1);
    if possible < wished {
        tracing::info!("serving {possible} connections at once, not {wished}: `ulimit -n` allows no more");
    }
    Limits {
        connections: wished.min(possible),
        head_time: wish.header_timeout,
        stall: wish.idle_timeout,
        drain: wish.drain_timeout,
        ..Limits::default()
    }
}

/// How many files and sockets this process may have open, where the system says.
fn descriptors() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

async fn bind(address: SocketAddr, flag: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| {
        let kind = error.kind();
        if kind == io::ErrorKind::AddrInUse {
            let other = SocketAddr::new(address.ip(), address.port().wrapping_add(100));
            format!(
                "{address} is taken by another process: stop it, or choose another, as in `{flag} {other}`"
            )
        } else if kind == io::ErrorKind::PermissionDenied {
            format!("{address} may not be used by this user: choose a port above 1023 with `{flag}`")
        } else if kind == io::ErrorKind::AddrNotAvailable {
            format!(
                "{address} is no address of this machine: choose one that is, as in `{flag} 127.0.0.1:9000`"
            )
        } else {
            format!("cannot listen on {address}: {error}; choose another address with `{flag}`")
        }
    })
}

/// Says that requests are served. On standard output only if that is read by people.
fn announce(first_run: Option<&FirstRun>, listen: SocketAddr, format: Format) {
    let Some(run) = first_run else {
        tracing::info!("serving S3 on {listen}");
        return;
    };
    let banner = run.banner(listen);
    match format {
        Format::Text => drop(print(&banner)),
        Format::Json => drop(writeln!(io::stderr(), "{banner}")),
    }
}

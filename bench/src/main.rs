//! Brigade beside other proxies: `cargo xtask bench`. `options.rs` says what it takes, docs/performance.md what it shows.
//!
//! ```text
//!                       ┌─ Brigade ─┐
//! load (this process) ──┼─ nginx ───┼── store (this program once more; another process)
//!                       └─ … ───────┘
//! ```
//! Round by round each peer serves the same requests from the same load, and what its processes took of the processors is read.
#![allow(clippy::needless_collect, reason = "threads are all begun before the first is waited for")]
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, prints, and stops when its fixture is broken"
)]

mod certificate;
mod figures;
mod hyper_proxy;
mod load;
mod measure;
mod options;
mod pattern;
mod peers;
mod procfs;
mod request;
mod run;
mod scenario;
mod soak;
mod store;
mod table;
mod tls_relay;
mod wire;

use std::path::Path;
use std::process::ExitCode;

use certificate::Certificate;
use options::{Options, USAGE};
use peers::Stage;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["store", plain, secure, folder] => {
            store::run(plain, Some((secure, &Certificate::of(Path::new(folder)))))
        }
        ["hyper", listen, store] => hyper_proxy::run(listen.parse().unwrap(), store.parse().unwrap()),
        ["tls", listen, store, folder] => {
            tls_relay::run(
                listen.parse().unwrap(),
                store.parse().unwrap(),
                &Certificate::of(Path::new(folder)),
            );
        }
        _ => {
            let options = match Options::read(&args) {
                Ok(options) => options,
                Err(why) => {
                    eprintln!("{why}\n\n{USAGE}");
                    return ExitCode::from(2);
                }
            };
            if let Err(why) = bench(&options) {
                eprintln!("{why}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn bench(options: &Options) -> Result<(), String> {
    let folder = std::env::temp_dir().join(format!("brigade-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    many_descriptors();
    let beside = std::env::current_exe().unwrap().with_file_name("brigade");
    let stage = Stage { folder: folder.clone(), brigade: options.binary.clone().unwrap_or(beside) };
    let done = match options.soak {
        Some(minutes) => soak::run(minutes, stage),
        None => run::run(options, stage),
    };
    // What the peers said stays where something went wrong.
    match done {
        Ok(()) => std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display())),
        Err(why) => Err(format!("{why}\n(the peers' configurations and messages: {})", folder.display())),
    }
}

/// For 10,000 connections: as many files as may be, more if the system lets us; the peers inherit it.
fn many_descriptors() {
    let wish = Rlimit { current: Some(65_536), maximum: Some(65_536) };
    if setrlimit(Resource::Nofile, wish).is_err() {
        let most = getrlimit(Resource::Nofile).maximum;
        let _ = setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most });
    }
}

//! All rounds of all scenarios: peers take turns, and in each round another one begins.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::figures::Figures;
use crate::load::Failure;
use crate::measure::{Bench, Peer};
use crate::options::Options;
use crate::pattern::Pattern;
use crate::peers::{Kind, Stage};
use crate::table::{ratios, table};

/// Runs, prints, and keeps the figures.
pub(crate) fn run(options: &Options, stage: Stage) -> Result<(), Failure> {
    let kinds: Vec<Kind> =
        options.peers.iter().copied().filter(|kind| available(*kind, options.markdown)).collect();
    let (_store, store) = stage.store()?;
    let mut bench = Bench { stage, store, pattern: Pattern::new(), quick: options.quick, half: 0.0 };
    let start = |kind: &Kind| Ok(Peer { kind: *kind, running: bench.stage.start(*kind, store)? });
    let peers = kinds.iter().map(start).collect::<Result<Vec<_>, Failure>>()?;
    peers.iter().try_for_each(|peer| bench.prove(peer))?;
    let judged = peers.iter().filter(|peer| matches!(peer.kind, Kind::Brigade | Kind::Nginx));
    let most = judged.map(|peer| bench.most(peer)).collect::<Result<Vec<_>, _>>()?;
    bench.half = most.iter().copied().fold(f64::INFINITY, f64::min) / 2.0;

    let mut figures = Figures { sha256: sha256(&bench.pattern), ..Figures::default() };
    let began = Instant::now();
    for round in 0..options.rounds {
        for scenario in &options.scenarios {
            let count = peers.len();
            for peer in peers.iter().cycle().skip(round % count).take(count) {
                if !scenario.is_for(peer.kind) {
                    continue;
                }
                let measured = match bench.measure(scenario, peer) {
                    Ok(measured) => measured,
                    // One peer less in one line is no reason to lose all the others.
                    Err(why) if peer.kind != Kind::Brigade => {
                        eprintln!("{}, {}: {why}", scenario.name, peer.kind.name());
                        continue;
                    }
                    Err(why) => return Err(format!("{}, {}: {why}", scenario.name, peer.kind.name())),
                };
                for (name, unit, goal, figure) in measured {
                    figures.note(&name, unit, goal, peer.kind.name(), figure);
                }
            }
            if !options.markdown {
                eprintln!(
                    "round {} of {}: {} after {:.0} s",
                    round + 1,
                    options.rounds,
                    scenario.name,
                    began.elapsed().as_secs_f64()
                );
            }
        }
    }
    let read = |file: &PathBuf| serde_json::from_str::<Value>(&fs::read_to_string(file).ok()?).ok();
    let kept = options.json.as_ref().and_then(read);
    let before = options.against.as_ref().and_then(read).or(kept.clone());
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    println!("{}", table(&figures, &names, before.as_ref()));
    if !options.markdown {
        println!(
            "Medians of {} rounds; CPU time of all of a peer's processes. SHA-256 here: {:.3} s/GB. Half of the load: {:.0} requests/s.",
            options.rounds, figures.sha256, bench.half
        );
        println!("\nOthers over nginx, least / median / most:\n{}", ratios(&figures, &names));
    }
    if let Some(file) = &options.json {
        fs::write(file, format!("{:#}\n", figures.json(kept.as_ref())))
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

/// Says what is left out, and why.
fn available(kind: Kind, quiet: bool) -> bool {
    let missing = kind.missing();
    if let (Some(program), false) = (missing, quiet) {
        eprintln!("{} is left out: there is no {program} (Debian: apt-get install {program})", kind.name());
    }
    missing.is_none()
}

/// CPU seconds for a GB.
fn sha256(pattern: &Pattern) -> f64 {
    let (bytes, before) = (pattern.bytes(0, 32 << 20), on_cpu());
    std::hint::black_box(Sha256::digest(&bytes));
    (on_cpu() - before) / bytes.len() as f64 * 1e9
}

/// Seconds that this thread has been on a processor.
fn on_cpu() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

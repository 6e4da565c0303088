//! Instructions of stages beside those that were committed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::callgrind::{self, Count};

/// The committed counts.
fn file() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.txt"))
}

/// Counts, and prints what changed; `write` commits what was counted to the file.
pub(crate) fn report(only: &str, write: bool) -> ExitCode {
    match counted(only, write) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn counted(only: &str, write: bool) -> Result<(), String> {
    let text = std::fs::read_to_string(file()).unwrap_or_default();
    let mut known = known(&text);
    let folder = std::env::temp_dir().join(format!("brigade-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let counts = callgrind::counts(only, &folder);
    let _ = std::fs::remove_dir_all(&folder);
    println!(
        "{:<48} {:>10} {:>10} {:>10} {:>8}",
        "instructions of one run", "SHA-256", "others", "committed", "change"
    );
    for Count { stage, all, hashing } in counts? {
        let (others, committed) = (all - hashing, known.get(&stage).map(|known| known.1));
        let change = committed.map(|committed| 100.0 * (others as f64 / committed as f64 - 1.0));
        let committed = committed.map_or("–".to_owned(), |count| count.to_string());
        let change = change.map_or("new".to_owned(), |change| format!("{change:+.1} %"));
        println!("{stage:<48} {hashing:>10} {others:>10} {committed:>10} {change:>8}");
        known.insert(stage, (hashing, others));
    }
    if write {
        let text = known.iter().fold(HEAD.to_owned(), |mut text, (stage, (hashing, others))| {
            let _ = writeln!(text, "{stage}\t{hashing}\t{others}");
            text
        });
        std::fs::write(file(), text).map_err(|error| format!("{}: {error}", file().display()))?;
        println!("written to {}", file().display());
    }
    Ok(())
}

const HEAD: &str = "# Instructions of one run of each stage: those of SHA-256 in software, and all others. Written by `cargo xtask bench-stages --count --write`.\n";

fn known(text: &str) -> BTreeMap<String, (u64, u64)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let row = |line: &str| {
        let mut words = line.split('\t');
        let name = words.next()?.to_owned();
        Some((name, (words.next()?.parse().ok()?, words.next()?.parse().ok()?)))
    };
    lines.filter_map(row).collect()
}

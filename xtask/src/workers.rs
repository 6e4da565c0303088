//! The Worker: compiled, bound to JavaScript, made small, and weighed.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::Shell;
use crate::{node, place, tools};

mod order;

/// What the WASM may weigh after gzip, in bytes: every isolate loads and compiles it.
const BUDGET: u64 = 400_000;

/// What runs: beside the modules from `runtimes/workers`, the WASM and the code that binds it.
const FOLDER: &str = "runtimes/workers/build";

/// What lies in memory is copied by one instruction from two words on, not by a load and a store for each word: a sixteenth of all code
/// did nothing else.
const COPIES: &str = "llvm-args=-max-store-memcpy=1 -max-store-memmove=1 -max-store-memset=1";

/// The npm packages that build, deploy and run it.
const TOOLS: &str = "runtimes/workers/tools";

/// Builds the Worker into `runtimes/workers/build`. `--config FILE` puts a configuration into the bundle; without it,
/// `brigade.toml` at the top of the checkout if it is there.
pub(crate) fn run(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    let config = config(args)?;
    let bind = tools::WASM_BINDGEN.ready(shell)?;
    let packages =
        packages(shell)?.ok_or("there is no npm, which brings wasm-opt: install Node.js 20 or later")?;
    wasm_target(shell)?;

    // A folder of its own: the flags differ from everything else's, and a native build would be thrown away with them.
    let target = place::target();
    let built = target.join("wasm32-unknown-unknown/worker/brigade_workers.wasm");
    let profile = ["rustc", "--locked", "--profile", "worker", "--target", "wasm32-unknown-unknown"];
    // Where a library is made as well, cargo does without the optimization of the whole, which takes a tenth away.
    let library = ["-p", "brigade-workers", "--lib", "--crate-type", "cdylib"];
    let flags = nowhere(shell)?;
    let env = [("CARGO_ENCODED_RUSTFLAGS", OsStr::new(&flags))];
    shell.run("cargo", &[&profile[..], &library, &["--", "-C", COPIES]].concat(), &env)?;

    let folder = place::root().join(FOLDER);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let words = [
        built.as_os_str(),
        OsStr::new("--out-dir"),
        folder.as_os_str(),
        OsStr::new("--out-name"),
        OsStr::new("brigade"),
        OsStr::new("--target"),
        OsStr::new("web"),
        OsStr::new("--no-typescript"),
        OsStr::new("--experimental-reset-state-function"),
    ];
    shell.run(bind, &words, &[])?;

    let wasm = folder.join("brigade_bg.wasm");
    optimize(shell, &packages, &wasm)?;
    let modules = place::root().join("runtimes/workers");
    for (from, to) in [("entry.js", "index.js"), ("host.js", "host.js")] {
        copy(&modules.join(from), &folder.join(to))?;
    }
    let text = config.as_deref().map(read).transpose()?;
    let module = format!("export default {};\n", text.map_or("undefined".to_owned(), |text| quoted(&text)));
    write(&folder.join("config.js"), module.as_bytes())?;
    weigh(&wasm)
}

/// Flags that leave out of messages where this machine keeps its crates: who runs a Worker need not know, and its size depends
/// on nothing else of the machine. Encoded, as they outrank all others so and may have spaces in them.
fn nowhere(shell: &mut Shell) -> Result<String, String> {
    // The folders are there once there is something in them.
    shell.cargo(&["fetch", "--locked", "--target", "wasm32-unknown-unknown"])?;
    let home = std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let crates = home.ok_or("neither CARGO_HOME nor HOME is set")?.join("registry/src");
    let folders = fs::read_dir(&crates).map_err(|error| format!("{}: {error}", crates.display()))?;
    let mut flags: Vec<String> = folders
        .filter_map(|folder| Some(format!("--remap-path-prefix={}/=", folder.ok()?.path().to_str()?)))
        .collect();
    flags.sort_unstable();
    Ok(flags.join("\u{1f}"))
}

/// Builds it for the tests, and says where.
pub(crate) fn build(shell: &mut Shell) -> Result<PathBuf, String> {
    run(shell, &[])?;
    Ok(place::root().join(FOLDER))
}

/// The folder of the npm packages; `None` where there is no npm.
pub(crate) fn packages(shell: &mut Shell) -> Result<Option<PathBuf>, String> {
    node::ready(shell, TOOLS, place::cache()?.join("workers-tools"))
}

/// `wrangler deploy --dry-run`: everything a deployment does before it uploads.
pub(crate) fn dry_run(shell: &mut Shell, _: &[String]) -> Result<(), String> {
    let packages =
        packages(shell)?.ok_or("there is no npm, which brings wrangler: install Node.js 20 or later")?;
    let out = place::target().join("workers-dry-run");
    let home = place::cache()?.join("wrangler");
    let words = [
        packages.join("node_modules/wrangler/bin/wrangler.js").into_os_string(),
        "deploy".into(),
        "--dry-run".into(),
        "--outdir".into(),
        out.into_os_string(),
    ];
    let env = [
        ("WRANGLER_SEND_METRICS", OsStr::new("false")),
        ("CI", OsStr::new("1")),
        ("XDG_CONFIG_HOME", home.as_os_str()),
    ];
    shell.run("node", &words, &env)
}

fn config(args: &[String]) -> Result<Option<PathBuf>, String> {
    match args {
        [] => Ok(Some(place::root().join("brigade.toml")).filter(|file| file.is_file())),
        [flag, file] if flag == "--config" => Ok(Some(PathBuf::from(file))),
        _ => Err(format!("not understood: {}; write --config FILE", args.join(" "))),
    }
}

pub(crate) fn wasm_target(shell: &mut Shell) -> Result<(), String> {
    let target = "wasm32-unknown-unknown";
    let installed = Shell::output("rustup", &["target", "list", "--installed"])?;
    if installed.lines().any(|line| line == target) {
        return Ok(());
    }
    shell.run("rustup", &["target", "add", target], &[])
}

/// Made small in two steps: functions can be laid in order only once they are what they will be, but for little.
fn optimize(shell: &mut Shell, packages: &Path, wasm: &Path) -> Result<(), String> {
    let least = [
        "-Oz",
        // Without nesting and with it anew, blocks end where fewer jumps lead out of them.
        "--flatten",
        "--rereloop",
        "-Oz",
        "-Oz",
        // Locals are told apart by more bytes in a large function than in two of half its size.
        "--one-caller-inline-max-function-size=0",
        // Nothing lies below 1 KiB but the far end of the stack, so what is added to an address can be part of the access.
        "--low-memory-unused",
    ];
    wasm_opt(shell, packages, wasm, &least)?;
    let module = fs::read(wasm).map_err(|error| format!("{}: {error}", wasm.display()))?;
    let named = order::named(&module).ok_or_else(|| format!("{}: not understood", wasm.display()))?;
    write(wasm, &named)?;
    let last = [
        "-Oz",
        "--one-caller-inline-max-function-size=0",
        "--low-memory-unused",
        "--reorder-functions-by-name",
        "--strip-debug",
        "--strip-producers",
    ];
    wasm_opt(shell, packages, wasm, &last)
}

/// The features are those that rustc uses; with all of them, the result would use some that no workerd knows.
fn wasm_opt(shell: &mut Shell, packages: &Path, wasm: &Path, passes: &[&str]) -> Result<(), String> {
    let features = [
        "mutable-globals",
        "sign-ext",
        "nontrapping-float-to-int",
        "bulk-memory",
        "multivalue",
        "reference-types",
    ];
    let mut words: Vec<OsString> = vec![
        packages.join("node_modules/binaryen/bin/wasm-opt").into_os_string(),
        wasm.as_os_str().to_owned(),
        "-o".into(),
        wasm.as_os_str().to_owned(),
    ];
    words.extend(passes.iter().map(OsString::from));
    words.extend(features.iter().map(|feature| OsString::from(format!("--enable-{feature}"))));
    shell.run("node", &words, &[])
}

/// Prints what the WASM weighs, and fails above the budget.
fn weigh(wasm: &Path) -> Result<(), String> {
    let raw = fs::metadata(wasm).map_err(|error| format!("{}: {error}", wasm.display()))?.len();
    let script = "process.stdout.write(String(require('zlib').gzipSync(require('fs').readFileSync(process.argv[1]), {level: 9}).length))";
    let words = [OsStr::new("-e"), OsStr::new(script), wasm.as_os_str()];
    let zipped = Shell::output("node", &words)?;
    let zipped: u64 = zipped.trim().parse().map_err(|_| format!("not a length: {zipped}"))?;
    crate::print(&format!("   the Worker's WASM: {raw} bytes, {zipped} with gzip (budget {BUDGET})\n"));
    if zipped <= BUDGET {
        return Ok(());
    }
    Err(format!(
        "the Worker's WASM has {zipped} bytes with gzip, and may have {BUDGET}: find out what made it grow"
    ))
}

/// A text as JavaScript has it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out + "\""
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(file, bytes).map_err(|error| format!("{}: {error}", file.display()))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to).map(drop).map_err(|error| format!("{}: {error}", from.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_the_same_text_in_the_bundle() {
        assert_eq!(
            quoted("a = \"${env:X}\\n\"\r\n# é\u{2028}"),
            r#""a = \"${env:X}\\n\"\u{d}\u{a}# é\u{2028}""#
        );
    }
}

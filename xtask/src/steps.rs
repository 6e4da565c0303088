//! The steps of a full check, in the order in which they fail soonest.

use std::ffi::OsStr;

use crate::shell::Shell;
use crate::{
    bench, conformance, deny, differential, edge, fuzz, layering, matrix, regressions, suites, workers,
};

/// One thing that can be run by its name.
pub(crate) struct Step {
    /// As in `cargo xtask NAME`.
    pub(crate) name: &'static str,
    /// One line for the help and the log.
    pub(crate) about: &'static str,
    /// Does it; the strings are what follows the name on the command line.
    pub(crate) run: fn(&mut Shell, &[String]) -> Result<(), String>,
}

/// What `cargo xtask ci` runs.
pub(crate) const ALL: &[Step] = &[
    Step { name: "fmt", about: "the code is formatted", run: fmt },
    Step {
        name: "regressions",
        about: "every test named in docs/regressions.md exists",
        run: regressions::run,
    },
    Step {
        name: "layering",
        about: "the core depends on no runtime, clock or randomness",
        run: layering::run,
    },
    Step { name: "clippy", about: "lints, for this machine", run: clippy },
    Step { name: "wasm", about: "lints of what runs in a Worker, for wasm32", run: wasm },
    Step {
        name: "workers",
        about: "the Worker, built and weighed [--config FILE, to bundle one]",
        run: workers::run,
    },
    Step { name: "deploy", about: "a deployment of the Worker, without the upload", run: workers::dry_run },
    Step { name: "docs", about: "the documentation builds without a warning", run: docs },
    Step { name: "tests", about: "unit, integration and documentation tests", run: tests },
    Step { name: "fuzz", about: "a short run of every fuzz target [SECONDS each]", run: fuzz::run },
    Step {
        name: "conformance",
        about: "real clients against the server [--backend NAME] [--large] [--direct] [--release] [pytest's own]",
        run: conformance::run,
    },
    Step {
        name: "differential",
        about: "generated requests, directly and through the server [--store NAME] [--requests N] [--seed X]",
        run: differential::run,
    },
    Step {
        name: "matrix",
        about: "clients of many makes, directly and through the server [--store NAME] [--client NAME] [--full] [--table FILE]",
        run: matrix::run,
    },
    Step {
        name: "suites",
        about: "public suites, directly and through the server [--store NAME]",
        run: suites::run,
    },
    Step {
        name: "edge",
        about: "the cases, and transcripts beside the server's, against the Worker [--backend NAME] [pytest's own]",
        run: edge::run,
    },
    Step {
        name: "edge-matrix",
        about: "clients of many makes through the Worker [--store NAME] [--client NAME] [--full]",
        run: edge::clients,
    },
    Step { name: "deny", about: "licences, sources and banned crates", run: deny::run },
];

/// What is run by its name alone.
pub(crate) const APART: &[Step] = &[
    Step {
        name: "bench",
        about: "what a request costs, beside nginx and others [--quick] [--only NAME,…] [--peers NAME,…] [--rounds N] [--soak]",
        run: bench::peers,
    },
    Step {
        name: "bench-stages",
        about: "what the stages of a request cost: CPU time, or instructions [--count [--write]] [NAME]",
        run: bench::stages,
    },
    Step {
        name: "bench-workers",
        about: "what a request costs in workerd, beside a plain Worker [--rounds N] [--requests N] [--json FILE]",
        run: edge::bench,
    },
];

/// What `cargo xtask tidy` runs.
pub(crate) const TIDY: &[Step] = &[
    Step { name: "fmt", about: "formats the code", run: |shell, _| shell.cargo(&["fmt", "--all"]) },
    Step { name: "clippy", about: "lints, for this machine", run: clippy },
];

/// The crates that must build for wasm32: what both runtimes share, and the runtime there.
const CORE: &[&str] = &[
    "brigade-sigv4",
    "brigade-policy",
    "brigade-identity",
    "brigade-s3",
    "brigade-gateway",
    "brigade-config",
    "brigade-workers",
];

fn fmt(shell: &mut Shell, _: &[String]) -> Result<(), String> {
    shell.cargo(&["fmt", "--all", "--check"]).map_err(|error| format!("{error}; `cargo xtask tidy` formats"))
}

fn clippy(shell: &mut Shell, _: &[String]) -> Result<(), String> {
    shell.cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

fn wasm(shell: &mut Shell, _: &[String]) -> Result<(), String> {
    workers::wasm_target(shell)?;
    let mut args = vec!["clippy", "--target", "wasm32-unknown-unknown"];
    args.extend(CORE.iter().flat_map(|name| ["-p", name]));
    args.extend(["--", "-D", "warnings"]);
    shell.cargo(&args)
}

fn docs(shell: &mut Shell, _: &[String]) -> Result<(), String> {
    let strict = [("RUSTDOCFLAGS", OsStr::new("-D warnings"))];
    shell.run("cargo", &["doc", "--workspace", "--no-deps"], &strict)
}

fn tests(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    let mut all = vec!["test", "--workspace", "--no-fail-fast"];
    all.extend(args.iter().map(String::as_str));
    shell.cargo(&all)
}

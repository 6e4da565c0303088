//! Cargo's extensions that the chores need, each at a pinned version, built once into the cache of tools.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::place;
use crate::shell::Shell;

/// Checks the dependency tree.
pub(crate) const CARGO_DENY: Tool = Tool { name: "cargo-deny", program: "cargo-deny", version: "0.20.2" };

/// Builds and runs fuzz targets.
pub(crate) const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", program: "cargo-fuzz", version: "0.13.2" };

/// Binds WASM to JavaScript. It and the crate `wasm-bindgen` must be of one version.
pub(crate) const WASM_BINDGEN: Tool =
    Tool { name: "wasm-bindgen-cli", program: "wasm-bindgen", version: "0.2.129" };

/// A program that `cargo install` makes.
pub(crate) struct Tool {
    name: &'static str,
    program: &'static str,
    version: &'static str,
}

impl Tool {
    /// The path of the program, which is built when the cache does not hold it.
    pub(crate) fn ready(&self, shell: &mut Shell) -> Result<PathBuf, String> {
        let Self { name, program, version } = self;
        let home = place::cache()?.join(format!("{name}-{version}"));
        let program = home.join("bin").join(program);
        if program.is_file() {
            return Ok(program);
        }
        let mut args: Vec<OsString> =
            ["install", "--quiet", "--locked", "--version", version, name, "--root"]
                .map(OsString::from)
                .to_vec();
        args.push(home.into_os_string());
        let build = place::target().join("tools");
        shell.run("cargo", &args, &[("CARGO_TARGET_DIR", build.as_os_str())])?;
        Ok(program)
    }
}

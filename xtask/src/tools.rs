//! Cargo's extensions that the chores need, each at a pinned version, built once into the cache of tools.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::place;
use crate::shell::Shell;

/// Checks the dependency tree.
pub(crate) const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

/// Builds and runs fuzz targets.
pub(crate) const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", version: "0.13.2" };

/// A program that `cargo install` makes.
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    /// The path of the program, which is built when the cache does not hold it.
    pub(crate) fn ready(&self, shell: &mut Shell) -> Result<PathBuf, String> {
        let Self { name, version } = self;
        let home = place::cache()?.join(format!("{name}-{version}"));
        let program = home.join("bin").join(name);
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

//! Running a program: its output passes through, and the summaries of test runs in it are counted.

use std::ffi::{OsStr, OsString};
use std::io::{BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::place;
use crate::tally::Tally;

/// Runs programs in the root of the checkout and counts the tests they report.
#[derive(Debug, Default)]
pub(crate) struct Shell {
    /// What the test runs seen so far have reported.
    pub(crate) tally: Tally,
}

impl Shell {
    /// Runs `cargo` with these arguments.
    pub(crate) fn cargo(&mut self, args: &[&str]) -> Result<(), String> {
        self.run("cargo", args, &[])
    }

    /// Runs a program; anything but success is an error that shows the command.
    pub(crate) fn run<P, A>(&mut self, program: P, args: &[A], env: &[(&str, &OsStr)]) -> Result<(), String>
    where
        P: AsRef<OsStr>,
        A: AsRef<OsStr>,
    {
        let shown = shown(program.as_ref(), args);
        crate::print(&format!("   $ {shown}\n"));
        let mut command = command(program.as_ref(), args);
        command.envs(env.iter().copied()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("`{shown}` did not start: {error}"))?;
        if let Some(stdout) = child.stdout.take() {
            self.relay(BufReader::new(stdout)).map_err(|error| format!("`{shown}`: {error}"))?;
        }
        let status = child.wait().map_err(|error| format!("`{shown}`: {error}"))?;
        if status.success() { Ok(()) } else { Err(format!("`{shown}` ended with {status}")) }
    }

    /// Runs a program quietly and returns what it wrote to standard output.
    pub(crate) fn output<A: AsRef<OsStr>>(program: impl AsRef<OsStr>, args: &[A]) -> Result<String, String> {
        let shown = shown(program.as_ref(), args);
        let output = command(program.as_ref(), args).output();
        let output = output.map_err(|error| format!("`{shown}` did not start: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("`{shown}` ended with {}:\n{said}", output.status));
        }
        String::from_utf8(output.stdout).map_err(|_| format!("`{shown}` wrote something that is not UTF-8"))
    }

    fn relay(&mut self, mut from: impl std::io::BufRead) -> std::io::Result<()> {
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line)? > 0 {
            let mut out = std::io::stdout().lock();
            out.write_all(&line)?;
            out.flush()?;
            self.tally.read(&String::from_utf8_lossy(&line));
            line.clear();
        }
        Ok(())
    }
}

fn command<A: AsRef<OsStr>>(program: &OsStr, args: &[A]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(place::root()).stdin(Stdio::null());
    command
}

fn shown<A: AsRef<OsStr>>(program: &OsStr, args: &[A]) -> String {
    let program = Path::new(program).file_name().map_or_else(|| program.to_owned(), OsString::from);
    let mut words = vec![program.to_string_lossy().into_owned()];
    words.extend(args.iter().map(|arg| arg.as_ref().to_string_lossy().into_owned()));
    words.join(" ")
}

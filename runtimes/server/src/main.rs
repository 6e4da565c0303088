//! The brigade binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    brigade_server::cli::main()
}

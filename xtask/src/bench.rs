//! Measurements. They are reported and hold nothing up.

use crate::shell::Shell;

/// What the stages of a request cost: in CPU time, or with `--count` in instructions; `NAME` runs those whose name has it.
pub(crate) fn stages(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    let mut all = vec!["run", "--release", "-p", "brigade-bench", "--bin", "brigade-stages", "--"];
    all.extend(args.iter().map(String::as_str));
    shell.cargo(&all)
}

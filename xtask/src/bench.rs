//! Measurements. They are reported and hold nothing up.

use std::path::Path;

use crate::place;
use crate::shell::Shell;

/// What the stages of a request cost: in CPU time, or with `--count` in instructions; `NAME` runs those whose name has it.
pub(crate) fn stages(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    let mut all = vec!["run", "--release", "-p", "brigade-bench", "--bin", "brigade-stages", "--"];
    all.extend(args.iter().map(String::as_str));
    shell.cargo(&all)
}

/// Brigade beside other proxies. Nginx and HAProxy are installed where that can be done; without them the others are measured.
pub(crate) fn peers(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    for program in ["nginx", "haproxy"] {
        let here = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
        let found = here.iter().any(|folder| Path::new(folder).join(program).is_file());
        if !found && !args.iter().any(|arg| arg == "--soak") {
            install(shell, program);
        }
    }
    let target = place::target();
    let built = target.join("release/brigade").display().to_string();
    let kept = target.join("bench.json").display().to_string();
    let named = |flag: &str| args.iter().any(|arg| arg == flag);
    if !named("--binary") {
        shell.cargo(&["build", "--release", "-p", "brigade-server", "--bin", "brigade"])?;
    }
    let mut all = vec!["run", "--release", "-p", "brigade-bench", "--bin", "brigade-bench", "--"];
    all.extend(args.iter().map(String::as_str));
    if !named("--binary") {
        all.extend(["--binary", &built]);
    }
    if !named("--json") {
        all.extend(["--json", &kept]);
    }
    shell.cargo(&all)
}

/// As root, and on Debian; elsewhere the benchmark says what it leaves out.
fn install(shell: &mut Shell, program: &str) {
    let root = Shell::output("id", &["-u"]).is_ok_and(|id| id.trim() == "0");
    if root && Path::new("/usr/bin/apt-get").is_file() {
        let words = ["install", "-y", "-q", "--no-install-recommends", program];
        let _ = shell.run("apt-get", &words, &[]);
    }
}

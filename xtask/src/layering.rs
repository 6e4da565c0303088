//! The layers: which crates the core may not reach, by its whole dependency tree.

use crate::shell::Shell;

/// No I/O, no clock, no randomness, no runtime.
const SANS_IO: &[&str] =
    &["tokio", "hyper", "futures", "futures-util", "reqwest", "web-sys", "js-sys", "getrandom"];

/// `async`, but no runtime.
const NO_RUNTIME: &[&str] = &["tokio", "hyper", "reqwest", "web-sys", "js-sys", "worker"];

const RULES: &[(&str, &[&str])] = &[
    ("brigade-json", SANS_IO),
    ("brigade-sigv4", SANS_IO),
    ("brigade-policy", SANS_IO),
    ("brigade-s3", SANS_IO),
    ("brigade-identity", SANS_IO),
    ("brigade-gateway", NO_RUNTIME),
];

/// Fails with every forbidden crate found.
pub(crate) fn run(_: &mut Shell, _: &[String]) -> Result<(), String> {
    let mut broken = Vec::new();
    for (package, forbidden) in RULES {
        let args = ["tree", "--prefix", "none", "--edges", "normal", "--target", "all", "-p", package];
        let tree = Shell::output("cargo", &args)?;
        broken.extend(found(&tree, forbidden).map(|name| format!("{package} depends on {name}")));
    }
    if broken.is_empty() { Ok(()) } else { Err(broken.join("; ")) }
}

fn found<'a>(tree: &'a str, forbidden: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    let names: std::collections::BTreeSet<&str> =
        tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    forbidden.iter().copied().filter(move |name| names.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_crate_is_found_by_its_whole_name() {
        let tree = "brigade-s3 v0.1.0 (crates/s3)\nhttp v1.4.0\ntokio-util v0.7.0\ngetrandom v0.4.1\n";
        assert_eq!(found(tree, SANS_IO).collect::<Vec<_>>(), ["getrandom"]);
        assert_eq!(found(tree, NO_RUNTIME).count(), 0);
    }
}

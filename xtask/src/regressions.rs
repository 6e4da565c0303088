//! `docs/regressions.md`: every test it names must exist.

use std::fs;
use std::path::Path;

use crate::place;
use crate::shell::Shell;

const PAGE: &str = "docs/regressions.md";

/// Fails with every name that points at nothing.
pub(crate) fn run(_: &mut Shell, _: &[String]) -> Result<(), String> {
    let root = place::root();
    let page = fs::read_to_string(root.join(PAGE)).map_err(|error| format!("{PAGE}: {error}"))?;
    let mut missing = Vec::new();
    let mut count = 0_usize;
    for (file, test) in named(&page) {
        count += 1;
        if !exists(&root, file, test) {
            missing.push(format!("{file}::{test}"));
        }
    }
    if !missing.is_empty() {
        return Err(format!("{PAGE} names tests that do not exist: {}", missing.join(", ")));
    }
    crate::print(&format!("   {count} tests named, all found\n"));
    Ok(())
}

/// Every `` `path::name` `` in the page whose path ends in `.rs` or `.py`.
fn named(page: &str) -> impl Iterator<Item = (&str, &str)> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted
        .filter_map(|text| text.split_once("::"))
        .filter(|(file, _)| [".rs", ".py"].iter().any(|ending| file.ends_with(ending)))
}

fn exists(root: &Path, file: &str, test: &str) -> bool {
    let Ok(text) = fs::read_to_string(root.join(file)) else { return false };
    let keyword = if file.ends_with(".py") { "def" } else { "fn" };
    text.lines().any(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("async ").unwrap_or(line);
        let name = line.strip_prefix(keyword).map(str::trim_start);
        name.and_then(|name| name.strip_prefix(test)).is_some_and(|rest| rest.starts_with(['(', '<']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_read_from_the_page_and_found_by_their_whole_name() {
        let page = "| a | `xtask/src/regressions.rs::exists` |\n| b | `conformance/cases/test_x.py::test_y` `other` |";
        let found: Vec<_> = named(page).collect();
        assert_eq!(
            found,
            [("xtask/src/regressions.rs", "exists"), ("conformance/cases/test_x.py", "test_y")]
        );
        let root = place::root();
        assert!(exists(&root, "xtask/src/regressions.rs", "exists"));
        assert!(!exists(&root, "xtask/src/regressions.rs", "exist"));
        assert!(!exists(&root, "xtask/src/absent.rs", "exists"));
    }
}

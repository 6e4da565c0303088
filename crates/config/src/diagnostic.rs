//! What is wrong with a file, and where.

use std::collections::BinaryHeap;
use std::fmt;

use crate::found::Found;
use crate::tree::Node;
use crate::{KeyPath, Problem};

/// One mistake: the file, the place in it, the key, and what is wrong.
///
/// Its `Display` is one line: `brigade.toml:12: keys.AKID.grants[0].bucket: no bucket is called "x"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file's name, as it was given to [`Config::load`](crate::Config::load).
    pub file: String,
    /// The line, from 1; `None` if the mistake is the file's as a whole.
    pub line: Option<usize>,
    /// The column, in characters from 1.
    pub column: Option<usize>,
    /// The key; empty if the mistake is not one key's.
    pub path: KeyPath,
    /// What is wrong, and what to write instead.
    pub problem: Problem,
}

impl Diagnostic {
    /// A mistake of a file as a whole, such as [`Problem::WorldReadable`].
    #[must_use]
    pub fn of_file(file: &str, problem: Problem) -> Self {
        Self { file: file.to_owned(), line: None, column: None, path: KeyPath::default(), problem }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.path.0.is_empty() {
            write!(f, ": {}", self.path)?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// Every mistake of a file, in the order of the text. `Display` writes a line for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Puts each mistake at its place in the text.
    pub(crate) fn new(file: &str, text: &str, tree: Option<&Node>, found: Vec<Found>) -> Self {
        let place = |found: &Found| {
            found.at.unwrap_or_else(|| tree.map_or(0, |tree| tree.locate(&found.path))).min(text.len())
        };
        let places = found.iter().enumerate().map(|(index, found)| (place(found), index));
        // A heap sorts with a tenth of the code of a sort.
        let order = BinaryHeap::from_iter(places).into_sorted_vec();
        let mut found: Vec<Option<Found>> = found.into_iter().map(Some).collect();
        let diagnostic = |(at, index): (usize, usize)| {
            let found = found.get_mut(index)?.take()?;
            let (line, column) = line_and_column(text, at);
            Some(Diagnostic {
                file: file.to_owned(),
                line: Some(line),
                column: Some(column),
                path: found.path,
                problem: found.problem,
            })
        };
        Self(order.into_iter().filter_map(diagnostic).collect())
    }
}

fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = (0..=at).rev().find_map(|at| text.get(..at)).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.trim_start_matches('\u{feff}').chars().count() + 1)
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, diagnostic) in self.0.iter().enumerate() {
            let end = if place == 0 { "" } else { "\n" };
            write!(f, "{end}{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

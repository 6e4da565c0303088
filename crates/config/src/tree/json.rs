//! JSON, read into a tree.
//!
//! `serde_json` says first whether the text is JSON at all, and how deep it goes; the scanner after it only finds
//! where each value stands, which `serde_json` does not tell.

use serde_json::Value;

use super::{Entry, Node, Written};
use crate::found::Found;
use crate::{KeyPath, Problem};

pub(super) fn read(text: &str, found: &mut Vec<Found>) -> Option<Node> {
    let text_or_bom = text.trim_start_matches('\u{feff}');
    if let Err(error) = serde_json::from_slice::<Value>(text_or_bom.as_bytes()) {
        let line =
            text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        let at = line + error.column().saturating_sub(1);
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or_default().to_owned();
        found.push(Found { path: KeyPath::default(), at: Some(at), problem: Problem::Syntax { why } });
        return None;
    }
    Scan { whole: text.len(), rest: text_or_bom, found }.value()
}

/// What is left of a text that is known to be JSON.
struct Scan<'t> {
    whole: usize,
    rest: &'t str,
    found: &'t mut Vec<Found>,
}

impl Scan<'_> {
    fn value(&mut self) -> Option<Node> {
        let at = self.at();
        let written = match self.rest.chars().next()? {
            '{' => Written::Table(self.table()?),
            '[' => Written::List(self.list()?),
            '"' => Written::Text(self.string()?),
            _ => self.word()?,
        };
        Some(Node { at, written })
    }

    fn table(&mut self) -> Option<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        self.rest = self.rest.strip_prefix('{')?;
        while !self.ends('}') {
            let at = self.at();
            let key = self.string()?;
            self.at();
            self.rest = self.rest.strip_prefix(':')?;
            let node = self.value()?;
            if entries.iter().any(|entry| entry.key == key) {
                self.found.push(Found {
                    path: KeyPath::default(),
                    at: Some(at),
                    problem: Problem::Repeated { key },
                });
            } else {
                entries.push(Entry { key, at, node });
            }
        }
        Some(entries)
    }

    fn list(&mut self) -> Option<Vec<Node>> {
        let mut items = Vec::new();
        self.rest = self.rest.strip_prefix('[')?;
        while !self.ends(']') {
            items.push(self.value()?);
        }
        Some(items)
    }

    /// Whether a table or list ends here; takes the comma before what follows if it does not.
    fn ends(&mut self, bracket: char) -> bool {
        self.at();
        if let Some(rest) = self.rest.strip_prefix(bracket) {
            self.rest = rest;
            return true;
        }
        if let Some(rest) = self.rest.strip_prefix(',') {
            self.rest = rest;
        }
        self.rest.is_empty()
    }

    fn string(&mut self) -> Option<String> {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| match c {
            '"' => !std::mem::take(&mut escaped),
            '\\' => {
                escaped = !escaped;
                false
            }
            _ => {
                escaped = false;
                false
            }
        });
        let (quoted, rest) = self.rest.split_at_checked(end?.0 + 1)?;
        self.rest = rest;
        super::json_value(quoted)?.as_str().map(str::to_owned)
    }

    fn word(&mut self) -> Option<Written> {
        let end = self.rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, ',' | '}' | ']'));
        let (word, rest) = self.rest.split_at_checked(end.unwrap_or(self.rest.len()))?;
        self.rest = rest;
        Some(match word {
            "null" => Written::Null,
            "true" => Written::Boolean(true),
            "false" => Written::Boolean(false),
            number => match number.parse() {
                Ok(integer) => Written::Integer(integer),
                Err(_) => Written::Float(super::float(number)?),
            },
        })
    }

    /// Where the next thing begins, having passed the space before it.
    fn at(&mut self) -> usize {
        self.rest = self.rest.trim_ascii_start();
        self.whole - self.rest.len()
    }
}

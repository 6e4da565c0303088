//! The document as it is written: values, and where each of them stands in the text.

mod json;
mod toml;

use brigade_policy::Step;
use serde_json::Value;

use crate::KeyPath;
use crate::found::Found;

/// A value and the byte of the text at which it begins.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: usize,
    pub(crate) written: Written,
}

/// A value as written; `${env:…}` and `${file:…}` are not read yet, so nothing here is secret that the file
/// does not say.
#[derive(Debug)]
pub(crate) enum Written {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    Date(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key, where it stands, and its value.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: usize,
    pub(crate) node: Node,
}

/// Reads a text: JSON if it begins with a brace, which no TOML does, and else TOML.
///
/// What was written twice is reported and the first of it kept; any other fault of the syntax leaves nothing.
pub(crate) fn read(text: &str, found: &mut Vec<Found>) -> Option<Node> {
    let text_or_bom = text.trim_start_matches('\u{feff}');
    if text_or_bom.trim_start().starts_with('{') { json::read(text, found) } else { toml::read(text, found) }
}

impl Node {
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.written {
            Written::Table(entries) => entries,
            Written::Null
            | Written::Boolean(_)
            | Written::Integer(_)
            | Written::Float(_)
            | Written::Text(_)
            | Written::Date(_)
            | Written::List(_) => &[],
        }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The values of a list; none of anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.written {
            Written::List(items) => items,
            Written::Null
            | Written::Boolean(_)
            | Written::Integer(_)
            | Written::Float(_)
            | Written::Text(_)
            | Written::Date(_)
            | Written::Table(_) => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.written {
            Written::Text(text) | Written::Date(text) => Some(text),
            Written::Null
            | Written::Boolean(_)
            | Written::Integer(_)
            | Written::Float(_)
            | Written::List(_)
            | Written::Table(_) => None,
        }
    }

    /// What it is, for a message.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.written {
            Written::Null => "null",
            Written::Boolean(_) => "a boolean",
            Written::Integer(_) | Written::Float(_) => "a number",
            Written::Text(_) => "a string",
            Written::Date(_) => "a date",
            Written::List(_) => "a list",
            Written::Table(_) => "a table",
        }
    }

    /// The node at a path, if the document has it.
    pub(crate) fn find(&self, path: &KeyPath) -> Option<&Self> {
        path.0.iter().try_fold(self, |node, step| node.step(step).map(|(_, next)| next))
    }

    /// Where a reader should look for a path: at the value, at the key of a table, or, if the document does not
    /// have it, at the last thing on the way that it does have.
    pub(crate) fn locate(&self, path: &KeyPath) -> usize {
        let mut node = self;
        let mut at = self.at;
        for step in &path.0 {
            let Some((key, next)) = node.step(step) else { break };
            node = next;
            at = match (&node.written, key) {
                (Written::Table(_), Some(key)) => key,
                (_, _) => node.at,
            };
        }
        at
    }

    fn step(&self, step: &Step) -> Option<(Option<usize>, &Self)> {
        match (step, &self.written) {
            (Step::Index(index), Written::List(items)) => items.get(*index).map(|node| (None, node)),
            (Step::Index(_), _) => None,
            (Step::Key(key), _) => self.entry(key).map(|entry| (Some(entry.at), &entry.node)),
        }
    }
}

/// A number with a fraction or an exponent. The standard library's tables for reading one would be a fortieth of a Worker.
fn float(text: &str) -> Option<f64> {
    brigade_json::read(text.as_bytes())?.as_f64()
}

/// The value of a number, a boolean or null.
pub(crate) fn plain(written: &Written) -> Option<Value> {
    match written {
        Written::Null => Some(Value::Null),
        Written::Boolean(value) => Some(Value::from(*value)),
        Written::Integer(value) => Some(Value::from(*value)),
        Written::Float(value) => Some(Value::from(*value)),
        Written::Text(_) | Written::Date(_) | Written::List(_) | Written::Table(_) => None,
    }
}

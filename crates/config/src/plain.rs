//! Values read into types, where what could be wrong with them has been told before.
//!
//! An error says nothing, and no code is made anew for each type: with derived readers, which have words for every
//! mistake, reading the document is the largest part of a Worker.

use serde_json::{Map, Value};

use crate::tree::{self, Node, Written};

/// A value that is not what was to be read.
#[derive(Debug)]
pub(crate) struct Unread;

/// What was to be read.
pub(crate) type Read<T> = Result<T, Unread>;

/// The entries of a table, by their keys, in order.
pub(crate) type Named<T> = Vec<(String, T)>;

/// The value of a node, as it is written.
pub(crate) fn value(node: &Node) -> Value {
    match &node.written {
        Written::Text(text) | Written::Date(text) => Value::String(text.clone()),
        Written::List(items) => items.iter().map(value).collect(),
        Written::Table(entries) => {
            let mut table = Map::new();
            for entry in entries {
                table.insert(entry.key.clone(), value(&entry.node));
            }
            Value::Object(table)
        }
        other @ (Written::Null | Written::Boolean(_) | Written::Integer(_) | Written::Float(_)) => {
            tree::plain(other).unwrap_or_default()
        }
    }
}

/// A table that is being read: what was read is taken out of it.
///
/// What is not as expected is remembered, and something stands in its place until the table has been read: code that may
/// end at each of its entries is several times larger.
pub(crate) struct Table {
    entries: Map<String, Value>,
    unread: bool,
}

impl Table {
    /// Reads a table, in which there may be nothing else.
    pub(crate) fn read<T>(value: Value, read: impl FnOnce(&mut Self) -> T) -> Read<T> {
        let Value::Object(entries) = value else { return Err(Unread) };
        let mut table = Self { entries, unread: false };
        let value = read(&mut table);
        if table.is_read() { Ok(value) } else { Err(Unread) }
    }

    fn is_read(&self) -> bool {
        !self.unread && self.entries.values().all(Value::is_null)
    }

    /// What stands under a key.
    pub(crate) fn value(&mut self, key: &str) -> Option<Value> {
        self.entries.get_mut(key).map(Value::take).filter(|value| !value.is_null())
    }

    /// Whether something stands under a key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.get(key).is_some_and(|value| !value.is_null())
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, key: &str) -> String {
        let text = self.maybe_text(key);
        self.unread |= text.is_none();
        text.unwrap_or_default()
    }

    /// A text, or what it is if it is not there.
    pub(crate) fn text_or(&mut self, key: &str, absent: &str) -> String {
        self.maybe_text(key).unwrap_or_else(|| absent.to_owned())
    }

    /// A text that may not be there.
    pub(crate) fn maybe_text(&mut self, key: &str) -> Option<String> {
        self.maybe(key, text)
    }

    /// Texts; none if they are not there.
    pub(crate) fn texts(&mut self, key: &str) -> Vec<String> {
        self.maybe(key, texts).unwrap_or_default()
    }

    /// Whether something is so; not, if it is not there.
    pub(crate) fn flag(&mut self, key: &str) -> bool {
        self.maybe_flag(key).unwrap_or_default()
    }

    /// Whether something is so, if it is there.
    pub(crate) fn maybe_flag(&mut self, key: &str) -> Option<bool> {
        self.maybe(key, |value| value.as_bool().ok_or(Unread))
    }

    /// A whole number, if it is there.
    pub(crate) fn maybe_number(&mut self, key: &str) -> Option<i64> {
        self.maybe(key, |value| value.as_i64().ok_or(Unread))
    }

    /// What may not be there.
    pub(crate) fn maybe<T>(&mut self, key: &str, read: fn(Value) -> Read<T>) -> Option<T> {
        let value = self.value(key)?;
        self.good(read(value))
    }

    /// The elements of a list; none if it is not there.
    pub(crate) fn list<T>(&mut self, key: &str, read: fn(Value) -> Read<T>) -> Vec<T> {
        let mut read_so_far = Vec::new();
        match self.value(key) {
            None => {}
            Some(Value::Array(items)) => {
                for item in items {
                    read_so_far.extend(self.good(read(item)));
                }
            }
            Some(_) => self.unread = true,
        }
        read_so_far
    }

    /// The entries of a table of names; none if it is not there.
    pub(crate) fn named<T>(&mut self, key: &str, read: fn(Value) -> Read<T>) -> Named<T> {
        let mut named = Vec::new();
        match self.value(key) {
            None => {}
            Some(Value::Object(entries)) => {
                for (name, value) in entries {
                    named.extend(self.good(read(value)).map(|value| (name, value)));
                }
            }
            Some(_) => self.unread = true,
        }
        named
    }

    /// What was read, or a note that it was not.
    pub(crate) fn good<T>(&mut self, read: Read<T>) -> Option<T> {
        self.unread |= read.is_err();
        read.ok()
    }
}

/// A text.
pub(crate) fn text(value: Value) -> Read<String> {
    let Value::String(text) = value else { return Err(Unread) };
    Ok(text)
}

/// A list of texts.
pub(crate) fn texts(value: Value) -> Read<Vec<String>> {
    let Value::Array(items) = value else { return Err(Unread) };
    let mut texts = Vec::new();
    for item in items {
        texts.push(text(item)?);
    }
    Ok(texts)
}

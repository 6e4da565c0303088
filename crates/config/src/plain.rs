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
pub(crate) struct Table(Map<String, Value>);

impl Table {
    /// Reads a table, in which there may be nothing else.
    pub(crate) fn read<T>(value: Value, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        let Value::Object(entries) = value else { return Err(Unread) };
        let mut table = Self(entries);
        let value = read(&mut table)?;
        if table.0.values().all(Value::is_null) { Ok(value) } else { Err(Unread) }
    }

    /// What stands under a key.
    pub(crate) fn value(&mut self, key: &str) -> Option<Value> {
        self.0.get_mut(key).map(Value::take).filter(|value| !value.is_null())
    }

    /// Whether something stands under a key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|value| !value.is_null())
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, key: &str) -> Read<String> {
        text(self.value(key).ok_or(Unread)?)
    }

    /// A text, or what it is if it is not there.
    pub(crate) fn text_or(&mut self, key: &str, absent: &str) -> Read<String> {
        Ok(self.maybe_text(key)?.unwrap_or_else(|| absent.to_owned()))
    }

    /// A text that may not be there.
    pub(crate) fn maybe_text(&mut self, key: &str) -> Read<Option<String>> {
        self.maybe(key, text)
    }

    /// Texts; none if they are not there.
    pub(crate) fn texts(&mut self, key: &str) -> Read<Vec<String>> {
        self.list(key, text)
    }

    /// Whether something is so; not, if it is not there.
    pub(crate) fn flag(&mut self, key: &str) -> Read<bool> {
        Ok(self.maybe(key, flag)?.unwrap_or_default())
    }

    /// What may not be there.
    pub(crate) fn maybe<T>(&mut self, key: &str, read: fn(Value) -> Read<T>) -> Read<Option<T>> {
        self.value(key).map(read).transpose()
    }

    /// The elements of a list; none if it is not there.
    pub(crate) fn list<T>(&mut self, key: &str, read: fn(Value) -> Read<T>) -> Read<Vec<T>> {
        self.value(key).map_or_else(|| Ok(Vec::new()), |value| list(value, read))
    }

    /// The entries of a table of names; none if it is not there.
    pub(crate) fn named<T>(&mut self, key: &str, read: fn(Value) -> Read<T>) -> Read<Named<T>> {
        let mut named = Vec::new();
        match self.value(key) {
            None => {}
            Some(Value::Object(entries)) => {
                for (name, value) in entries {
                    named.push((name, read(value)?));
                }
            }
            Some(_) => return Err(Unread),
        }
        Ok(named)
    }
}

/// A text.
pub(crate) fn text(value: Value) -> Read<String> {
    let Value::String(text) = value else { return Err(Unread) };
    Ok(text)
}

/// True or false.
pub(crate) fn flag(value: Value) -> Read<bool> {
    value.as_bool().ok_or(Unread)
}

/// The elements of a list.
pub(crate) fn list<T>(value: Value, read: fn(Value) -> Read<T>) -> Read<Vec<T>> {
    let Value::Array(items) = value else { return Err(Unread) };
    let mut list = Vec::new();
    for item in items {
        list.push(read(item)?);
    }
    Ok(list)
}

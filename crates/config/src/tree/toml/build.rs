//! What stands in a document, one after another, made into tables.
//!
//! ```text
//! [a.b]      begins a table, which takes what follows and is put in its place before the next one begins
//! c.d = 1    goes into it
//! ```

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "of the parser's events, those that are not named say nothing here"
)]

use toml_datetime::Datetime;
use toml_parser::Source;
use toml_parser::decoder::ScalarKind;
use toml_parser::parser::{Event, EventKind};

use super::table::{Item, Key, Table, Value};
use super::{DEPTH, Faults};
use crate::tree::Written;

/// The root of what was written. What is no document leaves something of it, and faults that are fatal.
pub(super) fn document(source: Source<'_>, events: &[Event], faults: &mut Faults<'_>) -> Table {
    let mut reader = Reader { source, rest: events };
    let mut root = Table::default();
    let mut current = Table::default();
    let mut header: Option<Header> = None;
    while let Some(event) = reader.next() {
        match event.kind() {
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                finish(&mut root, current, header.take(), faults);
                let next = reader.header(event, faults);
                current = begin(&mut root, &next, faults);
                header = Some(next);
            }
            EventKind::SimpleKey => {
                let Some((path, key)) = reader.key(event, faults) else { break };
                reader.skip(EventKind::Whitespace);
                if reader.next().is_none_or(|event| event.kind() != EventKind::KeyValSep) {
                    break;
                }
                reader.skip(EventKind::Whitespace);
                let Some(item) = reader.next().and_then(|event| reader.value(event, faults)) else {
                    continue;
                };
                let dotted = !path.is_empty();
                let Some(table) = current.descend(&path, dotted, false, faults) else { continue };
                if dotted && !table.implicit {
                    faults.repeated(&key);
                } else {
                    table.add(key, item, faults);
                }
            }
            _ => {}
        }
    }
    finish(&mut root, current, header, faults);
    root
}

/// `[a.b.c]`: the path, and the last of it.
struct Header {
    at: usize,
    path: Vec<Key>,
    key: Option<Key>,
    of_tables: bool,
}

/// The table that begins: new, or what there is of it already because longer keys went through it.
fn begin(root: &mut Table, header: &Header, faults: &mut Faults<'_>) -> Table {
    let mut table = Table::default();
    if let Some(key) = header.key.as_ref().filter(|_| !header.of_tables)
        && let Some(parent) = root.descend(&header.path, false, false, faults)
        && let Some(old) = parent.remove(&key.name)
    {
        match old.value {
            Value::Table(old) => {
                if !old.implicit || old.dotted {
                    faults.repeated(key);
                }
                table = old;
            }
            Value::Plain(_) | Value::List { .. } => faults.repeated(key),
        }
    }
    table.implicit = false;
    table.dotted = false;
    table
}

/// Puts a table where its header says.
fn finish(root: &mut Table, table: Table, header: Option<Header>, faults: &mut Faults<'_>) {
    let Some(Header { at, path, key, of_tables }) = header else {
        *root = table;
        return;
    };
    let Some(key) = key else { return };
    let Some(parent) = root.descend(&path, false, false, faults) else { return };
    let item = Item { at, value: Value::Table(table) };
    if !of_tables {
        parent.add(key, item, faults);
        return;
    }
    let again = Key { name: key.name.clone(), span: key.span };
    let list = Item { at, value: Value::List { items: Vec::new(), of_tables: true } };
    match &mut parent.get_or(key, list).value {
        Value::List { items, of_tables: true } => items.push(item),
        _ => faults.repeated(&again),
    }
}

struct Reader<'t, 'e> {
    source: Source<'t>,
    rest: &'e [Event],
}

impl<'e> Reader<'_, 'e> {
    fn next(&mut self) -> Option<&'e Event> {
        let (event, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(event)
    }

    fn skip(&mut self, kind: EventKind) {
        if let Some((event, rest)) = self.rest.split_first()
            && event.kind() == kind
        {
            self.rest = rest;
        }
    }

    /// Whether the next part of a key with dots follows.
    fn goes_on(&self) -> bool {
        let mut kinds = self.rest.iter().map(Event::kind);
        match kinds.next() {
            Some(EventKind::Whitespace) => kinds.next() == Some(EventKind::KeySep),
            next => next == Some(EventKind::KeySep),
        }
    }

    fn header(&mut self, open: &Event, faults: &mut Faults<'_>) -> Header {
        let of_tables = open.kind() == EventKind::ArrayTableOpen;
        let mut header = Header { at: open.span().start(), path: Vec::new(), key: None, of_tables };
        while let Some(event) = self.next() {
            match event.kind() {
                EventKind::StdTableClose | EventKind::ArrayTableClose => break,
                EventKind::SimpleKey => {
                    if let Some((path, key)) = self.key(event, faults) {
                        header.path = path;
                        header.key = Some(key);
                    }
                }
                _ => {}
            }
        }
        header
    }

    /// A key, and the path before it.
    fn key(&mut self, first: &Event, faults: &mut Faults<'_>) -> Option<(Vec<Key>, Key)> {
        let mut path = Vec::new();
        let mut key = self.part(first, faults)?;
        while self.goes_on() {
            self.skip(EventKind::Whitespace);
            self.skip(EventKind::KeySep);
            self.skip(EventKind::Whitespace);
            match self.rest.first().filter(|event| event.kind() == EventKind::SimpleKey) {
                Some(event) => {
                    self.skip(EventKind::SimpleKey);
                    path.push(std::mem::replace(&mut key, self.part(event, faults)?));
                }
                None => break,
            }
        }
        if path.len() >= DEPTH as usize {
            faults.syntax(None, "recursion limit".to_owned());
            return None;
        }
        Some((path, key))
    }

    fn part(&self, event: &Event, faults: &mut Faults<'_>) -> Option<Key> {
        let mut name = String::new();
        self.source.get(event)?.decode_key(&mut name, faults);
        Some(Key { name, span: event.span() })
    }

    /// The value that an event begins; `None` where none begins, which the parser has said.
    fn value(&mut self, event: &Event, faults: &mut Faults<'_>) -> Option<Item> {
        let value = match event.kind() {
            EventKind::InlineTableOpen => Value::Table(self.inline_table(faults)),
            EventKind::ArrayOpen => Value::List { items: self.list(faults), of_tables: false },
            EventKind::Scalar => Value::Plain(self.plain(event, faults)?),
            _ => return None,
        };
        Some(Item { at: event.span().start(), value })
    }

    fn list(&mut self, faults: &mut Faults<'_>) -> Vec<Item> {
        let mut items = Vec::new();
        while let Some(event) = self.next() {
            match event.kind() {
                EventKind::ArrayClose => break,
                _ => items.extend(self.value(event, faults)),
            }
        }
        items
    }

    fn inline_table(&mut self, faults: &mut Faults<'_>) -> Table {
        let mut table = Table { inline: true, ..Table::default() };
        let mut key = None;
        while let Some(event) = self.next() {
            match event.kind() {
                EventKind::InlineTableClose => break,
                EventKind::SimpleKey => key = self.key(event, faults),
                _ => {
                    let Some(item) = self.value(event, faults) else { continue };
                    let Some((path, key)) = key.take() else { continue };
                    let Some(into) = table.descend(&path, true, true, faults) else { continue };
                    if into.dotted == path.is_empty() {
                        faults.repeated(&key);
                    } else {
                        into.add(key, item, faults);
                    }
                }
            }
        }
        table
    }

    fn plain(&self, event: &Event, faults: &mut Faults<'_>) -> Option<Written> {
        let mut text = String::new();
        let kind = self.source.get(event)?.decode_scalar(&mut text, faults);
        Some(match kind {
            ScalarKind::String => Written::Text(text),
            ScalarKind::Boolean(value) => Written::Boolean(value),
            ScalarKind::DateTime => match text.parse::<Datetime>() {
                Ok(date) => Written::Date(date.to_string()),
                Err(why) => {
                    faults.syntax(Some(event.span()), why.to_string());
                    return None;
                }
            },
            ScalarKind::Integer(radix) => match i64::from_str_radix(&text.replace('_', ""), radix.value()) {
                Ok(value) => Written::Integer(value),
                Err(_) => Written::Float(f64::INFINITY),
            },
            // What JSON has no word for is infinite or no number.
            ScalarKind::Float => {
                let number = text.replace('_', "");
                Written::Float(crate::tree::float(number.trim_start_matches('+')).unwrap_or(f64::NAN))
            }
        })
    }
}

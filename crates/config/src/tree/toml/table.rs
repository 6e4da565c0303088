//! A table while it is read, and what may be added to it.

use std::collections::BTreeMap;

use toml_parser::Span;

use super::Faults;
use crate::tree::Written;

/// A key, and where it stands.
pub(super) struct Key {
    pub(super) name: String,
    pub(super) span: Span,
}

/// A value, and the byte at which it begins.
pub(super) struct Item {
    pub(super) at: usize,
    pub(super) value: Value,
}

/// What a key stands for.
pub(super) enum Value {
    Plain(Written),
    List {
        items: Vec<Item>,
        /// Whether it is one of `[[…]]`, and so may grow.
        of_tables: bool,
    },
    Table(Table),
}

/// Keys, where they stand, and values, in the order of the keys' bytes; and how the table came to be, which says who may add to it.
#[derive(Default)]
pub(super) struct Table {
    pub(super) slots: BTreeMap<String, (Span, Item)>,
    /// There is only because a longer key goes through it.
    pub(super) implicit: bool,
    /// That key had its dots before a `=`.
    pub(super) dotted: bool,
    pub(super) inline: bool,
}

impl Table {
    /// Adds a key, unless there is one of its name.
    pub(super) fn add(&mut self, key: Key, item: Item, faults: &mut Faults<'_>) {
        if self.slots.contains_key(&key.name) {
            return faults.repeated(&key);
        }
        self.slots.insert(key.name, (key.span, item));
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Item> {
        self.slots.remove(name).map(|(_, item)| item)
    }

    /// The value of a key, which `new` makes if there is none.
    pub(super) fn get_or(&mut self, key: Key, new: Item) -> &mut Item {
        &mut self.slots.entry(key.name).or_insert((key.span, new)).1
    }

    /// The table at the end of a path, whose parts come to be on the way. `dotted`: the path stands before a `=`, and goes
    /// through no table that was written out; `inline`: within braces, where nothing of outside is.
    pub(super) fn descend(
        &mut self,
        path: &[Key],
        dotted: bool,
        inline: bool,
        faults: &mut Faults<'_>,
    ) -> Option<&mut Self> {
        let mut table = self;
        for key in path {
            let new = Self { implicit: true, dotted, inline, ..Self::default() };
            let new = Item { at: key.span.start(), value: Value::Table(new) };
            let named = Key { name: key.name.clone(), span: key.span };
            let value = &mut table.get_or(named, new).value;
            let kind = kind(value);
            table = match value {
                Value::List { items, of_tables: true } => match &mut items.last_mut()?.value {
                    Value::Table(last) => last,
                    Value::Plain(_) | Value::List { .. } => return None,
                },
                Value::Table(next) if inline || !next.inline => {
                    if dotted && !next.implicit {
                        faults.repeated(key);
                        return None;
                    }
                    next.dotted |= dotted;
                    next
                }
                Value::Plain(_) | Value::List { of_tables: false, .. } | Value::Table(_) => {
                    let why = format!("cannot extend value of type {kind} with a dotted key");
                    faults.syntax(Some(key.span), why);
                    return None;
                }
            };
        }
        Some(table)
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Plain(Written::Text(_)) => "string",
        Value::Plain(Written::Boolean(_)) => "boolean",
        Value::Plain(Written::Float(_)) => "float",
        Value::Plain(Written::Date(_)) => "datetime",
        Value::Plain(Written::Integer(_) | Written::Null | Written::List(_) | Written::Table(_)) => "integer",
        Value::List { .. } => "array",
        Value::Table(_) => "inline table",
    }
}

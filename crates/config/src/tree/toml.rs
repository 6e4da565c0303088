//! TOML, read into a tree.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::{Entry, Node, Written};
use crate::found::Found;
use crate::{KeyPath, Problem};

/// What the parser says of a key that is there twice. It keeps the first, so the rest can be checked.
const DUPLICATE: &str = "duplicate key";

pub(super) fn read(text: &str, found: &mut Vec<Found>) -> Option<Node> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let only_duplicates = errors.iter().all(|error| error.message() == DUPLICATE);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let problem = if error.message() == DUPLICATE {
            let key = text.get(span.clone()).unwrap_or_default().trim();
            Problem::Repeated { key: key.trim_matches(['[', ']', '"', '\'']).to_owned() }
        } else {
            Problem::Syntax { why: error.message().trim_end().replace('\n', ", ") }
        };
        found.push(Found { path: KeyPath::default(), at: Some(span.start), problem });
    }
    only_duplicates.then(|| Node { at: 0, written: entries(table.get_ref()) })
}

fn node(value: &Spanned<DeValue<'_>>) -> Node {
    let written = match value.get_ref() {
        DeValue::String(text) => Written::Text(text.to_string()),
        DeValue::Boolean(value) => Written::Boolean(*value),
        DeValue::Integer(value) => match i64::from_str_radix(&value.as_str().replace('_', ""), value.radix())
        {
            Ok(value) => Written::Integer(value),
            Err(_) => Written::Float(f64::INFINITY),
        },
        // What JSON has no word for is infinite or no number.
        DeValue::Float(value) => {
            let number = value.as_str().replace('_', "");
            Written::Float(super::float(number.trim_start_matches('+')).unwrap_or(f64::NAN))
        }
        DeValue::Datetime(date) => Written::Date(date.to_string()),
        DeValue::Array(items) => Written::List(items.iter().map(node).collect()),
        DeValue::Table(table) => entries(table),
    };
    Node { at: value.span().start, written }
}

fn entries(table: &DeTable<'_>) -> Written {
    let entry = |(key, value): (&Spanned<DeString<'_>>, _)| Entry {
        key: key.get_ref().to_string(),
        at: key.span().start,
        node: node(value),
    };
    Written::Table(table.iter().map(entry).collect())
}

//! TOML, read into a tree: `toml_parser` says what stands where, [`build`] makes tables of it.

mod build;
mod table;

use toml_parser::parser::{RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{ErrorSink, Expected, ParseError, Source, Span};

use super::{Node, Written};
use crate::found::Found;
use crate::{KeyPath, Problem};
use table::{Key, Table, Value};

/// How deep lists, inline tables and keys with dots may go: what reads them calls itself.
const DEPTH: u32 = 80;

pub(super) fn read(text: &str, found: &mut Vec<Found>) -> Option<Node> {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut events = Vec::with_capacity(tokens.len());
    let mut faults = Faults { text, found, fatal: false };
    let mut checked = ValidateWhitespace::new(&mut events, source);
    parse_document(&tokens, &mut RecursionGuard::new(&mut checked, DEPTH), &mut faults);
    let root = build::document(source, &events, &mut faults);
    (!faults.fatal).then(|| Node { at: 0, written: tabled(root) })
}

/// Where faults of the text go.
struct Faults<'f> {
    text: &'f str,
    found: &'f mut Vec<Found>,
    /// Whether there is one besides keys that are there twice: of those the first is kept, so the rest can be checked.
    fatal: bool,
}

impl Faults<'_> {
    fn repeated(&mut self, key: &Key) {
        let written = self.text.get(key.span.start()..key.span.end()).unwrap_or_default().trim();
        let key_text = written.trim_matches(['[', ']', '"', '\'']).to_owned();
        self.push(Some(key.span), Problem::Repeated { key: key_text });
    }

    fn syntax(&mut self, at: Option<Span>, why: String) {
        self.fatal = true;
        self.push(at, Problem::Syntax { why });
    }

    fn push(&mut self, at: Option<Span>, problem: Problem) {
        let at = Some(at.map_or(0, |span| span.start()));
        self.found.push(Found { path: KeyPath::default(), at, problem });
    }
}

impl ErrorSink for Faults<'_> {
    fn report_error(&mut self, error: ParseError) {
        let mut why = error.description().to_owned();
        if let Some(expected) = error.expected() {
            why.push_str(", expected ");
            if expected.is_empty() {
                why.push_str("nothing");
            }
            for (at, expected) in expected.iter().enumerate() {
                if at > 0 {
                    why.push_str(", ");
                }
                match expected {
                    Expected::Literal(literal) => why.push_str(&shown(literal)),
                    Expected::Description(what) => why.push_str(what),
                    _ => why.push_str("etc"),
                }
            }
        }
        self.syntax(error.unexpected(), why.trim_end().replace('\n', ", "));
    }
}

fn shown(literal: &str) -> String {
    match literal {
        "\n" => "newline".to_owned(),
        "`" => "'`'".to_owned(),
        literal if literal.chars().all(|c| c.is_ascii_control()) => format!("`{}`", literal.escape_debug()),
        literal => format!("`{literal}`"),
    }
}

fn tabled(table: Table) -> Written {
    let mut entries = Vec::with_capacity(table.slots.len());
    for (key, (span, item)) in table.slots {
        entries.push(super::Entry { key, at: span.start(), node: node(item) });
    }
    Written::Table(entries)
}

fn node(item: table::Item) -> Node {
    let written = match item.value {
        Value::Plain(written) => written,
        Value::List { items, .. } => Written::List(items.into_iter().map(node).collect()),
        Value::Table(table) => tabled(table),
    };
    Node { at: item.at, written }
}

#[cfg(test)]
mod tests;

//! A flat object of JSON, written member by member.

use std::fmt::Write as _;

/// A line of the log while it is written.
pub(super) struct Line(String);

impl Line {
    pub(super) fn new() -> Self {
        Self(String::with_capacity(512))
    }

    /// A member that is a text. What could act on a reader's terminal is escaped, as JSON itself asks of less.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        self.0.push('"');
        // Nearly every text is written as it is.
        if text.bytes().all(|b| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\')) {
            self.0.push_str(text);
        } else {
            self.escaped(text);
        }
        self.0.push('"');
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '"' | '\\' => self.0.extend(['\\', c]),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\t' => self.0.push_str("\\t"),
                c if super::acts(c) => {
                    let _ = write!(self.0, "\\u{:04x}", u32::from(c));
                }
                c => self.0.push(c),
            }
        }
    }

    pub(super) fn maybe(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    pub(super) fn number(&mut self, name: &str, number: u64) {
        self.name(name);
        let _ = write!(self.0, "{number}");
    }

    pub(super) fn truth(&mut self, name: &str) {
        self.name(name);
        self.0.push_str("true");
    }

    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    /// Names are of this crate: nothing in them needs to be escaped.
    fn name(&mut self, name: &str) {
        self.0.push_str(if self.0.is_empty() { "{\"" } else { ",\"" });
        self.0.push_str(name);
        self.0.push_str("\":");
    }
}

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
        // Nearly every text is written as it is; looked at from end to end, its bytes are looked at many at once.
        let plain = |b: u8| (b' '..=b'~').contains(&b) & (b != b'"') & (b != b'\\');
        if text.bytes().fold(true, |all, b| all & plain(b)) {
            self.0.push_str(text);
        } else {
            self.escaped(text);
        }
        self.0.push('"');
    }

    /// A member that is a text of ours, in which nothing is to be escaped.
    pub(super) fn word(&mut self, name: &str, word: &str) {
        self.name(name);
        self.0.push('"');
        self.0.push_str(word);
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
        self.decimal(number);
    }

    /// Without the formatting machinery, which costs more than the rest of a line.
    fn decimal(&mut self, number: u64) {
        if number >= 10 {
            self.decimal(number / 10);
        }
        self.0.push(char::from(b'0' + (number % 10).to_le_bytes()[0]));
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

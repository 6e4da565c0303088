//! One line of the log: what both runtimes tell of a request.

mod redact;

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};

use crate::Record;
pub use redact::redacted;

/// What is told of one request. Absent fields are left out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Entry {
    /// When its head was read: `2026-11-20T12:00:00.123Z`.
    pub time: String,
    /// The id the client was given.
    pub request_id: String,
    /// The client's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Its method.
    pub method: String,
    /// A key id, or `anonymous`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// The operation, by its name in S3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The bucket, as the client named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The key, as the client named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Absent when the client left before there was an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Bytes of its body.
    pub bytes_in: u64,
    /// Bytes of the answer's body.
    pub bytes_out: u64,
    /// From its head to the end of the answer.
    pub duration_ms: u64,
    /// Why it was refused or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The answer did not reach its end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub aborted: bool,
}

impl Entry {
    /// Takes over what the gateway recorded.
    pub fn tell(&mut self, record: &Record) {
        self.caller = record.caller.as_ref().map(ToString::to_string);
        self.operation = record.operation.map(|op| format!("{op:?}"));
        self.bucket = record.bucket.as_ref().map(ToString::to_string);
        self.key = record.key.as_ref().map(|key| redacted(key.as_str()));
        self.refused = record.refused.as_deref().map(redacted);
    }

    /// The line as JSON, without its end. `lost` is how many lines before it were dropped.
    #[must_use]
    pub fn json(&self, lost: u64) -> String {
        #[derive(Serialize)]
        struct With<'a> {
            #[serde(flatten)]
            entry: &'a Entry,
            #[serde(skip_serializing_if = "is_zero")]
            lost_lines: u64,
        }
        let mut out = Vec::with_capacity(512);
        let mut serializer = Serializer::with_formatter(&mut out, Careful(CompactFormatter));
        // A struct of strings and numbers written to memory: neither can fail.
        let _ = With { entry: self, lost_lines: lost }.serialize(&mut serializer);
        String::from_utf8(out).unwrap_or_default()
    }

    /// The line in words, without its end.
    #[must_use]
    pub fn text(&self, lost: u64) -> String {
        let mut out = self.time.clone();
        let status = self.status.map_or("-".to_owned(), |status| status.to_string());
        let _ = write!(out, " {status} {}", self.operation.as_deref().unwrap_or(&self.method));
        if let Some(bucket) = &self.bucket {
            out.push_str(" /");
            plain(bucket, &mut out);
            if let Some(key) = &self.key {
                out.push('/');
                plain(key, &mut out);
            }
        }
        out.push_str(" by ");
        plain(self.caller.as_deref().unwrap_or("nobody"), &mut out);
        let _ = write!(out, ", {} B in, {} B out, {} ms", self.bytes_in, self.bytes_out, self.duration_ms);
        if self.aborted {
            out.push_str(", aborted");
        }
        if let Some(refused) = &self.refused {
            out.push_str(": ");
            plain(refused, &mut out);
        }
        if lost > 0 {
            let _ = write!(out, " ({lost} lines before this one were lost)");
        }
        let _ = write!(out, " [{}]", self.request_id);
        out
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What a terminal or a reader of lines could act on: control characters, line separators, and marks that turn the
/// direction of what follows.
fn acts(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn plain(text: &str, out: &mut String) {
    for c in text.chars() {
        match acts(c) {
            true => out.extend(c.escape_unicode()),
            false => out.push(c),
        }
    }
}

/// JSON that escapes what [`acts`], not only what JSON must.
struct Careful(CompactFormatter);

impl Formatter for Careful {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| acts(*c)) {
            let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.0.write_string_fragment(writer, before)?;
            write!(writer, "\\u{:04x}", u32::from(c))?;
            rest = after.strip_prefix(c).unwrap_or_default();
        }
        self.0.write_string_fragment(writer, rest)
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str) -> Entry {
        Entry {
            time: "2026-11-20T00:00:00.000Z".into(),
            request_id: "0123456789ABCDEF".into(),
            method: "GET".into(),
            bucket: Some("demo".into()),
            key: Some(key.into()),
            status: Some(200),
            ..Entry::default()
        }
    }

    #[test]
    fn r_log_02_client_text_cannot_start_a_line_or_move_a_terminal() {
        for key in
            ["a\nb", "a\r\nb", "\u{1b}[2J", "\u{9b}2J", "a\u{7f}", "\u{2028}x", "\u{202e}x", "\0", "\u{85}"]
        {
            for line in [entry(key).json(0), entry(key).text(0)] {
                assert!(!line.chars().any(acts), "{key:?} in {line:?}");
            }
            let read: serde_json::Value = serde_json::from_str(&entry(key).json(0)).unwrap();
            assert_eq!(read["key"], key, "the key can be read back");
        }
    }

    #[test]
    fn lines_that_were_dropped_are_told() {
        let read: serde_json::Value = serde_json::from_str(&entry("k").json(3)).unwrap();
        assert_eq!(read["lost_lines"], 3);
        assert!(entry("k").text(3).contains("3 lines"));
    }
}

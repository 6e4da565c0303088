//! One line of the log: what both runtimes tell of a request.

mod line;
mod redact;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use brigade_s3::{BucketName, ObjectKey, Op, RequestId};

use crate::Record;
use line::Line;
use redact::redacted;

/// What is told of one request. Absent fields are left out, and what must not be told only when a line is made.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// When its head was read: `2026-11-20T12:00:00.123Z`.
    pub time: String,
    /// The id the client was given.
    pub request_id: RequestId,
    /// The client's address.
    pub client: Option<Arc<str>>,
    /// Its method.
    pub method: Cow<'static, str>,
    /// A key id, or `anonymous`.
    pub caller: Option<Arc<str>>,
    /// The operation.
    pub operation: Option<Op>,
    /// The bucket, as the client named it.
    pub bucket: Option<BucketName>,
    /// The key, as the client named it.
    pub key: Option<ObjectKey>,
    /// Absent when the client left before there was an answer.
    pub status: Option<u16>,
    /// Bytes of its body.
    pub bytes_in: u64,
    /// Bytes of the answer's body.
    pub bytes_out: u64,
    /// From its head to the end of the answer.
    pub duration_ms: u64,
    /// Why it was refused or failed.
    pub refused: Option<String>,
    /// The answer did not reach its end.
    pub aborted: bool,
}

impl Entry {
    /// Takes over what the gateway recorded.
    pub fn tell(&mut self, record: Record) {
        let Record { request_id: _, caller, operation, bucket, key, status: _, refused } = record;
        (self.caller, self.operation, self.bucket, self.key, self.refused) =
            (caller, operation, bucket, key, refused);
    }

    /// The line as JSON, without its end. `lost` is how many lines before it were dropped.
    #[must_use]
    pub fn json(&self, lost: u64) -> String {
        let Self { time, request_id, client, method, caller, operation, bucket, key, .. } = self;
        let mut line = Line::new();
        line.text("time", time);
        line.word("request_id", str::from_utf8(&request_id.text()).unwrap_or_default());
        line.maybe("client", client.as_deref());
        line.text("method", method);
        line.maybe("caller", caller.as_deref());
        if let Some(operation) = operation {
            line.word("operation", operation.name());
        }
        line.maybe("bucket", bucket.as_ref().map(BucketName::as_str));
        line.maybe("key", key.as_ref().map(|key| redacted(key.as_str())).as_deref());
        if let Some(status) = self.status {
            line.number("status", status.into());
        }
        line.number("bytes_in", self.bytes_in);
        line.number("bytes_out", self.bytes_out);
        line.number("duration_ms", self.duration_ms);
        line.maybe("refused", self.refused.as_deref().map(redacted).as_deref());
        if self.aborted {
            line.truth("aborted");
        }
        if lost > 0 {
            line.number("lost_lines", lost);
        }
        line.end()
    }

    /// The line in words, without its end.
    #[must_use]
    pub fn text(&self, lost: u64) -> String {
        let mut out = self.time.clone();
        let status = self.status.map_or("-".to_owned(), |status| status.to_string());
        let asked: &str = if let Some(op) = self.operation { op.name() } else { &self.method };
        let _ = write!(out, " {status} {asked}");
        if let Some(bucket) = &self.bucket {
            out.push_str(" /");
            plain(bucket.as_str(), &mut out);
            if let Some(key) = &self.key {
                out.push('/');
                plain(&redacted(key.as_str()), &mut out);
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
            plain(&redacted(refused), &mut out);
        }
        if lost > 0 {
            let _ = write!(out, " ({lost} lines before this one were lost)");
        }
        let _ = write!(out, " [{}]", self.request_id);
        out
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str) -> Entry {
        Entry {
            time: "2026-11-20T00:00:00.000Z".into(),
            method: "GET".into(),
            bucket: BucketName::parse("demo").ok(),
            key: ObjectKey::new(key.into()).ok(),
            status: Some(200),
            ..Entry::default()
        }
    }

    #[test]
    fn r_log_02_client_text_cannot_start_a_line_or_move_a_terminal() {
        for text in
            ["a\nb", "a\r\nb", "\u{1b}[2J", "\u{9b}2J", "a\u{7f}", "\u{2028}x", "\u{202e}x", "\0", "\u{85}"]
        {
            let entry = Entry { caller: Some(text.into()), refused: Some(text.into()), ..entry("k") };
            for line in [entry.json(0), entry.text(0)] {
                assert!(!line.chars().any(acts), "{text:?} in {line:?}");
            }
            let read: serde_json::Value = serde_json::from_str(&entry.json(0)).unwrap();
            assert_eq!(read["caller"], text, "the text can be read back");
            assert_eq!(read["refused"], text);
        }
    }

    #[test]
    fn a_line_has_what_there_is() {
        let whole = Entry {
            client: Some("::1".into()),
            caller: Some("AKID".into()),
            operation: Some(Op::GetObject),
            bytes_in: 1,
            bytes_out: 2,
            duration_ms: 3,
            refused: Some("a \"b\\c\"\t\u{8}é".into()),
            aborted: true,
            ..entry("k")
        };
        for (entry, lost, expect) in [
            (
                entry("k"),
                0,
                r#"{"time":"2026-11-20T00:00:00.000Z","request_id":"0000000000000000","method":"GET","bucket":"demo","key":"k","status":200,"bytes_in":0,"bytes_out":0,"duration_ms":0}"#,
            ),
            (
                whole,
                4,
                r#"{"time":"2026-11-20T00:00:00.000Z","request_id":"0000000000000000","client":"::1","method":"GET","caller":"AKID","operation":"GetObject","bucket":"demo","key":"k","status":200,"bytes_in":1,"bytes_out":2,"duration_ms":3,"refused":"a \"b\\c\"\t\u0008é","aborted":true,"lost_lines":4}"#,
            ),
        ] {
            assert_eq!(entry.json(lost), expect);
        }
    }

    #[test]
    fn lines_that_were_dropped_are_told() {
        let read: serde_json::Value = serde_json::from_str(&entry("k").json(3)).unwrap();
        assert_eq!(read["lost_lines"], 3);
        assert!(entry("k").text(3).contains("3 lines"));
    }
}

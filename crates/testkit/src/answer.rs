//! What a client got.

use brigade_gateway::{BodyError, Record};
use bytes::Bytes;
use http::HeaderMap;

/// An answer, read to where it ended.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as far as it came.
    pub body: Bytes,
    /// Whether the body ended as it should.
    pub ended: Result<(), BodyError>,
    /// What the gateway notes of the request.
    pub record: Record,
}

impl Answer {
    /// The body as text.
    ///
    /// # Panics
    /// When it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// A header's value, or nothing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or("(not ASCII)"))
    }

    /// The text of the first element of this name, as it is written, or nothing.
    #[must_use]
    pub fn element(&self, name: &str) -> &str {
        self.elements(name).first().copied().unwrap_or_default()
    }

    /// The texts of all elements of this name that hold no others.
    #[must_use]
    pub fn elements(&self, name: &str) -> Vec<&str> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let Ok(text) = std::str::from_utf8(&self.body) else { return Vec::new() };
        text.split(&open).skip(1).filter_map(|rest| rest.split_once(&close)).map(|(text, _)| text).collect()
    }

    /// Status and, of an error with a document, its code: `404 NoSuchKey`, `200`.
    #[must_use]
    pub fn verdict(&self) -> String {
        let code = if self.status >= 300 { self.element("Code") } else { "" };
        format!("{} {code}", self.status).trim().to_owned()
    }

    /// All a client can see of it, as text, to be searched for what it must not see.
    #[must_use]
    pub fn everything(&self) -> String {
        let mut all = String::new();
        for (name, value) in &self.headers {
            all.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
        }
        all.push_str(&String::from_utf8_lossy(&self.body));
        all
    }
}

//! The heads of the store's answers.

/// What an answer is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// An object, or so many bytes of it from an offset.
    Object { size: u64, from: u64, end: u64 },
    /// A document of this length.
    Document(usize),
    /// An upload that was taken.
    Stored,
}

impl Answer {
    pub(crate) fn head(self) -> String {
        let common = "Server: store\r\nDate: Fri, 20 Nov 2026 12:00:00 GMT\r\nx-amz-request-id: 318BC8BC148832E5\r\nx-amz-id-2: eftixk72aD6Ap51TnqcoF8eFidJG9Z/2mkiDFu8yU9AS1ed4OpIszj7UDNEHGran\r\n";
        let etag = "ETag: \"d41d8cd98f00b204e9800998ecf8427e\"\r\n";
        match self {
            Self::Stored => format!("HTTP/1.1 200 OK\r\n{common}{etag}Content-Length: 0\r\n\r\n"),
            Self::Document(length) => {
                format!(
                    "HTTP/1.1 200 OK\r\n{common}Content-Type: application/xml\r\nContent-Length: {length}\r\n\r\n"
                )
            }
            Self::Object { size, from, end } => {
                let whole = end - from == size;
                let status = if whole { "200 OK" } else { "206 Partial Content" };
                let range = if whole {
                    String::new()
                } else {
                    format!("Content-Range: bytes {from}-{}/{size}\r\n", end - 1)
                };
                let length = end - from;
                format!(
                    "HTTP/1.1 {status}\r\n{common}{etag}{range}Last-Modified: Thu, 19 Nov 2026 12:00:00 GMT\r\nAccept-Ranges: bytes\r\nContent-Type: binary/octet-stream\r\nContent-Length: {length}\r\n\r\n"
                )
            }
        }
    }
}

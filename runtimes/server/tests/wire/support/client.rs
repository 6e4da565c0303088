//! A client that sends bytes as they are given, and signs if asked.

use std::net::SocketAddr;

use brigade_sigv4::{ContentSha256, Credentials, SecretKey, SigningKeys, Timestamp, sign};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{HUNG, KEY_ID, SECRET};

/// One connection.
pub struct Raw {
    pub tcp: TcpStream,
    read: Vec<u8>,
}

/// One answer, taken apart.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Whether the body came to its announced end.
    pub whole: bool,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The `Code` of the error document.
    pub fn code(&self) -> String {
        let text = self.text();
        let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        code.unwrap_or_else(|| panic!("no Code in {self:?}")).0.to_owned()
    }
}

impl Raw {
    pub async fn to(address: SocketAddr) -> Self {
        Self { tcp: TcpStream::connect(address).await.unwrap(), read: Vec::new() }
    }

    /// Sends what can be sent before the other side closes.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.tcp.write_all(bytes.as_ref()).await;
    }

    /// Reads more; false at the end, which a reset is too.
    async fn more(&mut self) -> bool {
        let mut space = vec![0; 64 << 10];
        let read = timeout(HUNG, self.tcp.read(&mut space)).await.expect("nothing comes");
        let count = read.unwrap_or(0);
        self.read.extend_from_slice(&space[..count]);
        count > 0
    }

    /// Everything until the connection ends.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.read)
    }

    /// The next head, whatever it is, `None` at the end.
    async fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<_> = self.read.drain(..end + 4).collect();
                return Some(String::from_utf8_lossy(&head).into_owned());
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// The next answer, without `100 Continue`s; `None` when the connection ends instead.
    pub async fn answer(&mut self) -> Option<Answer> {
        self.answer_to("GET").await
    }

    /// As [`Raw::answer`], for a method whose answers may have no body.
    pub async fn answer_to(&mut self, method: &str) -> Option<Answer> {
        let head = loop {
            let head = self.head().await?;
            if !head.starts_with("HTTP/1.1 100") {
                break head;
            }
        };
        let mut lines = head.lines();
        let status: u16 = lines.next()?.split(' ').nth(1)?.parse().unwrap();
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: Vec::new(), whole: true };
        if method == "HEAD" || status == 204 || status == 304 {
            return Some(answer);
        }
        if let Some(length) = answer.header("content-length") {
            let length: usize = length.parse().unwrap();
            while self.read.len() < length && self.more().await {}
            answer.whole = self.read.len() >= length;
            answer.body = self.read.drain(..length.min(self.read.len())).collect();
        } else if answer.header("transfer-encoding") == Some("chunked") {
            while !self.read.ends_with(b"0\r\n\r\n") && self.more().await {}
            answer.whole = self.read.ends_with(b"0\r\n\r\n");
            answer.body = std::mem::take(&mut self.read);
        } else {
            answer.body = self.rest().await;
        }
        Some(answer)
    }

    /// Sends, and gives the one answer.
    pub async fn ask(&mut self, bytes: impl AsRef<[u8]>) -> Answer {
        self.send(bytes).await;
        self.answer().await.expect("no answer")
    }
}

/// Sends on a connection of its own.
pub async fn ask(address: SocketAddr, bytes: impl AsRef<[u8]>) -> Answer {
    Raw::to(address).await.ask(bytes).await
}

/// A signed head: `line` is `METHOD target`, `headers` are lines without their end.
pub fn signed(address: SocketAddr, line: &str, headers: &[&str], payload: ContentSha256) -> String {
    signed_by((KEY_ID, SECRET), address, line, headers, payload)
}

/// As [`signed`], by another key.
pub fn signed_by(
    (key_id, secret): (&str, &str),
    address: SocketAddr,
    line: &str,
    headers: &[&str],
    payload: ContentSha256,
) -> String {
    let (method, target) = line.split_once(' ').unwrap();
    let mut request = http::Request::builder().method(method).uri(format!("http://{address}{target}"));
    for header in headers {
        let (name, value) = header.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    let (mut head, ()) = request.body(()).unwrap().into_parts();
    let who =
        Credentials { key_id: key_id.into(), secret: SecretKey::new(secret.to_owned()), session_token: None };
    let now = Timestamp::from_unix(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs());
    sign(&mut head, payload, &who, "us-east-1", "s3", now, &SigningKeys::default()).unwrap();
    let mut text = format!("{line} HTTP/1.1\r\n");
    for (name, value) in &head.headers {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    text + "\r\n"
}

/// A signed request with nothing in it.
pub fn bare(address: SocketAddr, line: &str) -> String {
    signed(address, line, &[], ContentSha256::EMPTY)
}

/// A signed upload.
pub fn upload(address: SocketAddr, line: &str, body: &[u8]) -> Vec<u8> {
    let length = format!("content-length: {}", body.len());
    let mut bytes = signed(address, line, &[&length], ContentSha256::Unsigned).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

//! Signed requests, made before they are needed.

mod chunked;

use std::time::{SystemTime, UNIX_EPOCH};

use brigade_sigv4::{ContentSha256, Credentials, SecretKey, SigningKeys, Timestamp, sign};
use http::{HeaderMap, HeaderName, HeaderValue, Request, request};

use crate::pattern::Pattern;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    /// An object of this size.
    Get(u64),
    /// The same, of the store behind TLS.
    GetSecure(u64),
    /// An upload of this size, its payload unsigned.
    Put(u64),
    /// The same in chunks, with a CRC32 behind them.
    PutTrailer(usize),
    /// The same in signed chunks.
    PutSignedChunks(usize),
    /// 1,000 keys.
    List,
}

/// What follows a head.
#[derive(Clone, Debug)]
pub(crate) enum Payload {
    Nothing,
    /// So many bytes of the pattern.
    Pattern(u64),
    Bytes(std::sync::Arc<Vec<u8>>),
}

/// A request, ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Shot {
    pub(crate) head: Vec<u8>,
    pub(crate) payload: Payload,
    /// The object that the answer must be.
    pub(crate) object: Option<u64>,
}

/// The key of `peers/brigade.toml`.
fn client() -> Credentials {
    let secret = SecretKey::new("the secret of the load, of forty chars..");
    Credentials { key_id: "AKIDBENCH".into(), secret, session_token: None }
}

impl Ask {
    /// So many requests of this kind to a host, each for a key of its own, signed now.
    pub(crate) fn shots(self, host: &str, pattern: &Pattern, count: usize) -> Vec<Shot> {
        let keys = SigningKeys::default();
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let now = Timestamp::from_unix(seconds);
        let body = match self {
            Self::PutTrailer(size) | Self::PutSignedChunks(size) => pattern.bytes(0, size),
            Self::Get(_) | Self::GetSecure(_) | Self::Put(_) | Self::List => Vec::new(),
        };
        let trailing = chunked::trailing(&body);
        (0..count).map(|n| self.shot(host, n, &keys, now, &body, &trailing)).collect()
    }

    fn shot(
        self,
        host: &str,
        n: usize,
        keys: &SigningKeys,
        now: Timestamp,
        body: &[u8],
        trailing: &std::sync::Arc<Vec<u8>>,
    ) -> Shot {
        let (method, target, declared) = match self {
            Self::Get(size) => {
                ("GET", format!("/data/scenes/2026/11/S2B_32TNS_{n:08}_0_L2A/{size}"), ContentSha256::EMPTY)
            }
            Self::GetSecure(size) => {
                ("GET", format!("/secure/scenes/2026/11/S2B_32TNS_{n:08}_0_L2A/{size}"), ContentSha256::EMPTY)
            }
            Self::Put(_) => ("PUT", format!("/data/incoming/{n:08}.tif"), ContentSha256::Unsigned),
            Self::PutTrailer(_) => {
                ("PUT", format!("/data/incoming/{n:08}.tif"), ContentSha256::StreamingUnsignedTrailer)
            }
            Self::PutSignedChunks(_) => {
                ("PUT", format!("/data/incoming/{n:08}.tif"), ContentSha256::StreamingSigned)
            }
            Self::List => (
                "GET",
                format!("/listed?list-type=2&prefix=scenes%2F{n:04}%2F&encoding-type=url&max-keys=1000"),
                ContentSha256::EMPTY,
            ),
        };
        let (mut head, ()) = Request::builder()
            .method(method)
            .uri(format!("http://{host}{target}"))
            .body(())
            .unwrap()
            .into_parts();
        let set = |headers: &mut HeaderMap, name: &'static str, value: &str| {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        };
        set(
            &mut head.headers,
            "user-agent",
            "Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1 os/linux lang/python#3.12.1",
        );
        set(&mut head.headers, "accept-encoding", "identity");
        set(&mut head.headers, "amz-sdk-invocation-id", "5f0b5a3e-0f6e-4a2c-8f5b-3a1f1e0b7c11");
        set(&mut head.headers, "amz-sdk-request", "attempt=1");
        let mut length = None;
        match self {
            Self::Get(_) | Self::GetSecure(_) | Self::List => {}
            Self::Put(size) => length = Some(size),
            Self::PutTrailer(size) => {
                length = Some(trailing.len() as u64);
                set(&mut head.headers, "content-encoding", "aws-chunked");
                set(&mut head.headers, "x-amz-decoded-content-length", &size.to_string());
                set(&mut head.headers, "x-amz-trailer", "x-amz-checksum-crc32");
            }
            Self::PutSignedChunks(size) => {
                length = Some(chunked::signed_length(size));
                set(&mut head.headers, "content-encoding", "aws-chunked");
                set(&mut head.headers, "x-amz-decoded-content-length", &size.to_string());
            }
        }
        if let Some(length) = length {
            set(&mut head.headers, "content-length", &length.to_string());
            set(&mut head.headers, "content-type", "image/tiff");
        }
        sign(&mut head, declared, &client(), "us-east-1", "s3", now, keys).unwrap();
        let payload = match self {
            Self::Get(_) | Self::GetSecure(_) | Self::List => Payload::Nothing,
            Self::Put(size) => Payload::Pattern(size),
            Self::PutTrailer(_) => Payload::Bytes(trailing.clone()),
            Self::PutSignedChunks(_) => {
                let authorization = head.headers.get("authorization").unwrap().to_str().unwrap();
                let seed = authorization.rsplit('=').next().unwrap();
                Payload::Bytes(chunked::signed(body, seed, &client().secret, now).into())
            }
        };
        let object = match self {
            Self::Get(size) | Self::GetSecure(size) => Some(size),
            Self::Put(_) | Self::PutTrailer(_) | Self::PutSignedChunks(_) | Self::List => None,
        };
        Shot { head: text(&head), payload, object }
    }
}

/// A head as it is on the wire.
fn text(head: &request::Parts) -> Vec<u8> {
    let target = head.uri.path_and_query().unwrap();
    let mut text = format!("{} {target} HTTP/1.1\r\n", head.method).into_bytes();
    for (name, value) in &head.headers {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text
}

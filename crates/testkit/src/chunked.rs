//! The `aws-chunked` encoding, as a client writes it.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::{Ask, Mark, Signer, amz_date, checksum};

/// How a body is to be framed.
#[derive(Clone, Debug)]
pub struct Chunked {
    /// The object's bytes.
    pub data: Vec<u8>,
    /// Bytes of data in a chunk, the last excepted.
    pub size: usize,
    /// Whether each chunk is signed.
    pub signed: bool,
    /// What follows the last chunk.
    pub trailer: Option<Trailer>,
    /// What `x-amz-decoded-content-length` says; `None`: the truth.
    pub claimed: Option<String>,
}

/// A trailer, and the header that announces it.
#[derive(Clone, Debug)]
pub struct Trailer {
    /// What `x-amz-trailer` says.
    pub declared: String,
    /// The lines that come, as `name:value`.
    pub lines: Vec<String>,
}

impl Trailer {
    /// The checksum of this header, declared and sent as it should be.
    #[must_use]
    pub fn of(header: &str, data: &[u8]) -> Self {
        Self { declared: header.into(), lines: vec![format!("{header}:{}", checksum(header, data))] }
    }
}

impl Chunked {
    /// Signed chunks of this size.
    #[must_use]
    pub fn signed(data: impl Into<Vec<u8>>, size: usize) -> Self {
        Self { data: data.into(), size, signed: true, trailer: None, claimed: None }
    }

    /// Unsigned chunks of this size, with the checksum of this header behind them.
    #[must_use]
    pub fn unsigned(data: impl Into<Vec<u8>>, size: usize, header: &str) -> Self {
        Self { signed: false, ..Self::signed(data, size) }.trailing(header)
    }

    /// The same with the checksum of this header behind the chunks.
    #[must_use]
    pub fn trailing(self, header: &str) -> Self {
        Self { trailer: Some(Trailer::of(header, &self.data)), ..self }
    }

    /// What `x-amz-content-sha256` says.
    #[must_use]
    pub fn marker(&self) -> &'static str {
        match (self.signed, &self.trailer) {
            (true, None) => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            (true, Some(_)) => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            (false, _) => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        }
    }

    /// The request with the headers of the framing, signed, and the pieces of its body: the chunks, and last the end.
    #[must_use]
    pub fn frame(&self, ask: Ask, signer: &Signer) -> (Ask, Vec<Vec<u8>>) {
        let claimed = self.claimed.clone().unwrap_or_else(|| self.data.len().to_string());
        let mut ask = ask.header("content-encoding", "aws-chunked");
        if !claimed.is_empty() {
            ask = ask.header("x-amz-decoded-content-length", &claimed);
        }
        if let Some(trailer) = &self.trailer
            && !trailer.declared.is_empty()
        {
            ask = ask.header("x-amz-trailer", &trailer.declared);
        }
        let signer = Signer { mark: Mark::Text(self.marker().into()), ..signer.clone() };
        let ask = signer.sign(ask);
        let mut chain = Chain::of(&signer, signature(&ask));
        let mut pieces: Vec<_> =
            self.data.chunks(self.size.max(1)).map(|data| self.chunk(&mut chain, data)).collect();
        pieces.push(self.end(&mut chain));
        (ask, pieces)
    }

    fn chunk(&self, chain: &mut Chain, data: &[u8]) -> Vec<u8> {
        let signature =
            if self.signed { format!(";chunk-signature={}", chain.chunk(data)) } else { String::new() };
        [format!("{:x}{signature}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat()
    }

    fn end(&self, chain: &mut Chain) -> Vec<u8> {
        let mut end = self.chunk(chain, b"");
        end.truncate(end.len() - 2);
        if let Some(trailer) = &self.trailer {
            for line in &trailer.lines {
                end.extend_from_slice(format!("{line}\r\n").as_bytes());
            }
            if self.signed {
                let signed: String = trailer.lines.iter().map(|line| format!("{line}\n")).collect();
                let line = format!("x-amz-trailer-signature:{}\r\n", chain.trailer(signed.as_bytes()));
                end.extend_from_slice(line.as_bytes());
            }
        }
        end.extend_from_slice(b"\r\n");
        end
    }
}

/// A chain of signatures, each over the one before.
struct Chain {
    key: Vec<u8>,
    at: String,
    scope: String,
    last: String,
}

impl Chain {
    fn of(signer: &Signer, seed: String) -> Self {
        let at = amz_date(signer.at);
        let day = at[..8].to_owned();
        let mut key = hmac(format!("AWS4{}", signer.secret).as_bytes(), &day);
        for part in [signer.region.as_str(), signer.service.as_str(), "aws4_request"] {
            key = hmac(&key, part);
        }
        let scope = format!("{day}/{}/{}/aws4_request", signer.region, signer.service);
        Self { key, at, scope, last: seed }
    }

    fn chunk(&mut self, data: &[u8]) -> String {
        self.next("AWS4-HMAC-SHA256-PAYLOAD", &format!("{}\n{}", sha256(b""), sha256(data)))
    }

    fn trailer(&mut self, lines: &[u8]) -> String {
        self.next("AWS4-HMAC-SHA256-TRAILER", &sha256(lines))
    }

    fn next(&mut self, algorithm: &str, hashes: &str) -> String {
        let text = format!("{algorithm}\n{}\n{}\n{}\n{hashes}", self.at, self.scope, self.last);
        self.last = hex::encode(hmac(&self.key, &text));
        self.last.clone()
    }
}

fn signature(ask: &Ask) -> String {
    ask.value("authorization").rsplit_once("Signature=").map_or("", |(_, signature)| signature).into()
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Lower-case hex of the SHA-256.
pub(crate) fn sha256(data: &[u8]) -> String {
    hex::encode(Sha256::digest(data))
}

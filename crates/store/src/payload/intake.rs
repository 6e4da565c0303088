//! Taking a body in, out of its framing and within its bounds.

use super::Declared;
use super::sink::Sink;
use super::work::Work;
use crate::bodies::Draft;
use crate::failure::{Code, Failure};
use crate::store::Shared;
use brigade_sigv4::{ChecksumAlgorithm, Decoder};
use bytes::{Bytes, BytesMut};
use http_body::Body;
use std::future::poll_fn;
use std::pin::Pin;

/// The largest body of one request, S3's own limit.
const LARGEST: u64 = 5 * 1024 * 1024 * 1024;

/// A body taken in and found to be what was declared. Nothing names it yet.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) content: Content,
    pub(crate) length: u64,
    /// In hex.
    pub(crate) md5: String,
    /// The checksum of the algorithm asked for, in base64.
    pub(crate) checksum: String,
    /// The checksum the client told, in a header or a trailer, and that was verified.
    pub(crate) told: Option<(ChecksumAlgorithm, String)>,
}

/// The bytes of a body taken in.
#[derive(Debug)]
pub(crate) enum Content {
    Small(Bytes),
    Draft(Draft),
}

/// Takes in an object's or a part's body, summed with `algorithm`.
pub(crate) async fn receive<B>(
    shared: &Shared,
    mut body: Pin<&mut B>,
    declared: &Declared,
    algorithm: ChecksumAlgorithm,
) -> Result<Received, Failure>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if declared.length.is_some_and(|length| length > LARGEST) {
        return Err(Failure::from(Code::EntityTooLarge).with("MaxSizeAllowed", LARGEST.to_string()));
    }
    let mut input = Input::new(declared);
    let mut sink = Sink::new(shared, Work::new(declared, algorithm));
    let pour = async {
        while let Some(bytes) = input.next(body.as_mut()).await? {
            if input.length > LARGEST {
                return Err(Failure::from(Code::EntityTooLarge).with("MaxSizeAllowed", LARGEST.to_string()));
            }
            sink.push(bytes).await?;
        }
        input.check_length(declared)
    };
    if let Err(failure) = pour.await {
        // What is being written is removed before the client learns of the failure.
        drop(sink.settle().await);
        return Err(failure);
    }
    let mut received = sink.finish(declared).await?;
    received.told = declared.checksum.clone().or(input.trailer);
    Ok(received)
}

/// Takes in a control document of at most `limit` bytes.
pub(crate) async fn collect<B>(
    mut body: Pin<&mut B>,
    declared: &Declared,
    limit: usize,
) -> Result<Bytes, Failure>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let too_big =
        || Failure::from(Code::MaxMessageLengthExceeded).with("MaxMessageLengthBytes", limit.to_string());
    if declared.length.is_some_and(|length| length > limit as u64) {
        return Err(too_big());
    }
    let mut input = Input::new(declared);
    let mut collected = BytesMut::new();
    while let Some(bytes) = input.next(body.as_mut()).await? {
        if collected.len() + bytes.len() > limit {
            return Err(too_big());
        }
        collected.extend_from_slice(&bytes);
    }
    input.check_length(declared)?;
    let mut work = Work::new(declared, declared.algorithm().unwrap_or(ChecksumAlgorithm::Crc32));
    work.hash(&collected);
    work.check(declared)?;
    Ok(collected.freeze())
}

/// The body's own bytes, out of their framing.
struct Input {
    decoder: Option<Decoder>,
    decoded: Vec<Bytes>,
    ended: bool,
    length: u64,
    trailer: Option<(ChecksumAlgorithm, String)>,
}

impl Input {
    fn new(declared: &Declared) -> Self {
        Self { decoder: declared.decoder(), decoded: Vec::new(), ended: false, length: 0, trailer: None }
    }

    async fn next<B>(&mut self, mut body: Pin<&mut B>) -> Result<Option<Bytes>, Failure>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        loop {
            if let Some(bytes) = self.decoded.pop() {
                self.length += bytes.len() as u64;
                return Ok(Some(bytes));
            }
            if self.ended {
                return Ok(None);
            }
            let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await;
            match frame {
                None => {
                    self.ended = true;
                    if let Some(decoder) = &mut self.decoder {
                        let trailer = decoder.finish(&mut self.decoded)?;
                        self.trailer = trailer.map(|trailer| (trailer.algorithm, trailer.value));
                    }
                }
                Some(Err(_)) => return Err(Code::IncompleteBody.into()),
                Some(Ok(frame)) => match (frame.into_data(), &mut self.decoder) {
                    (Err(_), _) => {}
                    (Ok(bytes), Some(decoder)) => decoder.push(bytes, &mut self.decoded)?,
                    (Ok(bytes), None) => self.decoded.push(bytes),
                },
            }
            // Taken from the end, so the first goes last.
            self.decoded.reverse();
        }
    }

    fn check_length(&self, declared: &Declared) -> Result<(), Failure> {
        match declared.length {
            Some(length) if length != self.length => Err(Failure::new(
                Code::IncompleteBody,
                "You did not provide the number of bytes specified by the Content-Length HTTP header",
            )),
            _ => Ok(()),
        }
    }
}

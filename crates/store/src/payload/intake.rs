//! Taking a body in: hashed and written on blocking threads while the next bytes arrive.

use super::Declared;
use crate::bodies::{Bodies, Draft};
use crate::failure::{Code, Failure};
use crate::store::Shared;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use brigade_sigv4::{Checksum, ChecksumAlgorithm, Decoder};
use bytes::{Bytes, BytesMut};
use http_body::Body;
use md5::{Digest as _, Md5};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use tokio::task::{JoinHandle, spawn_blocking};

/// Bodies up to this length are kept in the index itself.
const INLINE: usize = 4096;
/// Bytes handed to a blocking thread at a time; about two of these are held for each upload.
const BATCH: usize = 256 * 1024;
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
    sink.finish(declared).await
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
}

impl Input {
    fn new(declared: &Declared) -> Self {
        Self { decoder: declared.decoder(), decoded: Vec::new(), ended: false, length: 0 }
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
                        decoder.finish(&mut self.decoded)?;
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

/// The hashes of a body under way, and its draft once it is not small any more.
#[derive(Debug)]
struct Work {
    md5: Md5,
    sha256: Option<Checksum>,
    checksum: Checksum,
    /// Of the algorithm the client declared, when that is another one.
    declared: Option<Checksum>,
    length: u64,
    draft: Option<Draft>,
}

impl Work {
    fn new(declared: &Declared, algorithm: ChecksumAlgorithm) -> Self {
        let other = declared.checksum.as_ref().map(|(other, _)| *other).filter(|other| *other != algorithm);
        Self {
            md5: Md5::new(),
            sha256: declared.sha256.map(|_| Checksum::new(ChecksumAlgorithm::Sha256)),
            checksum: Checksum::new(algorithm),
            declared: other.map(Checksum::new),
            length: 0,
            draft: None,
        }
    }

    fn hash(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.md5.update(bytes);
        self.checksum.update(bytes);
        for more in [&mut self.sha256, &mut self.declared].into_iter().flatten() {
            more.update(bytes);
        }
    }

    /// Hashes and writes; blocking.
    fn write(&mut self, bodies: &Arc<Bodies>, id: u64, pieces: &[Bytes]) -> io::Result<()> {
        if self.draft.is_none() {
            self.draft = Some(bodies.draft(id)?);
        }
        for piece in pieces {
            self.hash(piece);
            if let Some(draft) = &mut self.draft {
                draft.write(piece)?;
            }
        }
        Ok(())
    }

    /// Holds the hashes against what was declared; the MD5 in hex and the checksum in base64.
    fn check(&self, declared: &Declared) -> Result<(String, String), Failure> {
        if let (Some(sha256), Some(expected)) = (&self.sha256, &declared.sha256) {
            let computed = sha256.clone().finish();
            if computed != STANDARD.encode(expected) {
                return Err(Failure::from(Code::XAmzContentSHA256Mismatch)
                    .with("ClientComputedContentSHA256", hex::encode(expected)));
            }
        }
        let md5 = self.md5.clone().finalize();
        if declared.md5.is_some_and(|expected| md5.as_slice() != expected) {
            return Err(Failure::new(
                Code::BadDigest,
                "The Content-MD5 you specified did not match what we received.",
            ));
        }
        let checksum = self.checksum.clone().finish();
        if let Some((algorithm, expected)) = &declared.checksum {
            if !algorithm.is_value(expected) {
                let message = format!("Value for {} header is invalid.", algorithm.header());
                return Err(Failure::new(Code::InvalidRequest, message));
            }
            let found = self.declared.clone().map_or_else(|| checksum.clone(), Checksum::finish);
            if found != *expected {
                let message = format!("The {algorithm} you specified did not match the calculated checksum.");
                return Err(Failure::new(Code::BadDigest, message));
            }
        }
        Ok((hex::encode(md5), checksum))
    }
}

/// Gathers bytes and has them worked on, one batch at a time, off the async threads.
struct Sink<'a> {
    shared: &'a Shared,
    pending: Vec<Bytes>,
    gathered: usize,
    id: Option<u64>,
    state: State,
}

enum State {
    Idle(Box<Work>),
    Busy(JoinHandle<io::Result<Box<Work>>>),
    Failed,
}

impl<'a> Sink<'a> {
    fn new(shared: &'a Shared, work: Work) -> Self {
        Self { shared, pending: Vec::new(), gathered: 0, id: None, state: State::Idle(Box::new(work)) }
    }

    async fn push(&mut self, bytes: Bytes) -> Result<(), Failure> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.gathered += bytes.len();
        // Many tiny frames would cost more in bookkeeping than in bytes.
        match self.pending.last_mut() {
            Some(last) if last.len() + bytes.len() <= INLINE => {
                *last = [last.as_ref(), &bytes].concat().into()
            }
            _ => self.pending.push(bytes),
        }
        if self.gathered >= BATCH { self.flush().await } else { Ok(()) }
    }

    /// Hands what has gathered to a blocking thread, once the batch before is done.
    async fn flush(&mut self) -> Result<(), Failure> {
        let mut work = self.settle().await?;
        let id = match self.id {
            Some(id) => id,
            None => self.shared.body_id().await?,
        };
        self.id = Some(id);
        let bodies = Arc::clone(&self.shared.bodies);
        let pieces = std::mem::take(&mut self.pending);
        self.gathered = 0;
        self.state = State::Busy(spawn_blocking(move || work.write(&bodies, id, &pieces).map(|()| work)));
        Ok(())
    }

    async fn settle(&mut self) -> Result<Box<Work>, Failure> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Idle(work) => Ok(work),
            State::Busy(task) => Ok(task.await.map_err(Failure::internal)??),
            State::Failed => Err(Failure::internal("an upload went on after it had failed")),
        }
    }

    async fn finish(mut self, declared: &Declared) -> Result<Received, Failure> {
        if self.id.is_none() && self.gathered <= INLINE {
            let mut work = self.settle().await?;
            let bytes = Bytes::from(self.pending.concat());
            work.hash(&bytes);
            let (md5, checksum) = work.check(declared)?;
            return Ok(Received { content: Content::Small(bytes), length: work.length, md5, checksum });
        }
        self.flush().await?;
        let mut work = self.settle().await?;
        let (md5, checksum) = work.check(declared)?;
        let length = work.length;
        let draft = work.draft.take().ok_or_else(|| Failure::internal("an upload has no draft"))?;
        let draft = spawn_blocking(move || {
            let mut draft = draft;
            draft.finish().map(|()| draft)
        });
        let draft = draft.await.map_err(Failure::internal)??;
        Ok(Received { content: Content::Draft(draft), length, md5, checksum })
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            Code::InsufficientCapacity.into()
        } else {
            Self::internal(error)
        }
    }
}

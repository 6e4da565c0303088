//! The work on a body's bytes: hashing, writing, and holding the hashes against what was declared.

use super::Declared;
use crate::bodies::{Bodies, Draft};
use crate::failure::{Code, Failure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use brigade_sigv4::{Checksum, ChecksumAlgorithm};
use bytes::Bytes;
use md5::{Digest as _, Md5};
use std::io;
use std::sync::Arc;

/// The hashes of a body under way, and its draft once it is not small any more.
#[derive(Debug)]
pub(super) struct Work {
    md5: Md5,
    sha256: Option<Checksum>,
    checksum: Checksum,
    /// Of the algorithm the client declared, when that is another one.
    declared: Option<Checksum>,
    pub(super) length: u64,
    pub(super) draft: Option<Draft>,
}

impl Work {
    pub(super) fn new(declared: &Declared, algorithm: ChecksumAlgorithm) -> Self {
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

    pub(super) fn hash(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.md5.update(bytes);
        self.checksum.update(bytes);
        for more in [&mut self.sha256, &mut self.declared].into_iter().flatten() {
            more.update(bytes);
        }
    }

    /// Hashes and writes; blocking.
    pub(super) fn write(&mut self, bodies: &Arc<Bodies>, id: u64, pieces: &[Bytes]) -> io::Result<()> {
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
    pub(super) fn check(&self, declared: &Declared) -> Result<(String, String), Failure> {
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

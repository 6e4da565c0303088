//! The checksums S3 knows, as running hashers
//! ([Checking object integrity](https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html)).

#[cfg(not(target_family = "wasm"))]
mod fast;
#[cfg(any(test, target_family = "wasm"))]
mod small;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

#[cfg(not(target_family = "wasm"))]
use fast::Crc;
#[cfg(target_family = "wasm")]
use small::Crc;

/// An algorithm for `x-amz-checksum-*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChecksumAlgorithm {
    /// CRC-32 (ISO-HDLC, zlib's), 4 bytes.
    Crc32,
    /// CRC-32C (Castagnoli, iSCSI), 4 bytes.
    Crc32c,
    /// CRC-64/NVME, 8 bytes.
    Crc64Nvme,
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
}

impl ChecksumAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// The name in `x-amz-sdk-checksum-algorithm` and in XML: `CRC32`, `CRC32C`, `CRC64NVME`, `SHA1`, `SHA256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header or trailer that carries it, in lower case.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// Finds the algorithm of a header or trailer name, in any case.
    #[must_use]
    pub fn from_header(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.header().eq_ignore_ascii_case(name))
    }

    /// Finds the algorithm of a name, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name().eq_ignore_ascii_case(name))
    }

    /// Bytes of the checksum itself.
    #[must_use]
    pub const fn raw_len(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Characters of the checksum in base64, padding included.
    #[must_use]
    pub const fn encoded_len(self) -> usize {
        self.raw_len().div_ceil(3) * 4
    }

    /// Whether `text` is the base64 of a checksum of this length.
    #[must_use]
    pub fn is_value(self, text: &str) -> bool {
        text.len() == self.encoded_len() && STANDARD.decode(text).is_ok_and(|raw| raw.len() == self.raw_len())
    }
}

impl fmt::Display for ChecksumAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A checksum in the making.
///
/// ```
/// use brigade_sigv4::{Checksum, ChecksumAlgorithm};
/// let mut checksum = Checksum::new(ChecksumAlgorithm::Crc32);
/// checksum.update(b"123456789");
/// assert_eq!(checksum.finish(), "y/Q5Jg==");
/// ```
#[derive(Clone)]
pub struct Checksum {
    algorithm: ChecksumAlgorithm,
    state: State,
}

#[derive(Clone)]
enum State {
    Crc(Crc),
    Sha1(sha1::Sha1),
    Sha256(Sha256),
}

impl Checksum {
    /// Starts with nothing hashed.
    #[must_use]
    pub fn new(algorithm: ChecksumAlgorithm) -> Self {
        let state = match algorithm {
            ChecksumAlgorithm::Crc32 => State::Crc(Crc::crc32()),
            ChecksumAlgorithm::Crc32c => State::Crc(Crc::crc32c()),
            ChecksumAlgorithm::Crc64Nvme => State::Crc(Crc::crc64_nvme()),
            ChecksumAlgorithm::Sha1 => State::Sha1(sha1::Sha1::new()),
            ChecksumAlgorithm::Sha256 => State::Sha256(Sha256::new()),
        };
        Self { algorithm, state }
    }

    /// Which checksum this is.
    #[must_use]
    pub const fn algorithm(&self) -> ChecksumAlgorithm {
        self.algorithm
    }

    /// Takes more bytes in.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.state {
            State::Crc(crc) => crc.update(data),
            State::Sha1(hash) => hash.update(data),
            State::Sha256(hash) => hash.update(data),
        }
    }

    /// The checksum, in base64.
    #[must_use]
    pub fn finish(self) -> String {
        match self.state {
            State::Crc(crc) => {
                let [_, _, _, _, low @ ..] = crc.finish().to_be_bytes();
                match self.algorithm {
                    ChecksumAlgorithm::Crc32 | ChecksumAlgorithm::Crc32c => STANDARD.encode(low),
                    ChecksumAlgorithm::Crc64Nvme | ChecksumAlgorithm::Sha1 | ChecksumAlgorithm::Sha256 => {
                        STANDARD.encode(crc.finish().to_be_bytes())
                    }
                }
            }
            State::Sha1(hash) => STANDARD.encode(hash.finalize()),
            State::Sha256(hash) => STANDARD.encode(hash.finalize()),
        }
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checksum").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

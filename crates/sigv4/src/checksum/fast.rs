//! Cyclic redundancy checks by the processor's own instructions.

use crc_fast::{CrcAlgorithm, Digest};

/// One in the making.
#[derive(Clone)]
pub(super) struct Crc(Digest);

impl Crc {
    pub(super) fn crc32() -> Self {
        Self(Digest::new(CrcAlgorithm::Crc32IsoHdlc))
    }

    pub(super) fn crc32c() -> Self {
        Self(Digest::new(CrcAlgorithm::Crc32Iscsi))
    }

    pub(super) fn crc64_nvme() -> Self {
        Self(Digest::new(CrcAlgorithm::Crc64Nvme))
    }

    pub(super) fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    pub(super) fn finish(&self) -> u64 {
        self.0.finalize()
    }
}

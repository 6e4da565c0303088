//! Checksums of objects: of all their bytes, or of their parts' checksums
//! ([Checking object integrity](https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html)).

use crate::failure::{Code, Failure};
use crate::index::record::{Sum, SumKind};
use crate::reply::add;
use crate::xml::Xml;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use brigade_sigv4::{Checksum, ChecksumAlgorithm};
use crc_fast::{CrcAlgorithm, checksum_combine};
use http::HeaderMap;

/// What S3 sums objects with when the client chose nothing.
pub(crate) const DEFAULT_ALGORITHM: ChecksumAlgorithm = ChecksumAlgorithm::Crc64Nvme;

/// A checksum of all bytes.
pub(crate) fn full(algorithm: ChecksumAlgorithm, value: String) -> Sum {
    Sum { algorithm: algorithm.name().to_owned(), value, kind: SumKind::FullObject }
}

/// The checksum of an object made of parts, from the parts' checksums and sizes.
pub(crate) fn of_parts(
    algorithm: ChecksumAlgorithm,
    kind: SumKind,
    parts: &[(&str, u64)],
) -> Result<Sum, Failure> {
    match kind {
        SumKind::FullObject => combined(algorithm, parts).map(|value| full(algorithm, value)),
        SumKind::Composite => {
            let mut checksum = Checksum::new(algorithm);
            for (value, _) in parts {
                checksum.update(&STANDARD.decode(value).map_err(Failure::internal)?);
            }
            let value = format!("{}-{}", checksum.finish(), parts.len());
            Ok(Sum { algorithm: algorithm.name().to_owned(), value, kind })
        }
    }
}

/// The CRC of parts put together, from theirs: no byte is read again.
fn combined(algorithm: ChecksumAlgorithm, parts: &[(&str, u64)]) -> Result<String, Failure> {
    let crc = match algorithm {
        ChecksumAlgorithm::Crc32 => CrcAlgorithm::Crc32IsoHdlc,
        ChecksumAlgorithm::Crc32c => CrcAlgorithm::Crc32Iscsi,
        ChecksumAlgorithm::Crc64Nvme => CrcAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1 | ChecksumAlgorithm::Sha256 => {
            return Err(Failure::internal("hashes of parts cannot be combined"));
        }
    };
    let mut whole: Option<u64> = None;
    for (value, size) in parts {
        let raw = STANDARD.decode(value).map_err(Failure::internal)?;
        let part = raw.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        whole = Some(whole.map_or(part, |whole| checksum_combine(crc, whole, part, *size)));
    }
    let raw = whole.unwrap_or_default().to_be_bytes();
    let width = algorithm.raw_len().min(raw.len());
    Ok(STANDARD.encode(raw.get(raw.len() - width..).unwrap_or_default()))
}

/// Whether S3 lets an algorithm cover this: CRC-64 only whole objects, SHA only parts' checksums.
pub(crate) fn kind(algorithm: ChecksumAlgorithm, asked: Option<&str>) -> Result<SumKind, Failure> {
    let (usual, fits) = match algorithm {
        ChecksumAlgorithm::Crc64Nvme => (SumKind::FullObject, [true, false]),
        ChecksumAlgorithm::Crc32 | ChecksumAlgorithm::Crc32c => (SumKind::Composite, [true, true]),
        ChecksumAlgorithm::Sha1 | ChecksumAlgorithm::Sha256 => (SumKind::Composite, [false, true]),
    };
    match (asked, fits) {
        (None, _) => Ok(usual),
        (Some("FULL_OBJECT"), [true, _]) => Ok(SumKind::FullObject),
        (Some("COMPOSITE"), [_, true]) => Ok(SumKind::Composite),
        (Some(other), _) => {
            let message =
                format!("The {other} checksum type cannot be used with the {algorithm} checksum algorithm.");
            Err(Failure::new(Code::InvalidRequest, message))
        }
    }
}

/// Tells a checksum in headers.
pub(crate) fn add_headers(headers: &mut HeaderMap, sum: Option<&Sum>) -> Result<(), Failure> {
    let Some(sum) = sum else { return Ok(()) };
    if let Some(algorithm) = ChecksumAlgorithm::from_name(&sum.algorithm) {
        add(headers, algorithm.header(), &sum.value)?;
        add(headers, "x-amz-checksum-type", sum.kind.name())?;
    }
    Ok(())
}

/// Tells a checksum in elements.
pub(crate) fn add_elements(xml: &mut Xml, sum: Option<&Sum>) {
    if let Some(sum) = sum {
        xml.text(&element(&sum.algorithm), &sum.value);
        xml.text("ChecksumType", sum.kind.name());
    }
}

/// The element that holds a checksum: `ChecksumCRC32` and its kin.
pub(crate) fn element(algorithm: &str) -> String {
    format!("Checksum{algorithm}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> String {
        let mut checksum = Checksum::new(algorithm);
        checksum.update(bytes);
        checksum.finish()
    }

    #[test]
    fn crcs_of_parts_combine_to_the_crc_of_the_whole() {
        for algorithm in [ChecksumAlgorithm::Crc32, ChecksumAlgorithm::Crc32c, ChecksumAlgorithm::Crc64Nvme] {
            let parts: [&[u8]; 4] = [b"1234", b"", b"56789 and on", b"!"];
            let sums = parts.map(|part| sum(algorithm, part));
            let pairs: Vec<_> =
                sums.iter().zip(parts).map(|(sum, part)| (sum.as_str(), part.len() as u64)).collect();
            let whole = of_parts(algorithm, SumKind::FullObject, &pairs).unwrap();
            assert_eq!(whole.value, sum(algorithm, &parts.concat()), "{algorithm}");
        }
    }

    #[test]
    fn algorithms_cover_what_s3_lets_them() {
        use ChecksumAlgorithm::{Crc32, Crc64Nvme, Sha256};
        for (algorithm, asked, expect) in [
            (Crc32, None, Ok(SumKind::Composite)),
            (Crc32, Some("FULL_OBJECT"), Ok(SumKind::FullObject)),
            (Crc64Nvme, None, Ok(SumKind::FullObject)),
            (Crc64Nvme, Some("COMPOSITE"), Err("InvalidRequest")),
            (Sha256, None, Ok(SumKind::Composite)),
            (Sha256, Some("FULL_OBJECT"), Err("InvalidRequest")),
            (Sha256, Some("x"), Err("InvalidRequest")),
        ] {
            assert_eq!(
                kind(algorithm, asked).map_err(|failure| failure.name()),
                expect,
                "{algorithm} {asked:?}"
            );
        }
    }
}

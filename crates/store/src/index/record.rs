//! What the index holds: buckets, objects, uploads, parts. Stored as JSON with short names.

use crate::failure::Failure;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Seconds since 1970-01-01T00:00:00Z.
pub(crate) type Seconds = u64;

/// A bucket: its number begins the index key of each of its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) id: u64,
    pub(crate) created: Seconds,
}

/// A run of bytes within one body; bodies never change once written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Segment {
    #[serde(rename = "b")]
    pub(crate) body: BodyId,
    #[serde(rename = "o", default, skip_serializing_if = "is_zero")]
    pub(crate) offset: u64,
    #[serde(rename = "l")]
    pub(crate) length: u64,
}

/// Where a body is: in a file of its own (or the memory standing for it), or in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum BodyId {
    #[serde(rename = "f")]
    File(u64),
    #[serde(rename = "i")]
    Inline(u64),
}

/// The bytes of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Layout {
    #[serde(rename = "e")]
    Empty,
    #[serde(rename = "s")]
    One(Segment),
    /// The number of its manifest, and how many parts that lists.
    #[serde(rename = "m")]
    Parts { manifest: u64, count: u32 },
}

/// A part of an object that was uploaded in parts, or of an upload under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    #[serde(rename = "n")]
    pub(crate) number: u16,
    #[serde(rename = "z")]
    pub(crate) size: u64,
    /// MD5 in hex: a part's ETag without its quotes.
    #[serde(rename = "e")]
    pub(crate) etag: String,
    #[serde(rename = "t")]
    pub(crate) modified: Seconds,
    /// The checksum in base64, of the upload's algorithm.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub(crate) checksum: Option<String>,
    /// The checksum its sender told, when of another algorithm: name and base64.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub(crate) told: Option<(String, String)>,
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) segments: Vec<Segment>,
}

/// An object's checksum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sum {
    /// `CRC32`, `CRC32C`, `CRC64NVME`, `SHA1` or `SHA256`.
    #[serde(rename = "a")]
    pub(crate) algorithm: String,
    /// Base64, with `-parts` behind it when composite.
    #[serde(rename = "v")]
    pub(crate) value: String,
    #[serde(rename = "k")]
    pub(crate) kind: SumKind,
}

/// What a checksum covers: the whole object, or the checksums of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SumKind {
    #[serde(rename = "f")]
    FullObject,
    #[serde(rename = "c")]
    Composite,
}

impl SumKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FullObject => "FULL_OBJECT",
            Self::Composite => "COMPOSITE",
        }
    }
}

/// What a client says of an object when it writes it: kept and given back as sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    /// `content-type`, `cache-control`, …: lower-case names and the values as sent.
    #[serde(rename = "h", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) headers: Vec<(String, String)>,
    /// User metadata: names without `x-amz-meta-`.
    #[serde(rename = "u", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) user: Vec<(String, String)>,
}

/// Tags in the order they were set.
pub(crate) type Tags = Vec<(String, String)>;

/// An object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Object {
    /// The ETag without its quotes: MD5 in hex, with `-parts` behind it when uploaded in parts.
    #[serde(rename = "e")]
    pub(crate) etag: String,
    #[serde(rename = "z")]
    pub(crate) size: u64,
    #[serde(rename = "t")]
    pub(crate) modified: Seconds,
    #[serde(rename = "l")]
    pub(crate) layout: Layout,
    #[serde(rename = "d")]
    pub(crate) description: Description,
    #[serde(rename = "g", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Tags,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub(crate) sum: Option<Sum>,
    /// The upload that made it, so that completing it again gets the same answer.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub(crate) upload: Option<String>,
}

/// A multipart upload under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Upload {
    #[serde(rename = "t")]
    pub(crate) initiated: Seconds,
    #[serde(rename = "d")]
    pub(crate) description: Description,
    #[serde(rename = "g", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Tags,
    /// What each part is summed with: `CRC32` and its kin.
    #[serde(rename = "a")]
    pub(crate) algorithm: String,
    /// What the object's checksum will cover.
    #[serde(rename = "k")]
    pub(crate) kind: SumKind,
    /// Whether the client chose the algorithm; else it is S3's default.
    #[serde(rename = "x")]
    pub(crate) chosen: bool,
}

/// A record as the index stores it.
pub(crate) fn encode<T: Serialize>(record: &T) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(record).map_err(Failure::internal)
}

/// A record as the index gave it back.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|error| Failure::internal(format!("damaged record: {error}")))
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

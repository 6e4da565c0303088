//! From what is presented to what is proved.

use std::fmt;

use subtle::ConstantTimeEq as _;

use crate::canonical::{Canonical, NotCanonical, REQUEST, Scope};
use crate::content_sha256::ContentSha256;
use crate::keys::{SigningKey, SigningKeys};
use crate::presented::{Manner, Presented};
use crate::refusal::{Place, Refusal};
use crate::secret::SecretKey;
use crate::timestamp::{AmzDate, Timestamp};
use crate::wire::Wire;

/// Proof that a request was signed with a key's secret, for us, now. Only [`Presented::verify`] makes one.
#[derive(Debug)]
pub struct Verified {
    key_id: Box<str>,
    payload: ContentSha256,
    manner: Manner,
    at: Timestamp,
    chunks: ChunkContext,
}

/// What a signature is of.
#[allow(clippy::large_enum_variant, reason = "one per request, never moved: cheaper than a box")]
enum Signed<'a> {
    Request(Canonical),
    /// A form's policy, as it was sent: it is its own string to sign.
    Policy(&'a str),
}

/// A request may be dated this many seconds from now, either way.
const SKEW: u64 = 15 * 60;

impl Presented {
    /// Checks region, time and signature, in that order. `region` is the one clients sign for.
    ///
    /// A presigned URL is good from 15 minutes before its date until date and lifetime are past,
    /// and not a second after; a form from 15 minutes before its date for as long as its policy says. Signatures are compared in constant time.
    ///
    /// # Errors
    /// [`Refusal`]; the one for a wrong signature says nothing of the right one.
    pub fn verify(
        self,
        wire: &Wire<'_>,
        secret: &SecretKey,
        region: &str,
        now: Timestamp,
        keys: &SigningKeys,
    ) -> Result<Verified, Refusal> {
        if *self.region != *region {
            let place = match self.manner {
                Manner::Header => Place::Header,
                Manner::Presigned { .. } => Place::Query,
                Manner::Form => Place::Form,
            };
            return Err(Refusal::WrongRegion { place, given: self.region, expected: region.into() });
        }
        self.is_timely(now)?;

        let presigned = self.is_presigned();
        let signed = match &self.policy {
            Some(policy) => Signed::Policy(policy),
            None => Signed::Request(Canonical::of(wire, &self.signed, presigned).map_err(|e| match e {
                NotCanonical::Escape => Refusal::MalformedUri,
                NotCanonical::Absent(name) => Refusal::SignedHeaderAbsent(name.into()),
            })?),
        };
        let scope = Scope::new(self.at, region, self.service);
        let key = keys.derive(secret, scope.at.day(), region, self.service);
        let given = self.signature.ok_or(Refusal::SignatureDoesNotMatch)?;
        let matches = |payload| {
            let ours = match &signed {
                Signed::Request(canonical) => {
                    scope.sign(&key, REQUEST, &[&canonical.clone().finish(payload)])
                }
                Signed::Policy(policy) => key.sign(&[policy.as_bytes()]),
            };
            bool::from(ours.ct_eq(&given))
        };
        // SDKs that presign a payload hash still write UNSIGNED-PAYLOAD in the canonical request.
        let unsigned = presigned && self.service == "s3";
        if matches(self.payload) || (unsigned && matches(ContentSha256::Unsigned)) {
            let at = scope.at;
            let chunks = ChunkContext { seed: given, key, at, region: self.region, service: self.service };
            Ok(Verified {
                key_id: self.key_id,
                payload: self.payload,
                manner: self.manner,
                at: self.at,
                chunks,
            })
        } else {
            Err(Refusal::SignatureDoesNotMatch)
        }
    }

    fn is_timely(&self, now: Timestamp) -> Result<(), Refusal> {
        let (at, now_unix) = (self.at.as_unix(), now.as_unix());
        match self.manner {
            Manner::Header if at.abs_diff(now_unix) > SKEW => Err(Refusal::Skewed { at: self.at, now }),
            Manner::Header => Ok(()),
            Manner::Presigned { .. } | Manner::Form if at > now_unix.saturating_add(SKEW) => {
                Err(Refusal::NotYetValid)
            }
            Manner::Presigned { seconds } => {
                let until = Timestamp::from_unix(at.saturating_add(seconds.into()));
                if now > until { Err(Refusal::Expired { until, now }) } else { Ok(()) }
            }
            // The policy that is signed says until when it holds.
            Manner::Form => Ok(()),
        }
    }
}

impl Verified {
    /// The access key id whose secret signed.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// What the signer says of the body; the signature covers it.
    #[must_use]
    pub fn content_sha256(&self) -> ContentSha256 {
        self.payload
    }

    /// Whether this was a presigned URL.
    #[must_use]
    pub fn is_presigned(&self) -> bool {
        matches!(self.manner, Manner::Presigned { .. })
    }

    /// Whether this was a form, of which only the policy is signed.
    #[must_use]
    pub fn is_form(&self) -> bool {
        self.manner == Manner::Form
    }

    /// When it says it was signed.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// What the signatures of the body's chunks continue from.
    #[must_use]
    pub fn chunks(&self) -> ChunkContext {
        self.chunks.clone()
    }
}

/// Where a chain of chunk signatures starts: the request's signature, its key, date and scope.
#[derive(Clone)]
pub struct ChunkContext {
    seed: [u8; 32],
    key: SigningKey,
    at: AmzDate,
    region: Box<str>,
    service: &'static str,
}

impl ChunkContext {
    /// Whether `given` signs a chunk whose data hash to `data`; if so the chain moves on.
    pub(crate) fn accept_chunk(&mut self, empty: &[u8; 32], data: &[u8; 32], given: &[u8; 32]) -> bool {
        let ours = self.scope().sign(&self.key, b"AWS4-HMAC-SHA256-PAYLOAD", &[&self.seed, empty, data]);
        self.advance(ours, given)
    }

    /// Whether `given` signs a trailer section that hashes to `trailers`; if so the chain ends there.
    pub(crate) fn accept_trailer(&mut self, trailers: &[u8; 32], given: &[u8; 32]) -> bool {
        let ours = self.scope().sign(&self.key, b"AWS4-HMAC-SHA256-TRAILER", &[&self.seed, trailers]);
        self.advance(ours, given)
    }

    fn scope(&self) -> Scope<'_> {
        Scope { at: self.at, region: &self.region, service: self.service }
    }

    fn advance(&mut self, ours: [u8; 32], given: &[u8; 32]) -> bool {
        let accepted = bool::from(ours.ct_eq(given));
        if accepted {
            self.seed = ours;
        }
        accepted
    }
}

impl fmt::Debug for ChunkContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = self.scope().pieces().concat();
        let scope = String::from_utf8_lossy(&scope);
        f.debug_struct("ChunkContext").field("scope", &scope).finish_non_exhaustive()
    }
}

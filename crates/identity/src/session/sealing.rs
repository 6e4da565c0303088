//! Sealing: from a session to a token that only this deployment opens, and back.
//!
//! ```text
//! token = base64url( version · key id · nonce · AES-256-GCM-SIV( session ) )       associated: version · key id · deployment
//! secret = base64( HMAC-SHA-256( key, session id · deployment ) )                  derived, never carried
//! ```
//! The first key seals and all open, so a new key is put first and the old one is taken away once its sessions have ended.

use std::fmt;

use aes_gcm_siv::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use brigade_sigv4::SecretKey;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{Session, encoding};

/// The keys that seal session tokens, and the deployment they are good for.
#[derive(Clone)]
pub struct SealingKeys {
    deployment: Box<str>,
    keys: Vec<SealingKey>,
}

#[derive(Clone)]
struct SealingKey {
    /// Says which key sealed a token, and nothing of the key.
    id: [u8; 4],
    cipher: Aes256GcmSiv,
    secrets: Hmac<Sha256>,
}

/// The temporary credentials of a session.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "a secret has no Debug")]
pub struct Issued {
    /// The access key id.
    pub key_id: String,
    /// The secret access key.
    pub secret: SecretKey,
    /// The session token.
    pub token: String,
}

/// Why there is no sealing key in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealingKeyError {
    /// Not 32 bytes in base64.
    #[error("a sealing key is 32 bytes in base64; `brigade keygen` makes one")]
    Malformed,
    /// Two are the same, so that taking the first away would change nothing.
    #[error("this key is there twice")]
    Repeated,
    /// All its bytes are the same.
    #[error("this is no random key; `brigade keygen` makes one")]
    Weak,
}

/// Why a session cannot be sealed: with its claims and policy it would not fit into a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session's claims and policy take {bytes} bytes, of at most {LIMIT}")]
pub struct SealError {
    /// How much it would take.
    pub bytes: usize,
}

/// Why a token does not open. None says more to its bearer than that it is no token of this gateway's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// Not the form of a token, or of another version.
    #[error("not a session token of this gateway")]
    Malformed,
    /// Sealed with a key that is not, or no longer, one of ours.
    #[error("sealed with a key that this gateway does not have")]
    UnknownKey,
    /// Changed, or sealed for another deployment.
    #[error("the session token was changed, or is another deployment's")]
    Forged,
    /// It belongs to another access key id.
    #[error("the session token belongs to another access key id")]
    OtherKeyId,
}

const VERSION: u8 = 1;
const KEY: usize = 4;
const NONCE: usize = 12;
/// What may be sealed, in bytes; a token is a third longer.
const LIMIT: usize = 4096;
/// Longer texts are no tokens.
const LONGEST: usize = (1 + KEY + NONCE + LIMIT + 16) * 4 / 3 + 4;

impl SealingKeys {
    /// No keys: no session is issued, and none is good.
    #[must_use]
    pub fn none() -> Self {
        Self { deployment: "".into(), keys: Vec::new() }
    }

    /// Keys in base64, as `brigade keygen` writes them: the first seals, all open. `deployment` names whose tokens these are;
    /// those of another deployment do not open here, even with the same keys.
    ///
    /// # Errors
    /// The place of the first key that is none, and why.
    pub fn new<T: AsRef<str>>(
        deployment: impl Into<Box<str>>,
        keys: impl IntoIterator<Item = T>,
    ) -> Result<Self, (usize, SealingKeyError)> {
        let mut read: Vec<SealingKey> = Vec::new();
        for (place, text) in keys.into_iter().enumerate() {
            let key = SealingKey::read(text.as_ref()).map_err(|why| (place, why))?;
            if read.iter().any(|other| other.id == key.id) {
                return Err((place, SealingKeyError::Repeated));
            }
            read.push(key);
        }
        Ok(Self { deployment: deployment.into(), keys: read })
    }

    /// Whether there is no key, so that no session can be issued.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Seals a session; `None` without a key.
    ///
    /// `nonce` is random and used once. (The cipher keeps its secrets even if one is not.)
    ///
    /// # Errors
    /// [`SealError`] when it is too large.
    pub fn seal(&self, session: &Session, nonce: [u8; NONCE]) -> Result<Option<Issued>, SealError> {
        let Some(key) = self.keys.first() else { return Ok(None) };
        let plain = Zeroizing::new(encoding::encode(session));
        let too_large = SealError { bytes: plain.len() };
        if plain.len() > LIMIT {
            return Err(too_large);
        }
        let aad = self.associated(key);
        let payload = Payload { msg: &plain, aad: &aad };
        let sealed = key.cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| too_large)?;
        let bytes = [&[VERSION], &key.id[..], &nonce, &sealed].concat();
        Ok(Some(Issued {
            key_id: session.id.key_id(),
            secret: self.secret(key, session),
            token: BASE64_URL_SAFE_NO_PAD.encode(bytes),
        }))
    }

    /// Opens a token that came with an access key id: the session, and the secret its requests are signed with.
    ///
    /// # Errors
    /// [`SessionError`]. Whether the session has ended or was revoked is asked of the [`Session`].
    pub fn open(&self, token: &str, key_id: &str) -> Result<(Session, SecretKey), SessionError> {
        if token.len() > LONGEST {
            return Err(SessionError::Malformed);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| SessionError::Malformed)?;
        let (version, rest) = bytes.split_first().ok_or(SessionError::Malformed)?;
        let (id, rest) = rest.split_first_chunk::<KEY>().ok_or(SessionError::Malformed)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(SessionError::Malformed)?;
        if *version != VERSION {
            return Err(SessionError::Malformed);
        }
        // Which keys there are is no secret, and neither is the id of one.
        let key = self.keys.iter().find(|key| key.id == *id).ok_or(SessionError::UnknownKey)?;
        let aad = self.associated(key);
        let payload = Payload { msg: sealed, aad: &aad };
        let plain = key.cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| SessionError::Forged)?;
        let session = encoding::decode(&Zeroizing::new(plain)).ok_or(SessionError::Malformed)?;
        if session.id.key_id() != key_id {
            return Err(SessionError::OtherKeyId);
        }
        let secret = self.secret(key, &session);
        Ok((session, secret))
    }

    /// What a token is bound to besides its content.
    fn associated(&self, key: &SealingKey) -> Vec<u8> {
        [b"brigade session token".as_slice(), &[VERSION], &key.id, self.deployment.as_bytes()].concat()
    }

    /// 40 characters, as AWS's secrets have.
    fn secret(&self, key: &SealingKey, session: &Session) -> SecretKey {
        let mut mac = key.secrets.clone();
        mac.update(session.id.bytes());
        mac.update(self.deployment.as_bytes());
        let bytes = Zeroizing::new(<[u8; 32]>::from(mac.finalize().into_bytes()));
        SecretKey::new(BASE64_STANDARD.encode(bytes.get(..30).unwrap_or_default()))
    }
}

impl SealingKey {
    fn read(text: &str) -> Result<Self, SealingKeyError> {
        let bytes =
            Zeroizing::new(BASE64_STANDARD.decode(text.trim()).map_err(|_| SealingKeyError::Malformed)?);
        let root: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| SealingKeyError::Malformed)?;
        if root.iter().all(|byte| Some(byte) == root.first()) {
            return Err(SealingKeyError::Weak);
        }
        // One key, three purposes, kept apart (RFC 5869's expand step, for one block).
        let derived = |purpose: &[u8]| -> Zeroizing<[u8; 32]> {
            let mut mac = hmac(root);
            mac.update(purpose);
            mac.update(&[1]);
            Zeroizing::new(mac.finalize().into_bytes().into())
        };
        let id = derived(b"brigade session key id");
        Ok(Self {
            id: *id.first_chunk().ok_or(SealingKeyError::Malformed)?,
            cipher: Aes256GcmSiv::new(&(*derived(b"brigade session sealing")).into()),
            secrets: hmac(&derived(b"brigade session secret")),
        })
    }
}

/// An HMAC state of a key of 32 bytes, padded to the hash's block here so that no length is an error.
fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0_u8; 64]);
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    Hmac::new(&(*block).into())
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKeys")
            .field("deployment", &self.deployment)
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}

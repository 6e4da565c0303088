//! What is public of a private key: read out of its PKCS #8 document, without any arithmetic on the rest.
//!
//! ```text
//! PrivateKeyInfo (RFC 5208): SEQUENCE { 0 | 1, { algorithm, parameters }, OCTET STRING, … }
//!   RSA (RFC 8017 A.1.2):    SEQUENCE { 0, n, e, … }
//!   EC (RFC 5915):           SEQUENCE { 1, OCTET STRING, [0] curve?, [1] BIT STRING 04 x y ? }
//! ```

use super::key::FederationKeyError;
use crate::{Algorithm, Curve, PublicKey};

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// `[1]`, constructed: where RFC 5915 has the public key.
const FIRST: u8 = 0xa1;

/// The algorithm that a key signs with, and its public half.
pub(super) fn read(der: &[u8]) -> Result<(Algorithm, PublicKey), FederationKeyError> {
    let mut outer = Der(der);
    let mut info = Der(outer.take(SEQUENCE)?);
    outer.end()?;
    info.take(INTEGER)?;
    let mut algorithm = Der(info.take(SEQUENCE)?);
    let kind = algorithm.take(OBJECT)?;
    let key = info.take(OCTET_STRING)?;
    if kind == RSA {
        rsa(key).map(|key| (Algorithm::Rs256, key))
    } else if kind == EC {
        if algorithm.take(OBJECT)? != P256 {
            return Err(FederationKeyError::Unsupported);
        }
        p256(key).map(|key| (Algorithm::Es256, key))
    } else {
        Err(FederationKeyError::Unsupported)
    }
}

fn rsa(der: &[u8]) -> Result<PublicKey, FederationKeyError> {
    let mut key = Der(Der(der).take(SEQUENCE)?);
    key.take(INTEGER)?;
    let n = positive(key.take(INTEGER)?)?;
    let e = positive(key.take(INTEGER)?)?;
    let zeros = n.first().map_or(0, |first| first.leading_zeros() as usize);
    let bits = n.len() * 8 - zeros;
    if !(2048..=8192).contains(&bits) {
        return Err(FederationKeyError::Size(bits));
    }
    PublicKey::rsa(n, e).ok_or(FederationKeyError::Malformed)
}

fn p256(der: &[u8]) -> Result<PublicKey, FederationKeyError> {
    let mut key = Der(Der(der).take(SEQUENCE)?);
    key.take(INTEGER)?;
    key.take(OCTET_STRING)?;
    while let Ok((tag, content)) = key.next() {
        if tag != FIRST {
            continue;
        }
        // No unused bits, an uncompressed point.
        let Some([0, 4, point @ ..]) = Some(Der(content).take(BIT_STRING)?) else { break };
        let (Some(x), Some(y), 64) = (point.get(..32), point.get(32..), point.len()) else { break };
        return PublicKey::ec(Curve::P256, x, y).ok_or(FederationKeyError::NoPublic);
    }
    Err(FederationKeyError::NoPublic)
}

/// An integer's bytes without the zero that says that it is not negative.
fn positive(bytes: &[u8]) -> Result<&[u8], FederationKeyError> {
    match bytes {
        [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => Ok(rest),
        [1..0x80, ..] => Ok(bytes),
        _ => Err(FederationKeyError::Malformed),
    }
}

/// What is left to be read.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The content of the next element, which must be of this kind.
    fn take(&mut self, expect: u8) -> Result<&'a [u8], FederationKeyError> {
        let (tag, content) = self.next()?;
        if tag == expect { Ok(content) } else { Err(FederationKeyError::Malformed) }
    }

    /// The next element: its tag and its content. Lengths are the shortest, as DER has them.
    fn next(&mut self) -> Result<(u8, &'a [u8]), FederationKeyError> {
        let malformed = FederationKeyError::Malformed;
        let (tag, length, least, rest) = match self.0 {
            [tag, 0x81, length, rest @ ..] => (*tag, usize::from(*length), 0x80, rest),
            [tag, 0x82, high, low, rest @ ..] => {
                (*tag, usize::from(*high) << 8 | usize::from(*low), 0x100, rest)
            }
            [tag, length @ ..=0x7f, rest @ ..] => (*tag, usize::from(*length), 0, rest),
            _ => return Err(malformed),
        };
        if length < least {
            return Err(malformed);
        }
        let (content, rest) = rest.split_at_checked(length).ok_or(malformed)?;
        self.0 = rest;
        Ok((tag, content))
    }

    fn end(&self) -> Result<(), FederationKeyError> {
        if self.0.is_empty() { Ok(()) } else { Err(FederationKeyError::Malformed) }
    }
}

//! Public keys, as a JWK has them.

use crate::Algorithm;

/// The public half of a key, checked: of a kind and size that signatures are accepted of. The numbers are big-endian, without
/// leading zeros for RSA and of the curve's length for the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA: the modulus, of 2048 to 8192 bits, and the exponent; both odd. [`Self::rsa`] makes one.
    Rsa {
        /// The modulus.
        n: Box<[u8]>,
        /// The exponent.
        e: Box<[u8]>,
    },
    /// A point of an elliptic curve. [`Self::ec`] makes one.
    Ec {
        /// Which curve.
        curve: Curve,
        /// Its first coordinate.
        x: Box<[u8]>,
        /// Its second coordinate.
        y: Box<[u8]>,
    },
    /// Ed25519.
    Ed25519 {
        /// The 32 bytes of the key.
        x: [u8; 32],
    },
}

/// A curve of ECDSA keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256: coordinates of 32 bytes.
    P256,
    /// NIST P-384: coordinates of 48 bytes.
    P384,
}

impl Curve {
    /// The curve of this name in a JWK.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "P-256" => Some(Self::P256),
            "P-384" => Some(Self::P384),
            _ => None,
        }
    }

    /// Bytes of a coordinate.
    #[must_use]
    pub fn length(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }
}

impl PublicKey {
    /// An RSA key, if its modulus has 2048 to 8192 bits and is odd, and its exponent is odd, more than 1 and of at most 32 bits.
    /// (With an even or a huge exponent no signature stands, or each costs much; with 1, anyone's does.)
    #[must_use]
    pub fn rsa(n: &[u8], e: &[u8]) -> Option<Self> {
        let [n, e] = [n, e].map(without_zeros);
        let bits = n.len() * 8 - n.first()?.leading_zeros() as usize;
        let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
        let good = (2048..=8192).contains(&bits) && odd(n) && odd(e) && e != [1] && e.len() <= 4;
        good.then(|| Self::Rsa { n: n.into(), e: e.into() })
    }

    /// An elliptic curve's key, if its coordinates have the curve's length. Whether they are a point of it is known to those
    /// who verify with it.
    #[must_use]
    pub fn ec(curve: Curve, x: &[u8], y: &[u8]) -> Option<Self> {
        let good = [x, y].iter().all(|number| number.len() == curve.length());
        good.then(|| Self::Ec { curve, x: x.into(), y: y.into() })
    }

    /// Whether signatures of this algorithm are made with keys of this kind.
    #[must_use]
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        match algorithm {
            Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512 | Algorithm::Ps256 => {
                matches!(self, Self::Rsa { .. })
            }
            Algorithm::Es256 => matches!(self, Self::Ec { curve: Curve::P256, .. }),
            Algorithm::Es384 => matches!(self, Self::Ec { curve: Curve::P384, .. }),
            Algorithm::EdDsa => matches!(self, Self::Ed25519 { .. }),
        }
    }
}

fn without_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

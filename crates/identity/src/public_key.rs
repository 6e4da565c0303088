//! Public keys, as a JWK has them.

/// The public half of a key, checked: of a kind and size that signatures are accepted of. The numbers are big-endian, without
/// leading zeros for RSA and of the curve's length for the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA: the modulus, of 2048 to 8192 bits, and the exponent, odd.
    Rsa {
        /// The modulus.
        n: Box<[u8]>,
        /// The exponent.
        e: Box<[u8]>,
    },
    /// A point of an elliptic curve.
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

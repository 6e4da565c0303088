//! What is wrong with a token in itself.

/// Why a token is refused whoever trusts its issuer. The texts are for its bearer and hold nothing of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// More than 16 KiB.
    #[error("the token is larger than 16 KiB; ask the provider to put fewer claims into it")]
    TooLarge,
    /// Not three parts of base64url, or not JSON, or a member twice, or too deep.
    #[error("the token is not a JWT of three parts (a signed token in compact form)")]
    Malformed,
    /// No algorithm, or none that is accepted.
    #[error(
        "the token is not signed with an accepted algorithm: RS256, RS384, RS512, PS256, ES256, ES384 or EdDSA"
    )]
    Algorithm,
    /// A header that asks for more than a signature: `crit`, `b64`, encryption; or of another purpose.
    #[error(
        "the token's header is not that of an identity token: typ must be JWT or at+jwt, without crit, b64, enc or zip"
    )]
    Header,
    /// A claim is missing or of another type than it must be.
    #[error("the token's claim {0} is missing or not what it must be")]
    Claim(&'static str),
    /// `exp` has passed.
    #[error("the token has expired; get a new one from the provider")]
    Expired,
    /// `nbf` or `iat` lies ahead.
    #[error("the token is not valid yet; check the clocks of the provider and of this server")]
    NotYet,
}

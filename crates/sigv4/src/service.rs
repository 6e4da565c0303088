//! The services that requests to Brigade are signed for.

/// What a request's credential scope must name, and what its signature covers of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// S3: `x-amz-content-sha256` says what is signed of the body.
    S3,
    /// STS: the body is signed by its hash, which no header need repeat; it has been read before the sender is judged.
    Sts {
        /// The SHA-256 of the body.
        body: [u8; 32],
    },
}

impl Service {
    /// Its name in a credential scope.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Sts { .. } => "sts",
        }
    }
}

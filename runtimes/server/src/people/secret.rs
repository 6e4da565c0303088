//! What nobody may print: tokens, secret keys, a client's secret.

use zeroize::Zeroizing;

/// A secret text. It is wiped when dropped and has no `Debug`, `Display` or `Serialize`.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "a secret has no Debug")]
pub(super) struct Secret(Zeroizing<String>);

impl Secret {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text, to send it or to write it to a file of its owner's.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

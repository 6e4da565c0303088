//! What a gateway needs to issue sessions and to honour them.

use brigade_identity::{RevocationList, SealingKeys};

/// The keys of a deployment's sessions, and what of them was revoked.
#[derive(Debug)]
pub struct Sessions {
    /// What seals and opens tokens. Without a key, no session is issued or honoured.
    pub keys: SealingKeys,
    /// The list that sessions are held against. `None`: there is no list, and every session goes on to its end.
    pub revocations: Option<RevocationList>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { keys: SealingKeys::none(), revocations: None }
    }
}

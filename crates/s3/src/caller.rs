//! Whom we found a client to be.

use std::sync::Arc;

use brigade_policy::{Action, Ask, Decision, Policy};
use brigade_sigv4::Verified;

/// Who is asking. A [`Caller::Known`] can only be made from a verified signature.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Nobody said.
    Anonymous,
    /// The holder of a key whose signature was verified.
    Known(Principal),
}

/// The holder of a key, and what that key may do.
#[derive(Clone, Debug)]
pub struct Principal {
    key_id: Arc<str>,
    policy: Arc<Policy>,
}

impl Caller {
    /// The caller whose signature `proof` verified, with the policy of its key.
    #[must_use]
    pub fn known(proof: &Verified, policy: Arc<Policy>) -> Self {
        Self::Known(Principal { key_id: proof.key_id().into(), policy })
    }

    /// The name for the log: a key id, or `anonymous`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Known(principal) => &principal.key_id,
        }
    }

    /// What the caller may do, given what a bucket lets everybody do.
    ///
    /// A key's explicit deny wins over the bucket's public grant; whatever is public is open to keys too.
    pub fn decide(&self, ask: &Ask<'_>, public: Option<&Policy>) -> Decision {
        let everybody = public.map_or(Decision::NotAllowed, |policy| policy.decide(ask));
        match self {
            Self::Anonymous => everybody,
            Self::Known(principal) => principal.policy.decide(ask).or(everybody),
        }
    }

    /// Whether the caller may do an action to something in a bucket: asked before a body is read that says to what.
    #[must_use]
    pub fn may_in(&self, action: Action, bucket: &str) -> bool {
        match self {
            Self::Anonymous => false,
            Self::Known(principal) => principal.policy.may_in(action, bucket),
        }
    }

    /// Whether anything in a bucket may be open to the caller: what `ListBuckets` shows.
    #[must_use]
    pub fn may_see(&self, bucket: &str, public: &Policy) -> bool {
        match self {
            Self::Anonymous => public.may_see(bucket),
            Self::Known(principal) => principal.policy.may_see(bucket) || public.may_see(bucket),
        }
    }
}

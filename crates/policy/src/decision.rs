//! The answer a policy gives, and which statement gave it.

use std::fmt;
use std::sync::Arc;

/// What a policy says to an [`Ask`](crate::Ask), and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// A statement allows it and none denies it.
    Allowed {
        /// The first statement that allows it.
        by: StatementRef,
    },
    /// A statement denies it; this wins over every allow, also over those of other policies.
    DeniedBy {
        /// The first statement that denies it.
        by: StatementRef,
    },
    /// No statement speaks of it, which is a refusal.
    NotAllowed,
}

impl Decision {
    /// Whether the caller may go on.
    #[must_use]
    pub const fn is_allowed(&self) -> bool {
        match self {
            Self::Allowed { .. } => true,
            Self::DeniedBy { .. } | Self::NotAllowed => false,
        }
    }

    /// The decision of two policies that both apply, such as a caller's own and what a bucket gives to
    /// everybody: a deny of either wins, then an allow of either.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (denied @ Self::DeniedBy { .. }, _) | (_, denied @ Self::DeniedBy { .. }) => denied,
            (allowed @ Self::Allowed { .. }, _) | (_, allowed @ Self::Allowed { .. }) => allowed,
            (Self::NotAllowed, Self::NotAllowed) => Self::NotAllowed,
        }
    }
}

/// Which statement of a policy decided: its place, and its `Sid` if it has one.
///
/// Grants count as statements, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRef {
    /// The statement's place in its policy, from 0.
    pub index: usize,
    /// The statement's `Sid`.
    pub sid: Option<Arc<str>>,
    /// Whose policy it is of.
    pub of: Whose,
}

/// Whose policy a statement is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A caller's: a key's, a role's or a session's.
    Caller,
    /// What is `public` in a bucket.
    Public,
    /// A bucket's own policy.
    Bucket,
}

impl fmt::Display for StatementRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.of == Whose::Public {
            return f.write_str("what is public");
        }
        match &self.sid {
            Some(sid) => write!(f, "statement {} ({sid})", self.index)?,
            None => write!(f, "statement {}", self.index)?,
        }
        match self.of {
            Whose::Bucket => f.write_str(" of the bucket's policy"),
            Whose::Caller | Whose::Public => Ok(()),
        }
    }
}

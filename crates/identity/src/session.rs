//! Sessions: temporary credentials that nobody stores. What a session is stands sealed in its token.

use std::fmt;

use brigade_sigv4::Timestamp;

mod encoding;
mod id;
mod sealing;

pub use id::SessionId;
pub use sealing::{Issued, SealError, SealingKeyError, SealingKeys, SessionError};

/// What a session token says once it is open.
///
/// It names what it may be and not what that may do: a role's grants are looked up when it is used, so that taking one away
/// takes it from every session at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id, from which its access key id is made.
    pub id: SessionId,
    /// What it stands for.
    pub holder: Holder,
    /// When it was issued.
    pub issued: Timestamp,
    /// When it ends: it is good before this second, and not at it.
    pub expires: Timestamp,
    /// The claims of the token it was issued for that policies speak of: name to values, none of one the token does not have.
    pub claims: Vec<(String, Vec<String>)>,
    /// The policy that its caller narrowed it with, as JSON.
    pub policy: Option<Box<str>>,
    /// The sessions that it came through, from the first: what revokes one of them revokes it.
    pub through: Vec<Through>,
}

/// A session of which another was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Through {
    /// Its id.
    pub id: SessionId,
    /// The role that it was of; `None` for temporary credentials of a key.
    pub role: Option<Box<str>>,
}

/// What a session stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A role that was assumed.
    Role {
        /// The role's name.
        role: Box<str>,
        /// What its caller called the session.
        name: Box<str>,
        /// Who assumed it.
        by: Source,
    },
    /// A long-lived key, whose holder asked for temporary credentials.
    Key {
        /// Its id.
        key_id: Box<str>,
    },
}

/// Who assumed a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The subject of an identity provider. Two providers may have the same subject, who is then not the same.
    WebIdentity {
        /// The provider.
        issuer: Box<str>,
        /// Whom it named.
        subject: Box<str>,
    },
    /// The holder of a long-lived key.
    Key {
        /// Its id.
        key_id: Box<str>,
    },
    /// A session of another role.
    Role {
        /// The role's name.
        role: Box<str>,
        /// The session's.
        name: Box<str>,
        /// Whom that role was assumed by at first: a provider and its subject, or nothing and a key id.
        origin: Box<Origin>,
    },
}

/// Who stood at the beginning of a chain of roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The subject of an identity provider.
    WebIdentity {
        /// The provider.
        issuer: Box<str>,
        /// Whom it named.
        subject: Box<str>,
    },
    /// The holder of a long-lived key.
    Key {
        /// Its id.
        key_id: Box<str>,
    },
}

impl Session {
    /// Whether it has not ended at this time.
    #[must_use]
    pub fn stands_at(&self, now: Timestamp) -> bool {
        now < self.expires
    }

    /// The most sessions that one may come through: each takes its place in the token.
    pub const CHAIN: usize = 7;

    /// What a session that is made of this one came through; `None` where that would be too many.
    #[must_use]
    pub fn passed_on(&self) -> Option<Vec<Through>> {
        let role = match &self.holder {
            Holder::Role { role, .. } => Some(role.clone()),
            Holder::Key { .. } => None,
        };
        let this = Through { id: self.id, role };
        (self.through.len() < Self::CHAIN).then(|| self.through.iter().cloned().chain([this]).collect())
    }

    /// Who stood at its beginning, whatever roles it came through.
    #[must_use]
    pub fn origin(&self) -> Origin {
        match &self.holder {
            Holder::Key { key_id } => Origin::Key { key_id: key_id.clone() },
            Holder::Role { by, .. } => by.origin(),
        }
    }
}

impl Source {
    /// Who stood at the beginning.
    #[must_use]
    pub fn origin(&self) -> Origin {
        match self {
            Self::WebIdentity { issuer, subject } => {
                Origin::WebIdentity { issuer: issuer.clone(), subject: subject.clone() }
            }
            Self::Key { key_id } => Origin::Key { key_id: key_id.clone() },
            Self::Role { origin, .. } => (**origin).clone(),
        }
    }
}

/// For logs: what the session stands for.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role { role, name, .. } => write!(f, "role/{role}/{name}"),
            Self::Key { key_id } => f.write_str(key_id),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;

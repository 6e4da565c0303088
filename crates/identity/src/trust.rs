//! Whose tokens a role is for.

use crate::{Claims, Issuer, Pattern};

/// What must hold of a token for its bearer to be let in. All of it must; what is empty lets nobody in.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Who issued it.
    pub issuer: Issuer,
    /// Whom it is for: one of its audiences is one of these, exactly.
    pub audiences: Box<[Box<str>]>,
    /// Whom it is of: its subject matches one of these. To take everyone, say so: `*`.
    pub subjects: Box<[Pattern]>,
    /// What else it says.
    pub conditions: Box<[Condition]>,
}

/// A claim, and what it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The claim's name, as in [`Claims::texts`].
    pub claim: Box<str>,
    /// One of its texts matches one of these.
    pub any: Box<[Pattern]>,
}

impl Trust {
    /// Whether it is for the bearer of these claims, and as which of its audiences.
    ///
    /// # Errors
    /// [`TrustRefusal`]: the first thing that does not hold.
    pub fn admits(&self, claims: &Claims) -> Result<&str, TrustRefusal> {
        if claims.issuer() != self.issuer.url.as_str() {
            return Err(TrustRefusal::Issuer);
        }
        let audience = self.audiences.iter().find(|ours| claims.audiences().any(|theirs| *theirs == ***ours));
        let audience = audience.ok_or_else(|| TrustRefusal::Audience { expected: self.audiences.clone() })?;
        if !self.subjects.iter().any(|subject| subject.matches(claims.subject())) {
            return Err(TrustRefusal::Subject);
        }
        for Condition { claim, any } in &self.conditions {
            let texts = claims.texts(claim).unwrap_or_default();
            if !texts.iter().any(|text| any.iter().any(|pattern| pattern.matches(text))) {
                return Err(TrustRefusal::Claim { name: claim.clone() });
            }
        }
        Ok(audience)
    }
}

/// Why a trust does not hold for a token, in the order in which it is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrustRefusal {
    /// It is of another issuer.
    Issuer,
    /// It is for others.
    Audience {
        /// Whom it must be for.
        expected: Box<[Box<str>]>,
    },
    /// It is of somebody else.
    Subject,
    /// It does not say what it must, or not in a way that can be read.
    Claim {
        /// Of what.
        name: Box<str>,
    },
}

#[cfg(test)]
mod tests;

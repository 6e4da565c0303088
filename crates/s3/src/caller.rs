//! Whom we found a client to be.

use std::borrow::Cow;
use std::sync::Arc;

use brigade_identity::Claims;
use brigade_policy::{Action, Ask, Decision, Facts, Policy, Scopes};
use brigade_sigv4::{Timestamp, Verified};

/// Who is asking. A [`Caller::Known`] can only be made from a verified signature or token.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Nobody said.
    Anonymous,
    /// The holder of a key or of a session, whose signature was verified.
    Known(Principal),
}

/// A known caller, and what it may do: all that its own policy allows, as far as every limit allows it as well. Cloning
/// it is cheap.
#[derive(Clone, Debug)]
pub struct Principal(Arc<Known>);

#[derive(Debug)]
struct Known {
    name: Arc<str>,
    own: Arc<Policy>,
    limits: Vec<Arc<Policy>>,
    /// Of the holder of a key everything follows from its name.
    facts: Option<Arc<Facts>>,
    signed: Option<Signed>,
}

/// How and when a caller signed its request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed {
    pub(crate) at: Timestamp,
    pub(crate) presigned: bool,
    form: bool,
}

impl Caller {
    /// The caller whose signature `proof` verified, with the policy of its key.
    #[must_use]
    pub fn known(proof: &Verified, policy: Arc<Policy>) -> Self {
        let name = proof.key_id().into();
        Self::Known(Principal(Arc::new(Known {
            name,
            own: policy,
            limits: Vec::new(),
            facts: None,
            signed: Some(proof.into()),
        })))
    }

    /// The holder of a session, whose signature `proof` verified with the session's own secret.
    ///
    /// * `name` is for the log.
    /// * `role` is what the session's role grants; a bucket's policy may give more.
    /// * `limits` must each allow as well, whoever gives: the session policy, what the role granted when the session began.
    /// * `facts` are what policies may ask of it: `aws:PrincipalArn` (by which bucket policies name it), `aws:userid`,
    ///   `aws:PrincipalTag/…`, `jwt:…`.
    #[must_use]
    pub fn session(
        proof: &Verified,
        name: Arc<str>,
        role: Arc<Policy>,
        limits: Vec<Arc<Policy>>,
        facts: Arc<Facts>,
    ) -> Self {
        Self::Known(Principal(Arc::new(Known {
            name,
            own: role,
            limits,
            facts: Some(facts),
            signed: Some(proof.into()),
        })))
    }

    /// Whoever carries the token that these claims were verified of, under a role.
    ///
    /// `name` is for the log; `role` is what the role grants; `facts` are what policies may ask of the caller.
    #[must_use]
    pub fn bearer(_claims: &Claims, name: Arc<str>, role: Arc<Policy>, facts: Arc<Facts>) -> Self {
        let known = Known { name, own: role, limits: Vec::new(), facts: Some(facts), signed: None };
        Self::Known(Principal(Arc::new(known)))
    }

    /// The name for the log: a key id, a session's name, or `anonymous`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Known(Principal(known)) => &known.name,
        }
    }

    /// The same, for who keeps it.
    #[must_use]
    pub fn shared_name(&self) -> Arc<str> {
        match self {
            Self::Anonymous => self.name().into(),
            Self::Known(Principal(known)) => Arc::clone(&known.name),
        }
    }

    /// How and when the caller signed, if it did.
    pub(crate) fn signed(&self) -> Option<Signed> {
        match self {
            Self::Anonymous => None,
            Self::Known(Principal(known)) => known.signed,
        }
    }

    /// Whether what the caller may do depends on facts, given what a bucket says of callers.
    pub(crate) fn asks_of_facts(&self, bucket: Option<&Policy>) -> bool {
        self.scopes(bucket).asks_of_facts()
    }

    /// What policies may ask of the caller.
    fn facts(&self) -> Cow<'_, Facts> {
        match self {
            Self::Anonymous => {
                Cow::Owned(facts(&[("aws:PrincipalType", "Anonymous"), ("aws:userid", "anonymous")]))
            }
            Self::Known(Principal(known)) => known.facts(),
        }
    }

    /// Every policy that speaks of the caller, given what a bucket says of callers.
    fn scopes<'a>(&'a self, bucket: Option<&'a Policy>) -> Scopes<'a> {
        match self {
            Self::Anonymous => Scopes { own: None, limits: &[], bucket },
            Self::Known(Principal(known)) => Scopes { own: Some(&known.own), limits: &known.limits, bucket },
        }
    }

    /// What the caller may do, given what a bucket lets callers do.
    ///
    /// An explicit deny wins, whoever says it; whatever is public is open to keys too, and to sessions as far as their
    /// limits go.
    pub fn decide(&self, ask: &Ask<'_>, bucket: Option<&Policy>) -> Decision {
        let scopes = self.scopes(bucket);
        if scopes.asks_of_facts() { scopes.decide(&ask.by(&self.facts())) } else { scopes.decide(ask) }
    }

    /// Whether the caller may do an action to something in a bucket: asked before a body is read that says to what.
    #[must_use]
    pub fn may_in(&self, action: Action, name: &str, bucket: Option<&Policy>) -> bool {
        self.scopes(bucket).may_in(action, name, &self.facts())
    }

    /// Whether anything in a bucket may be open to the caller: what `ListBuckets` shows.
    #[must_use]
    pub fn may_see(&self, name: &str, bucket: &Policy) -> bool {
        self.scopes(Some(bucket)).may_see(name, &self.facts())
    }
}

impl Known {
    fn facts(&self) -> Cow<'_, Facts> {
        match &self.facts {
            Some(facts) => Cow::Borrowed(facts),
            None => Cow::Owned(facts(&[
                ("aws:PrincipalArn", &format!("arn:aws:iam::000000000000:user/{}", self.name)),
                ("aws:PrincipalType", "User"),
                ("aws:userid", &self.name),
                ("aws:username", &self.name),
            ])),
        }
    }
}

impl From<&Verified> for Signed {
    fn from(proof: &Verified) -> Self {
        Self { at: proof.at(), presigned: proof.is_presigned(), form: proof.is_form() }
    }
}

impl Signed {
    /// What IAM calls it.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self { form: true, .. } => "POST",
            Self { presigned: true, .. } => "REST-QUERY-STRING",
            Self { .. } => "REST-HEADER",
        }
    }
}

/// A few short facts under as many names: no bound is near.
fn facts(known: &[(&str, &str)]) -> Facts {
    let mut facts = Facts::default();
    for (key, value) in known {
        let _ = facts.add(key, [*value]);
    }
    facts
}

//! The compiled policy and its decision.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use crate::action::ActionSet;
use crate::document;
use crate::glob::Glob;
use crate::resource::Resource;
use crate::{
    Action, Ask, Decision, DocumentError, Facts, Grant, GrantAction, PublicError, StatementRef, Target,
};

/// What one caller may do: statements, compiled. Cloning it is cheap; the default grants nothing.
///
/// * Everything is refused that no statement allows.
/// * An explicit deny wins over every allow.
/// * An action asked with a target of another level (`s3:GetObject` of a bucket) is never allowed.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    statements: Arc<[Statement]>,
}

/// One statement: an effect on some actions, done to some resources.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sid: Option<Arc<str>>,
    pub(crate) effect: Effect,
    pub(crate) actions: ActionSet,
    pub(crate) resources: Vec<Resource>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

impl Policy {
    /// A policy of grants; each allows, none denies. No grants: nothing is allowed.
    #[must_use]
    pub fn from_grants(grants: impl IntoIterator<Item = Grant>) -> Self {
        grants.into_iter().map(Statement::from).collect()
    }

    /// A policy from an IAM policy document, as `aws iam create-policy` takes it.
    ///
    /// Read: `Version` (`2012-10-17`), `Id`, and `Statement`, one or a list, of `Sid`, `Effect`, `Action` and
    /// `Resource`. Names of actions match in any case; `*` stands for any run of characters, `/` included, and
    /// `?` for any one, in actions and in what follows `arn:aws:s3:::`; `${*}`, `${?}` and `${$}` stand for
    /// the characters themselves.
    ///
    /// ```
    /// use brigade_policy::{Action, Ask, Policy, Target};
    ///
    /// let policy = Policy::from_document(&serde_json::json!({
    ///     "Version": "2012-10-17",
    ///     "Statement": { "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::data/public/*" },
    /// }))
    /// .unwrap();
    /// let target = Target::Object { bucket: "data", key: "public/2026/a.tif" };
    /// assert!(policy.decide(&Ask::new(Action::GetObject, target)).is_allowed());
    /// ```
    ///
    /// # Errors
    /// Every mistake of the document at once, each with its place. What is not understood yet (`Condition`,
    /// `NotAction`, `NotResource`, policy variables) is a mistake too, and never ignored.
    pub fn from_document(document: &Value) -> Result<Self, Vec<DocumentError>> {
        document::read(document).map(Self::from_iter)
    }

    /// What an anonymous caller may do to a bucket that is `public`.
    ///
    /// `read` is exactly `s3:GetObject` and `list` exactly `s3:ListBucket`, less than the groups of a grant;
    /// anything more must be listed by its exact name (R-AUTHZ-04).
    ///
    /// # Errors
    /// The first action that would let anybody change something (R-OPS-01).
    pub fn public(bucket: &str, actions: &[GrantAction]) -> Result<Self, PublicError> {
        let actions = actions.iter().map(|action| action.public()).collect::<Result<Vec<_>, _>>()?;
        let resources = vec![Resource::Under { bucket: Glob::literal(bucket), prefix: "".into() }];
        let actions = ActionSet::of(&actions);
        Ok([Statement { sid: None, effect: Effect::Allow, actions, resources }].into_iter().collect())
    }

    /// Whether the policy allows what is asked, and which statement decided.
    pub fn decide(&self, ask: &Ask<'_>) -> Decision {
        if ask.action.level() != ask.target.level() {
            return Decision::NotAllowed;
        }
        let name = match ask.target {
            Target::Bucket(bucket) | Target::Listing { bucket, .. } => Cow::Borrowed(bucket),
            Target::Object { bucket, key } => Cow::Owned(format!("{bucket}/{key}")),
        };
        let mut allowed = None;
        for (index, statement) in self.statements.iter().enumerate() {
            if !statement.speaks_of(ask, &name) {
                continue;
            }
            let by = || StatementRef { index, sid: statement.sid.clone() };
            match statement.effect {
                Effect::Deny => return Decision::DeniedBy { by: by() },
                Effect::Allow => allowed = allowed.or_else(|| Some(by())),
            }
        }
        allowed.map_or(Decision::NotAllowed, |by| Decision::Allowed { by })
    }

    /// Whether the policy may allow an action on something in a bucket to this caller: the question before a body is
    /// read that names the objects, such as that of DeleteObjects. Each object is to be asked for afterwards.
    ///
    /// An allow that a deny takes back as a whole does not count; one that a deny takes back piece by piece may.
    #[must_use]
    pub fn may_in(&self, action: Action, bucket: &str, caller: &Facts) -> bool {
        let allows = |statement: &Statement| {
            statement.effect == Effect::Allow
                && statement.actions.has(action)
                && statement.resources.iter().any(|resource| resource.holds_some(action, bucket))
        };
        self.statements.iter().any(allows) && !self.denies_all(action, bucket, caller)
    }

    /// The condition keys that the policy mentions, in conditions and variables, each once and normalized (lower case,
    /// but for the names of claims): a decision depends on no other facts.
    pub fn fact_keys(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    /// Whether a decision depends on facts at all: whether there are conditions, variables or principals in it.
    #[must_use]
    pub fn asks_of_facts(&self) -> bool {
        self.fact_keys().next().is_some()
    }

    pub(crate) fn denies_all(&self, action: Action, bucket: &str, _: &Facts) -> bool {
        self.statements.iter().any(|statement| {
            statement.effect == Effect::Deny
                && statement.actions.has(action)
                && statement.resources.iter().any(|resource| resource.holds_all(action, bucket))
        })
    }
}

impl Statement {
    fn speaks_of(&self, ask: &Ask<'_>, name: &str) -> bool {
        self.actions.has(ask.action)
            && self.resources.iter().any(|resource| resource.holds(ask.action, ask.target, name))
    }
}

impl FromIterator<Statement> for Policy {
    fn from_iter<I: IntoIterator<Item = Statement>>(statements: I) -> Self {
        Self { statements: statements.into_iter().collect() }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

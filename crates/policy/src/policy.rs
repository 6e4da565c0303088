//! The compiled policy and its decision.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use index::Index;

use crate::action::ActionSet;
use crate::condition::Condition;
use crate::document::{self, Owner};
use crate::glob::Glob;
use crate::pattern::Pattern;
use crate::principals::{self, Principals};
use crate::resource::{Resource, Resources};
use crate::truth::Truth;
use crate::{
    Action, Ask, Decision, DocumentError, Facts, Grant, GrantAction, PublicError, StatementRef, Target, Whose,
};

/// What one caller may do: statements, compiled. Cloning it is cheap; the default grants nothing.
///
/// * Everything is refused that no statement allows.
/// * An explicit deny wins over every allow.
/// * An action asked with a target of another level (`s3:GetObject` of a bucket) is never allowed.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    statements: Arc<[Statement]>,
    /// The names of all keys they ask for, in order.
    keys: Arc<[Box<str>]>,
    /// Of a policy of many statements.
    index: Option<Arc<Index>>,
}

/// Fewer statements than this are asked one by one.
const MANY: usize = 16;

/// One statement: an effect on some actions, done to some resources.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) by: StatementRef,
    pub(crate) effect: Effect,
    pub(crate) principals: Principals,
    pub(crate) actions: ActionSet,
    pub(crate) resources: Resources,
    /// All must hold.
    pub(crate) conditions: Vec<Condition>,
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
        grants.into_iter().enumerate().map(|(index, grant)| grant.statement(index)).collect()
    }

    /// A policy from an IAM policy document, as `aws iam create-policy` takes it.
    ///
    /// Read: `Version` (`2012-10-17`), `Id`, and `Statement`, one or a list, of `Sid`, `Effect`, `Action` or `NotAction`,
    /// `Resource` or `NotResource`, and `Condition`. Names of actions match in any case; `*` stands for any run of
    /// characters, `/` included, and `?` for any one, in actions and in what follows `arn:aws:s3:::`; `${*}`, `${?}` and
    /// `${$}` stand for the characters themselves, and `${aws:username}`, `${jwt:CLAIM}` … for what is known of the caller.
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
    /// Every mistake of the document at once, each with its place. What is not known here (a condition key, an operator) is
    /// a mistake too, and never ignored.
    pub fn from_document(document: &Value) -> Result<Self, Vec<DocumentError>> {
        document::read(document, Owner::Callers).map(Self::from_iter)
    }

    /// A bucket's own policy, as `aws s3api put-bucket-policy` takes it: each statement has a `Principal`, and its
    /// resources are the bucket and what is in it.
    ///
    /// `Principal` is `"*"`, which is everybody, anonymous callers too; or `{ "AWS": … }` with one or a list of `"*"`, a key's
    /// id, `arn:aws:iam::000000000000:user/KEYID` and `arn:aws:iam::000000000000:role/ROLE`.
    ///
    /// # Errors
    /// As [`Policy::from_document`]; also a statement that lets everybody change something (R-OPS-01).
    pub fn of_bucket(bucket: &str, document: &Value) -> Result<Self, Vec<DocumentError>> {
        document::read(document, Owner::Bucket(bucket)).map(Self::from_iter)
    }

    /// Both policies as one: what a bucket's `public` and its policy say.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        self.statements.iter().chain(other.statements.iter()).cloned().collect()
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
        let everything = Pattern::Ready(Glob::literal("").and_more());
        let resource = Resource::Under { bucket: Pattern::literal(bucket), begin: everything, whole: true };
        let statement = Statement {
            by: StatementRef { index: 0, sid: None, of: Whose::Public },
            effect: Effect::Allow,
            principals: Principals::Everybody,
            actions: ActionSet::of(&actions),
            resources: Resources::In(vec![resource]),
            conditions: Vec::new(),
        };
        Ok([statement].into_iter().collect())
    }

    /// Whether the policy allows what is asked, and which statement decided.
    pub fn decide(&self, ask: &Ask<'_>) -> Decision {
        if ask.action.level() != ask.target.level() || self.statements.is_empty() {
            return Decision::NotAllowed;
        }
        let name = match ask.target {
            Target::Bucket(bucket) | Target::Listing { bucket, .. } => Cow::Borrowed(bucket),
            Target::Object { bucket, key } => Cow::Owned([bucket, "/", key].concat()),
        };
        match &self.index {
            None => decision(self.statements.iter(), ask, &name),
            Some(index) => {
                let places = index.places(ask, &name).into_iter();
                let found = places.filter_map(|place| self.statements.get(usize::try_from(place).ok()?));
                decision(found, ask, &name)
            }
        }
    }

    /// Whether the policy may allow an action on something in a bucket to this caller: the question before a body is
    /// read that names the objects, such as that of DeleteObjects. Each object is to be asked for afterwards.
    ///
    /// An allow that a deny takes back as a whole does not count; one that a deny takes back piece by piece may.
    #[must_use]
    pub fn may_in(&self, action: Action, bucket: &str, caller: &Facts) -> bool {
        let ask = Ask::new(action, Target::Bucket(bucket)).by(caller);
        let allows = |statement: &Statement| {
            statement.effect == Effect::Allow
                && statement.actions.has(action)
                && statement.principals.hold(&ask)
                && statement.resources.hold_some(action, bucket, &ask)
                && statement.conditions.iter().all(|condition| condition.may_hold(&ask))
        };
        self.statements.iter().any(allows) && !self.denies_all(action, bucket, caller)
    }

    /// The condition keys that the policy mentions, in conditions and variables, each once and normalized (lower case,
    /// but for the names of claims): a decision depends on no other facts.
    pub fn fact_keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| &**key)
    }

    /// Whether a decision depends on facts at all: whether there are conditions, variables or principals in it.
    #[must_use]
    pub fn asks_of_facts(&self) -> bool {
        self.fact_keys().next().is_some()
    }

    pub(crate) fn denies_all(&self, action: Action, bucket: &str, caller: &Facts) -> bool {
        let ask = Ask::new(action, Target::Bucket(bucket)).by(caller);
        self.statements.iter().any(|statement| {
            statement.effect == Effect::Deny
                && statement.actions.has(action)
                && statement.principals.hold(&ask)
                && statement.conditions.is_empty()
                && statement.resources.hold_all(action, bucket, &ask)
        })
    }
}

/// What some statements say: all that can speak of the target, in order.
fn decision<'a>(statements: impl Iterator<Item = &'a Statement>, ask: &Ask<'_>, name: &str) -> Decision {
    let mut allowed = None;
    for statement in statements {
        if statement.effect == Effect::Allow && allowed.is_some() {
            continue;
        }
        let by = || statement.by.clone();
        match (statement.effect, statement.speaks_of(ask, name)) {
            // What cannot be said to apply does not give, and does take away.
            (_, Truth::No) | (Effect::Allow, Truth::Unknown) => {}
            (Effect::Deny, Truth::Unknown | Truth::Yes) => return Decision::DeniedBy { by: by() },
            (Effect::Allow, Truth::Yes) => allowed = Some(by()),
        }
    }
    allowed.map_or(Decision::NotAllowed, |by| Decision::Allowed { by })
}

impl Statement {
    fn speaks_of(&self, ask: &Ask<'_>, name: &str) -> Truth {
        if !self.actions.has(ask.action) || !self.principals.hold(ask) {
            return Truth::No;
        }
        let conditions = self.conditions.iter().map(|condition| condition.holds(ask));
        Truth::all(std::iter::once_with(|| self.resources.hold(ask, name)).chain(conditions))
    }

    /// The names of the keys it asks for.
    fn keys(&self) -> impl Iterator<Item = &str> {
        let conditions = self.conditions.iter().flat_map(Condition::keys);
        let name = match self.principals {
            Principals::Everybody => None,
            Principals::Named(_) => Some(principals::NAME),
        };
        conditions.chain(self.resources.keys()).map(|key| &*key.name).chain(name)
    }
}

impl FromIterator<Statement> for Policy {
    fn from_iter<I: IntoIterator<Item = Statement>>(statements: I) -> Self {
        let statements: Arc<[Statement]> = statements.into_iter().collect();
        let mut keys: Vec<&str> = statements.iter().flat_map(Statement::keys).collect();
        keys.sort_unstable();
        keys.dedup();
        let keys = keys.into_iter().map(Box::from).collect();
        let index = (statements.len() > MANY).then(|| Arc::new(Index::of(&statements)));
        Self { statements, keys, index }
    }
}

mod index;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

//! Several policies over one caller: its own, what limits it, and what a bucket says of it.

use std::sync::Arc;

use crate::{Action, Ask, Decision, Facts, Policy};

/// Every policy that speaks of what a caller does in one bucket, as within one AWS account.
///
/// ```text
/// a deny of any of them                             ─► denied
/// (own allows, or bucket allows) and every limit    ─► allowed
/// anything else                                     ─► not allowed
/// ```
///
/// A limit (a session policy) holds back what the bucket gives, too: AWS does so where a bucket's policy names the
/// role, and here wherever it does. Source:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>.
#[derive(Clone, Copy, Debug)]
pub struct Scopes<'a> {
    /// What the caller was given: a key's policy, or a role's. `None`: nothing was, as to an anonymous caller.
    pub own: Option<&'a Policy>,
    /// What must allow as well, each of them.
    pub limits: &'a [Arc<Policy>],
    /// What the bucket lets callers do.
    pub bucket: Option<&'a Policy>,
}

impl<'a> Scopes<'a> {
    /// What these policies say together.
    pub fn decide(self, ask: &Ask<'_>) -> Decision {
        let of = |policy: Option<&Policy>| policy.map_or(Decision::NotAllowed, |policy| policy.decide(ask));
        let mut decision = of(self.own).or(of(self.bucket));
        for limit in self.limits {
            decision = match (decision, limit.decide(ask)) {
                (denied @ Decision::DeniedBy { .. }, _) | (_, denied @ Decision::DeniedBy { .. }) => {
                    return denied;
                }
                (allowed @ Decision::Allowed { .. }, Decision::Allowed { .. }) => allowed,
                (Decision::NotAllowed, _) | (_, Decision::NotAllowed) => Decision::NotAllowed,
            };
        }
        decision
    }

    /// Whether the policies may allow an action on something in a bucket; see [`Policy::may_in`].
    #[must_use]
    pub fn may_in(self, action: Action, bucket: &str, caller: &Facts) -> bool {
        let given = [self.own, self.bucket];
        given.into_iter().flatten().any(|policy| policy.may_in(action, bucket, caller))
            && self.limits.iter().all(|limit| limit.may_in(action, bucket, caller))
            && !self.all().any(|policy| policy.denies_all(action, bucket, caller))
    }

    /// Whether the policies may allow anything at all in a bucket: the question that ListBuckets asks of each. A deny of
    /// `s3:ListAllMyBuckets` hides every bucket.
    #[must_use]
    pub fn may_see(self, bucket: &str, caller: &Facts) -> bool {
        !self.all().any(|policy| policy.denies_all(Action::ListAllMyBuckets, bucket, caller))
            && Action::ALL.iter().any(|action| self.may_in(*action, bucket, caller))
    }

    /// Whether a decision depends on facts at all; see [`Policy::asks_of_facts`].
    #[must_use]
    pub fn asks_of_facts(self) -> bool {
        self.all().any(Policy::asks_of_facts)
    }

    fn all(self) -> impl Iterator<Item = &'a Policy> {
        self.own.into_iter().chain(self.bucket).chain(self.limits.iter().map(|limit| &**limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;
    use serde_json::json;

    fn policy(text: &str) -> Policy {
        let statement = |word: &str| {
            let (effect, key) = word.split_at(1);
            let effect = if effect == "+" { "Allow" } else { "Deny" };
            json!({ "Effect": effect, "Action": "s3:*", "Resource": format!("arn:aws:s3:::b/{key}*") })
        };
        let statements: Vec<_> = text.split_whitespace().map(statement).collect();
        Policy::from_document(&json!({ "Version": "2012-10-17", "Statement": statements })).unwrap()
    }

    #[track_caller]
    fn check(own: Option<&str>, limits: &[&str], bucket: Option<&str>, allowed: &[&str]) {
        let (own, bucket) = (own.map(policy), bucket.map(policy));
        let limits: Vec<_> = limits.iter().map(|text| Arc::new(policy(text))).collect();
        let scopes = Scopes { own: own.as_ref(), limits: &limits, bucket: bucket.as_ref() };
        for key in ["a", "b", "c", "ab"] {
            let ask = Ask::new(Action::GetObject, Target::Object { bucket: "b", key });
            assert_eq!(scopes.decide(&ask).is_allowed(), allowed.contains(&key), "{scopes:?} {key}");
            if allowed.contains(&key) {
                assert!(scopes.may_in(Action::GetObject, "b", ask.caller) && scopes.may_see("b", ask.caller));
            }
        }
    }

    #[test]
    fn what_is_given_is_added_and_limits_take_away() {
        check(None, &[], None, &[]);
        check(Some("+a"), &[], None, &["a", "ab"]);
        check(Some("+a"), &[], Some("+b"), &["a", "ab", "b"]);
        check(None, &[], Some("+b"), &["b"]);
        check(Some("+"), &["+a"], None, &["a", "ab"]);
        check(Some("+"), &["+a", "+ab"], None, &["ab"]);
        check(Some("+a"), &["+"], None, &["a", "ab"]);
        check(Some("+a"), &["+b"], None, &[]);
        check(Some("+"), &[""], None, &[]);
    }

    #[test]
    fn r_tok_03_a_limit_holds_back_what_a_bucket_gives() {
        check(Some("+a"), &["+a"], Some("+b"), &["a", "ab"]);
        check(Some("+a"), &["+b"], Some("+b"), &["b"]);
        check(None, &["+b"], Some("+"), &["b"]);
    }

    #[test]
    fn a_deny_of_any_policy_wins() {
        check(Some("+ -b"), &["+"], Some("+"), &["a", "c", "ab"]);
        check(Some("+"), &["+", "+ -b"], Some("+"), &["a", "c", "ab"]);
        check(Some("+"), &["+"], Some("-b"), &["a", "c", "ab"]);
        check(Some("-"), &[], Some("+"), &[]);
    }
}

//! Revocations: which sessions are over before their time.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use brigade_sigv4::Timestamp;

use crate::{Holder, Origin, Session, SessionId};

/// A list of what was revoked. A moment revokes the sessions that were issued before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revocations {
    /// Single sessions, and those that were made of them.
    pub sessions: HashSet<SessionId>,
    /// Sessions of these roles, and those that were assumed from them.
    pub roles: HashMap<Box<str>, Timestamp>,
    /// Sessions that began with these subjects, each with its issuer.
    pub subjects: HashMap<(Box<str>, Box<str>), Timestamp>,
    /// Sessions that began with these long-lived keys.
    pub keys: HashMap<Box<str>, Timestamp>,
    /// Every session.
    pub all: Option<Timestamp>,
}

impl Revocations {
    /// Whether a session is revoked.
    #[must_use]
    pub fn revokes(&self, session: &Session) -> bool {
        let since = |moment: Option<&Timestamp>| moment.is_some_and(|moment| session.issued < *moment);
        let role = |role: &str| since(self.roles.get(role));
        let holder = match &session.holder {
            Holder::Key { .. } => false,
            Holder::Role { role: name, .. } => role(name),
        };
        let through = session
            .through
            .iter()
            .any(|it| self.sessions.contains(&it.id) || it.role.as_deref().is_some_and(role));
        let origin = match session.origin() {
            Origin::WebIdentity { issuer, subject } => since(self.subjects.get(&(issuer, subject))),
            Origin::Key { key_id } => since(self.keys.get(&key_id)),
        };
        self.sessions.contains(&session.id) || holder || through || origin || since(self.all.as_ref())
    }
}

/// The list that requests are held against: the last one that was read, and when.
///
/// Whoever reads it anew (a runtime's task, a request on Workers) puts it here; nobody who asks waits for that.
#[derive(Debug)]
pub struct RevocationList {
    max_age: u64,
    held: RwLock<Option<(Timestamp, Arc<Revocations>)>>,
}

/// Whether a session may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is not on the list.
    Good,
    /// It is on the list.
    Revoked,
    /// Nobody knows: the list has not been read for longer than it may be old.
    Unknown,
}

impl RevocationList {
    /// An empty place for a list that may be this many seconds old.
    #[must_use]
    pub fn new(max_age: u64) -> Self {
        Self { max_age, held: RwLock::new(None) }
    }

    /// How many seconds old the list may be.
    #[must_use]
    pub fn max_age(&self) -> u64 {
        self.max_age
    }

    /// Whether there is a list, and it is not too old to judge by.
    #[must_use]
    pub fn is_current(&self, now: Timestamp) -> bool {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().is_some_and(|(read, _)| read.as_unix().saturating_add(self.max_age) >= now.as_unix())
    }

    /// Puts the list that was read now in the place of the one before.
    pub fn replace(&self, list: Revocations, now: Timestamp) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::new(list)));
    }

    /// Says that the list was looked at now and is the one held.
    pub fn unchanged(&self, now: Timestamp) {
        if let Some((read, _)) = &mut *self.held.write().unwrap_or_else(PoisonError::into_inner) {
            *read = now;
        }
    }

    /// How a session stands at this time.
    #[must_use]
    pub fn standing(&self, session: &Session, now: Timestamp) -> Standing {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner).clone();
        match held {
            Some((read, _)) if read.as_unix().saturating_add(self.max_age) < now.as_unix() => {
                Standing::Unknown
            }
            Some((_, list)) if list.revokes(session) => Standing::Revoked,
            Some(_) => Standing::Good,
            None => Standing::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;
    use crate::session::tests::session;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix(seconds)
    }

    #[test]
    fn sessions_are_revoked_by_id_role_subject_key_and_moment() {
        let web = session();
        let issued = web.issued.as_unix();
        let chained = Session {
            holder: Holder::Role {
                role: "deploy".into(),
                name: "n".into(),
                by: Source::Role {
                    role: "github".into(),
                    name: "build-7".into(),
                    origin: Box::new(web.origin()),
                },
            },
            id: SessionId::new([3; 10]),
            through: web.passed_on().unwrap(),
            ..session()
        };
        let key = Session {
            id: SessionId::new([4; 10]),
            holder: Holder::Key { key_id: "AKID".into() },
            ..session()
        };
        let issuer = "https://token.actions.githubusercontent.com";
        let subject = |issuer: &str, subject: &str, when| Revocations {
            subjects: HashMap::from([((issuer.into(), subject.into()), at(when))]),
            ..Revocations::default()
        };
        let role = |name: &str, when| Revocations {
            roles: HashMap::from([(name.into(), at(when))]),
            ..Revocations::default()
        };
        let by_key = |name: &str, when| Revocations {
            keys: HashMap::from([(name.into(), at(when))]),
            ..Revocations::default()
        };
        let mine = "repo:org/app:ref:refs/heads/main";
        for (list, expect) in [
            (Revocations::default(), [false, false, false]),
            (
                Revocations { sessions: HashSet::from([web.id]), ..Revocations::default() },
                [true, true, false],
            ),
            (
                Revocations { sessions: HashSet::from([chained.id]), ..Revocations::default() },
                [false, true, false],
            ),
            (
                Revocations { sessions: HashSet::from([SessionId::new([0; 10])]), ..Revocations::default() },
                [false; 3],
            ),
            (role("github", issued + 1), [true, true, false]),
            (role("github", issued), [false; 3]),
            (role("deploy", issued + 1), [false, true, false]),
            (subject(issuer, mine, issued + 1), [true, true, false]),
            (subject(issuer, mine, issued), [false; 3]),
            (subject("https://other", mine, issued + 1), [false; 3]),
            (by_key("AKID", issued + 1), [false, false, true]),
            (by_key("AKIE", issued + 1), [false; 3]),
            (Revocations { all: Some(at(issued + 1)), ..Revocations::default() }, [true; 3]),
            (Revocations { all: Some(at(issued)), ..Revocations::default() }, [false; 3]),
        ] {
            assert_eq!([&web, &chained, &key].map(|session| list.revokes(session)), expect, "{list:?}");
        }
    }

    #[test]
    fn a_list_that_is_too_old_lets_nobody_through() {
        let list = RevocationList::new(60);
        assert_eq!(list.standing(&session(), at(1000)), Standing::Unknown);
        list.unchanged(at(1000));
        assert_eq!(list.standing(&session(), at(1000)), Standing::Unknown, "nothing has been read yet");
        list.replace(Revocations::default(), at(1000));
        assert_eq!(list.standing(&session(), at(1060)), Standing::Good);
        assert_eq!(list.standing(&session(), at(1061)), Standing::Unknown);
        list.unchanged(at(1061));
        assert_eq!(list.standing(&session(), at(1100)), Standing::Good);
        list.replace(Revocations { all: Some(at(u64::MAX)), ..Revocations::default() }, at(1100));
        assert_eq!(list.standing(&session(), at(1100)), Standing::Revoked);
    }
}

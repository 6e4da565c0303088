//! What is sealed in a token: short JSON, since a token travels with every request.

use std::collections::BTreeMap;

use brigade_sigv4::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Holder, Origin, Session, SessionId, Source, Through};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Encoded {
    /// The session's id.
    i: [u8; 10],
    /// When it was issued.
    t: u64,
    /// How many seconds it lasts.
    l: u64,
    /// What it stands for.
    h: EncodedHolder,
    /// Its claims.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    c: BTreeMap<String, Vec<String>>,
    /// Its own policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    p: Option<Box<str>>,
    /// The access key ids of the sessions it came through, and their roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    f: Vec<(String, Option<Box<str>>)>,
}

#[derive(Serialize, Deserialize)]
enum EncodedHolder {
    /// A role, the session's name, who assumed it.
    #[serde(rename = "r")]
    Role(Box<str>, Box<str>, EncodedSource),
    #[serde(rename = "k")]
    Key(Box<str>),
}

#[derive(Serialize, Deserialize)]
enum EncodedSource {
    #[serde(rename = "w")]
    WebIdentity(Box<str>, Box<str>),
    #[serde(rename = "k")]
    Key(Box<str>),
    /// A role, its session's name, and who stood at the beginning: a provider and its subject, or a key id alone.
    #[serde(rename = "r")]
    Role(Box<str>, Box<str>, Vec<Box<str>>),
}

pub(super) fn encode(session: &Session) -> Vec<u8> {
    let encoded = Encoded {
        i: *session.id.bytes(),
        t: session.issued.as_unix(),
        l: session.expires.as_unix().saturating_sub(session.issued.as_unix()),
        h: match &session.holder {
            Holder::Role { role, name, by } => EncodedHolder::Role(role.clone(), name.clone(), by.into()),
            Holder::Key { key_id } => EncodedHolder::Key(key_id.clone()),
        },
        c: session.claims.clone(),
        p: session.policy.clone(),
        f: session.through.iter().map(|it| (it.id.key_id(), it.role.clone())).collect(),
    };
    // Strings and numbers: there is nothing that JSON could not hold.
    serde_json::to_vec(&encoded).unwrap_or_default()
}

/// `None` for what [`encode`] did not write.
pub(super) fn decode(bytes: &[u8]) -> Option<Session> {
    let Encoded { i, t, l, h, c, p, f } = serde_json::from_slice(bytes).ok()?;
    let holder = match h {
        EncodedHolder::Role(role, name, by) => Holder::Role { role, name, by: by.decoded()? },
        EncodedHolder::Key(key_id) => Holder::Key { key_id },
    };
    let through = f.into_iter().map(|(id, role)| Some(Through { id: SessionId::of_key_id(&id)?, role }));
    Some(Session {
        id: SessionId::new(i),
        holder,
        issued: Timestamp::from_unix(t),
        expires: Timestamp::from_unix(t.checked_add(l)?),
        claims: c,
        policy: p,
        through: through.collect::<Option<_>>()?,
    })
}

impl From<&Source> for EncodedSource {
    fn from(source: &Source) -> Self {
        match source {
            Source::WebIdentity { issuer, subject } => Self::WebIdentity(issuer.clone(), subject.clone()),
            Source::Key { key_id } => Self::Key(key_id.clone()),
            Source::Role { role, name, origin } => {
                let origin = match &**origin {
                    Origin::WebIdentity { issuer, subject } => vec![issuer.clone(), subject.clone()],
                    Origin::Key { key_id } => vec![key_id.clone()],
                };
                Self::Role(role.clone(), name.clone(), origin)
            }
        }
    }
}

impl EncodedSource {
    fn decoded(self) -> Option<Source> {
        Some(match self {
            Self::WebIdentity(issuer, subject) => Source::WebIdentity { issuer, subject },
            Self::Key(key_id) => Source::Key { key_id },
            Self::Role(role, name, origin) => {
                let mut origin = origin.into_iter();
                let origin = match (origin.next(), origin.next(), origin.next()) {
                    (Some(issuer), Some(subject), None) => Origin::WebIdentity { issuer, subject },
                    (Some(key_id), None, None) => Origin::Key { key_id },
                    _ => return None,
                };
                Source::Role { role, name, origin: Box::new(origin) }
            }
        })
    }
}

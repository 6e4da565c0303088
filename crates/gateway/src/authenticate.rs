//! Who is asking: from what a request presents to a caller.
//!
//! ```text
//! Presented ─ known ─► Known ─ verify ─► proof ─ caller ─► Caller
//!               │ a session's token is opened, a key looked up │ ended? revoked? its role, as it is now
//! ```

use std::sync::Arc;

use brigade_identity::{Holder, Origin, Session, Standing};
use brigade_policy::{Facts, Policy};
use brigade_s3::{Arrival, Caller, Code, S3Error};
use brigade_sigv4::{Presented, SecretKey, Timestamp, Verified, Wire};
use http::request;

use crate::gateway::unavailable;
use crate::sts::{Identity, account_arn};
use crate::{Gateway, Key, Registry, Role, Signatures, Upstream};

/// What is known of who presents a signature, before it is verified.
pub(crate) enum Known {
    /// The holder of a key, which has its secret.
    Key(Key),
    /// The holder of a session, whose token has the secret.
    Session(Box<Session>, SecretKey),
}

impl Known {
    pub(crate) fn secret(&self) -> &SecretKey {
        match self {
            Self::Key(key) => &key.secret,
            Self::Session(_, secret) => secret,
        }
    }
}

impl<U: Upstream, R: Registry, S: Signatures> Gateway<U, R, S> {
    /// Finds out who is asking. Whoever presents something that does not hold is refused, never served as anonymous.
    pub(crate) async fn authenticate(
        &self,
        presented: Option<Presented>,
        client: &request::Parts,
        arrival: Arrival,
    ) -> Result<(Caller, Option<Verified>), S3Error> {
        let Some(presented) = presented else { return Ok((Caller::Anonymous, None)) };
        let known = self.known(&presented, arrival.at).await?;
        let wire = Wire::from(client);
        let proof = presented.verify(&wire, known.secret(), &self.settings.region, arrival.at, &self.keys)?;
        let caller = match known {
            Known::Key(key) => Caller::known(&proof, key.policy),
            // Boxed: it would make the futures of those with keys larger.
            Known::Session(session, _) => Box::pin(self.session(*session, &proof, arrival.at)).await?,
        };
        Ok((caller, Some(proof)))
    }

    /// Looks up who says to have signed.
    pub(crate) async fn known(&self, presented: &Presented, now: Timestamp) -> Result<Known, S3Error> {
        if let Some(token) = presented.session_token() {
            let sessions = &self.settings.sessions;
            if sessions.keys.is_empty() {
                return Err(S3Error::new(Code::InvalidToken)
                    .say("This gateway issues no session tokens; sign with a long-lived key."));
            }
            let opened = sessions.keys.open(token, presented.key_id());
            let (session, secret) = opened.map_err(|why| {
                S3Error::new(Code::InvalidToken)
                    .say("The session token is not one of this gateway's. Ask it for new credentials.")
                    .because(why.to_string())
            })?;
            return Ok(Known::Session(Box::new(session), secret));
        }
        let key = self.registry.key(presented.key_id()).await.map_err(unavailable)?;
        let key = key.filter(|key| key.stands_at(now));
        key.map(Known::Key).ok_or_else(|| S3Error::new(Code::InvalidAccessKeyId))
    }

    /// Whether a session may go on.
    ///
    /// # Errors
    /// 400 `ExpiredToken` once it has ended, 400 `InvalidToken` when it was revoked, and 503 when nobody knows.
    pub(crate) fn stands(&self, session: &Session, now: Timestamp) -> Result<(), S3Error> {
        if !session.stands_at(now) {
            return Err(S3Error::new(Code::ExpiredToken)
                .say("The session has ended. Ask for new credentials.")
                .because(format!(
                    "the session of {} ended at {}",
                    session.holder,
                    session.expires.iso8601()
                )));
        }
        let standing = match &self.settings.sessions.revocations {
            Some(list) => list.standing(session, now),
            None => Standing::Good,
        };
        match standing {
            Standing::Good => Ok(()),
            Standing::Revoked => Err(S3Error::new(Code::InvalidToken)
                .say("The session was revoked. Ask for new credentials.")
                .because(format!("the session {:?} of {} is revoked", session.id, session.holder))),
            Standing::Unknown => Err(S3Error::new(Code::ServiceUnavailable)
                .say("The gateway cannot check now whether the session was revoked. Please try again.")
                .because("the list of revocations is too old, or was never read")),
        }
    }

    /// What a session that may go on stands for, as it is now: what that may do, and what policies may ask of it.
    ///
    /// # Errors
    /// As [`Self::stands`], and 400 `InvalidToken` where its role or its key is no more.
    pub(crate) async fn stood_for(
        &self,
        session: &Session,
        now: Timestamp,
    ) -> Result<(Arc<Policy>, Facts), S3Error> {
        self.stands(session, now)?;
        let name = session.holder.to_string();
        match &session.holder {
            Holder::Role { role, .. } => {
                let found = self.registry.role(role).await.map_err(unavailable)?;
                let role = found.ok_or_else(|| gone(&name, "role"))?;
                Ok((Arc::clone(&role.policy), facts(&role, session)?))
            }
            Holder::Key { key_id } => {
                let key = self.registry.key(key_id).await.map_err(unavailable)?;
                let key = key.filter(|key| key.stands_at(now)).ok_or_else(|| gone(&name, "key"))?;
                Ok((key.policy, key_facts(key_id, session)?))
            }
        }
    }

    async fn session(&self, session: Session, proof: &Verified, now: Timestamp) -> Result<Caller, S3Error> {
        let (own, facts) = self.stood_for(&session, now).await?;
        let name: Arc<str> = session.holder.to_string().into();
        let limits = session.policy.as_deref().map(session_policy).transpose()?;
        Ok(Caller::session(proof, name, own, limits.into_iter().collect(), Arc::new(facts)))
    }
}

fn gone(name: &str, what: &str) -> S3Error {
    S3Error::new(Code::InvalidToken)
        .say("What the session stands for is no more. Ask for new credentials.")
        .because(format!(
            "the {what} of the session of {name} is not in the configuration, or is switched off"
        ))
}

/// A session's own policy, which was read once before it was sealed.
fn session_policy(text: &str) -> Result<Arc<Policy>, S3Error> {
    let policy = brigade_json::read(text.as_bytes()).and_then(|json| Policy::from_document(&json).ok());
    policy.map(Arc::new).ok_or_else(|| {
        // Another version of Brigade may have sealed what this one does not understand; then it allows nothing.
        S3Error::new(Code::InvalidToken).because("the session's policy cannot be read")
    })
}

/// What policies may ask of the session of a role.
pub(crate) fn facts(role: &Role, session: &Session) -> Result<Facts, S3Error> {
    let Holder::Role { role: name, name: called, by } = &session.holder else { return Ok(Facts::default()) };
    let Identity { user_id, .. } = Identity::role(name, called);
    let mut facts = Facts::default();
    let mut add = |key: &str, values: Vec<String>| facts.add(key, values);
    let fill = || {
        add("aws:PrincipalArn", vec![account_arn("iam", &format!("role/{}", role.name))])?;
        add("aws:PrincipalType", vec!["AssumedRole".to_owned()])?;
        add("aws:userid", vec![user_id])?;
        add("aws:TokenIssueTime", vec![session.issued.iso8601()])?;
        add("sts:RoleSessionName", vec![called.to_string()])?;
        if let brigade_identity::Source::WebIdentity { issuer, subject } = by {
            add("aws:FederatedProvider", vec![issuer.to_string()])?;
            add("jwt:iss", vec![issuer.to_string()])?;
            add("jwt:sub", vec![subject.to_string()])?;
        }
        for (claim, values) in &session.claims {
            if !matches!(claim.as_str(), "iss" | "sub") {
                add(&format!("jwt:{claim}"), values.clone())?;
            }
        }
        Ok(())
    };
    fill().map_err(|why: brigade_policy::FactError| {
        S3Error::new(Code::InvalidToken).because(why.to_string())
    })?;
    // Who has a token may have claims that the session does not carry: no policy may take them for missing.
    if let Origin::WebIdentity { .. } = by.origin() {
        facts.conceal("jwt:");
    }
    Ok(facts)
}

/// What policies may ask of temporary credentials of a long-lived key: what they may ask of the key, and that they are temporary.
fn key_facts(key_id: &str, session: &Session) -> Result<Facts, S3Error> {
    let mut facts = Facts::default();
    for (key, value) in [
        ("aws:PrincipalArn", account_arn("iam", &format!("user/{key_id}"))),
        ("aws:PrincipalType", "User".to_owned()),
        ("aws:userid", key_id.to_owned()),
        ("aws:username", key_id.to_owned()),
        ("aws:TokenIssueTime", session.issued.iso8601()),
    ] {
        facts.add(key, [value]).map_err(|why| S3Error::new(Code::InvalidToken).because(why.to_string()))?;
    }
    Ok(facts)
}

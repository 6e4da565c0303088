//! From a proved identity to a session.

use brigade_identity::{Claims, Holder, Session, SessionId, Source};
use brigade_policy::Policy;
use brigade_s3::Arrival;
use brigade_sigv4::Timestamp;
use sha2::{Digest as _, Sha256};

use super::Signer;
use super::answer::{Answer, Assumed, Credentials};
use super::error::{StsCode, StsError};
use super::request::{Assume, Token};
use crate::gateway::unavailable;
use crate::{Assumer, Gateway, Record, Registry, Role, Signatures, Upstream};

/// STS's least session.
const LEAST: u64 = 900;
/// What a session of a role lasts unless something else is asked.
const USUAL: u64 = 3600;
/// What a session that another session made may last.
const CHAINED: u64 = 3600;
/// What a session of a key lasts unless something else is asked, and at most.
const TOKEN: (u64, u64) = (43_200, 129_600);

impl<U: Upstream, R: Registry, S: Signatures> Gateway<U, R, S> {
    /// `AssumeRoleWithWebIdentity`: whom an identity provider vouches for becomes a role that trusts it.
    pub(super) async fn assume_with_web_identity(
        &self,
        assume: Assume,
        token: Token,
        arrival: Arrival,
        record: &mut Record,
    ) -> Result<Answer, StsError> {
        record.nobody();
        let role = self.role(&assume.role).await?;
        let seconds = duration(assume.seconds, USUAL.min(role.max_session), role.max_session)?;
        let trusts: Vec<_> = role.trust.iter().collect();
        let (claims, trust) = self.web_identity(&token.0, &trusts, arrival.at).await?;
        // Behind the token: it is not worth reading for nobody.
        let policy = assume.policy.as_deref().map(narrowed).transpose()?;
        let (subject, provider) = (claims.subject().to_owned(), claims.issuer().to_owned());
        let by = Source::WebIdentity { issuer: provider.as_str().into(), subject: subject.as_str().into() };
        let audience = trusts.get(trust).and_then(|trust| trust.admits(&claims).ok());
        let (audience, claims) =
            (audience.unwrap_or_default().to_owned(), kept(&role, &claims, policy.as_deref()));
        let holder = Holder::Role { role: role.name.clone(), name: assume.name.as_str().into(), by };
        record.caller = Some(holder.to_string().into());
        let session = session(holder, claims, policy, seconds, arrival);
        let assumed = self.sealed(&role, assume.name, &session, arrival)?;
        Ok(Answer::WebIdentity { assumed, subject, audience, provider })
    }

    /// `AssumeRole`: a known caller takes a role that lets it.
    pub(super) async fn assume(
        &self,
        assume: Assume,
        signer: Signer,
        arrival: Arrival,
    ) -> Result<Answer, StsError> {
        if matches!(&signer, Signer::Session(session) if session.policy.is_some()) {
            // Its policy speaks of S3 alone, so it allows no sts:AssumeRole; and what it takes away would be back.
            return Err(StsError::new(
                StsCode::AccessDenied,
                "Cannot call AssumeRole with a session that its Policy narrows; ask with the credentials that it was made with.",
            ));
        }
        let through = match &signer {
            Signer::Key(_) => Vec::new(),
            Signer::Session(session) => session.passed_on().ok_or_else(|| {
                StsError::new(
                    StsCode::AccessDenied,
                    format!("A session comes through {} others at most; begin again.", Session::CHAIN),
                )
            })?,
        };
        let role = self.role(&assume.role).await?;
        let (by, most) = match &signer {
            Signer::Key(key_id) => (Source::Key { key_id: key_id.clone() }, role.max_session),
            Signer::Session(session) => match &session.holder {
                Holder::Key { key_id } => (Source::Key { key_id: key_id.clone() }, role.max_session),
                Holder::Role { role: from, name, by } => {
                    let origin = Box::new(by.origin());
                    let by = Source::Role { role: from.clone(), name: name.clone(), origin };
                    (by, role.max_session.min(CHAINED))
                }
            },
        };
        if !role.may_be_assumed_by(&by) {
            return Err(not_trusted(&role.name, "its `callers` do not name this caller"));
        }
        let seconds = duration(assume.seconds, USUAL.min(most), most)?;
        let policy = assume.policy.as_deref().map(narrowed).transpose()?;
        let holder = Holder::Role { role: role.name.clone(), name: assume.name.as_str().into(), by };
        let session = session(holder, Vec::new(), policy, seconds, arrival);
        let assumed = self.sealed(&role, assume.name, &Session { through, ..session }, arrival)?;
        Ok(Answer::Role(assumed))
    }

    /// `GetSessionToken`: temporary credentials of a long-lived key.
    pub(super) fn token(
        &self,
        seconds: Option<u64>,
        signer: Signer,
        arrival: Arrival,
    ) -> Result<Answer, StsError> {
        let Signer::Key(key_id) = signer else {
            return Err(StsError::new(
                StsCode::AccessDenied,
                "Cannot call GetSessionToken with session credentials; sign with a long-lived key.",
            ));
        };
        let (usual, most) = TOKEN;
        let seconds = duration(seconds, usual, most)?;
        let session = session(Holder::Key { key_id }, Vec::new(), None, seconds, arrival);
        self.seal(&session, arrival).map(Answer::Token)
    }

    /// A role of this name. Whoever asks for one that is not there is told what they would be told of one that does not
    /// trust them.
    async fn role(&self, name: &str) -> Result<std::sync::Arc<Role>, StsError> {
        let role = self.registry.role(name).await.map_err(unavailable)?;
        role.ok_or_else(|| not_trusted(name, "there is no such role"))
    }

    fn sealed(
        &self,
        role: &Role,
        name: String,
        session: &Session,
        arrival: Arrival,
    ) -> Result<Assumed, StsError> {
        let policy = session.policy.as_ref();
        let packed = policy.map(|policy| policy.len().saturating_mul(100).div_ceil(2048).min(100));
        let credentials = self.seal(session, arrival)?;
        Ok(Assumed { role: role.name.to_string(), name, credentials, packed })
    }

    fn seal(&self, session: &Session, arrival: Arrival) -> Result<Credentials, StsError> {
        let nonce: [u8; 12] = chance(&arrival, "session nonce");
        match self.settings.sessions.keys.seal(session, nonce) {
            Ok(Some(issued)) => Ok(Credentials::of(session, issued)),
            Ok(None) => Err(StsError::new(
                StsCode::AccessDenied,
                "This gateway issues no sessions: its configuration has no [sessions] keys.",
            )),
            Err(why) => Err(StsError::new(
                StsCode::PackedPolicyTooLarge,
                "The session's policy and claims are too large together; send a shorter Policy.",
            )
            .because(why.to_string())),
        }
    }
}

/// The claims that some policy may ask for: the role's, the session's own, a bucket's. A session carries no others. One that
/// the token does not have is carried without values, for it is known to be missing.
pub(crate) fn kept(role: &Role, claims: &Claims, policy: Option<&str>) -> Vec<(String, Vec<String>)> {
    let own = policy.and_then(|text| Policy::from_document(&brigade_json::read(text.as_bytes())?).ok());
    let asked = own.iter().chain([&*role.policy]).flat_map(Policy::fact_keys);
    let names =
        asked.filter_map(|key| key.strip_prefix("jwt:")).chain(role.claims.iter().map(|name| &**name));
    let mut kept: Vec<(String, Vec<String>)> = Vec::new();
    for name in names.filter(|name| !matches!(*name, "iss" | "sub")) {
        let values = match claims.texts(name) {
            Some(values) => values.into_iter().map(Into::into).collect(),
            None if claims.has(name) => continue,
            None => Vec::new(),
        };
        if !kept.iter().any(|(other, _)| other == name) {
            kept.push((name.to_owned(), values));
        }
    }
    kept
}

fn session(
    holder: Holder,
    claims: Vec<(String, Vec<String>)>,
    policy: Option<String>,
    seconds: u64,
    arrival: Arrival,
) -> Session {
    Session {
        id: SessionId::new(chance(&arrival, "session id")),
        holder,
        issued: arrival.at,
        expires: Timestamp::from_unix(arrival.at.as_unix().saturating_add(seconds)),
        claims,
        policy: policy.map(Into::into),
        through: Vec::new(),
    }
}

/// Random bytes for one purpose out of a request's own. Not out of these alone: a machine that goes on from a snapshot
/// may have drawn them before.
fn chance<const N: usize>(arrival: &Arrival, purpose: &str) -> [u8; N] {
    let mut hash = Sha256::new();
    hash.update(arrival.seed);
    hash.update(arrival.at.as_unix().to_be_bytes());
    hash.update(purpose.as_bytes());
    let mut bytes = [0; N];
    bytes.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    bytes
}

/// How long a session lasts.
fn duration(asked: Option<u64>, usual: u64, most: u64) -> Result<u64, StsError> {
    match asked {
        None => Ok(usual),
        Some(seconds) if seconds < LEAST => {
            Err(StsError::new(StsCode::ValidationError, format!("DurationSeconds must be at least {LEAST}.")))
        }
        Some(seconds) if seconds > most => Err(StsError::new(
            StsCode::ValidationError,
            format!(
                "The requested DurationSeconds exceeds what this session may last: ask for at most {most}."
            ),
        )),
        Some(seconds) => Ok(seconds),
    }
}

/// A session policy, read and written again without white space.
fn narrowed(text: &str) -> Result<String, StsError> {
    let malformed = |why: String| {
        StsError::new(StsCode::MalformedPolicyDocument, format!("The Policy parameter cannot be used: {why}"))
    };
    let tree =
        brigade_json::parse(text.as_bytes()).map_err(|why| malformed(format!("it is not JSON: {why}")))?;
    if let Some(name) = tree.repeated() {
        return Err(malformed(format!("{name:?} stands there twice in one object")));
    }
    let json = tree.value();
    let read = Policy::from_document(&json);
    read.map_err(|mistakes| malformed(mistakes.first().map(ToString::to_string).unwrap_or_default()))?;
    Ok(brigade_json::write(&json))
}

pub(super) fn not_trusted(role: &str, why: &str) -> StsError {
    StsError::new(
        StsCode::AccessDenied,
        format!("Not authorized to assume the role {role}: its trust does not admit this identity."),
    )
    .because(format!("the role {role:?} cannot be assumed: {why}"))
}

impl Role {
    fn may_be_assumed_by(&self, by: &Source) -> bool {
        self.callers.iter().any(|caller| match (caller, by) {
            (Assumer::Key(allowed), Source::Key { key_id }) => allowed == key_id,
            (Assumer::Role(allowed), Source::Role { role, .. }) => allowed == role,
            (Assumer::Key(_) | Assumer::Role(_), _) => false,
        })
    }
}

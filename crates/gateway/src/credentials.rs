//! What requests to stores are signed with, and where it comes from.
//!
//! Credentials that come and go are held in leases, one for each role, and renewed by requests on their way; a request that
//! finds none asks for itself. No request waits for another's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use brigade_identity::federation::{AwsRole, Exchange as _, ExchangeError, Grant, Lease, Turn};
use brigade_s3::{Arrival, BackendAuth, Code, Lent, S3Error};
use brigade_sigv4::{Credentials, Timestamp};
use http::{HeaderMap, HeaderValue, header};

use crate::{ENVIRONMENT, Gateway, Registry, Signatures, Upstream, exchange};

type Keys = Lease<Arc<Credentials>, ExchangeError>;

/// How many roles' credentials are held at once; a registry that makes up roles cannot fill the memory with them.
const ROLES: usize = 1024;

/// The credentials that are held.
#[derive(Debug, Default)]
pub(crate) struct Leases {
    roles: Mutex<HashMap<Arc<AwsRole>, Arc<Keys>>>,
    environment: Arc<Keys>,
}

impl Leases {
    fn of(&self, role: &Arc<AwsRole>) -> Arc<Keys> {
        let mut roles = self.roles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lease) = roles.get(role) {
            return Arc::clone(lease);
        }
        if roles.len() >= ROLES {
            roles.clear();
        }
        Arc::clone(roles.entry(Arc::clone(role)).or_default())
    }
}

/// What a request is signed with, and the lease it is out of.
#[derive(Debug)]
pub(crate) struct Loan {
    pub(crate) lent: Lent,
    lease: Option<Arc<Keys>>,
}

impl Loan {
    fn fixed(lent: Lent) -> Self {
        Self { lent, lease: None }
    }

    /// The store does not take these credentials: the next request is to ask for others.
    pub(crate) fn refused(&self, now: Timestamp) {
        if let (Some(lease), Lent::Keys(mine)) = (&self.lease, &self.lent) {
            lease.forget(|held| Arc::ptr_eq(held, mine), now);
        }
    }

    /// Looks at what became of the request.
    pub(crate) fn back<T>(self, outcome: Result<T, S3Error>, now: Timestamp) -> Result<T, S3Error> {
        if outcome.as_ref().is_err_and(|error| error.code() == Code::BackendAuthenticationFailed) {
            self.refused(now);
        }
        outcome
    }
}

impl<U: Upstream, R: Registry, S: Signatures> Gateway<U, R, S> {
    /// What a backend's credentials are now.
    ///
    /// # Errors
    /// 502 when there are none to be had, 503 when there are none now.
    pub(crate) async fn lend(&self, auth: &BackendAuth, arrival: Arrival) -> Result<Loan, S3Error> {
        let (lease, name) = match auth {
            BackendAuth::Anonymous | BackendAuth::InProcess => return Ok(Loan::fixed(Lent::Unsigned)),
            BackendAuth::Keys(keys) => return Ok(Loan::fixed(Lent::Keys(Arc::clone(keys)))),
            BackendAuth::Role(role) => (self.leases.of(role), role.name()),
            BackendAuth::Environment => (Arc::clone(&self.leases.environment), ENVIRONMENT),
        };
        let leased = match lease.turn(arrival.at) {
            Turn::Use(keys) => Ok(keys),
            Turn::Wait(seconds, Some(error)) => return Err(refusal(&error, seconds)),
            Turn::Wait(seconds, None) => return Err(crowded(name, seconds)),
            Turn::Renew(ticket) => {
                // Boxed: it is rare, and would make every other request's future larger.
                let granted = Box::pin(self.renew(auth, arrival)).await;
                ticket.settle(granted, arrival.at)
            }
        };
        let keys = leased.map_err(|error| refusal(&error, 1))?;
        Ok(Loan { lent: Lent::Keys(keys), lease: Some(lease) })
    }

    async fn renew(
        &self,
        auth: &BackendAuth,
        arrival: Arrival,
    ) -> Result<Grant<Arc<Credentials>>, ExchangeError> {
        let Grant { granted, expires } = match auth {
            BackendAuth::Role(role) => {
                let Some(federation) = &self.federation else {
                    let why = "the gateway is no issuer: [federation] is missing".into();
                    return Err(ExchangeError::Unable { exchange: role.name(), why });
                };
                exchange(&self.upstream, &self.signatures, federation, &**role, arrival).await?
            }
            BackendAuth::Environment => self.upstream.environment(arrival.at).await?,
            BackendAuth::Anonymous | BackendAuth::InProcess | BackendAuth::Keys(_) => {
                let why = "nothing is exchanged for fixed credentials".into();
                return Err(ExchangeError::Unable { exchange: ENVIRONMENT, why });
            }
        };
        Ok(Grant { granted: Arc::new(granted), expires })
    }
}

/// What a client is told of an exchange that failed: its name and its code, and nothing of roles, hosts or tokens.
fn refusal(error: &ExchangeError, seconds: u64) -> S3Error {
    let failed = |code: Code, what: &str| {
        S3Error::new(code)
            .say(format!("The gateway could not get credentials for the store: {what}"))
            .because(error.to_string())
    };
    match error {
        ExchangeError::Refused { exchange, code, .. } => failed(
            Code::BackendAuthenticationFailed,
            &format!(
                "{exchange} was refused: {code}. Its operator must check the backend's `auth`, and who trusts it."
            ),
        ),
        ExchangeError::Unreadable { exchange, .. } => failed(
            Code::BackendAuthenticationFailed,
            &format!(
                "{exchange} gave an answer that makes no sense. Its operator must check the backend's `auth`."
            ),
        ),
        ExchangeError::Unable { exchange, .. } => failed(
            Code::BackendAuthenticationFailed,
            &format!("{exchange} cannot be asked. Its operator must check the backend's `auth`."),
        ),
        ExchangeError::Unavailable { exchange, code, .. } => {
            failed(Code::ServiceUnavailable, &format!("{exchange} is unavailable: {code}. Please try again."))
                .with_headers(after(seconds))
        }
    }
}

/// Too many ask at once already.
fn crowded(exchange: &str, seconds: u64) -> S3Error {
    S3Error::new(Code::SlowDown)
        .say("The gateway is getting credentials for the store. Please try again.")
        .because(format!("{exchange}: too many ask at once"))
        .with_headers(after(seconds))
}

fn after(seconds: u64) -> HeaderMap {
    HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))])
}

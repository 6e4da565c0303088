//! The credentials that this process finds around it, by AWS's own chain: environment variables, profile, web identity (IRSA),
//! ECS task role or EKS pod identity, EC2 instance profile by IMDSv2.

use std::error::Error as _;
use std::time::UNIX_EPOCH;

use aws_config::Region;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;
use brigade_gateway::ENVIRONMENT;
use brigade_identity::federation::{ExchangeError, Grant};
use brigade_sigv4::{Credentials, SecretKey, Timestamp};

/// How long credentials that do not say so are held, in seconds: somebody may write others into a profile.
const UNSAID: u64 = 900;

/// Looks for credentials. Everything is looked at anew each time, so that what has been changed meanwhile is found.
pub(crate) async fn credentials(now: Timestamp) -> Result<Grant<Credentials>, ExchangeError> {
    // Only web identity and profiles want a region, to find STS. A machine is not asked for it: elsewhere that takes seconds.
    let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new())
        .or_else(Region::new("us-east-1"));
    let chain = DefaultCredentialsChain::builder().region(region).build().await;
    let found = chain.provide_credentials().await.map_err(|error| told(&error))?;
    let expires = found.expiry().and_then(|end| end.duration_since(UNIX_EPOCH).ok());
    let expires = expires.map_or(now.as_unix().saturating_add(UNSAID), |end| end.as_secs());
    let expires = Timestamp::from_unix(expires);
    if expires <= now {
        let why = "credentials that have ended already";
        return Err(ExchangeError::Unreadable { exchange: ENVIRONMENT, why });
    }
    let granted = Credentials {
        key_id: found.access_key_id().into(),
        secret: SecretKey::new(found.secret_access_key()),
        session_token: found.session_token().map(Into::into),
    };
    Ok(Grant { granted, expires })
}

/// Why there are none. Where the chain has no place to look at left, another time would not help.
fn told(error: &CredentialsError) -> ExchangeError {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    let words = words.into_boxed_str();
    let refused =
        |code: &str, words| ExchangeError::Refused { exchange: ENVIRONMENT, code: code.into(), words };
    #[allow(clippy::wildcard_enum_match_arm, reason = "AWS's enum may grow")]
    match error {
        CredentialsError::CredentialsNotLoaded(_) => refused("NotFound", words),
        CredentialsError::InvalidConfiguration(_) => refused("InvalidConfiguration", words),
        CredentialsError::ProviderTimedOut(_) => ExchangeError::unreachable(ENVIRONMENT, &words),
        _ => ExchangeError::Unavailable { exchange: ENVIRONMENT, code: "ProviderError".into(), words },
    }
}

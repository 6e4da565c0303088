//! The section `federation`, and roles.

use brigade_identity::IssuerUrl;
use brigade_identity::federation::{AwsRole, Federation, FederationKey, RoleArn, SessionName};
use brigade_s3::{Endpoint, EndpointError};
use http::Uri;

use super::Check;
use super::backends::is_amazon;
use crate::{KeyPath, Problem, document};

/// How many keys may be published: the one that signs, and those before and after it.
const KEYS: usize = 8;

impl Check<'_> {
    pub(super) fn federation(&mut self, section: Option<document::Federation>) -> Option<Federation> {
        let section = section?;
        let path = KeyPath::of(["federation"]);
        let issuer = IssuerUrl::parse(&section.issuer).map_err(Problem::FederationIssuer);
        let issuer = self.good(&path.key("issuer"), issuer);
        let path = path.key("keys");
        if section.keys.is_empty() {
            self.problem(&path, Problem::NoFederationKeys);
        } else if section.keys.len() > KEYS {
            self.problem(&path, Problem::ManyFederationKeys { most: KEYS });
        }
        let mut keys: Vec<FederationKey> = Vec::new();
        for (index, text) in section.keys.iter().enumerate() {
            let path = path.index(index);
            let key = FederationKey::from_pem(text).map_err(Problem::FederationKey);
            let Some(key) = self.good(&path, key) else { continue };
            if keys.iter().any(|other| other.signing().id == key.signing().id) {
                self.problem(&path, Problem::SameFederationKey);
            } else {
                keys.push(key);
            }
        }
        let mut keys = keys.into_iter();
        Some(Federation::new(issuer?.as_str(), keys.next()?, keys.collect()))
    }

    /// A role at a store of this endpoint and region.
    pub(super) fn assumed(
        &mut self,
        path: &KeyPath,
        role: document::AuthRole,
        endpoint: Option<&Endpoint>,
        region: &str,
    ) -> Option<AwsRole> {
        let arn_path = path.key("role");
        if self.tree.entry("federation").is_none() {
            self.problem(&arn_path, Problem::NoFederation);
        }
        let arn = self.good(&arn_path, RoleArn::parse(&role.role).map_err(Problem::RoleArn));
        let mut solid = self.solid(&path.key("subject"), &role.subject);
        solid &= self.solid(&path.key("audience"), &role.audience);
        let session_name = SessionName::parse(&role.session_name).ok_or(Problem::SessionName);
        let session_name = self.good(&path.key("session_name"), session_name);
        let duration = self.role_duration(&path.key("duration"), &role.duration);
        let policy = role.policy.map(|policy| brigade_json::write(&policy.0).into_boxed_str());
        if let Some(length) =
            policy.as_ref().map(|policy| policy.chars().count()).filter(|length| *length > 2048)
        {
            self.problem(&path.key("policy"), Problem::SessionPolicy { length });
        }
        let sts_path = path.key("sts_endpoint");
        let sts: Option<Uri> = match &role.sts_endpoint {
            Some(text) => self.good(&sts_path, sts(text)),
            None => match (&arn, endpoint) {
                (Some(_), Some(endpoint)) if !is_amazon(endpoint.authority().host()) => {
                    self.problem(&sts_path, Problem::NoStsEndpoint);
                    None
                }
                (Some(arn), Some(_)) => arn.regional_endpoint(region),
                (None, _) | (_, None) => None,
            },
        };
        Some(AwsRole {
            arn: arn?,
            subject: role.subject.into(),
            audience: role.audience.into(),
            session_name: session_name?,
            duration: duration.filter(|_| solid)?,
            policy,
            endpoint: sts?,
        })
    }

    /// What AWS takes, in seconds.
    fn role_duration(&mut self, path: &KeyPath, text: &str) -> Option<u32> {
        let length = crate::duration::parse(text).and_then(|length| u32::try_from(length.as_secs()).ok());
        let written = self.written(path);
        let length = length.filter(|length| (900..=43_200).contains(length));
        self.good(path, length.ok_or(Problem::RoleDuration { written }))
    }
}

fn sts(text: &str) -> Result<Uri, Problem> {
    let endpoint = match Endpoint::parse(text) {
        Ok(endpoint) if endpoint.scheme().as_str() == "embedded" => Err(EndpointError::Scheme),
        other => other,
    };
    let endpoint = endpoint.map_err(Problem::Endpoint)?;
    format!("{endpoint}/").parse().map_err(|_| Problem::Endpoint(EndpointError::Malformed))
}

//! Who Brigade is to others: the section `federation`, and how a store is asked by a role.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::schema::CHECKED;

const KEYS: [&str; 1] = ["${file:federation.pem}"];

/// Brigade as an OpenID Connect issuer, whose assertions clouds exchange for credentials of their stores.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Federation {
    /// Brigade's own address, as the clouds reach it: they read /.well-known/openid-configuration below it. It stands in every
    /// assertion, so whoever trusts it must be told when it changes.
    #[schemars(example = &"https://s3.example.org")]
    pub(crate) issuer: String,
    /// Private keys in PEM (PKCS #8): RSA of 2048 to 8192 bits, or P-256. The first signs; the public halves of all are
    /// published, so that clouds know a key before it signs and after it has.
    #[schemars(length(min = 1), example = KEYS)]
    pub(crate) keys: Vec<String>,
}

/// A role that a store's credentials are those of: Brigade's assertion is exchanged for them by AssumeRoleWithWebIdentity.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct AuthRole {
    /// The role.
    #[schemars(example = &"arn:aws:iam::123456789012:role/data")]
    pub(crate) role: String,
    /// Who Brigade says that it is (sub), which the role's trust policy compares.
    #[schemars(default = "AuthRole::brigade")]
    #[schemars(example = &"landsat")]
    pub(crate) subject: String,
    /// Whom the assertion is for (aud): a client id of the identity provider at IAM.
    #[schemars(default = "AuthRole::audience")]
    #[schemars(example = &"sts.amazonaws.com")]
    pub(crate) audience: String,
    /// The session's name, which shows in CloudTrail.
    #[schemars(default = "AuthRole::brigade")]
    #[schemars(example = &"brigade")]
    pub(crate) session_name: String,
    /// How long credentials are to last, from 15m to 12h; no longer than the role allows.
    #[schemars(default = "AuthRole::duration")]
    #[schemars(regex(pattern = r"^[0-9]+(ms|s|m|h)$"), example = &"1h")]
    pub(crate) duration: String,
    /// An IAM policy that restricts the session further.
    #[schemars(default)]
    pub(crate) policy: Option<SessionPolicy>,
    /// Where STS is; if absent, AWS's in the backend's region. A store that is not Amazon's must have it said.
    #[schemars(default)]
    #[schemars(example = &"http://127.0.0.1:8000")]
    pub(crate) sts_endpoint: Option<String>,
}

impl AuthRole {
    pub(super) fn brigade() -> String {
        "brigade".to_owned()
    }

    pub(super) fn audience() -> String {
        "sts.amazonaws.com".to_owned()
    }

    pub(super) fn duration() -> String {
        "1h".to_owned()
    }
}

/// A policy that the other side reads, with all that its language has: it goes there as it is.
pub(crate) struct SessionPolicy(pub(crate) Value);

impl JsonSchema for SessionPolicy {
    fn schema_name() -> Cow<'static, str> {
        "SessionPolicy".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "An IAM policy document, for the store's own IAM to read.",
            "additionalProperties": true,
            CHECKED: true,
        })
    }
}

//! The sections `roles`, `sessions` and `issuers`.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{Grant, PolicyDocument};
use crate::plain::Named;

const ISSUER: &str = "https://token.actions.githubusercontent.com";
const AUDIENCES: [&str; 1] = ["sts.example.org"];
const SUBJECTS: [&str; 1] = ["repo:org/*:ref:refs/heads/main"];
const CALLERS: [&str; 2] = ["key/AKIDEXAMPLE", "role/github"];
const KEYS: [&str; 1] = ["${env:BRIGADE_SESSION_KEY}"];

/// What identities can become.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Role {
    /// Whose tokens it is for: AssumeRoleWithWebIdentity admits what any one of these admits.
    #[schemars(default)]
    pub(crate) trust: Vec<Trust>,
    /// Which known callers may assume it by AssumeRole: "key/ID" and "role/NAME".
    #[schemars(default)]
    #[schemars(example = CALLERS)]
    pub(crate) callers: Vec<String>,
    /// What it may do; ${jwt:CLAIM} is a claim of the token.
    #[schemars(default)]
    pub(crate) grants: Option<Vec<Grant>>,
    /// What it may do, as an IAM policy document, instead of grants.
    #[schemars(default)]
    pub(crate) policy: Option<PolicyDocument>,
    /// The longest session: from 15 minutes to 12 hours.
    #[schemars(default = "Role::max_session")]
    #[schemars(regex(pattern = r"^[0-9]+(ms|s|m|h)$"), example = &"1h")]
    pub(crate) max_session: String,
    /// Whether a request with `Authorization: Bearer` and a token that this role trusts is served under it, without a session.
    #[schemars(default)]
    pub(crate) bearer: bool,
}

impl Role {
    pub(super) fn max_session() -> String {
        "1h".to_owned()
    }
}

/// Whose tokens a role is for: all of it must hold.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Trust {
    /// The issuer, as its tokens have it in iss: https, or http on this machine.
    #[schemars(example = &ISSUER)]
    pub(crate) issuer: String,
    /// Whom tokens must be for: one of these is in aud, exactly.
    #[schemars(length(min = 1), example = AUDIENCES)]
    pub(crate) audience: Vec<String>,
    /// Whom tokens must be of: sub matches one of these, whole; * stands for any run of characters.
    #[schemars(length(min = 1), example = SUBJECTS)]
    pub(crate) subject: Vec<String>,
    /// What else tokens must say: by claim, a value or several of which one must match, whole; * stands for any run of
    /// characters. Of a claim that is a list, one element must match. "/realm_access/roles" is a claim inside of another.
    #[schemars(default)]
    #[schemars(with = "BTreeMap<String, Claim>")]
    pub(crate) claims: Named<Claim>,
}

/// What a claim may be.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[schemars(example = &"org")]
pub(crate) enum Claim {
    /// This.
    One(String),
    /// One of these.
    Many(Vec<String>),
    /// True or false.
    Truth(bool),
    /// A whole number.
    Number(i64),
}

/// What temporary credentials are made with.
#[derive(Default, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub(crate) struct Sessions {
    /// Keys of 32 bytes in base64, as `brigade keygen` makes them: the first seals, all open. Without one, no session is
    /// issued. To rotate, put the new key first, and take the old one away when its sessions have ended.
    #[schemars(example = KEYS)]
    pub(crate) keys: Vec<String>,
    /// The name of this deployment, to which its tokens are bound. The same wherever they are to be good.
    #[schemars(example = &"https://s3.example.org")]
    pub(crate) issuer: Option<String>,
    /// A file, TOML or JSON, that says what was revoked; it is read again within seconds of a change.
    #[schemars(example = &"revoked.toml")]
    pub(crate) revocations: Option<String>,
    /// How long sessions are honoured when that file cannot be read.
    #[schemars(regex(pattern = r"^[0-9]+(ms|s|m|h)$"), example = &"1m")]
    pub(crate) revocations_max_age: Option<String>,
}

/// How an issuer's keys are had, where its discovery document does not do.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Issuer {
    /// Where its keys are, as a JSON Web Key Set; if absent, where its discovery document says.
    #[schemars(default)]
    #[schemars(example = &"https://keycloak.internal/realms/x/protocol/openid-connect/certs")]
    pub(crate) jwks_uri: Option<String>,
    /// Whether it may be at a private address.
    #[schemars(default)]
    pub(crate) private: bool,
}

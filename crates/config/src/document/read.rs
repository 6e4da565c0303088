//! The document out of a value that its schema takes, and what stands where nothing is written.

use serde_json::Value;

use super::{
    ActionName, Auth, AuthKeys, AuthRole, AuthWord, Backend, Bucket, BucketPolicyDocument, Claim, CorsMethod,
    CorsRule, Document, EmbeddedBackend, Federation, Grant, Issuer, Key, PolicyDocument, PublicActionName,
    Role, S3Backend, Server, SessionPolicy, Sessions, Tls, Trust,
};
use crate::plain::{Read, Table, Unread, flag, list, text};

impl Document {
    pub(crate) fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| {
            Ok(Self {
                schema: table.maybe_text("$schema")?,
                server: table.maybe("server", Server::read)?.unwrap_or_default(),
                backends: table.named("backends", Backend::read)?,
                buckets: table.named("buckets", Bucket::read)?,
                keys: table.named("keys", Key::read)?,
                roles: table.named("roles", Role::read)?,
                sessions: table.maybe("sessions", Sessions::read)?.unwrap_or_default(),
                issuers: table.named("issuers", Issuer::read)?,
                federation: table.maybe("federation", Federation::read)?,
            })
        })
    }
}

impl Server {
    fn read(value: Value) -> Read<Self> {
        let absent = Self::default();
        Table::read(value, |table| {
            Ok(Self {
                listen: table.text_or("listen", &absent.listen)?,
                admin: table.maybe_text("admin")?,
                domains: table.texts("domains")?,
                region: table.text_or("region", &absent.region)?,
                tls: table.maybe("tls", Tls::read)?,
                max_connections: table
                    .maybe("max_connections", whole)?
                    .map_or(Ok(absent.max_connections), |most| u32::try_from(most).map_err(|_| Unread))?,
                header_timeout: table.text_or("header_timeout", &absent.header_timeout)?,
                idle_timeout: table.text_or("idle_timeout", &absent.idle_timeout)?,
                drain_timeout: table.text_or("drain_timeout", &absent.drain_timeout)?,
            })
        })
    }
}

impl Tls {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Ok(Self { cert: table.text("cert")?, key: table.text("key")? }))
    }
}

impl Backend {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| match table.text("type")?.as_str() {
            "s3" => Ok(Self::S3(Box::new(S3Backend::read(table)?))),
            "embedded" => Ok(Self::Embedded(EmbeddedBackend { path: table.text("path")? })),
            _ => Err(Unread),
        })
    }
}

impl S3Backend {
    fn read(table: &mut Table) -> Read<Self> {
        Ok(Self {
            endpoint: table.text("endpoint")?,
            region: table.text_or("region", &Self::region())?,
            auth: Auth::read(table.value("auth").ok_or(Unread)?)?,
            verify_payload: table.flag("verify_payload")?,
            exact_keys: table.maybe("exact_keys", flag)?,
        })
    }
}

impl Auth {
    fn read(value: Value) -> Read<Self> {
        match value.as_str() {
            Some("anonymous") => Ok(Self::Word(AuthWord::Anonymous)),
            Some("environment") => Ok(Self::Word(AuthWord::Environment)),
            Some(_) => Err(Unread),
            None => Table::read(value, |table| {
                if table.has("role") {
                    AuthRole::read(table).map(Self::Role)
                } else {
                    AuthKeys::read(table).map(Self::Keys)
                }
            }),
        }
    }
}

impl AuthKeys {
    fn read(table: &mut Table) -> Read<Self> {
        Ok(Self {
            access_key_id: table.text("access_key_id")?,
            secret_access_key: table.text("secret_access_key")?,
            session_token: table.maybe_text("session_token")?,
        })
    }
}

impl AuthRole {
    fn read(table: &mut Table) -> Read<Self> {
        Ok(Self {
            role: table.text("role")?,
            subject: table.text_or("subject", &Self::brigade())?,
            audience: table.text_or("audience", &Self::audience())?,
            session_name: table.text_or("session_name", &Self::brigade())?,
            duration: table.text_or("duration", &Self::duration())?,
            policy: table.maybe("policy", |value| Ok(SessionPolicy(value)))?,
            sts_endpoint: table.maybe_text("sts_endpoint")?,
        })
    }
}

impl Bucket {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| {
            Ok(Self {
                backend: table.text("backend")?,
                bucket: table.maybe_text("bucket")?,
                prefix: table.text_or("prefix", "")?,
                public: table.list("public", |value| text(value).map(PublicActionName))?,
                policy: table.maybe("policy", |value| Ok(BucketPolicyDocument(value)))?,
                create: table.flag("create")?,
                cors: table.maybe("cors", |value| list(value, CorsRule::read))?,
            })
        })
    }
}

impl CorsRule {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| {
            Ok(Self {
                origins: table.texts("origins")?,
                methods: table.list("methods", CorsMethod::read)?,
                headers: table.texts("headers")?,
                expose: table.maybe("expose", |value| list(value, text))?,
                max_age: table.maybe_text("max_age")?,
            })
        })
    }
}

impl CorsMethod {
    fn read(value: Value) -> Read<Self> {
        match value.as_str() {
            Some("GET") => Ok(Self::Get),
            Some("HEAD") => Ok(Self::Head),
            Some("PUT") => Ok(Self::Put),
            Some("POST") => Ok(Self::Post),
            Some("DELETE") => Ok(Self::Delete),
            _ => Err(Unread),
        }
    }
}

impl Key {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| {
            Ok(Self {
                secret: table.text("secret")?,
                grants: table.maybe("grants", grants)?,
                policy: table.maybe("policy", policy)?,
                expires: table.maybe_text("expires")?,
                disabled: table.flag("disabled")?,
            })
        })
    }
}

impl Grant {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| {
            Ok(Self {
                bucket: table.text("bucket")?,
                prefix: table.text_or("prefix", "")?,
                actions: table.list("actions", |value| text(value).map(ActionName))?,
            })
        })
    }
}

impl Role {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| {
            Ok(Self {
                trust: table.list("trust", Trust::read)?,
                callers: table.texts("callers")?,
                grants: table.maybe("grants", grants)?,
                policy: table.maybe("policy", policy)?,
                max_session: table.text_or("max_session", &Self::max_session())?,
                bearer: table.flag("bearer")?,
            })
        })
    }
}

impl Trust {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| {
            Ok(Self {
                issuer: table.text("issuer")?,
                audience: table.texts("audience")?,
                subject: table.texts("subject")?,
                claims: table.named("claims", Claim::read)?,
            })
        })
    }
}

impl Claim {
    fn read(value: Value) -> Read<Self> {
        match value {
            Value::String(one) => Ok(Self::One(one)),
            Value::Array(_) => list(value, text).map(Self::Many),
            Value::Bool(truth) => Ok(Self::Truth(truth)),
            Value::Number(_) => whole(value).map(Self::Number),
            Value::Null | Value::Object(_) => Err(Unread),
        }
    }
}

impl Sessions {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| {
            Ok(Self {
                keys: table.texts("keys")?,
                issuer: table.maybe_text("issuer")?,
                revocations: table.maybe_text("revocations")?,
                revocations_max_age: table.maybe_text("revocations_max_age")?,
            })
        })
    }
}

impl Issuer {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| {
            Ok(Self { jwks_uri: table.maybe_text("jwks_uri")?, private: table.flag("private")? })
        })
    }
}

impl Federation {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Ok(Self { issuer: table.text("issuer")?, keys: table.texts("keys")? }))
    }
}

fn grants(value: Value) -> Read<Vec<Grant>> {
    list(value, Grant::read)
}

fn policy(value: Value) -> Read<PolicyDocument> {
    Ok(PolicyDocument(value))
}

fn whole(value: Value) -> Read<i64> {
    value.as_i64().ok_or(Unread)
}

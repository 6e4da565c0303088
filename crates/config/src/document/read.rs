//! The document out of a value that its schema takes, and what stands where nothing is written.

use serde_json::Value;

use super::{
    ActionName, Auth, AuthKeys, AuthRole, AuthWord, Backend, Bucket, BucketPolicyDocument, Claim, CorsMethod,
    CorsRule, Document, EmbeddedBackend, Federation, Grant, Issuer, Key, PolicyDocument, PublicActionName,
    Role, S3Backend, Server, SessionPolicy, Sessions, Tls, Trust,
};
use crate::plain::{Read, Table, Unread, text, texts};

impl Document {
    pub(crate) fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Self {
            schema: table.maybe_text("$schema"),
            server: table.maybe("server", Server::read).unwrap_or_default(),
            backends: table.named("backends", Backend::read),
            buckets: table.named("buckets", Bucket::read),
            keys: table.named("keys", Key::read),
            roles: table.named("roles", Role::read),
            sessions: table.maybe("sessions", Sessions::read).unwrap_or_default(),
            issuers: table.named("issuers", Issuer::read),
            federation: table.maybe("federation", Federation::read),
        })
    }
}

impl Server {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| {
            let absent = Self::default();
            let most = table.maybe_number("max_connections");
            let most = most.and_then(|most| table.good(u32::try_from(most).map_err(|_| Unread)));
            let threads = table.maybe_number("threads");
            let threads = threads.and_then(|count| table.good(u32::try_from(count).map_err(|_| Unread)));
            Self {
                listen: table.text_or("listen", &absent.listen),
                admin: table.maybe_text("admin"),
                domains: table.texts("domains"),
                region: table.text_or("region", &absent.region),
                tls: table.maybe("tls", Tls::read),
                threads,
                max_connections: most.unwrap_or(absent.max_connections),
                header_timeout: table.text_or("header_timeout", &absent.header_timeout),
                idle_timeout: table.text_or("idle_timeout", &absent.idle_timeout),
                drain_timeout: table.text_or("drain_timeout", &absent.drain_timeout),
            }
        })
    }
}

impl Tls {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Self { cert: table.text("cert"), key: table.text("key") })
    }
}

impl Backend {
    fn read(value: Value) -> Read<Self> {
        match value.get("type").and_then(Value::as_str) {
            Some("s3") => S3Backend::read(value).map(|backend| Self::S3(Box::new(backend))),
            Some("embedded") => EmbeddedBackend::read(value).map(Self::Embedded),
            _ => Err(Unread),
        }
    }
}

impl S3Backend {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| {
            table.text("type");
            let auth = table.value("auth").ok_or(Unread).and_then(Auth::read);
            Self {
                endpoint: table.text("endpoint"),
                region: table.text_or("region", &Self::region()),
                auth: table.good(auth).unwrap_or(Auth::Word(AuthWord::Anonymous)),
                verify_payload: table.flag("verify_payload"),
                exact_keys: table.maybe_flag("exact_keys"),
            }
        })
    }
}

impl EmbeddedBackend {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| {
            table.text("type");
            Self { path: table.text("path") }
        })
    }
}

impl Auth {
    fn read(value: Value) -> Read<Self> {
        match value.as_str() {
            Some("anonymous") => Ok(Self::Word(AuthWord::Anonymous)),
            Some("environment") => Ok(Self::Word(AuthWord::Environment)),
            Some(_) => Err(Unread),
            None if value.get("role").is_some() => AuthRole::read(value).map(Self::Role),
            None => AuthKeys::read(value).map(Self::Keys),
        }
    }
}

impl AuthKeys {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Self {
            access_key_id: table.text("access_key_id"),
            secret_access_key: table.text("secret_access_key"),
            session_token: table.maybe_text("session_token"),
        })
    }
}

impl AuthRole {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Self {
            role: table.text("role"),
            subject: table.text_or("subject", &Self::brigade()),
            audience: table.text_or("audience", &Self::audience()),
            session_name: table.text_or("session_name", &Self::brigade()),
            duration: table.text_or("duration", &Self::duration()),
            policy: table.value("policy").map(SessionPolicy),
            sts_endpoint: table.maybe_text("sts_endpoint"),
        })
    }
}

impl Bucket {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Self {
            backend: table.text("backend"),
            bucket: table.maybe_text("bucket"),
            prefix: table.text_or("prefix", ""),
            public: table.list("public", |value| text(value).map(PublicActionName)),
            policy: table.value("policy").map(BucketPolicyDocument),
            create: table.flag("create"),
            cors: table.has("cors").then(|| table.list("cors", CorsRule::read)),
        })
    }
}

impl CorsRule {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Self {
            origins: table.texts("origins"),
            methods: table.list("methods", CorsMethod::read),
            headers: table.texts("headers"),
            expose: table.maybe("expose", texts),
            max_age: table.maybe_text("max_age"),
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
        Table::read(value, |table| Self {
            secret: table.text("secret"),
            grants: grants(table),
            policy: table.value("policy").map(PolicyDocument),
            expires: table.maybe_text("expires"),
            disabled: table.flag("disabled"),
        })
    }
}

impl Grant {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Self {
            bucket: table.text("bucket"),
            prefix: table.text_or("prefix", ""),
            actions: table.list("actions", |value| text(value).map(ActionName)),
        })
    }
}

impl Role {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Self {
            trust: table.list("trust", Trust::read),
            callers: table.texts("callers"),
            grants: grants(table),
            policy: table.value("policy").map(PolicyDocument),
            max_session: table.text_or("max_session", &Self::max_session()),
            bearer: table.flag("bearer"),
        })
    }
}

impl Trust {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Self {
            issuer: table.text("issuer"),
            audience: table.texts("audience"),
            subject: table.texts("subject"),
            claims: table.named("claims", Claim::read),
        })
    }
}

impl Claim {
    fn read(value: Value) -> Read<Self> {
        match value {
            Value::String(one) => Ok(Self::One(one)),
            Value::Array(_) => texts(value).map(Self::Many),
            Value::Bool(truth) => Ok(Self::Truth(truth)),
            Value::Number(number) => number.as_i64().map(Self::Number).ok_or(Unread),
            Value::Null | Value::Object(_) => Err(Unread),
        }
    }
}

impl Sessions {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Self {
            keys: table.texts("keys"),
            issuer: table.maybe_text("issuer"),
            revocations: table.maybe_text("revocations"),
            revocations_max_age: table.maybe_text("revocations_max_age"),
        })
    }
}

impl Issuer {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Self {
            jwks_uri: table.maybe_text("jwks_uri"),
            private: table.flag("private"),
        })
    }
}

impl Federation {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Self { issuer: table.text("issuer"), keys: table.texts("keys") })
    }
}

fn grants(table: &mut Table) -> Option<Vec<Grant>> {
    table.has("grants").then(|| table.list("grants", Grant::read))
}

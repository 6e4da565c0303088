//! The section `backends`.

use std::sync::Arc;

use brigade_s3::{Backend, BackendAuth, Endpoint, EndpointError};
use brigade_sigv4::{Credentials, SecretKey};

use super::Check;
use crate::plain::Named;
use crate::{Embedded, KeyPath, Place, Problem, document};

/// The backends that are good.
pub(super) type Backends = Vec<Arc<Backend>>;

impl Check<'_> {
    pub(super) fn backends(&mut self, section: Named<document::Backend>) -> (Backends, Vec<Embedded>) {
        let mut backends = Backends::new();
        let mut embedded: Vec<Embedded> = Vec::new();
        for (name, backend) in section {
            let path = KeyPath::of(["backends", &name]);
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            if !(1..=63).contains(&name.len()) || !name.bytes().all(plain) {
                self.problem(&path, Problem::BackendName);
            }
            let backend = match backend {
                document::Backend::S3(backend) => self.s3(&path, &name, *backend),
                document::Backend::Embedded(store) => {
                    self.embedded(&path, &name, &store, &embedded).map(|(backend, store)| {
                        embedded.push(store);
                        backend
                    })
                }
            };
            backends.extend(backend.map(Arc::new));
        }
        (backends, embedded)
    }

    fn s3(&mut self, path: &KeyPath, name: &str, backend: document::S3Backend) -> Option<Backend> {
        let endpoint = match Endpoint::parse(&backend.endpoint) {
            Ok(endpoint) if endpoint.scheme().as_str() == "embedded" => Err(EndpointError::Scheme),
            other => other,
        };
        let endpoint = self.good(&path.key("endpoint"), endpoint.map_err(Problem::Endpoint));
        let region = self.region(&path.key("region"), backend.region);
        let auth = self.auth(&path.key("auth"), backend.auth, endpoint.as_ref(), &region);
        let endpoint = endpoint?;
        Some(Backend {
            name: name.into(),
            exact_keys: backend.exact_keys.unwrap_or_else(|| is_amazon(endpoint.authority().host())),
            endpoint,
            region,
            auth: auth?,
            verify_payload: backend.verify_payload,
        })
    }

    fn auth(
        &mut self,
        path: &KeyPath,
        auth: document::Auth,
        endpoint: Option<&Endpoint>,
        region: &str,
    ) -> Option<BackendAuth> {
        let (key_id, secret, session_token) = match auth {
            document::Auth::Word(document::AuthWord::Anonymous) => return Some(BackendAuth::Anonymous),
            document::Auth::Word(document::AuthWord::Environment) => return Some(BackendAuth::Environment),
            document::Auth::Role(role) => {
                let role = self.assumed(path, role, endpoint, region)?;
                return Some(BackendAuth::Role(Arc::new(role)));
            }
            document::Auth::Keys(keys) => {
                let mut solid = self.solid(&path.key("access_key_id"), &keys.access_key_id);
                solid &= self.solid(&path.key("secret_access_key"), &keys.secret_access_key);
                if let Some(token) = &keys.session_token {
                    solid &= self.solid(&path.key("session_token"), token);
                }
                if !solid {
                    return None;
                }
                (keys.access_key_id, keys.secret_access_key, keys.session_token)
            }
        };
        Some(BackendAuth::Keys(Arc::new(Credentials {
            key_id: key_id.into(),
            secret: SecretKey::new(secret),
            session_token: session_token.map(String::into_boxed_str),
        })))
    }

    fn embedded(
        &mut self,
        path: &KeyPath,
        name: &str,
        store: &document::EmbeddedBackend,
        others: &[Embedded],
    ) -> Option<(Backend, Embedded)> {
        let place_path = path.key("path");
        if !self.solid(&place_path, &store.path) {
            return None;
        }
        let place = if store.path == ":memory:" {
            Place::Memory
        } else {
            Place::Directory(store.path.as_str().into())
        };
        if let Some(other) = others.iter().find(|other| place != Place::Memory && other.place == place) {
            self.problem(&place_path, Problem::SamePath { other: other.name.to_string() });
        }
        let backend = Backend {
            name: name.into(),
            // A name that no endpoint can hold has been reported.
            endpoint: Endpoint::parse(&format!("embedded://{name}")).ok()?,
            region: "us-east-1".into(),
            auth: BackendAuth::InProcess,
            verify_payload: false,
            exact_keys: true,
        };
        Some((backend, Embedded { name: name.into(), place, buckets: Vec::new() }))
    }
}

/// Whether a host is Amazon's own, whose stores keep keys byte for byte.
pub(super) fn is_amazon(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
}

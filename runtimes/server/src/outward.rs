//! TLS towards others: stores and identity providers.

use std::io;
use std::sync::{Arc, OnceLock};

use rustls::{ClientConfig, RootCertStore};
use tokio::task::spawn_blocking;
use tokio_rustls::TlsConnector;

/// What others' certificates are held against: the system's roots (or `SSL_CERT_FILE`'s), or the built-in ones.
///
/// They are read when the first connection wants them: hundreds of files, which who speaks no TLS shall not wait for, nor
/// keep in memory. Clones share them, and TLS sessions.
#[derive(Clone, Default)]
pub(crate) struct Outward(Arc<OnceLock<TlsConnector>>);

impl Outward {
    /// With these instead.
    #[cfg(test)]
    pub(crate) fn with(config: ClientConfig) -> Self {
        Self(Arc::new(OnceLock::from(connector(config))))
    }

    /// What connects. Several that ask before there is one each make it, and the first is kept: nobody waits for another.
    ///
    /// # Errors
    /// When the TLS library refuses its own defaults.
    pub(crate) async fn connector(&self) -> io::Result<TlsConnector> {
        if let Some(made) = self.0.get() {
            return Ok(made.clone());
        }
        let made = connector(spawn_blocking(config).await.map_err(io::Error::other)??);
        Ok(self.0.get_or_init(|| made).clone())
    }
}

fn connector(mut config: ClientConfig) -> TlsConnector {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config).into()
}

fn config() -> io::Result<ClientConfig> {
    let native = rustls_native_certs::load_native_certs();
    if !native.errors.is_empty() {
        tracing::warn!(errors = ?native.errors, "some certificates of the system's store cannot be read");
    }
    let mut roots = RootCertStore::empty();
    let (_, invalid) = roots.add_parsable_certificates(native.certs);
    if roots.is_empty() {
        tracing::debug!(invalid, "no certificates in the system's store: using the built-in ones");
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

impl std::fmt::Debug for Outward {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outward").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn roots_are_read_once_and_by_the_first_that_wants_them() {
        let outward = Outward::default();
        let other = outward.clone();
        assert!(outward.0.get().is_none());
        let made = outward.connector().await.unwrap();
        let again = other.connector().await.unwrap();
        assert!(Arc::ptr_eq(made.config(), again.config()));
        assert_eq!(made.config().alpn_protocols, [b"http/1.1".to_vec()]);
    }
}

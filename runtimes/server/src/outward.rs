//! TLS towards others: stores and identity providers.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::{CertificateResult, Error as CertificateError, ErrorKind};
use tokio::task::spawn_blocking;
use tokio_rustls::TlsConnector;

/// What others' certificates are held against: the system's roots (or `SSL_CERT_FILE`'s), or the built-in ones.
///
/// They are read when the first connection wants them: hundreds of files, which who speaks no TLS shall not wait for, nor
/// keep in memory. Clones share them, and TLS sessions.
#[derive(Clone, Default)]
pub(crate) struct Outward(Arc<Shared>);

#[derive(Default)]
struct Shared {
    made: OnceLock<TlsConnector>,
    /// Held by who reads the roots, so that the others find them made.
    reading: Mutex<()>,
}

impl Outward {
    /// With these instead.
    #[cfg(test)]
    pub(crate) fn with(config: ClientConfig) -> Self {
        Self(Arc::new(Shared { made: OnceLock::from(connector(config)), reading: Mutex::default() }))
    }

    /// What connects.
    ///
    /// # Errors
    /// When there are roots and none can be read, which may pass: the next connection tries again.
    pub(crate) async fn connector(&self) -> io::Result<TlsConnector> {
        if let Some(made) = self.0.made.get() {
            return Ok(made.clone());
        }
        let shared = Arc::clone(&self.0);
        spawn_blocking(move || shared.make()).await.map_err(io::Error::other)?
    }
}

impl Shared {
    fn make(&self) -> io::Result<TlsConnector> {
        let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = self.made.get() {
            return Ok(made.clone());
        }
        let (roots, kept) = roots(rustls_native_certs::load_native_certs())?;
        let made = connector(config(roots)?);
        if kept {
            let _ = self.made.set(made.clone());
        }
        Ok(made)
    }
}

fn connector(mut config: ClientConfig) -> TlsConnector {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config).into()
}

/// The roots, and whether they are good for as long as the process lives: some that could not be read for want of
/// descriptors can be read by the next connection. Where there are some and none can be read, the built-in ones are no
/// stand-in: they may be more than an operator trusts.
fn roots(native: CertificateResult) -> io::Result<(RootCertStore, bool)> {
    let CertificateResult { certs, errors, .. } = native;
    if let Some(first) = errors.first() {
        tracing::warn!(?errors, "some certificates of the system's store cannot be read");
        if certs.is_empty() {
            return Err(io::Error::other(format!("the certificates to trust cannot be read: {first}")));
        }
    }
    let mut roots = RootCertStore::empty();
    let (_, invalid) = roots.add_parsable_certificates(certs);
    if roots.is_empty() {
        tracing::debug!(invalid, "no certificates in the system's store: using the built-in ones");
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let passing = |error: &CertificateError| {
        let ErrorKind::Io { inner, .. } = &error.kind else { return false };
        inner.raw_os_error().is_some_and(|number| DESCRIPTORS.contains(&number))
    };
    Ok((roots, !errors.iter().any(passing)))
}

/// The system's numbers for too many open files: `ENFILE` and `EMFILE`, the same on all its kinds.
const DESCRIPTORS: [i32; 2] = [23, 24];

fn config(roots: RootCertStore) -> io::Result<ClientConfig> {
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
        assert!(outward.0.made.get().is_none());
        let made = outward.connector().await.unwrap();
        let again = other.connector().await.unwrap();
        assert!(Arc::ptr_eq(made.config(), again.config()));
        assert_eq!(made.config().alpn_protocols, [b"http/1.1".to_vec()]);
    }

    #[test]
    fn roots_that_cannot_be_read_are_no_reason_to_trust_others() {
        let unread = |number| {
            let mut native = CertificateResult::default();
            let inner = io::Error::from_raw_os_error(number);
            let kind = ErrorKind::Io { inner, path: "/private-ca.pem".into() };
            native.errors.push(CertificateError { context: "cannot open", kind });
            native
        };
        assert!(roots(unread(2)).unwrap_err().to_string().contains("cannot be read"));
        assert!(roots(CertificateResult::default()).is_ok_and(|(roots, kept)| !roots.is_empty() && kept));
        for (number, kept) in [(13, true), (24, false)] {
            let mut some = unread(number);
            let certified = rcgen::generate_simple_self_signed(["ca.test".into()]).unwrap();
            some.certs.push(certified.cert.der().clone());
            assert_eq!(roots(some).unwrap().1, kept, "{number}");
        }
    }
}

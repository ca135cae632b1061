//! The certificate of a space that has no name in the DNS: it signs itself and is known by its fingerprint.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use tidings_protocol::TlsPin;

use crate::files;
use crate::server::ServerError;

const FILE: &str = "tls.pem";

/// A certificate and its key.
#[derive(Clone)]
pub struct TlsIdentity {
    config: Arc<rustls::ServerConfig>,
    fingerprint: TlsPin,
}

impl TlsIdentity {
    /// The identity kept in `dir`, made on the first call for the host names and addresses in `names`. It stays the same for ever,
    /// because invitation links pin it.
    ///
    /// # Errors
    /// When the file cannot be read, written or understood.
    pub fn load_or_create(dir: &Path, names: &[String]) -> Result<Self, ServerError> {
        let path = dir.join(FILE);
        let pem = match std::fs::read_to_string(&path) {
            Ok(pem) => pem,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => create(dir, &path, names)?,
            Err(error) => return Err(error.into()),
        };
        Self::from_pem(&pem)
    }

    /// The identity in PEM form: certificates, the server's first, and a key.
    ///
    /// # Errors
    /// When it holds no usable pair.
    pub fn from_pem(pem: &str) -> Result<Self, ServerError> {
        let wrong = |error: &dyn std::fmt::Display| ServerError::Tls(error.to_string());
        let chain: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| wrong(&error))?;
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| wrong(&error))?;
        let Some(first) = chain.first() else {
            return Err(ServerError::Tls("no certificate".to_owned()));
        };
        let fingerprint = TlsPin(Sha256::digest(first).into());
        let config =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
                .map_err(|error| wrong(&error))?;
        Ok(Self {
            config: Arc::new(config),
            fingerprint,
        })
    }

    /// What an invitation link pins.
    pub fn fingerprint(&self) -> TlsPin {
        self.fingerprint
    }

    pub(super) fn server_config(&self) -> Arc<rustls::ServerConfig> {
        Arc::clone(&self.config)
    }
}

/// Written whole or not at all, readable for its owner alone (H51).
fn create(dir: &Path, path: &Path, names: &[String]) -> Result<String, ServerError> {
    let wrong = |error: rcgen::Error| ServerError::Tls(error.to_string());
    let mut params = rcgen::CertificateParams::new(names.to_vec()).map_err(wrong)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "Tidings");
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2120, 1, 1);
    let key = rcgen::KeyPair::generate().map_err(wrong)?;
    let certificate = params.self_signed(&key).map_err(wrong)?;
    let pem = format!("{}{}", certificate.pem(), key.serialize_pem());
    let new = dir.join(format!("{FILE}.new"));
    let mut file = files::private()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&new)?;
    file.write_all(pem.as_bytes())?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&new, path)?;
    files::sync_folder(dir)?;
    Ok(pem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_stays_and_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["localhost".to_owned(), "192.0.2.7".to_owned()];
        let made = TlsIdentity::load_or_create(dir.path(), &names).unwrap();
        let loaded = TlsIdentity::load_or_create(dir.path(), &[]).unwrap();
        assert_eq!(made.fingerprint(), loaded.fingerprint());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = std::fs::metadata(dir.path().join(FILE)).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
    }
}

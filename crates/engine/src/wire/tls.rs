//! Whom to trust: one pinned certificate and no other, or whomever the system trusts.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt;
use sha2::{Digest, Sha256};
use tidings_protocol::TlsPin;

/// The settings for a server: with a pin, its certificate alone counts, whatever names or dates it bears.
pub(super) fn config(pin: Option<TlsPin>) -> Result<Arc<ClientConfig>, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let config = match pin {
        Some(pin) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned::new(pin, &provider)))
            .with_no_client_auth(),
        None => builder.with_platform_verifier()?.with_no_client_auth(),
    };
    Ok(Arc::new(config))
}

/// Whether `error` says that the certificate is not to be trusted.
pub(super) fn is_about_the_certificate(error: &std::io::Error) -> bool {
    error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>())
        .is_some_and(|error| matches!(error, Error::InvalidCertificate(_)))
}

#[derive(Debug)]
struct Pinned {
    pin: TlsPin,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Pinned {
    fn new(pin: TlsPin, provider: &CryptoProvider) -> Self {
        Self {
            pin,
            algorithms: provider.signature_verification_algorithms,
        }
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown: [u8; 32] = Sha256::digest(end_entity.as_ref()).into();
        if shown == self.pin.0 {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(
                CertificateError::ApplicationVerificationFailure,
            ))
        }
    }

    // The pin says whose certificate it is; these say that the other side holds its key.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_certificate_is_trusted_and_any_other_is_not() {
        let provider = rustls::crypto::ring::default_provider();
        let certificate = CertificateDer::from(b"any bytes".to_vec());
        let pin = TlsPin(Sha256::digest(certificate.as_ref()).into());
        let verify = |pin: TlsPin| {
            Pinned::new(pin, &provider).verify_server_cert(
                &certificate,
                &[],
                &ServerName::try_from("any.example").unwrap(),
                &[],
                UnixTime::since_unix_epoch(std::time::Duration::ZERO),
            )
        };
        assert!(verify(pin).is_ok());
        assert!(matches!(
            verify(TlsPin([0; 32])),
            Err(Error::InvalidCertificate(_))
        ));
    }

    #[test]
    fn both_settings_can_be_made() {
        assert!(config(Some(TlsPin([1; 32]))).is_ok());
        assert!(config(None).is_ok());
    }
}

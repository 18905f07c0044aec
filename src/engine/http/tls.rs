//! Who a server proves to be: certificates are judged by the system's authorities, or against the one that a person accepted.
//!
//! **Owns** the judge of certificates, made once for the program. **Does not know** hosts or accounts: a pin is given to the
//! client of one origin, and no other client has it.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore,
    SignatureScheme,
};
use sha2::{Digest, Sha256};

use super::authority;
use crate::model::{CertificateFault, Fingerprint, RefusedCertificate};
use crate::secret::Secret;

/// What connections to one origin need.
pub(super) struct Guard {
    pub(super) pin: Option<Fingerprint>,
    pub(super) identity: Option<Identity>,
}

/// A client's own certificate and its key.
pub(super) struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Of PEM; `None` without a certificate or a key, or when they do not belong together.
    pub(super) fn parse(pem: &Secret) -> Option<Self> {
        let text = pem.expose().as_bytes();
        let chain: Vec<_> = CertificateDer::pem_slice_iter(text)
            .collect::<Result<_, _>>()
            .ok()?;
        let key = PrivateKeyDer::from_pem_slice(text).ok()?;
        let provider = provider();
        let signing = provider.key_provider.load_private_key(key.clone_key());
        let pair = rustls::sign::CertifiedKey::new(chain.clone(), signing.ok()?);
        (!chain.is_empty() && pair.keys_match().is_ok()).then_some(Self { chain, key })
    }
}

/// Versions of HTTP that a server may choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Versions {
    /// 1.1 and 2.
    All,
    /// 1.1, the only one in which a connection can become a socket.
    First,
}

/// How a connection is made secure: with the system's authorities and those of `SPOOL_CA_FILE`, or as `guard` says.
///
/// # Errors
/// When the client's own certificate cannot be used.
pub(super) fn config(
    guard: Option<Guard>,
    versions: Versions,
) -> Result<ClientConfig, rustls::Error> {
    let (pin, identity) = guard.map_or((None, None), |guard| (guard.pin, guard.identity));
    let judge = Judge {
        pin,
        known: authorities(),
        provider: provider(),
    };
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .dangerous() // as the library calls any judge but its own, which is the one behind ours
        .with_custom_certificate_verifier(Arc::new(judge));
    let mut config = match identity {
        Some(identity) => builder.with_client_auth_cert(identity.chain, identity.key)?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    if versions == Versions::First {
        config.alpn_protocols.remove(0);
    }
    Ok(config)
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    let made = PROVIDER.get_or_init(|| Arc::new(rustls::crypto::ring::default_provider()));
    Arc::clone(made)
}

/// The system's authorities and those of `SPOOL_CA_FILE`, read once. `None` on a system that has none: it can speak plain http,
/// and https is refused, never unchecked.
fn authorities() -> Option<Arc<dyn ServerCertVerifier>> {
    static KNOWN: OnceLock<Option<Arc<dyn ServerCertVerifier>>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(authority::additional().iter().cloned());
        match WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build() {
            Ok(made) => Some(made),
            Err(error) => {
                tracing::warn!(%error, "no certificate authority is known, so https is refused");
                None
            }
        }
    });
    known.clone()
}

/// The SHA-256 of a certificate.
fn fingerprint(certificate: &CertificateDer<'_>) -> Fingerprint {
    Fingerprint::new(Sha256::digest(certificate).into())
}

/// Accepts the pinned certificate and no other, or without a pin those that the authorities vouch for. Its refusals name the
/// certificate.
#[derive(Debug)]
struct Judge {
    pin: Option<Fingerprint>,
    known: Option<Arc<dyn ServerCertVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let fingerprint = fingerprint(end_entity);
        let fault = match (self.pin, &self.known) {
            (Some(pin), _) if pin == fingerprint => return Ok(ServerCertVerified::assertion()),
            (Some(_), _) => CertificateFault::Changed,
            (None, None) => unknown(end_entity),
            (None, Some(known)) => {
                let judged = known.verify_server_cert(
                    end_entity,
                    intermediates,
                    server_name,
                    ocsp_response,
                    now,
                );
                match judged {
                    Ok(verified) => return Ok(verified),
                    Err(error) => fault_of(&error, end_entity),
                }
            }
        };
        let refused = Refused(RefusedCertificate { fault, fingerprint });
        Err(CertificateError::Other(OtherError(Arc::new(refused))).into())
    }

    // That the server has the certificate's key is checked whoever signed it.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

/// Carries a refusal through the libraries' errors.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(RefusedCertificate);

/// The refusal inside a TLS error.
pub(super) fn refused(error: &rustls::Error) -> Option<RefusedCertificate> {
    let rustls::Error::InvalidCertificate(CertificateError::Other(inner)) = error else {
        return None;
    };
    let refused = inner.0.downcast_ref::<Refused>()?;
    Some(refused.0)
}

fn fault_of(error: &rustls::Error, certificate: &CertificateDer<'_>) -> CertificateFault {
    use CertificateError as E;
    let rustls::Error::InvalidCertificate(error) = error else {
        return CertificateFault::Unsuitable;
    };
    match error {
        E::Expired | E::ExpiredContext { .. } => CertificateFault::Expired,
        E::NotValidYet | E::NotValidYetContext { .. } => CertificateFault::NotYetValid,
        E::NotValidForName | E::NotValidForNameContext { .. } => CertificateFault::WrongName,
        E::Revoked => CertificateFault::Revoked,
        // Also where somebody gave themselves the name of an authority that is known.
        E::UnknownIssuer | E::BadSignature => unknown(certificate),
        // Whoever signs for themselves is told so, also where the certificate names itself an authority.
        _ if is_self_signed(certificate) => CertificateFault::SelfSigned,
        _ => CertificateFault::Unsuitable,
    }
}

fn unknown(certificate: &CertificateDer<'_>) -> CertificateFault {
    match is_self_signed(certificate) {
        true => CertificateFault::SelfSigned,
        false => CertificateFault::UnknownAuthority,
    }
}

/// Whether a certificate names the same one as its owner and as who signed it.
fn is_self_signed(certificate: &CertificateDer<'_>) -> bool {
    webpki::EndEntityCert::try_from(certificate).is_ok_and(|read| read.issuer() == read.subject())
}

//! Certificates for the kit's server: an authority of its own, and servers' certificates good and bad.

use std::fmt;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ServerConfig, WebPkiClientVerifier};

/// Where the kit's servers are.
const HERE: [&str; 2] = ["127.0.0.1", "localhost"];

/// A certificate authority that nobody knows but who is given its certificate.
pub struct Authority {
    pem: String,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

/// Kinds of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// None: it is good for the kit's servers.
    None,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// It was made for another server.
    WrongName,
    /// It is for clients.
    WrongUse,
}

impl Authority {
    /// A new one.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each one is another")]
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        let name = "The test kit’s authority";
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            issuer: Issuer::new(params, key),
        }
    }

    /// Its certificate, for `SPOOL_CA_FILE`.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A new server certificate.
    #[must_use]
    pub fn issue(&self, flaw: Flaw) -> Identity {
        let names = match flaw {
            Flaw::WrongName => vec!["elsewhere.example.org".to_owned()],
            _ => HERE.map(str::to_owned).to_vec(),
        };
        let mut params = CertificateParams::new(names).expect("names");
        match flaw {
            Flaw::Expired => params.not_after = date_time_ymd(2020, 1, 1),
            Flaw::NotYetValid => params.not_before = date_time_ymd(2150, 1, 1),
            _ => {}
        }
        params.extended_key_usages = vec![match flaw {
            Flaw::WrongUse => ExtendedKeyUsagePurpose::ClientAuth,
            _ => ExtendedKeyUsagePurpose::ServerAuth,
        }];
        self.sign(params)
    }

    /// A new certificate for a client.
    #[must_use]
    pub fn issue_for_client(&self, name: &str) -> Identity {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params)
    }

    fn sign(&self, mut params: CertificateParams) -> Identity {
        params
            .distinguished_name
            .push(DnType::CommonName, "The test kit");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Identity::new(&certificate, &key)
    }
}

/// A certificate and its key.
#[derive(Clone)]
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
    pem: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

impl Identity {
    /// A new one that vouches for itself.
    #[must_use]
    pub fn self_signed() -> Self {
        let params = CertificateParams::new(HERE.map(str::to_owned).to_vec()).expect("names");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self::new(&certificate, &key)
    }

    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        Self {
            certificate: certificate.der().clone(),
            key: key.serialize_der(),
            pem: format!("{}{}", certificate.pem(), key.serialize_pem()),
        }
    }

    /// Certificate and key.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The certificate, as it goes over the wire.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.certificate
    }
}

/// How a server speaks TLS.
#[derive(Clone, Debug)]
pub struct Tls {
    identity: Identity,
    clients: Option<(CertificateDer<'static>, bool)>,
}

impl Tls {
    /// With this certificate, for everybody.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            clients: None,
        }
    }

    /// Asks clients for a certificate of this authority; without one they are served all the same.
    #[must_use]
    pub fn asking_clients(mut self, authority: &Authority) -> Self {
        self.clients = Some((authority.der.clone(), false));
        self
    }

    /// The same, but without one nobody is served.
    #[must_use]
    pub fn only_for_clients(mut self, authority: &Authority) -> Self {
        self.clients = Some((authority.der.clone(), true));
        self
    }

    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("the usual versions");
        let builder = match &self.clients {
            None => builder.with_no_client_auth(),
            Some((authority, needed)) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.clone()).expect("an authority");
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                let verifier = match needed {
                    true => verifier,
                    false => verifier.allow_unauthenticated(),
                };
                builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
            }
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.identity.key.clone()));
        let config = builder
            .with_single_cert(vec![self.identity.certificate.clone()], key)
            .expect("the key belongs to the certificate");
        Arc::new(config)
    }
}

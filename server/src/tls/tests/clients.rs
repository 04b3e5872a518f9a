//! Certificates in a folder of their own, and clients that trust exactly one of them.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertifiedKey, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ALL_VERSIONS, ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio_rustls::server;

use crate::tls::{Tls, TlsError};

/// A certificate for `localhost`, signed by itself.
pub(super) struct Identity(CertifiedKey<KeyPair>);

impl Identity {
    pub(super) fn new() -> Self {
        Self(rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap())
    }

    pub(super) fn certificate(&self) -> String {
        self.0.cert.pem()
    }

    pub(super) fn key(&self) -> String {
        self.0.signing_key.serialize_pem()
    }

    fn der(&self) -> CertificateDer<'static> {
        self.0.cert.der().clone()
    }
}

/// Where a server's two files are.
pub(super) struct Folder(TempDir);

impl Folder {
    pub(super) fn with(certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.put(certificate, key);
        folder
    }

    pub(super) fn of(identity: &Identity) -> Self {
        Self::with(identity.certificate(), identity.key())
    }

    pub(super) fn put(&self, certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) {
        fs::write(self.certificate(), certificate).unwrap();
        fs::write(self.key(), key).unwrap();
    }

    pub(super) fn certificate(&self) -> PathBuf {
        self.0.path().join("chain.pem")
    }

    pub(super) fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }

    pub(super) fn load(&self) -> Result<Tls, TlsError> {
        Tls::load(&self.certificate(), &self.key())
    }
}

/// A client that trusts `identity` alone.
pub(super) fn client(
    identity: &Identity,
    offers: &[&str],
    versions: &[&'static SupportedProtocolVersion],
) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(identity.der()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = offers.iter().map(|name| name.as_bytes().to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

pub(super) async fn connect<IO: AsyncRead + AsyncWrite + Unpin>(
    client: TlsConnector,
    io: IO,
) -> io::Result<client::TlsStream<IO>> {
    let name = ServerName::try_from("localhost").unwrap();
    client.connect(name, io).await
}

type Outcome<Stream> = io::Result<Stream>;

/// One handshake over a pipe that holds `room` bytes each way.
pub(super) async fn shake(
    tls: &Tls,
    client: TlsConnector,
    room: usize,
) -> (
    Outcome<client::TlsStream<DuplexStream>>,
    Outcome<server::TlsStream<DuplexStream>>,
) {
    let (near, far) = tokio::io::duplex(room);
    let both = async { tokio::join!(connect(client, near), tls.accept(far)) };
    tokio::time::timeout(Duration::from_secs(20), both)
        .await
        .expect("a handshake ends within 20 s")
}

/// Whether a client that trusts `identity` alone gets through.
pub(super) async fn shows(tls: &Tls, identity: &Identity) -> bool {
    let client = client(identity, &["http/1.1"], ALL_VERSIONS);
    let (near, _) = shake(tls, client, 1 << 16).await;
    near.is_ok_and(|stream| {
        let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
        shown.first() == Some(&identity.der())
    })
}

//! What a client speaks to the server, and the certificate for where that is TLS.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::server::soon;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/1.1 in the clear.
    Http1,
    /// HTTP/2 in the clear, by prior knowledge.
    Http2,
    /// HTTP/1.1 over TLS.
    Https1,
    /// HTTP/2 over TLS, by ALPN.
    Https2,
}

impl Protocol {
    pub(crate) const ALL: [Self; 4] = [Self::Http1, Self::Http2, Self::Https1, Self::Https2];

    /// Those that a browser speaks: it does not know of HTTP/2 in the clear.
    pub(crate) const IN_BROWSERS: [Self; 2] = [Self::Http1, Self::Https2];

    pub(crate) fn is_http2(self) -> bool {
        matches!(self, Self::Http2 | Self::Https2)
    }

    pub(crate) fn is_tls(self) -> bool {
        matches!(self, Self::Https1 | Self::Https2)
    }

    pub(crate) fn scheme(self) -> &'static str {
        if self.is_tls() { "https" } else { "http" }
    }

    /// A certificate, if the protocol wants one.
    pub(crate) fn certificate(self) -> Option<Certificate> {
        self.is_tls().then(Certificate::new)
    }
}

/// A certificate for the loopback that vouches for itself, and its key, in files.
#[derive(Debug)]
pub(crate) struct Certificate(TempDir);

impl Certificate {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let pair = rcgen::generate_simple_self_signed(names).unwrap();
        let certificate = Self(folder);
        std::fs::write(certificate.file(), pair.cert.pem()).unwrap();
        std::fs::write(certificate.key_file(), pair.signing_key.serialize_pem()).unwrap();
        certificate
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder().join("certificate.pem")
    }

    /// TLS on a connection to a server with this certificate.
    pub(crate) async fn trusted(&self, connection: TcpStream) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(self.file()).unwrap())
            .unwrap();
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let handshake = TlsConnector::from(Arc::new(config)).connect(name, connection);
        soon("a handshake", handshake).await.unwrap()
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.folder().join("key.pem")
    }
}

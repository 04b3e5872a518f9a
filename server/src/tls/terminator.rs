//! The server's end of TLS: the pair in use, how it is replaced, and the handshake.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ServerConfig, version};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{Accept, TlsAcceptor};

use super::pair::{self, TlsError};

const H2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// Most that a connection holds encrypted and unsent: two records. A peer that stops reading costs
/// this much memory, and a slow one is seen to move each time this much is gone; rustls's 64 KiB
/// would let one with 5 kB/s look stalled for 13 s.
const WRITE_BUFFER: usize = 32 * 1024;

/// Terminates TLS with a certificate and key out of PEM files.
///
/// Clones share the pair in use: [`reload`](Self::reload) on one changes it for all.
///
/// ```no_run
/// # use std::path::Path;
/// let tls = server::Tls::load(Path::new("chain.pem"), Path::new("key.pem"))?;
/// tls.reload()?; // after the files have been replaced
/// # Ok::<_, server::TlsError>(())
/// ```
#[derive(Clone)]
pub struct Tls {
    source: Arc<Source>,
    config: Arc<ServerConfig>,
}

impl Tls {
    /// Reads the certificate chain, the server's own certificate first, and the private key. One
    /// file may hold both. HTTP/2 and HTTP/1.1 are offered.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let source = Arc::new(Source {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            current: RwLock::new(Arc::new(pair::load(certificate, key, &provider)?)),
            provider: Arc::clone(&provider),
        });
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .expect("ring has cipher suites for both versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&source) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![H2.to_vec(), HTTP1.to_vec()];
        Ok(Self {
            source,
            config: Arc::new(config),
        })
    }

    /// Leaves HTTP/2 out of what is offered. A client that offers nothing but HTTP/2 is refused
    /// during the handshake.
    pub fn http1_only(mut self) -> Self {
        Arc::make_mut(&mut self.config).alpn_protocols = vec![HTTP1.to_vec()];
        self
    }

    /// Reads the files again. Handshakes from now on use the new pair; connections that exist keep
    /// the one they have, and clients that resume a session are not shown a certificate. If the new
    /// pair cannot be used, the one in use stays.
    ///
    /// Whoever replaces the files does well to replace both and then ask: in between, they do not
    /// match. Reads files, so it blocks for as long as that takes.
    pub fn reload(&self) -> Result<(), TlsError> {
        let source = &self.source;
        let pair = pair::load(&source.certificate, &source.key, &source.provider)?;
        *source
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
        Ok(())
    }

    /// The handshake, for the caller to bound in time. On failure the client has been sent the
    /// alert that says why, if its socket took it.
    ///
    /// # What the stream guarantees to those who watch for stalled writers
    ///
    /// - `poll_write` encrypts, then passes on to the socket what this takes. It answers `Ready`
    ///   also for bytes that stay behind here, 32 KiB at most, and `Pending` only if not a byte
    ///   found room. So `Ready` does not mean that the peer moved, only that it was less than
    ///   32 KiB behind.
    /// - `poll_flush` is `Ready` when nothing stays behind here (the socket's own buffer may be
    ///   full), and `Pending` until then. What it moves meanwhile does not show.
    /// - A peer that reads nothing thus shows as `Pending` from `poll_flush` at the latest, at the
    ///   same point as on a plain socket plus 32 KiB.
    /// - `poll_shutdown` sends close-notify, flushes and half-closes the socket; reading on after
    ///   it works. A peer that ends without close-notify shows as
    ///   [`UnexpectedEof`](std::io::ErrorKind::UnexpectedEof) from reads: no failure by itself,
    ///   since HTTP has its own ends of messages.
    pub(crate) fn accept<IO>(&self, io: IO) -> Accept<IO>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        TlsAcceptor::from(Arc::clone(&self.config)).accept_with(io, |session| {
            session.set_buffer_limit(Some(WRITE_BUFFER));
        })
    }
}

/// Whether client and server agreed on HTTP/2. A client that offers nothing speaks HTTP/1.1.
pub(crate) fn chose_h2<IO>(stream: &TlsStream<IO>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(H2)
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// The files, and the pair that was in them when they were last found good.
struct Source {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
    provider: Arc<CryptoProvider>,
}

impl ResolvesServerCert for Source {
    /// The one pair, whatever name the client asks for.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("certificate", &self.certificate)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

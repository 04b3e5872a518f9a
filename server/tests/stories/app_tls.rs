//! `--tls-cert` and `--tls-key`, and what SIGHUP does.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::client::soon;
use crate::logged::Logged;

struct Files(TempDir);

impl Files {
    fn certificate(&self) -> PathBuf {
        self.0.path().join("chain.pem")
    }

    fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }

    /// Puts a new pair in place.
    fn renew(&self) -> CertifiedKey<KeyPair> {
        let pair = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(self.certificate(), pair.cert.pem()).unwrap();
        fs::write(self.key(), pair.signing_key.serialize_pem()).unwrap();
        pair
    }
}

/// Asks for `/version`, trusting nothing but `pair`.
async fn ask(address: SocketAddr, pair: &CertifiedKey<KeyPair>) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(pair.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let mut stream = soon("a handshake", connecting).await?;
    let request = b"GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await?;
    let mut answer = String::new();
    soon("an answer", stream.read_to_string(&mut answer)).await?;
    Ok(answer)
}

fn hang_up(server: &Logged) {
    let id = server.child.id().and_then(|id| i32::try_from(id).ok());
    kill_process(Pid::from_raw(id.unwrap()).unwrap(), Signal::HUP).unwrap();
}

#[tokio::test]
async fn a_hangup_reads_the_certificate_again() {
    let files = Files(tempfile::tempdir().unwrap());
    let first = files.renew();
    let mut server = Logged::start(&format!(
        "--listen 127.0.0.1:0 --tls-cert {} --tls-key {}",
        files.certificate().display(),
        files.key().display()
    ));
    let address = server.address().await;
    let answer = ask(address, &first).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");

    let second = files.renew();
    ask(address, &second)
        .await
        .expect_err("the first is in use");
    hang_up(&server);
    server.says("the certificate has been read again").await;
    ask(address, &second).await.unwrap();
    ask(address, &first)
        .await
        .expect_err("the second is in use");

    fs::write(files.key(), "").unwrap();
    hang_up(&server);
    let complaint = server
        .says("failed to read the certificate; the one in use stays")
        .await;
    let error = complaint["error"].as_str().unwrap();
    assert!(error.ends_with("key.pem is empty"), "{error}");
    ask(address, &second).await.unwrap();
}

//! HTTP/2 as most clients speak it: over TLS, agreed upon in the handshake (ALPN).

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rcgen::generate_simple_self_signed;
use server::{Phase, Server, Tls};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::client::soon;
use crate::h2_client::{H2, answer, chunk};
use crate::library::Library;

const LONG: Duration = Duration::from_mins(1);
/// Short enough to sit out, long enough for a busy machine to tell before from after.
const SHORT: Duration = Duration::from_millis(300);

/// What a server shows, and the certificate that its clients trust.
fn identity() -> (Tls, CertificateDer<'static>) {
    let pair = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (
        folder.path().join("chain.pem"),
        folder.path().join("key.pem"),
    );
    fs::write(&chain, pair.cert.pem()).unwrap();
    fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    (Tls::load(&chain, &key).unwrap(), pair.cert.der().clone())
}

async fn encrypted(address: SocketAddr, trusted: CertificateDer<'static>) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    soon("a handshake", connecting).await.unwrap()
}

#[tokio::test]
async fn it_is_agreed_upon_and_left_in_order() {
    let (tls, trusted) = identity();
    let leaving = Server::builder()
        .unready(Duration::ZERO)
        .lame(LONG)
        .total(2 * LONG);
    let server = Library::serve(leaving.tls(tls)).await;
    let stream = encrypted(server.address, trusted).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let mut client = H2::over(stream).await;
    let (status, body) = client.requests.get("/medium").await.unwrap();
    assert_eq!((status, body.len()), (200, 40_000));
    let response = client.requests.ask("/events").await.unwrap().await.unwrap();
    let mut events = response.into_body();
    assert_eq!(chunk(&mut events).await.unwrap().as_deref(), Some("here\n"));
    server.handle.leave();
    server.reaches(Phase::Lame).await;
    assert_eq!(chunk(&mut events).await.unwrap().as_deref(), Some("bye\n"));
    client.end().await.unwrap();
    let departure = server.departure().await;
    assert!(departure.is_clean());
    assert_eq!(departure.drained, 1);
}

/// The time for what comes before the first request begins when the client begins to speak.
#[tokio::test]
async fn a_client_that_says_nothing_in_tls_is_cut_and_counted() {
    let (tls, trusted) = identity();
    let server = Library::serve(Server::builder().header_deadline(SHORT).tls(tls)).await;
    let silent = encrypted(server.address, trusted.clone()).await;
    server.has(0, 0).await;
    assert_eq!(server.handle.counts().cut.header, 1);
    let mut client = H2::over(encrypted(server.address, trusted).await).await;
    let response = client.requests.ask("/").await.unwrap();
    assert_eq!(answer(response).await.unwrap().0, 200);
    drop(silent);
}

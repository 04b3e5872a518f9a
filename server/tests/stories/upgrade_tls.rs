//! A WebSocket over TLS is ended like any other: the frames are followed above the encryption.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use rcgen::generate_simple_self_signed;
use server::{Server, Tls};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::client::soon;
use crate::upgrades::{connect_over, next, read_to_close, serve};

#[tokio::test]
async fn it_is_closed_between_two_messages() {
    let pair = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (
        folder.path().join("chain.pem"),
        folder.path().join("key.pem"),
    );
    fs::write(&certificate, pair.cert.pem()).unwrap();
    fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    let hurried = Server::builder()
        .unready(Duration::ZERO)
        .upgrade_grace(Duration::ZERO)
        .tls(Tls::load(&certificate, &key).unwrap());
    let server = serve(hurried).await;

    let mut roots = RootCertStore::empty();
    roots.add(pair.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let stream = soon("a handshake", connecting).await.unwrap();
    let mut client = Box::pin(connect_over(stream, "/flood")).await;
    for _ in 0..50 {
        next(&mut client).await;
    }
    server.handle.leave();
    let (close, _) = read_to_close(&mut client).await;
    assert_eq!(close.code, CloseCode::Away);
    drop(client);
    assert!(server.departure().await.is_clean());
}

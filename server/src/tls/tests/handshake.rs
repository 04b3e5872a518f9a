//! What client and server agree on, and over what.

use std::io::{ErrorKind, Write as _};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_rustls::rustls::{self, ALL_VERSIONS, AlertDescription, ProtocolVersion, version};

use super::clients::{Folder, Identity, client, connect, shake};
use crate::proxy;
use crate::tls::{Tls, chose_h2};

fn tls() -> (Tls, Identity) {
    let identity = Identity::new();
    (Folder::of(&identity).load().unwrap(), identity)
}

#[tokio::test]
async fn the_protocol_is_the_servers_first_choice_among_those_offered() {
    let (both, identity) = tls();
    let http1 = both.clone().http1_only();
    for (tls, offers, h2) in [
        (&both, &["h2", "http/1.1"][..], true),
        (&both, &["http/1.1", "h2"], true),
        (&both, &["h2"], true),
        (&both, &["http/1.1"], false),
        (&both, &[], false),
        (&http1, &["h2", "http/1.1"], false),
        (&http1, &[], false),
    ] {
        let (near, far) = shake(tls, client(&identity, offers, ALL_VERSIONS), 1 << 16).await;
        near.unwrap();
        assert_eq!(chose_h2(&far.unwrap()), h2, "{offers:?}");
    }
}

#[tokio::test]
async fn a_client_without_a_common_protocol_is_told_so() {
    let (tls, identity) = tls();
    let tls = tls.http1_only();
    let (near, far) = shake(&tls, client(&identity, &["h2"], ALL_VERSIONS), 1 << 16).await;
    assert_eq!(far.unwrap_err().kind(), ErrorKind::InvalidData);
    let error = near.unwrap_err().downcast::<rustls::Error>().unwrap();
    let expected = rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol);
    assert_eq!(error, expected);
}

#[tokio::test]
async fn both_versions_are_spoken() {
    let (tls, identity) = tls();
    for (offered, expected) in [
        (&version::TLS12, ProtocolVersion::TLSv1_2),
        (&version::TLS13, ProtocolVersion::TLSv1_3),
    ] {
        let (near, far) = shake(&tls, client(&identity, &["h2"], &[offered]), 1 << 16).await;
        assert_eq!(near.unwrap().get_ref().1.protocol_version(), Some(expected));
        assert!(chose_h2(&far.unwrap()));
    }
}

#[tokio::test]
async fn a_handshake_gets_through_a_narrow_pipe() {
    let (tls, identity) = tls();
    // Less than one side says at a time, but room for the session tickets that nobody reads here.
    let (near, far) = shake(&tls, client(&identity, &["h2"], ALL_VERSIONS), 400).await;
    near.unwrap();
    far.unwrap();
}

#[tokio::test]
async fn bytes_read_ahead_can_be_replayed() {
    let (tls, identity) = tls();
    let (near, mut far) = tokio::io::duplex(1 << 16);
    let mut ahead = [0; 7];
    let server = async {
        far.read_exact(&mut ahead).await.unwrap();
        let (read, write) = tokio::io::split(far);
        tls.accept(tokio::io::join(ahead.chain(read), write)).await
    };
    let client = client(&identity, &["h2"], ALL_VERSIONS);
    let (near, far) = tokio::join!(connect(client, near), server);
    near.unwrap();
    assert!(chose_h2(&far.unwrap()));
}

#[tokio::test]
async fn a_proxy_header_may_come_first() {
    let (tls, identity) = tls();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let near = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let header =
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\x0a\0\0\x02\xd9\x03\x01\xbb";
        stream.write_all(header).await.unwrap();
        let client = client(&identity, &["h2"], ALL_VERSIONS);
        connect(client, stream).await.unwrap()
    };
    let far = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let source = proxy::read(&mut stream).await.unwrap();
        (source, tls.accept(stream).await.unwrap())
    };
    let (_near, (source, far)) = tokio::join!(near, far);
    assert_eq!(source, Some("203.0.113.7:55555".parse().unwrap()));
    assert!(chose_h2(&far));
}

#[tokio::test]
async fn what_is_no_tls_fails_at_once() {
    let (tls, _) = tls();
    for (sent, kind) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], ErrorKind::InvalidData),
        (b"\x16\x03\x01\x00", ErrorKind::UnexpectedEof),
        (b"", ErrorKind::UnexpectedEof),
    ] {
        let io = tokio::io::join(sent, tokio::io::sink());
        let error = tls.accept(io).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[tokio::test]
async fn openssl_agrees() {
    let identity = Identity::new();
    let folder = Folder::of(&identity);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Command::new("openssl")
        .args(["s_client", "-brief", "-verify_return_error", "-alpn", "h2"])
        .args(["-servername", "localhost", "-verify_hostname", "localhost"])
        .arg("-CAfile")
        .arg(folder.certificate())
        .arg("-connect")
        .arg(listener.local_addr().unwrap().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let client = match client {
        Ok(client) => client,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // Past the test harness, which keeps the output of tests that pass to itself.
            writeln!(std::io::stderr(), "SKIPPED openssl_agrees: no openssl here").unwrap();
            return;
        }
        Err(error) => panic!("openssl: {error}"),
    };
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = folder.load().unwrap().accept(stream).await.unwrap();
        assert!(chose_h2(&stream));
        stream.shutdown().await.unwrap();
    };
    let both = async { tokio::join!(client.wait_with_output(), server) };
    let (output, ()) = tokio::time::timeout(Duration::from_secs(20), both)
        .await
        .expect("openssl answers within 20 s");
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Verification: OK"), "{said}");
}

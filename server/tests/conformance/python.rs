//! Python's own HTTP client, httpx, and the `websockets` package.

use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::echo::{self, SIZES, content, digest};
use crate::leave::{AT_ONCE, nothing_was_cut, through_a_leave};
use crate::programs::{printed, python};
use crate::protocol::{Certificate, Protocol};
use crate::server::{Server, soon};

/// A script of `clients/`, with its first two arguments: an address or URL, and the certificate's
/// file.
async fn script(name: &str, place: &str, certificate: Option<&Certificate>) -> Option<Command> {
    let mut python = python().await?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/clients");
    let file = certificate.map_or_else(|| "-".into(), Certificate::file);
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    python.arg(folder.join(name)).arg(place).arg(file);
    Some(python)
}

/// Each size as the scripts take it.
fn sizes() -> [String; 4] {
    SIZES.map(|size| size.to_string())
}

/// What a script prints of each size if its body came back unchanged.
fn unchanged(before: &str) -> [String; 4] {
    SIZES.map(|size| format!("{before} {size} {}\n", digest(&content(size))))
}

/// As httpx takes it, and as it prints it.
fn version(protocol: Protocol) -> (&'static str, &'static str) {
    if protocol.is_http2() {
        ("2", "HTTP/2")
    } else {
        ("1", "HTTP/1.1")
    }
}

#[tokio::test]
async fn http_client_sends_sized_and_chunked_bodies() {
    for protocol in [Protocol::Http1, Protocol::Https1] {
        let echo = echo::serve(protocol).await;
        let (address, certificate) = (echo.address.to_string(), echo.certificate.as_ref());
        let script = script("http_client.py", &address, certificate).await;
        let Some(mut script) = script else { return };
        let lines = printed(script.args(sizes())).await;
        let each_twice = unchanged("200").map(|line| line.repeat(2));
        assert_eq!(lines, each_twice.concat(), "{protocol:?}");
    }
}

#[tokio::test]
async fn httpx_sends_bodies_side_by_side() {
    for protocol in Protocol::ALL {
        let echo = echo::serve(protocol).await;
        let script = script("httpx_bodies.py", &echo.url(""), echo.certificate.as_ref()).await;
        let Some(mut script) = script else { return };
        let (asked, spoken) = version(protocol);
        let lines = printed(script.arg(asked).args(sizes())).await;
        let wanted = unchanged(&format!("200 {spoken}"));
        assert_eq!(lines, wanted.concat(), "{protocol:?}");
    }
}

/// Over HTTP/1.1: the h2 package takes a GOAWAY for the end of the connection, and fails every stream
/// that is open on it (<https://github.com/python-hyper/h2/issues/1181>).
#[tokio::test]
async fn httpx_is_answered_while_the_server_leaves() {
    for protocol in [Protocol::Http1, Protocol::Https1] {
        let server = Server::start_over(protocol, &AT_ONCE).await;
        let script = script(
            "httpx_leave.py",
            &server.url(""),
            server.certificate.as_ref(),
        )
        .await;
        let Some(mut script) = script else { return };
        let (asked, spoken) = version(protocol);
        let lines = through_a_leave(server, script.arg(asked), 4).await;
        assert_eq!(lines, format!("40 200 {spoken}\n"), "{protocol:?}");
    }
}

#[tokio::test]
async fn websockets_hears_that_the_server_leaves() {
    for protocol in [Protocol::Http1, Protocol::Https1] {
        let server = Server::start_over(protocol, &AT_ONCE).await;
        let url = server.url("/ws").replacen("http", "ws", 1);
        let script = script("websocket.py", &url, server.certificate.as_ref()).await;
        let Some(mut script) = script else { return };
        let mut child = script
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let open = soon("a web socket", lines.next_line()).await.unwrap();
        assert_eq!(open.as_deref(), Some("open"), "{protocol:?}");
        server.terminate();
        let closed = soon("its close", lines.next_line()).await.unwrap();
        assert_eq!(closed.as_deref(), Some("1001 True"), "{protocol:?}");
        nothing_was_cut(server).await;
    }
}

//! Python's own HTTP client, and httpx.

use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::echo::{self, SIZES, content, digest};
use crate::leave::{AT_ONCE, nothing_was_cut, through_a_leave};
use crate::programs::{printed, python};
use crate::protocol::Protocol;
use crate::server::{Server, soon};

/// A script of `clients/`.
async fn script(name: &str) -> Option<Command> {
    let mut python = python().await?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/clients");
    python
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(folder.join(name));
    Some(python)
}

/// Each size as the scripts print it.
fn sizes() -> [String; 4] {
    SIZES.map(|size| size.to_string())
}

/// What a script prints of each size if its body came back unchanged.
fn unchanged(before: &str) -> [String; 4] {
    SIZES.map(|size| format!("{before} {size} {}\n", digest(&content(size))))
}

#[tokio::test]
async fn http_client_sends_sized_and_chunked_bodies() {
    let Some(mut script) = script("http_client.py").await else {
        return;
    };
    let echo = echo::serve(Protocol::Http1).await;
    let lines = printed(script.arg(echo.address.to_string()).args(sizes())).await;
    let each_twice = unchanged("200").map(|line| line.repeat(2));
    assert_eq!(lines, each_twice.concat());
}

#[tokio::test]
async fn httpx_sends_bodies_side_by_side() {
    let Some(mut script) = script("httpx_bodies.py").await else {
        return;
    };
    let echo = echo::serve(Protocol::Http1).await;
    let lines = printed(script.args([&echo.url(""), "1", "-"]).args(sizes())).await;
    assert_eq!(lines, unchanged("200 HTTP/1.1").concat());
}

#[tokio::test]
async fn websockets_hears_that_the_server_leaves() {
    let Some(mut script) = script("websocket.py").await else {
        return;
    };
    let server = Server::start(&AT_ONCE).await;
    let url = server.url("/ws").replacen("http", "ws", 1);
    script.args([&url, "-"]).stdout(Stdio::piped());
    let mut child = script.kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let open = soon("a web socket", lines.next_line()).await.unwrap();
    assert_eq!(open.as_deref(), Some("open"));
    server.terminate();
    let closed = soon("its close", lines.next_line()).await.unwrap();
    assert_eq!(closed.as_deref(), Some("1001 True"));
    nothing_was_cut(server).await;
}

#[tokio::test]
async fn httpx_is_answered_while_the_server_leaves() {
    let Some(mut script) = script("httpx_leave.py").await else {
        return;
    };
    let server = Server::start(&AT_ONCE).await;
    script.args([&server.url(""), "1", "-"]);
    let lines = through_a_leave(server, &mut script, 4).await;
    assert_eq!(lines, "40 200 HTTP/1.1\n");
}

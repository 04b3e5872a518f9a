//! A client at work while the server leaves.

use std::process::Stdio;

use tokio::net::TcpStream;
use tokio::process::Command;

use crate::programs::checked;
use crate::server::{Server, soon};

/// No time for a balancer to look away: whatever the client does happens in the phase in which
/// every response says close.
pub(crate) const AT_ONCE: [&str; 1] = ["--unready=0s"];

/// Runs the client, orders the server to leave once `busy` of its requests are being handled, and
/// waits for both. Returns what the client printed; the server must have cut nothing.
pub(crate) async fn through_a_leave(server: Server, client: &mut Command, busy: usize) -> String {
    let held = hold(&server).await;
    let child = client
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    server.is_busy(busy).await;
    server.terminate();
    let output = soon("a client", child.wait_with_output()).await.unwrap();
    let printed = checked(client, &output);
    drop(held);
    nothing_was_cut(server).await;
    printed
}

/// A silent connection, to be held until a client has ended: without any, a server that leaves is
/// right to end between two of the client's.
pub(crate) async fn hold(server: &Server) -> TcpStream {
    TcpStream::connect(server.address).await.unwrap()
}

/// Waits for the end of a server that has been told to leave.
pub(crate) async fn nothing_was_cut(server: Server) {
    let (code, account) = server.departure().await;
    let forced = account["forced"].as_object().unwrap();
    assert!(forced.values().all(|count| *count == 0), "{account}");
    assert_eq!(code, Some(0), "{account}");
}

//! The supervisor's contract: a passed socket, `NOTIFY_SOCKET`.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::Stdio;

use tokio::net::UnixDatagram;
use tokio::process::Command;

use crate::client::{Client, soon};
use crate::process::{Process, command};

/// The shell puts its stdin at descriptor 3 and becomes the server, so that `LISTEN_PID` is the
/// server's.
fn with_descriptor_3(passed: Stdio, flags: &str) -> Command {
    let server = env!("CARGO_BIN_EXE_baton-server");
    let script = format!("exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec {server} {flags}");
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .stdin(passed)
        .env("RUST_LOG", "info");
    command
}

#[tokio::test]
async fn a_passed_socket_is_served_and_outlives_the_server() {
    let kept = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = kept.local_addr().unwrap();
    let passed = OwnedFd::from(kept.try_clone().unwrap());
    // Connected before the server exists: waits in the queue, is served.
    let mut early = Client::connect(address).await;

    let server = Process::spawn(with_descriptor_3(passed.into(), "--unready 0s")).await;
    assert_eq!(server.address, address, "the passed socket, not --listen");
    assert_eq!(early.get("/healthz").await.unwrap().status, 200);
    drop(early);
    server.terminate();
    assert_eq!(server.departure().await.0, Some(0));
    Client::try_connect(address)
        .await
        .expect("the queue is the supervisor's");

    let passed = OwnedFd::from(kept).into();
    let successor = Process::spawn(with_descriptor_3(passed, "--unready 0s")).await;
    let mut client = Client::connect(successor.address).await;
    assert_eq!(client.get("/healthz").await.unwrap().status, 200);
}

#[tokio::test]
async fn what_is_no_socket_is_refused() {
    let mut command = with_descriptor_3(Stdio::null(), "");
    let output = soon("the exit", command.output()).await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("the inherited socket cannot be used"),
        "{said}"
    );
}

#[tokio::test]
async fn the_supervisor_is_told_when_it_serves_and_when_it_leaves() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let supervisor = UnixDatagram::bind(&path).unwrap();
    let mut command = command("--listen 127.0.0.1:0 --unready 0s --drain-total 20s");
    command.env("NOTIFY_SOCKET", &path);
    let server = Process::spawn(command).await;
    assert_eq!(next(&supervisor).await, "READY=1\n");
    server.terminate();
    assert_eq!(
        next(&supervisor).await,
        "STOPPING=1\nEXTEND_TIMEOUT_USEC=21000000\n"
    );
    assert_eq!(server.departure().await.0, Some(0));
}

async fn next(supervisor: &UnixDatagram) -> String {
    let mut message = vec![0; 1024];
    let length = soon("a notification", supervisor.recv(&mut message))
        .await
        .unwrap();
    String::from_utf8_lossy(&message[..length]).into_owned()
}

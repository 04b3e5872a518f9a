//! Restarts in place that go wrong: somebody serves all the same.

use rustix::process::Signal;

use crate::client::{Client, soon, until};
use crate::process::{Process, command};
use crate::restart::{Home, in_flight, is_served_by, is_socket, release_of};

const UPLOAD: &str = "POST /api/v1/slow HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\n12";

#[tokio::test]
async fn if_the_new_server_dies_the_old_one_serves_on() {
    let home = Home::new();
    let old = home.start("1.0.0").await;
    // Keeps the old one from leaving.
    let mut busy = Client::connect(old.address).await;
    busy.send(UPLOAD).await.unwrap();
    in_flight(&old, 1).await;
    let new = home.succeed(&old, "1.1.0").await;
    is_served_by(&old, "1.1.0").await;
    new.kill().await;

    let mut again = Client::connect(old.address).await;
    assert_eq!(release_of(&mut again).await, "1.0.0");
    until("the old server to be ready again", async || {
        again.get("/healthz").await.unwrap().status == 200
    })
    .await;
    busy.send("34").await.unwrap();
    let answer = busy.answer().await.unwrap();
    assert_eq!((answer.status, answer.says_close()), (200, false));
    // And it can be succeeded once more.
    let _third = home.succeed(&old, "1.2.0").await;
    assert_eq!(old.departure().await.0, Some(0));
    assert_eq!(release_of(&mut again).await, "1.2.0");
    assert_eq!(release_of(&mut busy).await, "1.2.0");
}

#[tokio::test]
async fn a_server_that_was_told_to_leave_and_lost_its_successor_still_leaves() {
    let home = Home::new();
    let flags = home.flags("1.0.0") + " --unready 0s";
    let old = Process::start(&flags).await;
    let mut busy = Client::connect(old.address).await;
    busy.send(UPLOAD).await.unwrap();
    in_flight(&old, 1).await;
    let new = home.succeed(&old, "1.1.0").await;
    is_served_by(&old, "1.1.0").await;
    old.terminate();
    new.kill().await;
    busy.send("34").await.unwrap();
    assert_eq!(busy.answer().await.unwrap().status, 200);
    drop(busy);
    assert_eq!(old.departure().await.0, Some(0));
}

#[tokio::test]
async fn a_server_that_is_stopped_at_once_does_not_wait_for_a_predecessor_that_is_busy() {
    let home = Home::new();
    let old = home.start("1.0.0").await;
    let mut busy = Client::connect(old.address).await;
    busy.send(UPLOAD).await.unwrap();
    in_flight(&old, 1).await;
    let flags = home.flags("1.1.0") + " --unready 0s --lame 0s --drain-total 10m";
    let new = Process::start(&flags).await;
    new.terminate();
    assert_eq!(new.departure().await.0, Some(0));
    busy.send("34").await.unwrap();
    assert_eq!(busy.answer().await.unwrap().status, 200);
    drop(busy);
    assert_eq!(old.departure().await.0, Some(0));
}

#[tokio::test]
async fn if_the_old_server_is_killed_the_new_one_has_what_had_come() {
    let home = Home::new();
    let old = home.start("1.0.0").await;
    let mut idle = Client::connect(old.address).await;
    assert_eq!(release_of(&mut idle).await, "1.0.0");
    let mut busy = Client::connect(old.address).await;
    busy.send(UPLOAD).await.unwrap();
    in_flight(&old, 1).await;
    let new = home.succeed(&old, "1.1.0").await;
    until("the idle connection to move", async || {
        release_of(&mut idle).await == "1.1.0"
    })
    .await;
    old.kill().await;
    assert_eq!(release_of(&mut idle).await, "1.1.0");
    let mut fresh = Client::connect(new.address).await;
    assert_eq!(release_of(&mut fresh).await, "1.1.0");
}

#[tokio::test]
async fn the_socket_of_a_killed_server_is_in_nobodys_way() {
    let home = Home::new();
    home.start("1.0.0").await.kill().await;
    assert!(is_socket(&home.path()), "left behind");
    let next = home.start("1.1.0").await;
    let mut client = Client::connect(next.address).await;
    assert_eq!(release_of(&mut client).await, "1.1.0");
    next.signal(Signal::TERM);
    next.signal(Signal::INT);
    assert_eq!(next.departure().await.0, Some(1), "a second signal forces");
    drop(client);
    assert!(!is_socket(&home.path()), "taken away");
}

#[tokio::test]
async fn a_second_server_on_another_address_is_refused_and_changes_nothing() {
    let home = Home::new();
    let mut old = home.start("1.0.0").await;
    let mut other = command(&home.flags("1.1.0"));
    other.args(["--listen", "127.0.0.1:1"]);
    let output = soon("the exit", other.output()).await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("the predecessor listens on"), "{said}");
    let mut client = Client::connect(old.address).await;
    assert_eq!(release_of(&mut client).await, "1.0.0");
    assert!(old.runs());
}

#[tokio::test]
async fn a_path_that_cannot_be_used_is_told_in_a_sentence() {
    let home = Home::new();
    let file = home.path();
    std::fs::write(&file, "precious").unwrap();
    for (path, expected) in [
        (file.clone(), "exists and is no socket"),
        (file.with_file_name("no/such/folder"), "no/such/folder"),
    ] {
        let mut server = command("--listen 127.0.0.1:0");
        server.arg("--handoff").arg(&path);
        let output = soon("the exit", server.output()).await.unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(expected), "{said}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
}

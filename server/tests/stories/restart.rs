//! Restarts in place: a second server with the same arguments takes over from the first.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::client::{Client, request, until};
use crate::process::Process;

/// Where the generations of one service meet.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().join("handoff")
    }

    pub(crate) fn flags(&self, release: &str) -> String {
        format!("--release {release} --handoff {}", self.path().display())
    }

    pub(crate) async fn start(&self, release: &str) -> Process {
        Process::start(&self.flags(release)).await
    }

    /// Starts the next generation on the port of the present one, though any port would do.
    pub(crate) async fn succeed(&self, present: &Process, release: &str) -> Process {
        let next = self.start(release).await;
        assert_eq!(next.address, present.address);
        next
    }
}

pub(crate) async fn release_of(client: &mut Client) -> String {
    let answer = client.get("/version").await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(!answer.says_close(), "nobody has to connect anew");
    let version: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    version["version"].as_str().unwrap().to_owned()
}

/// Waits until connections to `server` are answered by this release: for a moment two generations
/// accept.
pub(crate) async fn is_served_by(server: &Process, release: &str) {
    until("the other generation", async || {
        let mut fresh = Client::connect(server.address).await;
        release_of(&mut fresh).await == release
    })
    .await;
}

#[tokio::test]
async fn idle_connections_move_and_the_old_server_is_gone() {
    let home = Home::new();
    let old = home.start("1.0.0").await;
    let mut clients = Vec::new();
    for _ in 0..50 {
        let mut client = Client::connect(old.address).await;
        assert_eq!(release_of(&mut client).await, "1.0.0");
        clients.push(client);
    }
    let silent = Client::connect(old.address).await;
    clients.push(silent);
    let mut half = Client::connect(old.address).await;
    half.send("GET /version HTTP/1.1\r\nHo").await.unwrap();

    let _new = home.succeed(&old, "1.1.0").await;
    let (status, account) = old.departure().await;
    assert_eq!(status, Some(0), "{account}");
    assert_eq!(account["handed_over"], 52, "{account}");
    assert_eq!(
        (&account["drained"], &account["idle_closed"]),
        (&0.into(), &0.into())
    );
    for client in &mut clients {
        assert_eq!(release_of(client).await, "1.1.0");
    }
    half.send("st: test\r\n\r\n").await.unwrap();
    assert!(half.answer().await.unwrap().body.contains("1.1.0"));
}

#[tokio::test]
async fn a_busy_connection_is_answered_by_the_old_server_and_moves_behind_the_answer() {
    let home = Home::new();
    let old = home.start("1.0.0").await;
    let mut busy = Client::connect(old.address).await;
    let upload = "POST /api/v1/slow HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\n12";
    busy.send(upload).await.unwrap();
    in_flight(&old, 1).await;

    let _new = home.succeed(&old, "1.1.0").await;
    // Whatever connects is the new server's, though the old one is still there.
    is_served_by(&old, "1.1.0").await;
    busy.send("34").await.unwrap();
    let answer = busy.answer().await.unwrap();
    assert_eq!((answer.status, answer.says_close()), (200, false));
    let (status, account) = old.departure().await;
    assert_eq!(
        (status, &account["handed_over"]),
        (Some(0), &1.into()),
        "{account}"
    );
    assert_eq!(release_of(&mut busy).await, "1.1.0");
}

#[tokio::test]
async fn requests_that_were_sent_ahead_are_all_answered_in_order() {
    let home = Home::new();
    let old = home.start("1.0.0").await;
    let mut ahead = Client::connect(old.address).await;
    let slow = request("/api/v1/slow?ms=300");
    ahead
        .send([slow.clone(), request("/version"), slow].concat())
        .await
        .unwrap();
    in_flight(&old, 1).await;
    let _new = home.succeed(&old, "1.1.0").await;
    assert!(ahead.answer().await.unwrap().body.contains("slept_ms"));
    assert!(ahead.answer().await.unwrap().body.contains("version"));
    assert!(ahead.answer().await.unwrap().body.contains("slept_ms"));
    assert_eq!(old.departure().await.0, Some(0));
}

#[tokio::test]
async fn a_stop_signal_for_a_server_that_has_a_successor_does_not_force_it() {
    let home = Home::new();
    let old = home.start("1.0.0").await;
    let mut busy = Client::connect(old.address).await;
    let upload = "POST /api/v1/slow HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\n12";
    busy.send(upload).await.unwrap();
    in_flight(&old, 1).await;
    let _new = home.succeed(&old, "1.1.0").await;
    // What a supervisor that has seen READY does.
    old.terminate();
    busy.send("34").await.unwrap();
    assert_eq!(busy.answer().await.unwrap().status, 200);
    let (status, account) = old.departure().await;
    assert_eq!(status, Some(0), "{account}");
}

#[tokio::test]
async fn many_generations_keep_one_connection() {
    let home = Home::new();
    let mut present = home.start("0").await;
    let mut client = Client::connect(present.address).await;
    for generation in 1..=10 {
        let release = generation.to_string();
        let next = home.succeed(&present, &release).await;
        assert_eq!(present.departure().await.0, Some(0));
        present = next;
        assert_eq!(release_of(&mut client).await, release);
    }
}

#[tokio::test]
async fn a_connection_that_falls_idle_late_moves_through_every_generation() {
    let home = Home::new();
    let first = home.start("1").await;
    let mut busy = Client::connect(first.address).await;
    let upload = "POST /api/v1/slow HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\n12";
    busy.send(upload).await.unwrap();
    in_flight(&first, 1).await;
    let mut second = home.succeed(&first, "2").await;
    let _third = home.succeed(&second, "3").await;
    is_served_by(&first, "3").await;
    assert!(second.runs(), "the first may still hand over to it");
    busy.send("34").await.unwrap();
    assert_eq!(busy.answer().await.unwrap().status, 200);
    until("the connection to arrive", async || {
        release_of(&mut busy).await == "3"
    })
    .await;
    assert_eq!(first.departure().await.0, Some(0));
    assert_eq!(second.departure().await.0, Some(0));
}

#[tokio::test]
async fn a_server_that_drains_can_still_be_succeeded() {
    let home = Home::new();
    let flags = home.flags("1.0.0") + " --unready 60s --drain-total 120s";
    let old = Process::start(&flags).await;
    let mut client = Client::connect(old.address).await;
    assert_eq!(release_of(&mut client).await, "1.0.0");
    old.terminate();
    until("the unready window", async || {
        client.get("/healthz").await.unwrap().body == "unready\n"
    })
    .await;
    let _new = home.succeed(&old, "1.1.0").await;
    assert_eq!(old.departure().await.0, Some(0));
    assert_eq!(release_of(&mut client).await, "1.1.0");
}

/// Waits until `server` works on that many requests, asked on a connection of its own.
pub(crate) async fn in_flight(server: &Process, count: usize) {
    let wanted = format!("baton_requests_in_flight {}", count + 1);
    let mut metrics = Client::connect(server.address).await;
    until("the requests", async || {
        let answer = metrics.get("/metrics").await.unwrap();
        answer.body.lines().any(|line| line == wanted)
    })
    .await;
}

pub(crate) fn is_socket(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket())
}

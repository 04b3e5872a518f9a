//! The life of one instance with the real agent, the real shim and real processes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use contract::status::Phase;
use rustix::process::Signal;
use std::fs;
use support::Fixture;

const CONTINUED: &str = "baton-launch CONTINUE";
const ABANDONED: &str = "baton-launch ABANDON while failed";
const RELEASED: &str = "baton-terminate CONTINUE while left";

#[tokio::test]
async fn an_instance_comes_serves_and_leaves() {
    let fixture = Fixture::new().await;
    let mut agent = fixture.agent("good");
    let serving = fixture.reach(Phase::Serving).await;
    assert_eq!(serving.version.unwrap().to_string(), "1.4.2");
    assert_eq!(serving.failure, None);
    fixture.called(CONTINUED).await;
    let current = fs::canonicalize(fixture.root().join("current")).unwrap();
    assert!(current.join("files/server.py").is_file());

    fixture.cloud.target("Terminated");
    fixture.reach(Phase::Left).await;
    assert!(fixture.refuses(), "somebody still listens");
    assert!(!fixture.cloud.calls().iter().any(|call| call == RELEASED));
    fixture.cloud.let_wait("baton-terminate");
    fixture.called(RELEASED).await;
    assert!(agent.is_running());
    agent.signal(Signal::TERM);
    assert!(agent.ended(&fixture).await.success());
    assert!(fixture.log().contains("app: draining"));
}

#[tokio::test]
async fn the_server_finds_what_systemd_would_give_it() {
    let fixture = Fixture::new().await;
    let _agent = fixture.agent("good");
    fixture.reach(Phase::Serving).await;
    let server = fixture.server();
    let env = &server["env"];
    assert_eq!(env["LISTEN_FDS"], "1");
    assert_eq!(env["LISTEN_PID"], server["pid"].to_string());
    assert_eq!(env["BATON_SERVICE"], "example");
    assert_eq!(env["BATON_VERSION"], "1.4.2");
    assert_eq!(env["BATON_INSTANCE"], support::INSTANCE);
    assert_eq!(env["BATON_ZONE"], "us-east-1a");
    assert_eq!(server["stdin_is_empty"], true);
    assert_eq!(server["group"], server["pid"]);
    assert!(server["cwd"].as_str().unwrap().ends_with("-1.4.2/files"));
    let descriptors = server["descriptors"].as_array().unwrap();
    assert_eq!(descriptors[..4], [0, 1, 2, 3]);
}

#[tokio::test]
async fn a_server_that_exits_at_once_is_reported_with_its_last_words_and_given_up() {
    let fixture = Fixture::new().await;
    let mut agent = fixture.agent("exits-at-once");
    fixture.called(ABANDONED).await;
    let failure = fixture.status().unwrap().failure.unwrap();
    assert_eq!(failure.during, Phase::Starting);
    assert_eq!(
        failure.cause,
        "the server exited with status 3 before it was healthy"
    );
    let mut log = failure.log;
    log.sort();
    assert_eq!(
        log,
        ["panicked: no configuration", "server in mode exits-at-once"]
    );
    assert!(agent.is_running());
    agent.signal(Signal::TERM);
    assert!(agent.ended(&fixture).await.success());
}

async fn is_given_up(mode: &str, limit: &str, reason: &str) {
    let fixture = Fixture::new().await;
    let _agent = fixture.agent_with_limit(mode, limit);
    fixture.called(ABANDONED).await;
    let cause = fixture.status().unwrap().failure.unwrap().cause;
    assert_eq!(
        cause,
        format!("the server was not healthy within {limit}: {reason}")
    );
    assert!(fixture.refuses(), "somebody still listens");
}

#[tokio::test]
async fn a_server_that_never_says_ready_is_given_up() {
    is_given_up("never-ready", "1s", "it did not say READY=1").await;
}

#[tokio::test]
async fn a_server_that_fails_its_health_check_is_given_up() {
    is_given_up(
        "unhealthy",
        "8s",
        "/healthz answers 503 Service Unavailable",
    )
    .await;
}

#[tokio::test]
async fn a_release_with_a_blob_missing_is_given_up() {
    let fixture = Fixture::new().await;
    fixture.burn("blobs");
    let _agent = fixture.agent("good");
    fixture.called(ABANDONED).await;
    let failure = fixture.status().unwrap().failure.unwrap();
    assert_eq!(failure.during, Phase::Fetching);
    assert!(
        failure.cause.contains("no blob for `server.py`"),
        "{}",
        failure.cause
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_reported_and_the_instance_given_up() {
    let fixture = Fixture::new().await;
    fs::write(fixture.root(), "a file where a folder must be").unwrap();
    let _agent = fixture.agent("good");
    fixture.called(ABANDONED).await;
    let failure = fixture.status().unwrap().failure.unwrap();
    assert_eq!(failure.during, Phase::Resolving);
    let folder = fixture.root().display().to_string();
    assert!(
        failure.cause.starts_with(&format!("cannot use {folder}: ")),
        "{}",
        failure.cause
    );
}

#[tokio::test]
async fn a_second_agent_leaves_the_first_one_alone() {
    let fixture = Fixture::new().await;
    let mut first = fixture.agent("good");
    fixture.called(CONTINUED).await;
    let mut second = fixture.agent("good");
    assert_eq!(second.ended(&fixture).await.code(), Some(1));
    assert!(
        fixture.log().contains("another agent uses"),
        "{}",
        fixture.log()
    );
    assert!(first.is_running());
    assert_eq!(fixture.reach(Phase::Serving).await.failure, None);
}

#[tokio::test]
async fn an_agent_that_restarts_serves_from_its_disk() {
    let fixture = Fixture::new().await;
    let mut agent = fixture.agent("good");
    fixture.called(CONTINUED).await;
    let before = fixture.reach(Phase::Serving).await;
    agent.signal(Signal::TERM);
    assert!(agent.ended(&fixture).await.success());
    fixture.burn("releases");
    fixture.burn("blobs");
    let staged = fixture.root().join("staging/left-over");
    fs::create_dir(&staged).unwrap();
    let _agent = fixture.agent("good");
    fixture.reach_since(before.updated, Phase::Serving).await;
    assert!(fixture.get("/").unwrap().starts_with("HTTP/1.1 200"));
    assert!(!staged.exists());
}

#[tokio::test]
async fn a_dying_server_is_replaced_on_the_same_socket_until_it_dies_too_often() {
    let fixture = Fixture::new().await;
    let mut agent = fixture.agent("good");
    fixture.called(CONTINUED).await;
    let mut serving = fixture.reach(Phase::Serving).await;
    for _ in 0..2 {
        let before = fixture.server()["pid"].clone();
        assert_eq!(fixture.get("/die").unwrap(), "");
        // Nobody accepts now; the connection waits in the agent's socket for the next server.
        assert_ne!(fixture.server()["pid"], before);
        serving = fixture.reach_since(serving.updated, Phase::Serving).await;
        let death = serving.failure.as_ref().expect("the death stays on record");
        assert_eq!(death.during, Phase::Serving);
    }
    fixture.get("/die").unwrap();
    let failure = fixture.reach(Phase::Failed).await.failure.unwrap();
    assert_eq!(failure.cause, "the server exited with status 7");
    assert_eq!(failure.during, Phase::Serving);
    fixture
        .wait("the listener to close", || fixture.refuses())
        .await;
    assert!(agent.is_running());
}

#[tokio::test]
async fn a_server_that_does_not_leave_is_killed_in_the_end() {
    let fixture = Fixture::new().await;
    let mut agent = fixture.agent("stubborn");
    fixture.called(CONTINUED).await;
    agent.signal(Signal::TERM);
    assert!(agent.ended(&fixture).await.success());
    assert!(fixture.refuses(), "somebody still listens");
    assert!(fixture.log().contains("is killed"));
}

#[tokio::test]
async fn a_killed_agent_takes_its_server_along() {
    let fixture = Fixture::new().await;
    let mut agent = fixture.agent("good");
    fixture.reach(Phase::Serving).await;
    agent.signal(Signal::KILL);
    assert!(!agent.ended(&fixture).await.success());
    fixture.wait("the server's end", || fixture.refuses()).await;
}

#[tokio::test]
async fn an_instance_terminated_while_its_server_starts_leaves() {
    let fixture = Fixture::new().await;
    let _agent = fixture.agent("never-ready");
    fixture.reach(Phase::Starting).await;
    fixture.called("baton-launch heartbeat").await;
    fixture.cloud.target("Terminated");
    fixture.cloud.let_wait("baton-terminate");
    fixture.called(RELEASED).await;
    assert!(fixture.refuses(), "somebody still listens");
}

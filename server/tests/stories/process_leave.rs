//! `baton-server` told to leave by signals: what it says and how it exits.

use crate::client::{Client, request};
use crate::process::Process;

#[tokio::test]
async fn a_term_fails_health_checks_and_drops_nothing() {
    let server = Process::start("--unready 1s --lame 60s --idle-grace 60s").await;
    let mut idle = Client::connect(server.address).await;
    assert_eq!(idle.get("/healthz").await.unwrap().status, 200);
    let mut silent = Client::connect(server.address).await;
    let mut busy = Client::connect(server.address).await;
    busy.send(request("/api/v1/slow?ms=3000")).await.unwrap();

    server.terminate();
    server.reaches("unready").await;
    let early = idle.get("/api/v1/info").await.unwrap();
    assert_eq!(early.status, 200);
    server.reaches("lame").await;
    for answer in [
        idle.get("/api/v1/info").await.unwrap(),
        silent.get("/").await.unwrap(),
        busy.answer().await.unwrap(),
    ] {
        assert_eq!((answer.status, answer.says_close()), (200, true));
    }
    drop((idle, silent, busy));
    let (status, account) = server.departure().await;
    assert_eq!(status, Some(0), "{account}");
    assert_eq!(account["forced"]["handler"], 0);
    assert_eq!(account["idle_closed"], 0);
    assert!(account["drained"].as_u64().unwrap() >= 3);
    assert!(account["ms"].as_u64().unwrap() >= 1000);
}

#[tokio::test]
async fn a_second_term_cuts_what_is_left() {
    let server = Process::start("").await;
    let mut busy = Client::connect(server.address).await;
    busy.send(request("/api/v1/slow?ms=60000")).await.unwrap();
    server.terminate();
    server.reaches("unready").await;
    server.terminate();
    busy.answer().await.expect_err("the request was cut");
    let (status, account) = server.departure().await;
    assert_eq!(status, Some(1));
    assert_eq!(account["forced"]["handler"], 1);
}

#[tokio::test]
async fn half_a_header_is_cut_at_its_deadline() {
    let server = Process::start("--unready 0s --header-deadline 200ms").await;
    let held = Client::connect(server.address).await;
    server.terminate();
    server.reaches("lame").await;
    let mut half = Client::connect(server.address).await;
    half.send("GET / HTTP/1.1\r\nHos").await.unwrap();
    drop(held);
    let (status, account) = server.departure().await;
    assert_eq!(status, Some(1));
    assert_eq!(account["forced"]["header"], 1);
}

#[tokio::test]
async fn without_a_drain_it_dies_as_most_software_does() {
    let server = Process::start("--drain-total 0s").await;
    let mut idle = Client::connect(server.address).await;
    idle.get("/").await.unwrap();
    let mut busy = Client::connect(server.address).await;
    busy.send(request("/api/v1/slow?ms=60000")).await.unwrap();
    let mut metrics = Client::connect(server.address).await;
    crate::client::until("the request", async || {
        let answer = metrics.get("/metrics").await.unwrap();
        answer.body.contains("baton_requests_in_flight 2")
    })
    .await;
    server.terminate();
    busy.answer().await.expect_err("the request was cut");
    let (status, account) = server.departure().await;
    assert_eq!(status, Some(1));
    assert_eq!(account["forced"]["handler"], 1);
    assert_eq!(account["forced"]["idle"], 2);
}

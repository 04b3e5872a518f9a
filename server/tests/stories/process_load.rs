//! A stop under load: clients with keep-alive connections, a balancer that moves them on when the
//! health check fails.

use std::io;
use std::net::SocketAddr;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::client::{Client, until};
use crate::process::Process;

const WORKERS: usize = 24;

/// Asks on one connection until told to close, then connects anew, to where the balancer points at
/// that time. No retries.
async fn worker(
    target: watch::Receiver<SocketAddr>,
    stop: watch::Receiver<bool>,
) -> io::Result<u64> {
    let mut answered = 0;
    while !*stop.borrow() {
        let address = *target.borrow();
        let mut client = Client::try_connect(address).await?;
        loop {
            let answer = client.get("/api/v1/info").await?;
            if answer.status != 200 {
                return Err(io::Error::other(format!("status {}", answer.status)));
            }
            answered += 1;
            if answer.says_close() || *stop.borrow() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    Ok(answered)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_is_lost_as_a_server_leaves_under_load() {
    let old = Process::start("--unready 1s --lame 20s --idle-grace 20s --drain-total 60s").await;
    let new = Process::start("").await;
    let (move_to, target) = watch::channel(old.address);
    let (halt, stop) = watch::channel(false);
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS {
        workers.spawn(worker(target.clone(), stop.clone()));
    }
    // One connection is in the pool but not in use as the server leaves; it asks once the server is
    // lame.
    let mut pooled = Client::connect(old.address).await;
    pooled.get("/").await.unwrap();

    let mut check = Client::connect(old.address).await;
    assert_eq!(check.get("/healthz").await.unwrap().status, 200);
    old.terminate();
    until("a failing health check", async || {
        check.get("/healthz").await.unwrap().status == 503
    })
    .await;
    drop(check);
    move_to.send(new.address).unwrap();
    old.reaches("lame").await;
    assert!(pooled.get("/").await.unwrap().says_close());
    drop(pooled);

    let (status, account) = old.departure().await;
    assert_eq!(status, Some(0), "{account}");
    assert_eq!(account["idle_closed"], 0, "{account}");
    assert!(account["drained"].as_u64().unwrap() >= WORKERS as u64);
    halt.send(true).unwrap();
    let answered = workers.join_all().await;
    let lost: Vec<_> = answered
        .iter()
        .filter_map(|outcome| outcome.as_ref().err())
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(
        answered.iter().flatten().all(|count| *count > 1),
        "every worker moved on"
    );
}

/// The control: this load can see a loss.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_a_drain_loses_requests_under_the_same_load() {
    let server = Process::start("--drain-total 0s").await;
    let (_move_to, target) = watch::channel(server.address);
    let (_halt, stop) = watch::channel(false);
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS {
        workers.spawn(worker(target.clone(), stop.clone()));
    }
    let mut metrics = Client::connect(server.address).await;
    let all_connected = format!("baton_connections {}", WORKERS + 1);
    until("the workers", async || {
        let answer = metrics.get("/metrics").await.unwrap();
        answer.body.lines().any(|line| line == all_connected)
    })
    .await;
    server.terminate();
    let (status, account) = server.departure().await;
    assert_eq!(status, Some(1), "{account}");
    let answered = workers.join_all().await;
    assert!(answered.iter().all(Result::is_err), "{answered:?}");
}

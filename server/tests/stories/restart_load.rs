//! Restarts in place under load, by clients that do not retry.

use std::io;
use std::net::SocketAddr;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::restart::Home;

const WORKERS: usize = 24;
const RESTARTS: usize = 20;

/// Asks on one connection to the end; `fresh` ones connect anew for each request.
async fn worker(address: SocketAddr, fresh: bool, stop: watch::Receiver<bool>) -> io::Result<u64> {
    let mut answered = 0;
    let mut client = Client::try_connect(address).await?;
    while !*stop.borrow() {
        if fresh {
            client = Client::try_connect(address).await?;
        }
        let answer = client.get("/api/v1/slow?ms=1").await?;
        if answer.status != 200 || answer.says_close() {
            return Err(io::Error::other(format!("{answer:?}")));
        }
        answered += 1;
    }
    Ok(answered)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_is_lost_and_no_connection_closed_by_restarts() {
    let home = Home::new();
    let mut present = home.start("0").await;
    let (halt, stop) = watch::channel(false);
    let mut workers = JoinSet::new();
    for number in 0..WORKERS {
        workers.spawn(worker(present.address, number % 4 == 0, stop.clone()));
    }
    for generation in 1..=RESTARTS {
        let next = home.succeed(&present, &generation.to_string()).await;
        let (status, account) = present.departure().await;
        assert_eq!(status, Some(0), "{account}");
        assert_eq!(account["idle_closed"], 0, "{account}");
        present = next;
    }
    halt.send(true).unwrap();
    let outcomes = workers.join_all().await;
    let lost: Vec<_> = outcomes
        .iter()
        .filter_map(|one| one.as_ref().err())
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(outcomes.iter().flatten().all(|count| *count > 1));
}

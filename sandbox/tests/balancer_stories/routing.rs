//! Who gets a request, and from when on.

use std::time::{Duration, Instant};

use sandbox::balancer::{Cause, TargetState};

use crate::scripted::Scripted;
use crate::stage::{Settings, Stage, calm, draining, target};

const A: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na";
const B: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb";

fn slow_to_learn() -> Settings {
    Settings {
        propagation: Duration::from_millis(250),
        ..calm()
    }
}

#[tokio::test]
async fn no_target_is_503() {
    let stage = Stage::new(calm(), Vec::new()).await;
    assert_eq!(stage.get("/").await.status, 503);
    stage.failed_only_for(Cause::NoTargets);
}

#[tokio::test]
async fn healthy_targets_take_turns() {
    let (a, b) = (Scripted::saying(A).await, Scripted::saying(B).await);
    let targets = vec![
        target("i-a", a.address, TargetState::Healthy),
        target("i-b", b.address, TargetState::Healthy),
    ];
    let stage = Stage::new(calm(), targets).await;
    let mut client = stage.client().await;
    let mut turns = String::new();
    for _ in 0..6 {
        turns += &client.get("/").await.body;
    }
    assert!(turns == "ababab" || turns == "bababa", "{turns}");
}

#[tokio::test]
async fn unhealthy_and_initial_targets_get_nothing_while_one_is_healthy() {
    let (a, b) = (Scripted::saying(A).await, Scripted::saying(B).await);
    let targets = vec![
        target("i-a", a.address, TargetState::Healthy),
        target("i-b", b.address, TargetState::Unhealthy),
        target("i-c", b.address, TargetState::Initial),
    ];
    let stage = Stage::new(calm(), targets).await;
    let mut client = stage.client().await;
    for _ in 0..6 {
        assert_eq!(client.get("/").await.body, "a");
    }
    assert_eq!(stage.tally().fail_open, 0);
}

#[tokio::test]
async fn without_a_healthy_target_it_fails_open() {
    let server = Scripted::well_behaved().await;
    let unhealthy = target("i-1", server.address, TargetState::Unhealthy);
    let stage = Stage::new(calm(), vec![unhealthy]).await;
    assert_eq!(stage.get("/").await.status, 200);
    assert_eq!(stage.tally().fail_open, 1);
}

#[tokio::test]
async fn a_new_target_gets_traffic_only_after_the_propagation() {
    let server = Scripted::well_behaved().await;
    let stage = Stage::new(slow_to_learn(), Vec::new()).await;
    let mut client = stage.client().await;
    assert_eq!(client.get("/").await.status, 503);
    let changed = Instant::now();
    stage.set(vec![target("i-1", server.address, TargetState::Healthy)]);
    while client.get("/").await.status != 200 {}
    assert!(changed.elapsed() >= slow_to_learn().propagation);
}

#[tokio::test]
async fn a_deregistered_target_gets_requests_until_the_propagation() {
    let server = Scripted::well_behaved().await;
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(slow_to_learn(), vec![healthy]).await;
    let mut client = stage.client().await;
    assert_eq!(client.get("/").await.status, 200);
    let changed = Instant::now();
    stage.set(vec![draining(
        "i-1",
        server.address,
        Duration::from_hours(1),
    )]);
    while client.get("/").await.status == 200 {}
    assert!(changed.elapsed() >= slow_to_learn().propagation);
    stage.failed_only_for(Cause::NoTargets);
}

#[tokio::test]
async fn a_clients_connection_survives_every_change_of_targets() {
    let (a, b) = (Scripted::saying(A).await, Scripted::saying(B).await);
    let stage = Stage::new(calm(), vec![target("i-a", a.address, TargetState::Healthy)]).await;
    let mut client = stage.client().await;
    assert_eq!(client.get("/").await.body, "a");
    stage.set(vec![target("i-b", b.address, TargetState::Healthy)]);
    loop {
        let seen = client.get("/").await;
        assert!(seen.complete);
        if seen.body == "b" {
            break;
        }
    }
}

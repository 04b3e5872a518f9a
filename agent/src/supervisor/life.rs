//! The life of one server process, from start to exit, as a task of its own.

use super::health;
use super::process::Process;
use super::ready::Readiness;
use crate::config::App;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// Where a server is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Starting,
    Healthy,
    Stopping,
    /// Ended as told.
    Stopped,
    /// Ended by itself, or ended by the agent because it did not become healthy in time.
    Died {
        cause: String,
    },
}

/// What the server is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    Run,
    /// SIGTERM, and SIGKILL after the stop timeout.
    Stop,
    /// SIGKILL.
    Kill,
}

/// A server's surroundings.
pub(super) struct Surroundings {
    pub(super) app: App,
    /// Where the health check is sent.
    pub(super) address: SocketAddr,
    pub(super) orders: watch::Receiver<Order>,
    pub(super) stage: watch::Sender<Stage>,
    pub(super) changed: Arc<Notify>,
}

impl Surroundings {
    fn enter(&self, stage: Stage) {
        self.stage.send_replace(stage);
        self.changed.notify_one();
    }
}

/// Accompanies a server to its end.
pub(super) async fn live(mut server: Process, mut readiness: Readiness, mut around: Surroundings) {
    let last = tend(&mut server, &mut readiness, &mut around).await;
    around.enter(last);
}

async fn tend(server: &mut Process, readiness: &mut Readiness, around: &mut Surroundings) -> Stage {
    let mut orders = around.orders.clone();
    let started = tokio::select! {
        biased;
        () = ordered(&mut orders, Order::Stop) => return wind_down(server, around).await,
        end = server.ended() => Err(format!("the server {end} before it was healthy")),
        started = become_healthy(readiness, around) => started,
    };
    if let Err(cause) = started {
        server.kill();
        server.ended().await;
        return Stage::Died { cause };
    }
    around.enter(Stage::Healthy);
    tokio::select! {
        biased;
        () = ordered(&mut orders, Order::Stop) => wind_down(server, around).await,
        end = server.ended() => Stage::Died { cause: format!("the server {end}") },
    }
}

/// READY=1, then a good health check, both within the start timeout.
async fn become_healthy(readiness: &mut Readiness, around: &Surroundings) -> Result<(), String> {
    let limit = around.app.start_timeout;
    let mut missing = "it did not say READY=1".to_owned();
    let good = async {
        readiness.ready().await;
        health::healthy(around.address, &around.app.health_path, &mut missing).await;
    };
    match tokio::time::timeout(limit, good).await {
        Ok(()) => Ok(()),
        Err(_) => Err(format!(
            "the server was not healthy within {}: {missing}",
            humantime::format_duration(limit)
        )),
    }
}

async fn wind_down(server: &mut Process, around: &mut Surroundings) -> Stage {
    around.enter(Stage::Stopping);
    server.terminate();
    let mut orders = around.orders.clone();
    let end = tokio::select! {
        end = server.ended() => Some(end),
        () = tokio::time::sleep(around.app.stop_timeout) => None,
        () = ordered(&mut orders, Order::Kill) => None,
    };
    if let Some(end) = end {
        tracing::info!("the server {end}");
        return Stage::Stopped;
    }
    tracing::warn!("the server has not ended in time and is killed");
    server.kill();
    server.ended().await;
    Stage::Stopped
}

/// Resolves when at least `order` was given, or when nobody can give orders any more.
async fn ordered(orders: &mut watch::Receiver<Order>, order: Order) {
    let _ = orders.wait_for(|given| *given >= order).await;
}

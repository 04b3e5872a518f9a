//! The load generator against servers that misbehave to the byte: what does it make of it?

mod classes;
mod schedule;
#[path = "../balancer_stories/scripted.rs"]
mod scripted;

use std::time::{Duration, Instant};

use sandbox::load::{Load, Plan, Samples};

/// Long past anything a loaded machine takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the plan until at least this many requests have ended.
pub(crate) async fn run_until(plan: Plan, done: u64) -> Samples {
    let load = Load::start(plan).expect("threads");
    let deadline = Instant::now() + PATIENCE;
    while load.snapshot().done < done {
        assert!(Instant::now() < deadline, "stuck at {:?}", load.snapshot());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    load.stop().await
}

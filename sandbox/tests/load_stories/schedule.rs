//! Open loop: the schedule is kept whatever the server does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sandbox::load::{Plan, Sample};
use tokio::sync::watch;

use crate::scripted::{OK, Scripted};
use crate::{PATIENCE, run_until};

const RATE: f64 = 200.0;
const STALL: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_stall_shows_as_latency_and_not_as_fewer_requests() {
    let (gate, open) = watch::channel(true);
    let stalled = Arc::new(AtomicBool::new(false));
    let gate = Arc::new(gate);
    let server = Scripted::start(move |mut peer, _| {
        let (mut open, gate, stalled) = (open.clone(), Arc::clone(&gate), Arc::clone(&stalled));
        async move {
            let mut answered = 0;
            loop {
                if open.wait_for(|open| *open).await.is_err() {
                    return;
                }
                peer.send(OK).await;
                answered += 1;
                if answered == 20 && !stalled.swap(true, Ordering::SeqCst) {
                    let gate = Arc::clone(&gate);
                    gate.send_replace(false);
                    tokio::spawn(async move {
                        tokio::time::sleep(STALL).await;
                        gate.send_replace(true);
                    });
                }
                if peer.request().await.is_none() {
                    return;
                }
            }
        }
    })
    .await;
    let plan = Plan {
        rate: RATE,
        fresh_connections: 0.0,
        timeout: PATIENCE,
        ..Plan::new(server.address)
    };
    let record = run_until(plan, 300).await;

    assert_eq!(record.totals.failed, 0, "{:?}", record.failures);
    let scheduled: BTreeSet<Duration> = record
        .samples
        .iter()
        .map(|sample| sample.scheduled())
        .collect();
    let expected: BTreeSet<Duration> = (0..record.totals.sent)
        .map(|number| Duration::from_millis(number * 5))
        .collect();
    assert_eq!(
        scheduled, expected,
        "every request of the schedule was sent"
    );

    // Those due early in the stall waited for most of it, those due late for less: about RATE * STALL / 2 of them for
    // more than half.
    let waited = |sample: &&Sample| sample.latency() > STALL / 2;
    let long = record.samples.iter().filter(waited).count();
    assert!(long >= 40, "only {long} waited");
    let worst = record
        .samples
        .iter()
        .map(|sample| sample.latency())
        .max()
        .expect("some");
    assert!(worst > STALL * 9 / 10, "{worst:?}");
}

#[tokio::test]
async fn a_load_that_is_stopped_has_an_end_for_every_request() {
    let server = Scripted::well_behaved().await;
    let record = run_until(Plan::new(server.address), 100).await;
    assert_eq!(record.totals.sent, record.totals.done);
    assert_eq!(record.totals.sent, record.samples.len() as u64);
}

//! The machine: a thread that keeps the schedule and a thread that carries the requests.
//!
//! Both are the load's own, so that a busy runtime elsewhere in the process does not distort what it measures. The
//! schedule has its own because the runtime's timer is a millisecond coarse, which is what a small answer takes.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;

use super::arrival::{Arrival, arrival};
use super::generator::Generator;
use super::ledger::Ledger;
use super::meter::Pulse;
use super::plan::Plan;
use super::sample::{Samples, Totals};

/// A running load. Dropped, it stops sending.
#[derive(Debug)]
pub struct Load {
    began: Instant,
    ledger: Arc<Ledger>,
    /// Dropping it ends the schedule.
    pacing: Sender<()>,
    finished: oneshot::Receiver<()>,
}

impl Load {
    /// Starts sending at once. Fails when the system gives no thread or no event queue.
    pub fn start(plan: Plan) -> io::Result<Self> {
        let began = Instant::now();
        let ledger = Arc::new(Ledger::new(plan.keep));
        let (pacing, stopped) = channel();
        let (arrivals, due) = mpsc::unbounded_channel();
        let (done, finished) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let pacer_plan = plan.clone();
        spawn("load-schedule", move || {
            pace(&pacer_plan, began, &stopped, &arrivals);
        })?;
        let generator = Generator::new(plan, began, Arc::clone(&ledger));
        spawn("load-requests", move || {
            LocalSet::new().block_on(&runtime, carry(generator, due));
            // Nobody waits when the load was dropped.
            let _ = done.send(());
        })?;
        Ok(Self {
            began,
            ledger,
            pacing,
            finished,
        })
    }

    /// The moment from which all offsets count.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// Something to read it by while it runs.
    pub fn gauge(&self) -> Gauge {
        Gauge {
            began: self.began,
            ledger: Arc::clone(&self.ledger),
        }
    }

    /// The counts so far.
    pub fn snapshot(&self) -> Totals {
        self.ledger.totals()
    }

    /// Stops sending, waits for what is in flight (no longer than the plan's timeout) and returns everything recorded.
    pub async fn stop(self) -> Samples {
        drop(self.pacing);
        // An error means that the thread is gone; what it recorded is still there.
        let _ = self.finished.await;
        self.ledger.close()
    }
}

/// Reads a load, and holds up nothing.
#[derive(Debug, Clone)]
pub struct Gauge {
    began: Instant,
    ledger: Arc<Ledger>,
}

impl Gauge {
    /// How long the load has been running.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The load lately.
    pub fn pulse(&self) -> Pulse {
        self.ledger.pulse(self.elapsed())
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map(drop)
}

/// Announces each request when it is due, until the load is stopped.
fn pace(
    plan: &Plan,
    began: Instant,
    stopped: &Receiver<()>,
    arrivals: &mpsc::UnboundedSender<Arrival>,
) {
    for next in (0..u32::MAX).map(|number| arrival(plan, number)) {
        let wait = (began + next.due).saturating_duration_since(Instant::now());
        let woken = stopped.recv_timeout(wait);
        if woken != Err(RecvTimeoutError::Timeout) || arrivals.send(next).is_err() {
            return;
        }
    }
}

/// Carries every announced request, each as a task of its own, and then waits for the last.
async fn carry(generator: Generator, mut due: mpsc::UnboundedReceiver<Arrival>) {
    let generator = Rc::new(generator);
    let mut requests = tokio::task::JoinSet::new();
    while let Some(arrival) = due.recv().await {
        let generator = Rc::clone(&generator);
        requests.spawn_local(async move { generator.perform(arrival).await });
        while requests.try_join_next().is_some() {}
    }
    while requests.join_next().await.is_some() {}
}

//! This instance as a [`Host`]: hands each duty to the part that does it, and gathers what the parts show.

use super::attempts::Attempts;
use super::heartbeat::Heartbeat;
use super::task::Task;
use crate::cloud::{Hooks, Identity, Metadata};
use crate::config::Config;
use crate::drive::Host;
use crate::duty::{Duty, Transition, Verdict};
use crate::install::{Disk, Installed, Wanted};
use crate::report::Reporter;
use crate::seen::{Seen, Target};
use crate::supervisor::Supervisor;
use crate::trouble::Trouble;
use contract::release::Release;
use contract::status::{Failure, Phase};
use contract::store::Store;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio::sync::watch::Receiver;
use tokio::time::Instant;

/// This instance.
pub(crate) struct Machine {
    pub(super) config: Arc<Config>,
    pub(super) die_with_parent: bool,
    pub(super) identity: Identity,
    pub(super) metadata: Metadata,
    pub(super) hooks: Hooks,
    pub(super) store: Store,
    /// The agent's folder, or why there is none: that is the release's failure, to be reported like any other.
    pub(super) disk: Result<Arc<Disk>, Trouble>,
    /// Rings when a part has something new to show.
    pub(super) changed: Arc<Notify>,
    pub(super) target: Receiver<Target>,
    pub(super) signals: Receiver<u32>,
    pub(super) wanted: Arc<Mutex<Option<Wanted>>>,
    pub(super) resolve: Task<Release>,
    pub(super) install: Task<Installed>,
    pub(super) supervisor: Supervisor,
    pub(super) reporter: Reporter,
    pub(super) announced: Option<Phase>,
    /// The last death of a server that had served.
    pub(super) death: Option<Failure>,
    pub(super) linked: bool,
    pub(super) launch: Attempts,
    pub(super) termination: Attempts,
    pub(super) heartbeat: Heartbeat,
}

impl Machine {
    async fn complete(&mut self, transition: Transition, verdict: Verdict) {
        let answer = self.hooks.complete(transition, verdict).await;
        let attempts = match transition {
            Transition::Launching => &mut self.launch,
            Transition::Terminating => &mut self.termination,
        };
        attempts.answered(Instant::now(), &answer);
    }

    /// A heartbeat that is not heard is tried again at the next beat: the interval leaves room for two lost ones.
    async fn beat(&mut self, transition: Transition) {
        if let Err(error) = self.hooks.heartbeat(transition).await {
            tracing::warn!("{error}");
        }
        self.heartbeat.sent(Instant::now());
    }

    /// Until a part rings, or one poll long: some conditions are only a matter of time.
    async fn wait(&self) {
        let _ = tokio::time::timeout(self.config.poll, self.changed.notified()).await;
    }
}

impl Host for Machine {
    async fn observe(&mut self) -> Seen {
        let now = Instant::now();
        let signals = *self.signals.borrow();
        if signals > 1 {
            self.supervisor.kill();
        }
        Seen {
            shutdown: signals > 0,
            target: *self.target.borrow(),
            resolve: self.resolve.observe(now),
            install: self.install.observe(now),
            server: self.supervisor.observe(),
            linked: self.linked,
            launch: self.launch.observe(now),
            termination: self.termination.observe(now),
            announced: self.announced,
            reported: self.reporter.is_settled(),
            heartbeat_due: self.heartbeat.is_due(now),
        }
    }

    async fn perform(&mut self, duty: Duty) {
        match duty {
            Duty::Announce(phase) => self.announce(phase),
            Duty::Resolve => self.begin_resolve(),
            Duty::Install => self.begin_install(),
            Duty::StartServer => self.start_server(),
            Duty::Link => self.link(),
            Duty::CompleteLaunch(verdict) => self.complete(Transition::Launching, verdict).await,
            Duty::CompleteTermination => {
                self.complete(Transition::Terminating, Verdict::Continue)
                    .await;
            }
            Duty::Heartbeat(transition) => self.beat(transition).await,
            Duty::CancelJobs => {
                self.resolve.cancel();
                self.install.cancel();
            }
            Duty::StopServer => self.supervisor.stop(),
            Duty::Wait(on) => {
                tracing::trace!(?on, "waiting");
                self.wait().await;
            }
            // The loop ends by itself.
            Duty::Exit => {}
        }
    }
}

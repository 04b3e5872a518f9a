//! What the control side of a sandbox can see and do.

use super::changes::Changes;
use super::deploys::{Deploys, next};
use super::refusal::Refusal;
use super::view::{self, DeploysView, LoadView, Seen, Snapshot};
use super::{DeployView, Releaser, Say};
use crate::api::CallLog;
use crate::balancer::{Counters, Tally};
use crate::cloud::Cloud;
use crate::fault::Faults;
use crate::load::Gauge;
use crate::wire::error::ApiError;
use crate::world::{Cpu, InstanceId};
use http::StatusCode;
use jiff::Timestamp;
use semver::Version;
use serde::Serialize;
use std::sync::{Arc, OnceLock};

/// What a sandbox was made as; it stays so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct About {
    /// The pace: `fast` or `aws`.
    pub profile: &'static str,
    /// The AWS endpoint.
    pub endpoint: String,
    /// The load balancer.
    pub balancer: String,
    /// The region.
    pub region: String,
    /// The Auto Scaling group that is shown.
    pub group: String,
}

/// The control side of one sandbox. What it gets to see and do while the sandbox comes up, it keeps.
#[derive(Debug)]
pub struct Control {
    about: About,
    cloud: Arc<Cloud>,
    calls: Arc<CallLog>,
    counters: OnceLock<Arc<Counters>>,
    load: OnceLock<(Gauge, f64)>,
    releaser: OnceLock<Arc<dyn Releaser>>,
    deploys: Deploys,
}

impl Control {
    /// Of a sandbox that is coming up.
    pub fn new(about: About, cloud: Arc<Cloud>, calls: Arc<CallLog>) -> Self {
        Self {
            about,
            cloud,
            calls,
            counters: OnceLock::new(),
            load: OnceLock::new(),
            releaser: OnceLock::new(),
            deploys: Deploys::default(),
        }
    }

    /// Where API calls are counted.
    pub fn calls(&self) -> &Arc<CallLog> {
        &self.calls
    }

    /// What goes wrong on demand.
    pub fn faults(&self) -> &Faults {
        self.cloud.faults()
    }

    /// The time that the world goes by.
    pub(super) fn now(&self) -> Timestamp {
        self.cloud.clock().now()
    }

    /// How busy the group's members are from now on.
    pub(super) fn set_group_cpu(&self, cpu: Cpu) -> Result<(), ApiError> {
        let group = &self.about.group;
        self.cloud
            .with(|world, now| world.set_group_cpu(now, group, cpu))
    }

    /// How busy one instance is from now on.
    pub(super) fn set_instance_cpu(&self, id: &InstanceId, percent: f64) -> Result<(), ApiError> {
        self.cloud
            .with(|world, now| world.set_instance_cpu(now, id, percent))
    }

    /// There is a load balancer now.
    pub fn balanced(&self, counters: Arc<Counters>) {
        let _ = self.counters.set(counters);
    }

    /// There is a load now, of so many requests per second.
    pub fn loaded(&self, gauge: Gauge, rate: f64) {
        let _ = self.load.set((gauge, rate));
    }

    /// From now on deploys can be started from here.
    pub fn open_to_deploys(&self, releaser: Arc<dyn Releaser>) {
        let _ = self.releaser.set(releaser);
    }

    /// Everything at this moment.
    pub fn snapshot(&self) -> Snapshot {
        let seen = self
            .cloud
            .look(|world| view::seen(world, &self.about.group));
        Snapshot {
            sandbox: self.about.clone(),
            load: self.load(seen.now),
            deploy: self.deploys(&seen),
            balancer: self.tally(),
            calls: self.calls.snapshot(),
            faults: self.faults().list(seen.now),
            seen,
        }
    }

    /// Publishes `version` and deploys it; returns once that has begun.
    pub(super) fn deploy(self: &Arc<Self>, version: Version) -> Result<(), Refusal> {
        let releaser = self.releaser.get().ok_or_else(|| {
            let error = "no deploy can be started in this sandbox now";
            let hint = "a rehearsal deploys by itself; `sandbox up` takes deploys once it is ready";
            Refusal::new(StatusCode::CONFLICT, error, hint)
        })?;
        self.deploys.begin(&version, self.now())?;
        let listening = Arc::clone(self);
        let say: Say = Arc::new(move |line: &str| listening.deploys.say(line));
        let running = releaser.release(version, say);
        let control = Arc::clone(self);
        tokio::spawn(async move {
            let end = running.await;
            control.deploys.end(end, control.now());
        });
        Ok(())
    }

    /// The deploy under way, or else the last one.
    pub(super) fn last_deploy(&self) -> Option<DeployView> {
        self.deploys.last()
    }

    /// Ticks whenever there is something new to show.
    pub(super) fn changes(&self) -> Changes {
        Changes {
            world: self.cloud.changes(),
            deploys: self.deploys.changes(),
            faults: self.faults().changes(),
        }
    }

    fn load(&self, now: Timestamp) -> Option<LoadView> {
        let (gauge, rate) = self.load.get()?;
        Some(view::load(gauge, *rate, now))
    }

    fn deploys(&self, seen: &Seen) -> DeploysView {
        let last = self.deploys.last();
        let idle = last.as_ref().is_none_or(|last| last.ended.is_some());
        let used = seen
            .members
            .iter()
            .filter_map(|member| member.version.as_deref());
        let deployed = last.as_ref().map(|last| &*last.version);
        let can = idle && self.releaser.get().is_some();
        DeploysView {
            next: can.then(|| next(used.chain(deployed)).to_string()),
            last,
        }
    }

    fn tally(&self) -> Tally {
        self.counters.get().map(|c| c.tally()).unwrap_or_default()
    }
}

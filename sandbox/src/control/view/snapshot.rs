//! The whole of it.

use super::{
    ActivityView, GroupView, LoadView, MemberView, RefreshView, TargetView, group, member,
};
use crate::balancer::Tally;
use crate::control::{About, DeployView};
use crate::fault::Active;
use crate::world::World;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Snapshot {
    /// What the sandbox was made as.
    pub sandbox: About,
    /// What its world looks like.
    #[serde(flatten)]
    pub seen: Seen,
    /// The load; `null` while there is none.
    pub load: Option<LoadView>,
    /// Deploys that were started from here.
    pub deploy: DeploysView,
    /// What the load balancer has counted.
    pub balancer: Tally,
    /// API calls so far, by `service:Operation`.
    pub calls: BTreeMap<String, u64>,
    /// What goes wrong on demand.
    pub faults: Vec<Active>,
}

/// What can be deployed from here, and what was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeploysView {
    /// A version that can be deployed now; `null` while none can.
    pub next: Option<String>,
    /// The deploy under way, or else the last one.
    pub last: Option<DeployView>,
}

/// The world at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seen {
    /// The world's time.
    pub now: Timestamp,
    /// The group; `null` while there is none.
    pub group: Option<GroupView>,
    /// Its members, the latest launched last, and those that have just left.
    pub members: Vec<MemberView>,
    /// Who is registered in its target groups.
    pub targets: Vec<TargetView>,
    /// The latest instance refresh, under way or not.
    pub refresh: Option<RefreshView>,
    /// The latest scaling activities, the latest first.
    pub activities: Vec<ActivityView>,
}

/// What there is to see of a group and around it.
pub(in crate::control) fn seen(world: &World, name: &str) -> Seen {
    let found = world.group(name);
    Seen {
        now: world.now(),
        group: found.map(|found| group::view(world, found)),
        members: found
            .map(|found| member::members(world, found))
            .unwrap_or_default(),
        targets: found
            .map(|found| member::targets(world, found))
            .unwrap_or_default(),
        refresh: found.and_then(|found| group::refresh(world, found)),
        activities: found.map(group::activities).unwrap_or_default(),
    }
}

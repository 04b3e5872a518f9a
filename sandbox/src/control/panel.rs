//! What the control side of a sandbox can see and do.

use super::view::{self, Snapshot};
use crate::api::CallLog;
use crate::balancer::{Counters, Tally};
use crate::cloud::Cloud;
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

/// The control side of one sandbox.
#[derive(Debug)]
pub struct Control {
    about: About,
    cloud: Arc<Cloud>,
    calls: Arc<CallLog>,
    counters: OnceLock<Arc<Counters>>,
}

impl Control {
    /// Of a sandbox that is coming up.
    pub fn new(about: About, cloud: Arc<Cloud>, calls: Arc<CallLog>) -> Self {
        Self {
            about,
            cloud,
            calls,
            counters: OnceLock::new(),
        }
    }

    /// Where API calls are counted.
    pub fn calls(&self) -> &Arc<CallLog> {
        &self.calls
    }

    /// There is a load balancer now.
    pub fn balanced(&self, counters: Arc<Counters>) {
        // It stays the same one.
        let _ = self.counters.set(counters);
    }

    /// Everything at this moment.
    pub fn snapshot(&self) -> Snapshot {
        let seen = self
            .cloud
            .look(|world| view::seen(world, &self.about.group));
        Snapshot {
            sandbox: self.about.clone(),
            balancer: self.tally(),
            calls: self.calls.snapshot(),
            seen,
        }
    }

    fn tally(&self) -> Tally {
        self.counters.get().map(|c| c.tally()).unwrap_or_default()
    }
}

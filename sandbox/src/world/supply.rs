//! Whether EC2 has machines to launch. It always has, unless somebody says otherwise.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-capacity.html>

use std::fmt::Debug;
use std::sync::Arc;

use jiff::Timestamp;

use super::agenda::Timer;
use super::{Group, World};

/// Who knows where there is no capacity.
pub trait Supply: Debug + Send + Sync {
    /// Whether a launch in `zone`, one of `zones`, fails at this moment. Each question is a launch.
    fn lacks(&self, now: Timestamp, zone: &str, zones: &[String]) -> bool;
}

impl Group {
    /// Whether a launch in this zone failed a short while ago.
    pub(super) fn avoids(&self, zone: &str, now: Timestamp) -> bool {
        let until = self.short_zones.get(zone);
        until.is_some_and(|until| *until > now)
    }
}

impl World {
    /// From now on launches depend on `supply`.
    pub fn supplied_by(&mut self, supply: Arc<dyn Supply>) {
        self.supply = Some(supply);
    }

    /// Whether a launch in this zone fails now; the group then avoids the zone for a while.
    pub(super) fn is_short(&mut self, name: &str, zone: &str) -> bool {
        let Some(supply) = self.supply.clone() else {
            return false;
        };
        if !supply.lacks(self.now, zone, &self.identity.zones) {
            return false;
        }
        let until = self.now + self.timings.launch_backoff_cap;
        if let Some(group) = self.groups.get_mut(name) {
            group.short_zones.insert(zone.to_owned(), until);
            // The balance of the zones waits for this moment, in which nothing else happens.
            self.agenda.remind(until, Timer::Look(name.to_owned()));
        }
        true
    }

    /// A launch that EC2 refused, in its words.
    pub(super) fn launch_refused(&mut self, name: &str, zone: &str, instance_type: &str) {
        let others = self.identity.zones.iter().filter(|other| *other != zone);
        let others: Vec<&str> = others.map(String::as_str).collect();
        let reason = format!(
            "We currently do not have sufficient {instance_type} capacity in the Availability Zone you requested ({zone}). Our \
             system will be working on provisioning additional capacity. You can currently get {instance_type} capacity by not \
             specifying an Availability Zone in your request or choosing {}. Launching EC2 instance failed.",
            others.join(", ")
        );
        self.failed_launch_activity(name, &reason);
        self.count_launch_failure(name);
    }
}

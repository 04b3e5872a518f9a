//! What `DescribeInstanceRefreshes` remembers.

use std::time::Duration;

use super::Refresh;
use crate::world::{Group, World};

/// So long after its start a refresh is still told of.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeInstanceRefreshes.html>
const REMEMBERED: Duration = Duration::from_hours(6 * 7 * 24);

impl World {
    /// The group's refreshes of the previous six weeks, newest first. An active one is always the newest.
    pub fn refresh_history<'a>(&self, group: &'a Group) -> impl Iterator<Item = &'a Refresh> {
        let since = self.now() - REMEMBERED;
        let told = move |r: &&Refresh| r.status.is_active() || r.started >= since;
        group.refreshes.iter().rev().filter(told)
    }
}

//! How far a group has come, in words.

use crate::world::{Lifecycle, TargetState, World};
use std::fmt;

/// A count of a group's members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progress {
    desired: usize,
    booting: usize,
    in_service: usize,
    healthy: usize,
    leaving: usize,
}

impl Progress {
    /// Counts the members of `group` and the healthy targets of `target_group`; `None` if there is no such group.
    pub(super) fn of(world: &World, group: &str, target_group: &str) -> Option<Progress> {
        let group = world.group(group)?;
        let targets = world.target_group(target_group)?;
        let count = |wanted: fn(Lifecycle) -> bool| {
            group
                .members
                .values()
                .filter(|member| wanted(member.lifecycle))
                .count()
        };
        Some(Progress {
            desired: group.desired,
            booting: count(Lifecycle::is_coming),
            in_service: count(|state| state == Lifecycle::InService),
            healthy: targets
                .targets
                .values()
                .filter(|t| t.state == TargetState::Healthy)
                .count(),
            leaving: count(Lifecycle::is_leaving),
        })
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} healthy", self.healthy, self.desired)?;
        for (count, what) in [
            (self.booting, "booting"),
            (self.in_service, "in service"),
            (self.leaving, "leaving"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_there_is_is_said() {
        let mut progress = Progress {
            desired: 4,
            booting: 3,
            in_service: 1,
            healthy: 0,
            leaving: 0,
        };
        assert_eq!(
            progress.to_string(),
            "0 of 4 healthy, 3 booting, 1 in service"
        );
        progress = Progress {
            desired: 4,
            booting: 0,
            in_service: 4,
            healthy: 4,
            leaving: 1,
        };
        assert_eq!(
            progress.to_string(),
            "4 of 4 healthy, 4 in service, 1 leaving"
        );
    }
}

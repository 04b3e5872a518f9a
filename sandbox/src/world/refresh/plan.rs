//! What a refresh does next, as a pure function of what it sees: whom to send away, and by how much the group may exceed its
//! desired capacity meanwhile. Launching is the group's own business: it always launches what is missing.

use crate::world::InstanceId;

/// The bounds for the group's present size, in members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// So many stay available.
    pub(super) floor: usize,
    /// So many may be live.
    pub(super) ceiling: usize,
    /// One is always replaced, even below the floor (`MaxHealthyPercentage` was not given).
    pub(super) always_one: bool,
}

/// What is seen of the group.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) desired: usize,
    pub(super) live: usize,
    pub(super) updated: usize,
    pub(super) available: usize,
    /// Everybody is available: nobody is on the way in, unproven, warming up or unhealthy.
    pub(super) calm: bool,
    /// How many are outdated, ripe to be sent away or not.
    pub(super) to_replace: usize,
    /// Those that may be sent away now, first the one to leave first.
    pub(super) outdated: Vec<Candidate>,
}

/// A member that may be sent away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) id: InstanceId,
    pub(super) available: bool,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Orders {
    pub(super) leave: Vec<InstanceId>,
    pub(super) surge: usize,
}

/// `quota`: how many members may be replaced at all for now (a checkpoint), if that is limited.
pub(super) fn plan(seen: &Seen, limits: Limits, quota: Option<usize>) -> Orders {
    let budget = quota.map_or(usize::MAX, |quota| quota.saturating_sub(seen.updated));
    let mut leave = affordable(seen, limits, budget);
    let stuck = seen.calm && seen.live >= seen.desired && leave.is_empty();
    if limits.always_one && stuck && launches(seen, 1, 0) <= budget {
        leave.extend(seen.outdated.first().map(|c| c.id.clone()));
    }
    let room = limits.ceiling.saturating_sub(seen.desired);
    let mut surge = room.min(seen.to_replace.saturating_sub(leave.len()));
    while surge > 0 && launches(seen, leave.len(), surge) > budget {
        surge -= 1;
    }
    Orders { leave, surge }
}

/// Whoever does not count as available can go; of those who do, as many as the floor allows.
fn affordable(seen: &Seen, limits: Limits, budget: usize) -> Vec<InstanceId> {
    let mut spare = seen.available.saturating_sub(limits.floor);
    let mut leave = Vec::new();
    for candidate in &seen.outdated {
        let within = launches(seen, leave.len() + 1, 0) <= budget;
        if !within || (candidate.available && spare == 0) {
            break;
        }
        spare -= usize::from(candidate.available);
        leave.push(candidate.id.clone());
    }
    leave
}

/// How many launches follow when so many leave and the group may exceed its size by so many.
fn launches(seen: &Seen, leaving: usize, surge: usize) -> usize {
    (seen.desired + surge).saturating_sub(seen.live.saturating_sub(leaving))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Preferences;

    fn seen(desired: usize, updated: usize, outdated: usize) -> Seen {
        let id = |n| InstanceId::new(format!("i-{n:08}"));
        Seen {
            desired,
            live: updated + outdated,
            updated,
            available: updated + outdated,
            calm: true,
            to_replace: outdated,
            outdated: (0..outdated)
                .map(|n| Candidate {
                    id: id(n),
                    available: true,
                })
                .collect(),
        }
    }

    fn orders(seen: &Seen, min: u32, max: Option<u32>) -> (usize, usize) {
        let preferences = Preferences {
            min_healthy: Some(min),
            max_healthy: max,
            ..Preferences::default()
        };
        let orders = plan(seen, preferences.limits(seen.desired), None);
        (orders.leave.len(), orders.surge)
    }

    #[test]
    fn batches_follow_the_bounds() {
        assert_eq!(
            orders(&seen(10, 0, 10), 90, None),
            (1, 0),
            "terminate and launch"
        );
        assert_eq!(
            orders(&seen(10, 0, 10), 100, Some(100)),
            (0, 1),
            "one at a time, launch first"
        );
        assert_eq!(
            orders(&seen(10, 0, 10), 100, Some(130)),
            (0, 3),
            "three launched first"
        );
        assert_eq!(
            orders(&seen(10, 0, 10), 90, Some(110)),
            (1, 1),
            "both ways at once"
        );
        assert_eq!(orders(&seen(10, 0, 10), 0, None), (10, 0), "all at once");
    }

    #[test]
    fn small_groups_round_up_and_an_explicit_hundred_is_not_an_omitted_one() {
        assert_eq!(
            orders(&seen(1, 0, 1), 90, None),
            (1, 0),
            "omitted: an outage of one"
        );
        assert_eq!(
            orders(&seen(1, 0, 1), 90, Some(100)),
            (0, 1),
            "explicit: launched first"
        );
        assert_eq!(
            orders(&seen(4, 0, 4), 90, None),
            (1, 0),
            "the floor of four is broken by one"
        );
        assert_eq!(orders(&seen(4, 0, 4), 90, Some(100)), (0, 1));
    }

    #[test]
    fn a_launched_replacement_frees_one_old_member_and_the_next_launch() {
        assert_eq!(orders(&seen(4, 1, 4), 100, Some(110)), (1, 1));
        assert_eq!(
            orders(&seen(4, 4, 1), 100, Some(110)),
            (1, 0),
            "the last one"
        );
    }

    #[test]
    fn a_checkpoint_limits_what_is_launched() {
        let limits = Limits {
            floor: 4,
            ceiling: 8,
            always_one: false,
        };
        let orders = plan(&seen(4, 0, 4), limits, Some(2));
        assert_eq!((orders.leave.len(), orders.surge), (0, 2));
    }
}

//! Whose turn it is among the targets of one target group.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html>

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::backend::{Backend, Lease};
use super::rotation::eligible;
use super::target_set::{SlowStart, TargetSet, TargetState};
use crate::routing::Algorithm;

/// The targets that get requests now, and how.
#[derive(Debug)]
pub(super) struct Lane {
    candidates: Vec<Candidate>,
    algorithm: Algorithm,
    fail_open: bool,
    /// Outlives the lane, so that a change of the targets does not begin the round anew.
    round: Arc<Round>,
}

/// How far the round robin of a target group is.
#[derive(Debug, Default)]
pub(super) struct Round(AtomicUsize);

/// The target that a request goes to.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) lease: Lease,
    pub(super) fail_open: bool,
}

#[derive(Debug)]
struct Candidate {
    backend: Arc<Backend>,
    slow_start: Option<SlowStart>,
    /// What a target in slow start has saved up from the turns that it let pass.
    saved: Mutex<f64>,
}

impl Lane {
    pub(super) fn new(set: &TargetSet, backends: &[Arc<Backend>], round: Arc<Round>) -> Self {
        let states: Vec<TargetState> = set.targets.iter().map(|target| target.state).collect();
        let chosen = eligible(&states, set.minimum_healthy);
        let candidate = |index: &usize| Candidate {
            backend: Arc::clone(&backends[*index]),
            slow_start: set.targets[*index].slow_start,
            saved: Mutex::new(0.0),
        };
        Self {
            candidates: chosen.indexes.iter().map(candidate).collect(),
            algorithm: set.algorithm,
            fail_open: chosen.fail_open,
            round,
        }
    }

    /// Whether requests go to healthy targets.
    pub(super) fn is_healthy(&self) -> bool {
        !self.candidates.is_empty() && !self.fail_open
    }

    /// The next target; `None` when none is registered.
    pub(super) fn next(&self, now: Instant) -> Option<Turn> {
        if self.candidates.is_empty() {
            return None;
        }
        let chosen = match self.algorithm {
            Algorithm::RoundRobin => self.round_robin(now),
            Algorithm::LeastOutstandingRequests => self.least_outstanding()?,
            Algorithm::WeightedRandom => rand::random_range(0..self.candidates.len()),
        };
        Some(Turn {
            lease: Lease::of(&self.candidates[chosen].backend),
            fail_open: self.fail_open,
        })
    }

    /// Whoever is in slow start lets turns pass. If all are, which AWS does not begin, somebody serves nevertheless.
    fn round_robin(&self, now: Instant) -> usize {
        let tries = 0..self.candidates.len();
        let index = |turn: usize| turn % self.candidates.len();
        tries
            .map(|_| index(self.round.step()))
            .find(|index| self.candidates[*index].takes_its_turn(now))
            .unwrap_or_else(|| index(self.round.step()))
    }

    /// The first of equals from where the round is, so that idle targets take turns.
    fn least_outstanding(&self) -> Option<usize> {
        let start = self.round.step();
        (0..self.candidates.len())
            .map(|offset| (start + offset) % self.candidates.len())
            .min_by_key(|index| self.candidates[*index].backend.outstanding())
    }
}

impl Round {
    fn step(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

impl Candidate {
    fn takes_its_turn(&self, now: Instant) -> bool {
        let part = self
            .slow_start
            .map_or(1.0, |slow_start| slow_start.part(now));
        if part >= 1.0 {
            return true;
        }
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        *saved += part;
        if *saved < 1.0 {
            return false;
        }
        *saved -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::balancer::{HealthCheck, Target};
    use crate::routing::MinimumHealthy;

    const MINUTE: Duration = Duration::from_mins(1);

    fn set(algorithm: Algorithm, slow: Option<Instant>) -> TargetSet {
        let target = |id: &str, port, since: Option<Instant>| Target {
            id: id.to_owned(),
            address: ([127, 0, 0, 1], port).into(),
            state: TargetState::Healthy,
            slow_start: since.map(|since| SlowStart {
                since,
                duration: MINUTE,
            }),
        };
        TargetSet {
            targets: vec![target("i-a", 1, None), target("i-b", 2, slow)],
            health_check: HealthCheck {
                path: "/".to_owned(),
                interval: MINUTE,
                timeout: MINUTE,
            },
            algorithm,
            minimum_healthy: MinimumHealthy::default(),
        }
    }

    fn lane(set: &TargetSet) -> Lane {
        let backends: Vec<_> = set
            .targets
            .iter()
            .map(|target| Arc::new(Backend::new(target.address)))
            .collect();
        Lane::new(set, &backends, Arc::default())
    }

    /// How many of 300 requests go to the second target.
    fn second_of_300(lane: &Lane, now: Instant) -> usize {
        let ports = (0..300).map(|_| lane.next(now).expect("a target").lease.address.port());
        ports.filter(|port| *port == 2).count()
    }

    #[test]
    fn a_share_grows_evenly_during_slow_start() {
        let began = Instant::now();
        let lane = lane(&set(Algorithm::RoundRobin, Some(began)));
        assert_eq!(second_of_300(&lane, began), 0);
        // Half a share beside a whole one: a third.
        let half = second_of_300(&lane, began + MINUTE / 2);
        assert!((99..=101).contains(&half), "{half}");
        assert_eq!(second_of_300(&lane, began + MINUTE), 150);
    }

    #[test]
    fn the_least_busy_gets_the_next_request() {
        let lane = lane(&set(Algorithm::LeastOutstandingRequests, None));
        let now = Instant::now();
        let first = lane.next(now).expect("a target");
        let second = lane.next(now).expect("a target");
        assert_ne!(first.lease.address, second.lease.address);
        let free = first.lease.address;
        drop(first);
        for _ in 0..3 {
            assert_eq!(lane.next(now).expect("a target").lease.address, free);
        }
    }
}

//! What the world was a while ago: the lagging copies that eventually consistent reads are answered from.

use crate::world::World;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// Copies closer together than this would not be told apart by anybody.
const CLOSEST: Duration = Duration::from_millis(50);

/// How many copies there are at most, whatever the depth: a copy of a fleet is not free.
const MOST: u32 = 40;

/// Copies of the world, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Replica(VecDeque<World>);

impl Replica {
    /// Keeps a copy if the last one is old enough, and forgets what is deeper than `depth`.
    pub(super) fn note(&mut self, world: &World, depth: Duration) {
        let apart = CLOSEST.max(depth / MOST);
        let now = world.now();
        if self.0.back().is_some_and(|last| age(last, now) < apart) {
            return;
        }
        self.0.push_back(world.clone());
        while self.0.get(1).is_some_and(|second| age(second, now) > depth) {
            self.0.pop_front();
        }
    }

    /// The newest copy that is at least so old, or the oldest there is; `None` while there is none.
    pub(super) fn back(&self, now: Timestamp, wanted: Duration) -> Option<&World> {
        let old_enough = |world: &&World| age(world, now) >= wanted;
        self.0.iter().rev().find(old_enough).or(self.0.front())
    }
}

fn age(world: &World, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(world.now())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Identity, Timings};

    fn world(milliseconds: i64) -> World {
        let identity = Identity {
            account: "1".to_owned(),
            region: "us-east-1".to_owned(),
            zones: vec!["us-east-1a".to_owned()],
        };
        let mut world = World::new(identity, Timings::fast(), 1);
        world.advance(at(milliseconds));
        world
    }

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_000_000 + milliseconds).unwrap()
    }

    #[test]
    fn the_past_is_as_old_as_asked_for_or_as_old_as_is_remembered() {
        let depth = Duration::from_secs(1);
        let mut replica = Replica::default();
        assert!(replica.back(at(0), depth).is_none());
        for now in (0..5000).step_by(10) {
            replica.note(&world(now), depth);
        }
        assert!(replica.0.len() <= 25, "{}", replica.0.len());
        let then = |wanted| {
            let wanted = Duration::from_millis(wanted);
            let world = replica.back(at(5000), wanted).unwrap();
            age(world, at(5000)).as_millis()
        };
        assert!((500..600).contains(&then(500)), "{}", then(500));
        assert!((1000..1200).contains(&then(9000)), "{}", then(9000));
    }
}

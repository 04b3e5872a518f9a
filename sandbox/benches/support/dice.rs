//! Chance, the same for the same seed.

use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};

/// Where everything that varies comes from.
#[derive(Debug)]
pub(crate) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// So many seconds, to the millisecond: no two machines are in step.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(self.0.random_range(1000 * from..1000 * to))
    }

    /// A fifth more or less.
    pub(crate) fn around(&mut self, time: Duration) -> Duration {
        time.mul_f64(self.0.random_range(0.8..1.2))
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability)
    }
}

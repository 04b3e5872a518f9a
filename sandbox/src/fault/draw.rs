//! Chance, from a seed. Each fault draws from a sequence of its own, so that what one kind is asked does not change what
//! another answers: the same seed and the same questions to one kind give the same story.

use super::Kind;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};

/// The draws of one fault.
#[derive(Debug, Clone)]
pub(super) struct Draws(Xoshiro256PlusPlus);

impl Draws {
    /// The draws of the `ordinal`th fault of a kind, in a sandbox with this seed.
    pub(super) fn new(seed: u64, kind: Kind, ordinal: u64) -> Self {
        let place = Kind::ALL
            .iter()
            .position(|other| *other == kind)
            .unwrap_or_default() as u64;
        // Both are small: the kind goes above all ordinals that there can be.
        Self(Xoshiro256PlusPlus::seed_from_u64(
            seed.wrapping_add((place << 48) + ordinal),
        ))
    }

    /// From 0 (inclusive) to 1 (exclusive).
    pub(super) fn fraction(&mut self) -> f64 {
        self.0.random()
    }

    /// One of `count`; `None` of none.
    pub(super) fn one_of(&mut self, count: usize) -> Option<usize> {
        (count > 0).then(|| self.0.random_range(0..count))
    }
}

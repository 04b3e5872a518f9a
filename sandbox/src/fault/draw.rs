//! Chance, from a seed. Each draw is named by what it is about (the fault, the operation or the choice, and the how-manieth it
//! is), and not by what was drawn before it: how often a program polls changes nothing for its other calls, and what one fault
//! is asked changes nothing for another.

use super::{Kind, Subject};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};

/// The draws of one fault.
#[derive(Debug, Clone)]
pub(super) struct Draws(u64);

impl Draws {
    /// The draws of the `ordinal`th fault of a kind, in a sandbox with this seed.
    pub(super) fn new(seed: u64, kind: Kind, ordinal: u64) -> Self {
        let place = Kind::ALL
            .iter()
            .position(|other| *other == kind)
            .unwrap_or_default() as u64;
        // Both are small: the kind goes above all ordinals that there can be.
        Self(seed.wrapping_add((place << 48) + ordinal))
    }

    /// From 0 (inclusive) to 1 (exclusive), for the `number`th time that there is something to decide about this.
    pub(super) fn fraction(&self, about: &str, number: u64) -> f64 {
        self.generator(about, number).random()
    }

    /// One of `count`; `None` of none.
    pub(super) fn one_of(&self, about: &str, number: u64, count: usize) -> Option<usize> {
        (count > 0).then(|| self.generator(about, number).random_range(0..count))
    }

    fn generator(&self, about: &str, number: u64) -> Xoshiro256PlusPlus {
        let named = about.bytes().chain(number.to_le_bytes());
        Xoshiro256PlusPlus::seed_from_u64(named.fold(self.0 ^ FNV_OFFSET, hashed))
    }
}

/// FNV-1a: the same on every machine and in every build, which the standard library's hash does not promise.
/// <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

fn hashed(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
}

/// What calls have in common that a fault counts together: operation, caller, and what is told of the place.
pub(super) fn question(subject: &Subject<'_>) -> String {
    let from = subject.from.map(|from| from.to_string());
    let parts = [
        subject.service,
        subject.op,
        from.as_deref(),
        subject.zone,
        subject.version,
        subject.name,
    ];
    parts.map(Option::unwrap_or_default).join("/")
}

//! What must hold however chance interleaves: every run ends, never well with a wrong member, and closing comes last.

use super::world::{DESIRED, Nature, OLD, World};
use super::{Chance, Run};
use crate::rollout::goal::Outcome;
use proptest::prelude::*;

fn chance() -> impl Strategy<Value = Chance> {
    prop_oneof![
        12 => Just(Chance::Calm),
        1 => Just(Chance::Killed),
        1 => Just(Chance::BlindGroup),
        1 => Just(Chance::BlindRefreshes),
        1 => Just(Chance::BlindAll),
        1 => Just(Chance::LostReply),
        1 => Just(Chance::LostRequest),
    ]
}

fn rough_chance() -> impl Strategy<Value = Chance> {
    prop_oneof![
        20 => chance(),
        1 => (0..DESIRED + 1).prop_map(Chance::Flap),
        1 => Just(Chance::Cancelled),
        1 => Just(Chance::Operator),
    ]
}

fn nature() -> impl Strategy<Value = Nature> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), 0..8u8);
    flags.prop_map(|(broken, irreversible, no_parameter, rare)| Nature {
        broken: broken.then_some(OLD + 1),
        irreversible,
        no_parameter,
        never_healthy: rare == 0,
        stalled: rare == 1,
    })
}

fn run(nature: Nature, chances: &[Chance]) -> (Run, Outcome) {
    let mut run = Run::new(World::new(nature));
    let outcome = run.finish(|step| chances.get(step).copied().unwrap_or(Chance::Calm));
    (run, outcome)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn every_run_ends_and_its_end_is_true(
        nature in nature(),
        chances in proptest::collection::vec(rough_chance(), 0..200),
    ) {
        let (run, outcome) = run(nature, &chances);
        run.assert_sound(&outcome);
    }

    #[test]
    fn trouble_on_the_way_changes_neither_the_end_nor_the_floor(
        chances in proptest::collection::vec(chance(), 0..200),
    ) {
        let (run, outcome) = run(Nature::default(), &chances);
        run.assert_sound(&outcome);
        prop_assert_eq!(&outcome, &Outcome::Done);
        prop_assert_eq!(run.world.floor, DESIRED);
    }
}

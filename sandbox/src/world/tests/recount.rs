//! What is kept so that a large group costs no more per member than a small one, held against a recount at every moment.

use proptest::prelude::*;

use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{Preferences, Probe};

fn release() -> impl Strategy<Value = Release> {
    prop::sample::select(vec![
        Release::Good,
        Release::Abandons,
        Release::DiesEarly,
        Release::Sick,
    ])
}

#[derive(Debug, Clone, Copy)]
enum Meddling {
    Kill,
    Resize(usize),
    Rollback,
    Cancel,
    Standby,
    /// A member's target fails its probes for a while.
    Flap,
}

fn meddling() -> impl Strategy<Value = Meddling> {
    prop_oneof![
        Just(Meddling::Kill),
        (0usize..80).prop_map(Meddling::Resize),
        Just(Meddling::Rollback),
        Just(Meddling::Cancel),
        Just(Meddling::Standby),
        Just(Meddling::Flap),
    ]
}

/// Plays for so many moments and recounts after each.
fn watch(stage: &mut Stage, moments: usize) {
    for _ in 0..moments {
        stage.turn();
        assert!(stage.group().members.is_counted_right());
        assert!(stage.world.is_surveyed_right(GROUP));
    }
}

fn meddle(stage: &mut Stage, meddling: Meddling, which: usize) {
    let ids: Vec<_> = stage.group().members.keys().cloned().collect();
    let id = ids.get(which % ids.len().max(1)).cloned();
    let now = stage.now;
    // What does not apply is refused, and nothing has happened.
    let _ = match meddling {
        Meddling::Kill => {
            if let Some(id) = &id {
                stage.end(id);
            }
            Ok(())
        }
        Meddling::Flap => {
            let arn = stage.target_group.clone();
            for id in id.iter().chain(&id) {
                stage.world.target_probed(now, &arn, id, Probe::Status(503));
            }
            Ok(())
        }
        Meddling::Resize(size) => stage.world.set_desired_capacity(now, GROUP, size),
        Meddling::Rollback => stage.world.rollback_refresh(now, GROUP).map(drop),
        Meddling::Cancel => stage.world.cancel_refresh(now, GROUP, true).map(drop),
        Meddling::Standby => {
            let ids: Vec<_> = id.into_iter().collect();
            stage.world.enter_standby(now, GROUP, &ids, true).map(drop)
        }
    };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_is_what_a_recount_says(
        desired in 20usize..60,
        seed in any::<u64>(),
        release in release(),
        (min, max) in (50u32..=100, 100u32..=150),
        meddling in prop::collection::vec((meddling(), any::<prop::sample::Index>()), 1..5),
    ) {
        let setting = Setting { desired, max: 100, seed, ..Setting::default() };
        let mut stage = Stage::settled(&setting);
        let version = stage.release(release);
        let preferences = Preferences {
            min_healthy: Some(min),
            max_healthy: Some(max),
            warmup: Some(20 * SECOND),
            skip_matching: true,
            ..Preferences::default()
        };
        stage.start_refresh(version, preferences);
        for (meddling, which) in meddling {
            watch(&mut stage, 12);
            meddle(&mut stage, meddling, which.index(1000));
        }
        watch(&mut stage, 60);
    }
}

//! What holds for every fleet, every setting and every way a release can fail.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{ChangeKind, InstanceId, Lifecycle, Preferences, TargetState};

const HEARTBEAT: Duration = Duration::from_mins(1);

/// What somebody does in the middle of a refresh.
#[derive(Debug, Clone, Copy)]
enum Meddling {
    None,
    Rollback,
    Cancel { wait: bool },
    Kill(usize),
    Resize(usize),
}

#[derive(Debug, Clone)]
struct Case {
    setting: Setting,
    release: Release,
    preferences: Preferences,
    meddling: Meddling,
    after: u32,
}

fn release() -> impl Strategy<Value = Release> {
    prop_oneof![
        4 => Just(Release::Good),
        1 => Just(Release::Abandons),
        1 => Just(Release::Hangs),
        1 => Just(Release::DiesEarly),
        1 => Just(Release::Sick),
        1 => Just(Release::NeverLetsGo),
    ]
}

fn meddling() -> impl Strategy<Value = Meddling> {
    prop_oneof![
        2 => Just(Meddling::None),
        1 => Just(Meddling::Rollback),
        1 => any::<bool>().prop_map(|wait| Meddling::Cancel { wait }),
        1 => (0usize..8).prop_map(Meddling::Kill),
        1 => (0usize..9).prop_map(Meddling::Resize),
    ]
}

fn setting() -> impl Strategy<Value = Setting> {
    let hooks = 0usize..=1;
    (1usize..8, 0u32..60, 0u32..60, hooks, any::<u64>()).prop_map(
        |(desired, grace, drain, hooks, seed)| Setting {
            desired,
            grace: grace * SECOND,
            drain: drain * SECOND,
            hooks,
            seed,
            heartbeat: HEARTBEAT,
            ..Setting::default()
        },
    )
}

fn preferences() -> impl Strategy<Value = Preferences> {
    let max = prop_oneof![Just(None), (100u32..=200).prop_map(Some)];
    (0u32..=100, max, 0u32..120, any::<bool>(), any::<bool>()).prop_map(
        |(min, max, warmup, skip_matching, auto_rollback)| Preferences {
            min_healthy: Some(min),
            max_healthy: max.map(|max| max.min(min + 100)),
            warmup: Some(warmup * SECOND),
            skip_matching,
            auto_rollback,
            ..Preferences::default()
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    (setting(), release(), preferences(), meddling(), 0u32..200).prop_map(
        |(setting, release, preferences, meddling, after)| Case {
            setting,
            release,
            preferences,
            meddling,
            after,
        },
    )
}

/// Plays the case to its end: refreshed, and the group at rest. The floor is watched until somebody meddles with the group.
fn play(case: &Case) -> Stage {
    let mut stage = Stage::settled(&case.setting);
    stage.pass(200 * SECOND);
    stage.world.take_changes();
    let version = stage.release(case.release);
    stage.start_refresh(version, case.preferences.clone());
    let meddle_at = stage.now + case.after * SECOND;
    let over = |s: &Stage| s.now >= meddle_at || s.group().active_refresh().is_none();
    stage.until_watched("the time to meddle", over, |s| check_floor(case, s));
    meddle(&mut stage, case.meddling);
    let harmless = matches!(case.meddling, Meddling::None | Meddling::Rollback);
    let ended = |s: &Stage| s.group().active_refresh().is_none();
    stage.until_watched("the refresh ends", ended, |s| {
        if harmless {
            check_floor(case, s);
        }
    });
    stage.until_settled();
    stage
}

fn meddle(stage: &mut Stage, meddling: Meddling) {
    let now = stage.now;
    match meddling {
        Meddling::None => {}
        // All of these may come too late, when the refresh has ended.
        Meddling::Rollback => drop(stage.world.rollback_refresh(now, GROUP)),
        Meddling::Cancel { wait } => drop(stage.world.cancel_refresh(now, GROUP, wait)),
        Meddling::Resize(to) => drop(stage.world.set_desired_capacity(now, GROUP, to)),
        Meddling::Kill(which) => {
            let id = stage.group().members.keys().nth(which).cloned();
            if let Some(id) = id {
                stage.end(&id);
            }
        }
    }
}

/// The refresh itself never takes the group below its minimum; without a maximum it may take it one below the full size.
fn check_floor(case: &Case, stage: &Stage) {
    let desired = case.setting.desired;
    let percent = case.preferences.min_healthy() as usize;
    let floor = (desired * percent).div_ceil(100);
    let floor = match case.preferences.max_healthy {
        Some(_) => floor,
        None => floor.min(desired - 1),
    };
    let targets = &stage
        .world
        .target_group(&stage.target_group)
        .expect("it exists")
        .targets;
    let serving = targets
        .values()
        .filter(|t| t.state == TargetState::Healthy)
        .count();
    assert!(
        serving >= floor,
        "{serving} of {floor} at {}\n{}",
        stage.now,
        stage.transcript()
    );
}

/// For each instance, its changes in order.
fn lives(stage: &Stage) -> BTreeMap<&InstanceId, Vec<(Timestamp, ChangeKind)>> {
    let mut lives: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for change in stage.world.changes() {
        lives
            .entry(&change.instance)
            .or_default()
            .push((change.at, change.kind));
    }
    lives
}

fn first(life: &[(Timestamp, ChangeKind)], kind: ChangeKind) -> Option<Timestamp> {
    life.iter().find(|(_, k)| *k == kind).map(|(at, _)| *at)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_floor_holds_and_the_group_settles(case in case()) {
        play(&case);
    }

    #[test]
    fn nobody_who_lives_is_shut_down_undrained(case in case()) {
        let stage = play(&case);
        for (id, life) in lives(&stage) {
            let registered = first(&life, ChangeKind::Target(TargetState::Initial));
            let shut_down = first(&life, ChangeKind::Lifecycle(Lifecycle::TerminatingProceed));
            let died = matches!(case.meddling, Meddling::Kill(_)) || case.release == Release::DiesEarly;
            let (Some(_), Some(shut_down), false) = (registered, shut_down, died) else { continue };
            let draining = first(&life, ChangeKind::Target(TargetState::Draining));
            let gone = first(&life, ChangeKind::Target(TargetState::Unused));
            let (Some(draining), Some(gone)) = (draining, gone) else {
                return Err(TestCaseError::fail(format!("{id} was not drained: {life:?}")));
            };
            prop_assert_eq!(gone, draining + case.setting.drain);
            prop_assert!(gone <= shut_down);
            let told = first(&life, ChangeKind::Lifecycle(Lifecycle::Terminating));
            prop_assert_eq!(told, Some(draining));
        }
    }

    #[test]
    fn every_hook_resolves_within_its_heartbeat(case in case()) {
        let stage = play(&case);
        for (id, life) in lives(&stage) {
            let states = life.iter().filter_map(|(at, kind)| match kind {
                ChangeKind::Lifecycle(state) => Some((*at, *state)),
                ChangeKind::Target(_) => None,
            });
            let states: Vec<_> = states.collect();
            for (at, (since, state)) in states.iter().enumerate() {
                if !matches!(state, Lifecycle::PendingWait | Lifecycle::TerminatingWait) {
                    continue;
                }
                let next = states.get(at + 1);
                prop_assert!(next.is_some(), "{} waits for ever: {:?}", id, states);
                prop_assert!(next.is_some_and(|(until, _)| *until <= *since + HEARTBEAT));
            }
        }
    }

    #[test]
    fn the_same_seed_tells_the_same_story(case in case()) {
        let (first, second) = (play(&case), play(&case));
        prop_assert_eq!(first.world.changes(), second.world.changes());
    }
}

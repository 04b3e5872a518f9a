//! Random fleets, releases, preferences, and what people and machines do in the middle of a refresh.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::alarms::{errors, set};
use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{
    AlarmState, InstanceId, Lifecycle, Preferences, Process, ScaleInProtected, StandbyInstances,
    StartRefresh, TemplateRef, VersionSpec,
};

pub(super) const HEARTBEAT: Duration = Duration::from_mins(1);

/// One thing that somebody does, or that happens. Members are named by their place in the list of all, wrapped round.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    Rollback,
    Cancel {
        wait: bool,
    },
    /// The machine dies.
    Kill(usize),
    /// Somebody says that it is unhealthy.
    Sicken(usize),
    Resize(usize),
    Aside {
        which: usize,
        decrement: bool,
    },
    CallBack(usize),
    Protect {
        which: usize,
        protected: bool,
    },
    Suspend(Process),
    Resume(Process),
    Alarm(AlarmState),
    /// A further version is published, which `$Latest` follows.
    Publish,
}

#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) setting: Setting,
    release: Release,
    /// The desired configuration says `$Latest`, not a number.
    latest: bool,
    pub(super) preferences: Preferences,
    /// Each so many seconds after the one before.
    acts: Vec<(u32, Act)>,
}

fn release() -> impl Strategy<Value = Release> {
    prop_oneof![
        4 => Just(Release::Good),
        3 => Just(Release::Moody),
        1 => Just(Release::Abandons),
        1 => Just(Release::Hangs),
        1 => Just(Release::DiesEarly),
        1 => Just(Release::Sick),
        1 => Just(Release::NeverLetsGo),
    ]
}

fn process() -> impl Strategy<Value = Process> {
    prop::sample::select(vec![
        Process::InstanceRefresh,
        Process::Launch,
        Process::Terminate,
        Process::HealthCheck,
        Process::ReplaceUnhealthy,
        Process::AddToLoadBalancer,
    ])
}

fn act() -> impl Strategy<Value = Act> {
    let which = 0usize..16;
    let aside = (which.clone(), any::<bool>());
    let protect = (which.clone(), prop::bool::weighted(0.7));
    prop_oneof![
        1 => Just(Act::Rollback),
        1 => any::<bool>().prop_map(|wait| Act::Cancel { wait }),
        2 => which.clone().prop_map(Act::Kill),
        2 => which.clone().prop_map(Act::Sicken),
        2 => (0usize..10).prop_map(Act::Resize),
        2 => aside.prop_map(|(which, decrement)| Act::Aside { which, decrement }),
        1 => which.prop_map(Act::CallBack),
        2 => protect.prop_map(|(which, protected)| Act::Protect { which, protected }),
        2 => process().prop_map(Act::Suspend),
        2 => process().prop_map(Act::Resume),
        1 => prop::sample::select(AlarmState::ALL.to_vec()).prop_map(Act::Alarm),
        1 => Just(Act::Publish),
    ]
}

fn setting() -> impl Strategy<Value = Setting> {
    let sizes = (1usize..9, 1usize..=3, 0usize..=1);
    (sizes, 0u32..60, 0u32..60, any::<u64>()).prop_map(
        |((desired, zones, hooks), grace, drain, seed)| Setting {
            desired,
            zones,
            grace: grace * SECOND,
            drain: drain * SECOND,
            hooks,
            seed,
            heartbeat: HEARTBEAT,
            ..Setting::default()
        },
    )
}

fn pace() -> impl Strategy<Value = Preferences> {
    let max = prop_oneof![Just(None), Just(Some(100)), (100u32..=200).prop_map(Some)];
    let min = prop_oneof![Just(90), Just(100), 0u32..=100];
    let warmup = prop::option::of((0u32..120).prop_map(|s| s * SECOND));
    let checkpoints = prop::collection::btree_set(1u32..=100, 0..3);
    let bake = prop::option::of((0u32..100).prop_map(|s| s * SECOND));
    (min, max, warmup, checkpoints, bake).prop_map(|(min, max, warmup, checkpoints, bake_time)| {
        Preferences {
            min_healthy: Some(min),
            max_healthy: max.map(|max| max.min(min + 100)),
            warmup,
            checkpoint_delay: (!checkpoints.is_empty()).then_some(100 * SECOND),
            checkpoints: checkpoints.into_iter().collect(),
            bake_time,
            ..Preferences::default()
        }
    })
}

fn preferences() -> impl Strategy<Value = Preferences> {
    let protected = prop::sample::select(vec![
        ScaleInProtected::Refresh,
        ScaleInProtected::Ignore,
        ScaleInProtected::Wait,
    ]);
    let standby = prop::sample::select(vec![
        StandbyInstances::Terminate,
        StandbyInstances::Ignore,
        StandbyInstances::Wait,
    ]);
    (pace(), protected, standby, any::<[bool; 3]>()).prop_map(
        |(pace, scale_in_protected, standby, [skip_matching, auto_rollback, watched])| {
            Preferences {
                scale_in_protected,
                standby,
                skip_matching,
                auto_rollback,
                alarms: watched.then(|| "errors".to_owned()).into_iter().collect(),
                ..pace
            }
        },
    )
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    let acts = prop::collection::vec((0u32..120, act()), 0..8);
    let release = (release(), prop::bool::weighted(0.2));
    (setting(), release, preferences(), acts).prop_map(
        |(setting, (release, latest), preferences, acts)| Case {
            setting,
            release,
            latest,
            preferences,
            acts,
        },
    )
}

/// The same, with a rollback among the acts.
pub(super) fn turned_round() -> impl Strategy<Value = Case> {
    (case(), any::<prop::sample::Index>(), 0u32..120).prop_map(|(mut case, at, after)| {
        let at = at.index(case.acts.len() + 1);
        case.acts.insert(at, (after, Act::Rollback));
        case
    })
}

/// Plays the case until its refresh has ended and for a while longer, with a look after every moment. Processes that are
/// suspended in the end are resumed, because a refresh may be paused for ever. Who was ever on standby is returned, too.
pub(super) fn play(case: &Case, mut watch: impl FnMut(&Stage)) -> (Stage, BTreeSet<InstanceId>) {
    let mut stage = Stage::settled(&case.setting);
    stage.pass(200 * SECOND);
    stage.world.take_changes();
    stage
        .world
        .put_alarm(stage.now, errors())
        .expect("an alarm");
    begin(&mut stage, case);
    let mut aside = BTreeSet::new();
    for (after, act) in &case.acts {
        let at = stage.now + *after * SECOND;
        stage.until_watched("the next act", |s| s.next() > at, &mut watch);
        stage.now = at;
        stage.play();
        watch(&stage);
        perform(&mut stage, *act);
        let members = stage.group().members.values();
        let standby = members.filter(|m| m.lifecycle.is_standby());
        aside.extend(standby.map(|m| m.id.clone()));
        watch(&stage);
    }
    let resumed = stage
        .world
        .resume_processes(stage.now, GROUP, &Process::ALL);
    resumed.expect("resumed");
    let ended = |s: &Stage| s.group().active_refresh().is_none();
    stage.until_watched("the refresh ends", ended, &mut watch);
    let end = stage.now + 600 * SECOND;
    stage.until_watched("a while", |s| s.next() > end, &mut watch);
    (stage, aside)
}

fn begin(stage: &mut Stage, case: &Case) {
    let version = stage.release(case.release);
    let version = if case.latest {
        VersionSpec::Latest
    } else {
        VersionSpec::Number(version)
    };
    let id = stage.template.clone();
    let start = StartRefresh {
        desired: Some(TemplateRef { id, version }),
        preferences: case.preferences.clone(),
    };
    let started = stage.world.start_refresh(stage.now, GROUP, start);
    started.expect("a refresh");
}

/// Much of this is refused, because it comes too late or does not fit: that is how people are.
fn perform(stage: &mut Stage, act: Act) {
    let now = stage.now;
    let whom = |stage: &Stage, which: usize, state: &dyn Fn(Lifecycle) -> bool| {
        let members = stage.group().members.values();
        let ids: Vec<_> = members.filter(|m| state(m.lifecycle)).collect();
        let chosen = ids.get(which.checked_rem(ids.len())?)?;
        Some(chosen.id.clone())
    };
    match act {
        Act::Rollback => drop(stage.world.rollback_refresh(now, GROUP)),
        Act::Cancel { wait } => drop(stage.world.cancel_refresh(now, GROUP, wait)),
        Act::Resize(to) => drop(stage.world.set_desired_capacity(now, GROUP, to)),
        Act::Suspend(process) => drop(stage.world.suspend_processes(now, GROUP, &[process])),
        Act::Resume(process) => drop(stage.world.resume_processes(now, GROUP, &[process])),
        Act::Alarm(to) => drop(set(&mut stage.world, to)),
        Act::Publish => drop(stage.release(Release::Good)),
        Act::Kill(which) => {
            if let Some(id) = whom(stage, which, &|_| true) {
                stage.end(&id);
            }
        }
        Act::Sicken(which) => {
            if let Some(id) = whom(stage, which, &|s| s == Lifecycle::InService) {
                drop(stage.world.set_instance_health(now, &id, false, false));
            }
        }
        Act::Aside { which, decrement } => {
            if let Some(id) = whom(stage, which, &|s| s == Lifecycle::InService) {
                drop(stage.world.enter_standby(now, GROUP, &[id], decrement));
            }
        }
        Act::CallBack(which) => {
            if let Some(id) = whom(stage, which, &|s| s == Lifecycle::Standby) {
                drop(stage.world.exit_standby(now, GROUP, &[id]));
            }
        }
        Act::Protect { which, protected } => {
            if let Some(id) = whom(stage, which, &|s| s == Lifecycle::InService) {
                let ids = [id];
                drop(
                    stage
                        .world
                        .set_instance_protection(now, GROUP, &ids, protected),
                );
            }
        }
    }
    stage.play();
}

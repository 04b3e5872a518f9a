//! The sum held against the world: a refresh played in virtual time takes as long as the rules add up to.

use std::time::Duration;

use proptest::prelude::*;

use super::{Bounds, CriticalPath, Outside, Rules};
use crate::profile::Profile;
use crate::world::tests::stage::{Release, SECOND, Setting, Stage};
use crate::world::{Preferences, RefreshStatus, Timings};

/// What the stage's machines and agents take.
const STAGE: Outside = Outside {
    boot: SECOND,
    launch_hook: Duration::from_secs(3),
    healthy: Duration::from_secs(5),
    terminate_hook: Duration::from_secs(2),
    shutdown: SECOND,
};

/// How long the world takes.
fn played(rules: &Rules) -> Duration {
    let mut stage = Stage::settled(&Setting {
        desired: rules.bounds.members,
        max: 100,
        drain: rules.drain,
        timings: rules.timings.clone(),
        ..Setting::default()
    });
    stage.pass(2 * rules.timings.health_evaluation + rules.warmup);
    let version = stage.release(Release::Good);
    let started = stage.now;
    let preferences = Preferences {
        min_healthy: Some(rules.bounds.min_healthy),
        max_healthy: rules.bounds.max_healthy,
        warmup: Some(rules.warmup),
        ..Preferences::default()
    };
    stage.start_refresh(version, preferences);
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
    let took = stage.now.duration_since(started);
    Duration::try_from(took).expect("time passes")
}

/// To the millisecond: the sum is made of floating-point numbers.
fn sum(path: &CriticalPath) -> Duration {
    let exact = Duration::from_secs_f64(path.seconds + 0.000_5);
    Duration::from_millis(u64::try_from(exact.as_millis()).expect("not for ever"))
}

fn aws() -> Rules {
    let profile = Profile::aws();
    Rules {
        bounds: Bounds {
            members: 4,
            min_healthy: 100,
            max_healthy: Some(u32::from(profile.deploy.max_healthy_percentage)),
        },
        timings: profile.world,
        warmup: profile.deploy.instance_warmup,
        drain: profile.target_group.deregistration_delay,
    }
}

#[test]
fn four_members_at_awss_pace_take_what_the_rules_add_up_to() {
    let path = CriticalPath::new(&aws(), &STAGE);
    let told = path.to_text("it took", played(&aws()).as_secs_f64());
    assert_eq!(told, FOUR_AT_AWSS_PACE);
    let shown = include_str!("../../../FIDELITY.md");
    assert!(
        shown.contains(FOUR_AT_AWSS_PACE),
        "FIDELITY.md shows another sum"
    );
}

const FOUR_AT_AWSS_PACE: &str = "\
the refresh begins      1 x   5.0 s =   5.0 s
instance pending        4 x   5.0 s =  20.0 s
boot                    4 x   1.0 s =   4.0 s
launch hook             4 x   3.0 s =  12.0 s
registration            4 x   5.0 s =  20.0 s
health evaluation       4 x  60.0 s = 240.0 s
drain                   1 x 300.0 s = 300.0 s
terminate hook          1 x   2.0 s =   2.0 s
shutdown                1 x  10.0 s =  10.0 s
sum                                   613.0 s
it took                               613.0 s, 1.00 times the sum
";

#[test]
fn a_warmup_longer_than_the_evaluation_stands_in_for_it() {
    let rules = Rules {
        warmup: 90 * SECOND,
        ..aws()
    };
    let path = CriticalPath::new(&rules, &STAGE);
    assert!(
        path.terms
            .iter()
            .any(|t| t.name == "warmup" && t.times == 4)
    );
    assert_eq!(played(&rules), sum(&path));
}

fn bounds() -> impl Strategy<Value = Bounds> {
    let max = prop_oneof![Just(None), (100u32..=200).prop_map(Some)];
    (1usize..14, 0u32..=100, max).prop_map(|(members, min_healthy, max)| Bounds {
        members,
        min_healthy,
        max_healthy: max.map(|max| max.min(min_healthy + 100)),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// For every size and every pair of percentages.
    #[test]
    fn every_refresh_takes_what_the_rules_add_up_to(bounds in bounds(), drain in 0u64..400, warmup in 0u64..200) {
        let rules = Rules {
            bounds,
            timings: Timings::aws(),
            warmup: Duration::from_secs(warmup),
            drain: Duration::from_secs(drain),
        };
        let path = CriticalPath::new(&rules, &STAGE);
        prop_assert_eq!(played(&rules), sum(&path), "{:?}", path);
    }
}

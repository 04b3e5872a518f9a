//! EC2 without capacity, and Spot instances that are taken back.

use super::stage::{GROUP, SECOND, Setting, Stage};
use crate::world::{InstanceState, Supply};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// No capacity in one zone, or in none of them.
#[derive(Debug, Default)]
struct Shortage {
    zone: &'static str,
    everywhere: AtomicBool,
}

impl Supply for Shortage {
    fn lacks(&self, _: Timestamp, zone: &str, _: &[String]) -> bool {
        zone == self.zone || self.everywhere.load(Ordering::Relaxed)
    }
}

fn kill_one_in(stage: &mut Stage, zone: &str) {
    let mut members = stage.group().members.values();
    let id = members.find(|m| m.zone == zone).unwrap().id.clone();
    stage.end(&id);
    stage.play();
}

#[test]
fn a_launch_without_capacity_fails_in_awss_words_and_the_next_goes_elsewhere() {
    let mut stage = Stage::settled(&Setting::default());
    stage.world.supplied_by(Arc::new(Shortage {
        zone: "us-east-1a",
        ..Shortage::default()
    }));
    kill_one_in(&mut stage, "us-east-1a");
    stage.until_settled();
    let activities = &stage.group().activities;
    let failed: Vec<_> = activities.iter().filter(|a| a.message.is_some()).collect();
    assert_eq!(failed.len(), 1, "the zone is avoided from then on");
    let message = failed[0].message.as_deref().unwrap();
    assert!(
        message.starts_with("We currently do not have sufficient t3.")
            && message.contains(
                " capacity in the Availability Zone you requested (us-east-1a). Our system will be \
                 working on provisioning additional capacity. You can currently get t3."
            )
            && message.ends_with("Launching EC2 instance failed."),
        "{message}"
    );
    let there = stage.group().members.values().filter(|m| m.is_live());
    assert_eq!(there.filter(|m| m.zone == "us-east-1a").count(), 1);
}

#[test]
fn a_zone_that_has_capacity_again_gets_its_members_back_by_itself() {
    let mut stage = Stage::settled(&Setting::default());
    let shortage = Arc::new(Shortage {
        everywhere: AtomicBool::new(true),
        ..Shortage::default()
    });
    stage.world.supplied_by(Arc::<Shortage>::clone(&shortage));
    kill_one_in(&mut stage, "us-east-1b");
    shortage.everywhere.store(false, Ordering::Relaxed);
    stage.until_settled();
    let in_zone = |stage: &Stage| {
        let live = stage.group().members.live_by_zone();
        live.get("us-east-1b").copied().unwrap_or_default()
    };
    let before = in_zone(&stage);
    // Nobody asks for anything from here on.
    stage.pass(600 * SECOND);
    assert_eq!((before, in_zone(&stage)), (0, 1));
}

#[test]
fn a_group_without_any_capacity_tries_again_until_there_is_some() {
    let mut stage = Stage::settled(&Setting::default());
    let shortage = Arc::new(Shortage {
        everywhere: AtomicBool::new(true),
        ..Shortage::default()
    });
    stage.world.supplied_by(Arc::<Shortage>::clone(&shortage));
    kill_one_in(&mut stage, "us-east-1b");
    stage.pass(600 * SECOND);
    assert_eq!(stage.group().live().count(), 3);
    let failures = stage
        .group()
        .activities
        .iter()
        .filter(|a| a.message.is_some());
    let failures = failures.count();
    assert!(
        (3..20).contains(&failures),
        "with growing pauses: {failures}"
    );
    shortage.everywhere.store(false, Ordering::Relaxed);
    stage.until_settled();
    assert_eq!(stage.group().live().count(), 4);
}

#[test]
fn a_spot_instance_is_told_and_goes_whatever_it_does() {
    let mut stage = Stage::settled(&Setting::default());
    let id = stage.group().members.keys().next().unwrap().clone();
    let now = stage.now;
    assert!(stage.world.reclaim(now, &id, None));
    assert!(!stage.world.reclaim(now, &id, None), "once");
    let told = stage.world.metadata(&id).unwrap().spot.unwrap();
    assert_eq!(told.ends.duration_since(told.noticed).as_secs(), 120);
    stage.pass(119 * SECOND);
    assert!(stage.world.instance(&id).unwrap().state == InstanceState::Running);
    stage.pass(60 * SECOND);
    assert!(stage.world.instance(&id).unwrap().state != InstanceState::Running);
    stage.until_settled();
    assert!(!stage.world.group(GROUP).unwrap().members.contains_key(&id));
}

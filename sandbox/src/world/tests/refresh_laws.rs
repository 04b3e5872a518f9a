//! What holds for every refresh, whatever people and machines do in the middle of it: see `trouble` for what that is, and
//! `referee` for how it is judged.

use proptest::prelude::*;

use super::referee::{Referee, check_hooks};
use super::stage::Stage;
use super::trouble::{HEARTBEAT, case, play, turned_round};
use crate::world::{RefreshStatus, ScaleInProtected, VersionSpec};

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// That the refresh ends is asserted by whoever plays: within two days, two failed hours and every pause included.
    #[test]
    fn a_refresh_keeps_within_its_bounds_and_ends(case in case()) {
        let mut referee = Referee::default();
        let (stage, _) = play(&case, |stage| referee.look(stage, &case.preferences));
        prop_assert!(stage.refresh().ended.is_some());
        prop_assert!(!stage.refresh().status.is_active());
    }

    #[test]
    fn a_rollback_restores_the_old_configuration(case in turned_round()) {
        let (stage, aside) = play(&case, |_| {});
        let refresh = stage.refresh();
        if refresh.status != RefreshStatus::RollbackSuccessful {
            return Ok(());
        }
        prop_assert_eq!(&stage.group().template.version, &VersionSpec::Number(1));
        let ignores = case.preferences.scale_in_protected == ScaleInProtected::Ignore;
        for member in stage.group().live() {
            let excused = aside.contains(&member.id) || (ignores && member.protected);
            prop_assert!(member.template.number == 1 || excused, "{}\n{}", member.id, stage.describe());
        }
    }

    #[test]
    fn the_group_takes_the_new_configuration_over_on_success_only(case in case()) {
        let (stage, _) = play(&case, |_| {});
        let successful = stage.refresh().status == RefreshStatus::Successful;
        let taken_over = stage.group().template.version != VersionSpec::Number(1);
        prop_assert_eq!(successful, taken_over);
    }

    #[test]
    fn every_hook_resolves(case in case()) {
        let (stage, _) = play(&case, |_| {});
        check_hooks(&stage, HEARTBEAT);
    }

    #[test]
    fn the_numbers_are_numbers_that_aws_could_tell(case in case()) {
        play(&case, check_numbers);
    }
}

fn check_numbers(stage: &Stage) {
    let refresh = stage.refresh();
    let members = stage.group().members.len();
    assert!(refresh.percentage <= 100, "{refresh:?}");
    let active = refresh.status.is_active();
    assert!(!active || refresh.to_update <= members, "{refresh:?}");
    let done = refresh.status == RefreshStatus::Successful;
    let everything = refresh
        .preferences
        .checkpoints
        .last()
        .is_none_or(|p| *p == 100);
    if done && everything {
        assert_eq!(
            (refresh.percentage, refresh.to_update),
            (100, 0),
            "{refresh:?}"
        );
    }
}

use super::*;
use crate::failure::Explain;
use crate::rollout::observation::{Lifecycle, RefreshStatus, Target, TemplateRef};
use jiff::Timestamp;

fn environment() -> Environment {
    Environment {
        name: "prod".parse().unwrap(),
        region: "eu-west-1".to_owned(),
        account: "123456789012".to_owned(),
        group: "example".to_owned(),
        sandbox: false,
        strategy: Strategy::default(),
    }
}

fn member(number: usize) -> Member {
    Member {
        instance: format!("i-{number}"),
        zone: "eu-west-1a".to_owned(),
        lifecycle: Lifecycle {
            stage: Stage::InService,
            word: "InService".to_owned(),
        },
        healthy: true,
        template_version: Some(7),
    }
}

fn target(health: TargetHealth) -> Target {
    Target {
        health,
        word: format!("{health:?}").to_lowercase(),
        detail: String::new(),
    }
}

fn hook(transition: &str) -> Hook {
    Hook {
        name: transition.to_owned(),
        transition: transition.to_owned(),
    }
}

/// A group of two, ready in every respect.
fn ready() -> Survey {
    Survey {
        group: Group {
            min: 2,
            max: 3,
            desired: 2,
            template: Some(TemplateRef {
                id: "lt-1".to_owned(),
                version: "7".to_owned(),
            }),
            elb_health: true,
            target_groups: vec!["arn:tg".to_owned()],
            suspended: vec!["AZRebalance".to_owned()],
            members: vec![member(1), member(2)],
        },
        hooks: vec![hook(LAUNCHING), hook(TERMINATING)],
        refreshes: Vec::new(),
        targets: [1, 2]
            .map(|number| (format!("i-{number}"), target(TargetHealth::Healthy)))
            .into(),
    }
}

/// How a group is refused after `spoil`: the exit code and the sentence.
fn refused(spoil: impl FnOnce(&mut Survey)) -> (u8, String) {
    let mut survey = ready();
    spoil(&mut survey);
    let refusal = check_group(&survey, &environment()).expect_err("it is refused");
    assert!(refusal.hint().is_some());
    (refusal.exit().code(), refusal.to_string())
}

#[test]
fn a_ready_group_may_begin() {
    assert!(check_group(&ready(), &environment()).is_ok());
}

#[test]
fn a_group_that_follows_an_alias_or_has_no_template_is_not_pinned() {
    let alias = refused(|survey| {
        if let Some(template) = &mut survey.group.template {
            template.version = "$Latest".to_owned();
        }
    });
    let sentence = "the group example is pinned to $Latest and not to a numeric template version";
    assert_eq!(alias, (19, sentence.to_owned()));
    assert_eq!(refused(|survey| survey.group.template = None).0, 19);
}

#[test]
fn whatever_a_release_cannot_do_without_is_named() {
    let sentences = [
        refused(|survey| survey.hooks.truncate(1)),
        refused(|survey| drop(survey.hooks.remove(0))),
        refused(|survey| survey.group.elb_health = false),
        refused(|survey| survey.group.target_groups.clear()),
        refused(|survey| survey.group.suspended.push("Launch".to_owned())),
    ];
    let expected = [
        "the group has no terminate hook",
        "the group has no launch hook",
        "the group's health check type does not include ELB",
        "the group is attached to no target group",
        "processes of the group are suspended: Launch",
    ];
    assert_eq!(
        sentences,
        expected.map(|sentence| (20, sentence.to_owned()))
    );
}

#[test]
fn a_group_without_room_for_one_more_member_is_refused() {
    let full = refused(|survey| survey.group.max = 2);
    let sentence = "the group's maximum size is 2, and the release needs 3: 110 % of 2";
    assert_eq!(full, (20, sentence.to_owned()));
}

#[test]
fn a_group_that_is_unwell_or_being_refreshed_is_refused() {
    let sick = refused(|survey| {
        survey
            .targets
            .insert("i-2".to_owned(), target(TargetHealth::Unhealthy));
    });
    assert_eq!(
        sick,
        (
            20,
            "the group is not healthy now: i-2 is not healthy".to_owned()
        )
    );
    let short = refused(|survey| drop(survey.group.members.pop()));
    assert_eq!(
        short.1,
        "the group is not healthy now: 1 of 2 members are in service"
    );
    let busy = refused(|survey| {
        survey.refreshes.push(Refresh {
            id: "r-1".to_owned(),
            status: RefreshStatus::Baking,
            detail: String::new(),
            version: Some(7),
            percent: 100,
            started: Timestamp::UNIX_EPOCH,
            ended: None,
        });
    });
    assert_eq!(
        busy,
        (20, "the instance refresh r-1 is active (Baking)".to_owned())
    );
}

#[test]
fn a_group_left_mixed_by_an_earlier_failure_may_be_released_to() {
    let mut survey = ready();
    survey.group.members[1].template_version = Some(8);
    assert!(check_group(&survey, &environment()).is_ok());
}

#[test]
fn credentials_of_another_account_are_refused() {
    assert!(check_account("123456789012", &environment()).is_ok());
    let refusal = check_account("210987654321", &environment()).unwrap_err();
    assert_eq!(refusal.exit().code(), 16);
}

//! Groups made and deleted, hooks put and deleted, tags.

use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{
    Adjustment, AdjustmentType, GroupSpec, GroupTag, HookResult, HookSpec, HookTransition,
    InstanceId, InstanceState, Lifecycle, Place, PolicyKind, PolicySpec, Process, PutHook,
    StartRefresh, TemplateRef, TerminationPolicy, UpdateGroup,
};

fn create(stage: &mut Stage, name: &str, adapt: impl FnOnce(&mut GroupSpec)) -> Result<(), String> {
    let template = TemplateRef::numbered(stage.template.clone(), 1);
    let mut spec = GroupSpec::new(name, template);
    (spec.max, spec.desired) = (3, 2);
    adapt(&mut spec);
    let made = stage.world.create_group(stage.now, spec);
    stage.play();
    made.map_err(|error| error.to_string())
}

fn put(stage: &mut Stage, name: &str, transition: Option<HookTransition>) -> Result<(), String> {
    let hook = PutHook {
        name: name.into(),
        transition,
        heartbeat_timeout: None,
        default_result: None,
        notification_metadata: None,
    };
    let done = stage.world.put_hook(stage.now, GROUP, hook);
    done.map_err(|error| error.message)
}

#[test]
fn a_second_group_lives_beside_the_first() {
    let mut stage = Stage::settled(&Setting::default());
    create(&mut stage, "second", |_| {}).expect("made");
    stage.until("it settles", |s| s.world.settled("second"));
    let members = |stage: &Stage, name: &str| stage.world.group(name).map(|g| g.members.len());
    assert_eq!(members(&stage, "second"), Some(2));
    assert_eq!(members(&stage, GROUP), Some(4));
    let again = create(&mut stage, "second", |_| {}).expect_err("refused");
    assert_eq!(
        again,
        "AlreadyExists: AutoScalingGroup by this name already exists - A group with the name second \
         already exists"
    );
    let stranger = create(&mut stage, "third", |spec| {
        spec.target_groups = vec!["arn:nobody".into()];
    });
    assert_eq!(
        stranger.expect_err("refused"),
        "ValidationError: Provided Target Groups may not be valid. Please ensure they exist and try \
         again."
    );
}

#[test]
fn a_group_is_not_made_of_what_aws_does_not_take() {
    let mut stage = Stage::settled(&Setting::default());
    for name in ["", "a group", "a:group", "gr\u{fc}ppe", &"g".repeat(256)] {
        let refused = create(&mut stage, name, |_| {}).expect_err("refused");
        assert!(
            refused.starts_with("ValidationError: The name of a group"),
            "{name}"
        );
    }
    let tag = |number: usize| GroupTag {
        key: format!("tag-{number}"),
        value: String::new(),
        propagate_at_launch: false,
    };
    let hook = |number: usize| HookSpec {
        name: format!("hook-{number}"),
        transition: HookTransition::Launching,
        heartbeat_timeout: 60 * SECOND,
        default_result: HookResult::Continue,
        notification_metadata: None,
    };
    let zone = || "us-east-1b".to_owned();
    let twice = Place {
        zones: vec![zone(), zone()],
        subnets: Vec::new(),
    };
    let mut refused = |adapt: &dyn Fn(&mut GroupSpec)| {
        create(&mut stage, "!g~", |spec| adapt(spec)).expect_err("refused")
    };
    let more_than_once = [
        refused(&|spec| spec.tags = vec![tag(1), tag(1)]),
        refused(&|spec| spec.hooks = vec![hook(1), hook(1)]),
        refused(&|spec| spec.place = Some(twice.clone())),
    ];
    for refused in more_than_once {
        assert!(refused.ends_with(" is given more than once."), "{refused}");
    }
    let too_many = [
        refused(&|spec| spec.tags = (0..51).map(tag).collect()),
        refused(&|spec| spec.hooks = (0..51).map(hook).collect()),
    ];
    for refused in too_many {
        assert!(refused.starts_with("LimitExceeded: "), "{refused}");
    }
    create(&mut stage, "!g~", |spec| {
        spec.tags = (0..50).map(tag).collect();
        spec.hooks = (0..50).map(hook).collect();
    })
    .expect("made");
    let update = UpdateGroup {
        place: Some(twice),
        ..UpdateGroup::default()
    };
    let refused = stage.world.update_group(stage.now, GROUP, update);
    assert!(refused.is_err());
}

#[test]
fn notification_metadata_is_printable_ascii() {
    let mut stage = Stage::settled(&Setting::default());
    let mut put = |metadata: &str| {
        let hook = PutHook {
            name: "told".into(),
            transition: Some(HookTransition::Launching),
            heartbeat_timeout: None,
            default_result: None,
            notification_metadata: Some(metadata.into()),
        };
        stage.world.put_hook(stage.now, GROUP, hook).is_ok()
    };
    assert!(put("{\"a\":\t1}\r\n") && put(&"m".repeat(4000)));
    assert!(!put("") && !put("\u{e9}") && !put("\u{0}") && !put(&"m".repeat(4001)));
}

#[test]
fn a_group_keeps_to_its_zones() {
    let mut stage = Stage::settled(&Setting::default());
    let zones = vec!["us-east-1b".to_owned()];
    create(&mut stage, "narrow", |spec| {
        spec.place = Some(Place {
            zones: zones.clone(),
            subnets: Vec::new(),
        });
    })
    .expect("made");
    let group = stage.world.group("narrow").expect("the group");
    assert!(group.members.values().all(|m| m.zone == zones[0]));
}

/// Whatever would change a group that is being deleted is refused.
fn assert_takes_no_changes(stage: &mut Stage, ids: &[InstanceId]) {
    let (now, world) = (stage.now, &mut stage.world);
    let tag = GroupTag {
        key: "team".into(),
        value: "web".into(),
        propagate_at_launch: true,
    };
    let policy = PolicySpec {
        group: GROUP.into(),
        name: "more".into(),
        enabled: true,
        kind: PolicyKind::Simple {
            adjustment: Adjustment {
                kind: AdjustmentType::ChangeInCapacity,
                min_magnitude: None,
            },
            by: 1,
            cooldown: None,
        },
    };
    let process = [Process::Launch];
    let refused = [
        world.set_desired_capacity(now, GROUP, 1),
        world
            .start_refresh(now, GROUP, StartRefresh::default())
            .map(drop),
        world.put_policy(now, policy).map(drop),
        world.suspend_processes(now, GROUP, &process),
        world.resume_processes(now, GROUP, &process),
        world.set_instance_protection(now, GROUP, ids, true),
        world.put_group_tags(now, GROUP, vec![tag]),
        world.delete_group_tags(now, GROUP, &["team".to_owned()]),
    ];
    for (at, refused) in refused.into_iter().enumerate() {
        let error = refused.expect_err("refused");
        assert!(error.message.contains("pending delete"), "{at}: {error:?}");
    }
}

#[test]
fn a_group_in_use_is_deleted_by_force_only_and_without_drains_and_hooks() {
    let mut stage = Stage::settled(&Setting::default());
    let refused = stage.world.delete_group(stage.now, GROUP, false);
    assert_eq!(refused.expect_err("refused").code, "ResourceInUse");
    let grown = stage.world.set_desired_capacity(stage.now, GROUP, 5);
    grown.expect("accepted");
    let refused = stage.world.delete_group(stage.now, GROUP, false);
    assert_eq!(
        refused.expect_err("refused").code,
        "ScalingActivityInProgress"
    );
    let ids: Vec<_> = stage.group().members.keys().cloned().collect();
    stage
        .world
        .delete_group(stage.now, GROUP, true)
        .expect("accepted");
    let states = stage.group().members.values().map(|m| m.lifecycle);
    assert!(
        states
            .into_iter()
            .all(|s| s == Lifecycle::TerminatingProceed)
    );
    assert_takes_no_changes(&mut stage, &ids);
    for id in &ids {
        stage.world.instance_ended(stage.now, id);
    }
    stage.now += 10 * SECOND;
    stage.world.advance(stage.now);
    assert!(stage.world.group(GROUP).is_none());
    for id in &ids {
        let instance = stage.world.instance(id).expect("still shown");
        assert_eq!(instance.state, InstanceState::Terminated);
    }
    let deleted = &stage.world.deleted_groups()[0];
    assert!(deleted.activities.iter().all(|a| a.ended.is_some()));
}

#[test]
fn an_empty_group_is_deleted_at_once() {
    let mut stage = Stage::settled(&Setting::default());
    create(&mut stage, "empty", |spec| spec.desired = 0).expect("made");
    let done = stage.world.delete_group(stage.now, "empty", false);
    done.expect("deleted");
    assert!(stage.world.group("empty").is_none());
    create(&mut stage, "empty", |_| {}).expect("the name is free again");
}

#[test]
fn a_hook_put_now_counts_for_the_next_launch_and_keeps_what_is_not_said() {
    let mut stage = Stage::settled(&Setting {
        hooks: 0,
        ..Setting::default()
    });
    assert!(put(&mut stage, "launch", None).is_err(), "no transition");
    put(&mut stage, "launch", Some(HookTransition::Launching)).expect("put");
    let hook = &stage.group().hooks[0];
    assert_eq!(hook.heartbeat_timeout, 3600 * SECOND);
    assert_eq!(hook.default_result, HookResult::Abandon);
    let change = PutHook {
        name: "launch".into(),
        transition: None,
        heartbeat_timeout: Some(60 * SECOND),
        default_result: Some(HookResult::Continue),
        notification_metadata: Some("about".into()),
    };
    let done = stage.world.put_hook(stage.now, GROUP, change);
    done.expect("changed");
    put(&mut stage, "launch", None).expect("nothing said");
    let hook = &stage.group().hooks[0];
    assert_eq!(stage.group().hooks.len(), 1);
    assert_eq!(hook.transition, HookTransition::Launching);
    assert_eq!(hook.heartbeat_timeout, 60 * SECOND);
    assert_eq!(hook.notification_metadata.as_deref(), Some("about"));
    stage.releases.insert(1, Release::Hangs);
    let grown = stage.world.set_desired_capacity(stage.now, GROUP, 5);
    grown.expect("accepted");
    stage.until("one waits", |s| {
        s.group()
            .members
            .values()
            .any(|m| m.lifecycle == Lifecycle::PendingWait)
    });
    stage.until_settled();
}

#[test]
fn hooks_are_checked() {
    let mut stage = Stage::settled(&Setting::default());
    let launching = Some(HookTransition::Launching);
    assert!(put(&mut stage, "no spaces", launching).is_err());
    for number in 0..48 {
        put(&mut stage, &format!("more/{number}"), launching).expect("up to fifty");
    }
    assert!(put(&mut stage, "one-too-many", launching).is_err());
    for seconds in [29, 7201] {
        let hook = PutHook {
            name: "launch".into(),
            transition: None,
            heartbeat_timeout: Some(seconds * SECOND),
            default_result: None,
            notification_metadata: None,
        };
        let refused = stage.world.put_hook(stage.now, GROUP, hook);
        assert!(refused.is_err(), "{seconds}");
    }
}

#[test]
fn a_deleted_hook_ends_its_actions() {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    });
    stage.releases.insert(1, Release::Hangs);
    let grown = stage.world.set_desired_capacity(stage.now, GROUP, 2);
    grown.expect("accepted");
    let waits = |s: &Stage, state: Lifecycle| {
        let mut members = s.group().members.values();
        members.find(|m| m.lifecycle == state).map(|m| m.id.clone())
    };
    stage.until("one waits", |s| waits(s, Lifecycle::PendingWait).is_some());
    let id = waits(&stage, Lifecycle::PendingWait).expect("one waits");
    let done = stage.world.delete_hook(stage.now, GROUP, "launch");
    done.expect("deleted");
    assert!(!stage.group().members[&id].is_live(), "as if abandoned");
    stage.releases.insert(1, Release::NeverLetsGo);
    let shrunk = stage.world.set_desired_capacity(stage.now, GROUP, 0);
    shrunk.expect("accepted");
    stage.until("one waits", |s| {
        waits(s, Lifecycle::TerminatingWait).is_some()
    });
    let id = waits(&stage, Lifecycle::TerminatingWait).expect("one waits");
    let done = stage.world.delete_hook(stage.now, GROUP, "terminate");
    done.expect("deleted");
    let member = &stage.group().members[&id];
    assert_eq!(member.lifecycle, Lifecycle::TerminatingProceed);
    let unknown = stage.world.delete_hook(stage.now, GROUP, "launch");
    assert!(
        unknown
            .expect_err("refused")
            .message
            .starts_with("No Lifecycle Hook found")
    );
}

#[test]
fn tags_are_replaced_by_key_and_reach_only_new_members() {
    let mut stage = Stage::settled(&Setting::default());
    let tag = |key: &str, value: &str| GroupTag {
        key: key.into(),
        value: value.into(),
        propagate_at_launch: true,
    };
    let put = |stage: &mut Stage, tags: Vec<GroupTag>| {
        let done = stage.world.put_group_tags(stage.now, GROUP, tags);
        done.map_err(|error| error.code)
    };
    put(&mut stage, vec![tag("team", "a"), tag("team", "b")]).expect("put");
    assert_eq!(stage.group().tags, [tag("team", "b")]);
    let grown = stage.world.set_desired_capacity(stage.now, GROUP, 5);
    grown.expect("accepted");
    let tagged = stage
        .world
        .instances()
        .filter(|i| i.tags.contains_key("team"));
    assert_eq!(tagged.count(), 1);
    assert!(put(&mut stage, vec![tag("aws:mine", "")]).is_err());
    let many = (0..50).map(|n| tag(&n.to_string(), "")).collect();
    assert_eq!(put(&mut stage, many), Err("LimitExceeded".into()));
    let keys = ["team".to_owned(), "other".to_owned()];
    let done = stage.world.delete_group_tags(stage.now, GROUP, &keys);
    done.expect("deleted");
    assert!(stage.group().tags.is_empty());
}

#[test]
fn the_termination_policies_decide_who_leaves() {
    let leaves_first = |policy: TerminationPolicy| {
        let mut stage = Stage::settled(&Setting {
            desired: 1,
            ..Setting::default()
        });
        stage.pass(3500 * SECOND);
        let grown = stage.world.set_desired_capacity(stage.now, GROUP, 2);
        grown.expect("accepted");
        stage.until_settled();
        let update = UpdateGroup {
            termination_policies: Some(vec![policy]),
            ..UpdateGroup::default()
        };
        let done = stage.world.update_group(stage.now, GROUP, update);
        done.expect("updated");
        let first = stage.group().members.values().min_by_key(|m| m.launched_at);
        let first = first.map(|m| m.id.clone());
        let shrunk = stage.world.set_desired_capacity(stage.now, GROUP, 1);
        shrunk.expect("accepted");
        stage.until_settled();
        let left = stage.group().members.keys().next().cloned();
        if first == left { "newest" } else { "oldest" }
    };
    assert_eq!(leaves_first(TerminationPolicy::NewestInstance), "newest");
    assert_eq!(leaves_first(TerminationPolicy::OldestInstance), "oldest");
    assert_eq!(
        leaves_first(TerminationPolicy::ClosestToNextInstanceHour),
        "oldest",
        "an hour old in a minute"
    );
}

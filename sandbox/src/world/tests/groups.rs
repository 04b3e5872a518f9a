//! Sizes, zones, termination policies, tags, activities.

use std::collections::BTreeMap;

use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{
    CapacityBounds, GroupTag, LaunchTemplateData, MetadataOptions, Tag, TagSpecification,
    TemplateKey, TemplateRef, UpdateGroup,
};

fn zones(stage: &Stage) -> Vec<usize> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for member in stage.group().live() {
        *count.entry(&member.zone).or_default() += 1;
    }
    count.into_values().collect()
}

fn resize(stage: &mut Stage, desired: usize) {
    stage
        .world
        .set_desired_capacity(stage.now, GROUP, desired)
        .expect("within bounds");
    stage.until_settled();
}

#[test]
fn zones_stay_balanced_on_the_way_up_and_down() {
    let mut stage = Stage::settled(&Setting {
        desired: 3,
        ..Setting::default()
    });
    assert_eq!(zones(&stage), [1, 1, 1]);
    resize(&mut stage, 8);
    assert_eq!(zones(&stage), [3, 3, 2]);
    resize(&mut stage, 4);
    let mut left = zones(&stage);
    left.sort_unstable();
    assert_eq!(left, [1, 1, 2]);
}

#[test]
fn the_oldest_configuration_leaves_first() {
    let mut stage = Stage::settled(&Setting {
        desired: 3,
        ..Setting::default()
    });
    let newer = stage.release(Release::Good);
    let template = Some(TemplateRef::numbered(stage.template.clone(), newer));
    let update = UpdateGroup {
        template,
        ..UpdateGroup::default()
    };
    stage
        .world
        .update_group(stage.now, GROUP, update)
        .expect("updated");
    resize(&mut stage, 6);
    resize(&mut stage, 3);
    assert_eq!(stage.versions(), [2, 2, 2]);
}

#[test]
fn sizes_are_checked_and_a_bound_takes_the_desired_capacity_along() {
    let mut stage = Stage::settled(&Setting::default());
    let error = stage
        .world
        .set_desired_capacity(stage.now, GROUP, 11)
        .expect_err("above max");
    assert_eq!(
        error.message,
        "New SetDesiredCapacity value 11 is above max value 10 for the AutoScalingGroup."
    );
    let update = |min, max, desired| UpdateGroup {
        bounds: CapacityBounds { min, max, desired },
        ..UpdateGroup::default()
    };
    let error = stage
        .world
        .update_group(stage.now, GROUP, update(Some(9), Some(8), None));
    assert_eq!(error.expect_err("crossed").code, "ValidationError");
    stage
        .world
        .update_group(stage.now, GROUP, update(None, Some(2), None))
        .expect("updated");
    assert_eq!(stage.group().desired, 2);
    stage.until_settled();
    let error = stage
        .world
        .set_desired_capacity(stage.now, "other", 1)
        .expect_err("unknown");
    assert!(error.message.starts_with("AutoScalingGroup name not found"));
}

#[test]
fn activities_tell_why() {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    });
    let first = &stage.group().activities[0];
    assert_eq!(
        first.cause,
        "At 2030-01-01T00:00:00Z a user request created an AutoScalingGroup changing the desired \
         capacity from 0 to 1.  At 2030-01-01T00:00:00Z an instance was started in response to a \
         difference between desired and actual capacity, increasing the capacity from 0 to 1."
    );
    assert!(
        first
            .description
            .starts_with("Launching a new EC2 instance: i-")
    );
    assert_eq!(first.status.name(), "Successful");
    stage
        .world
        .set_desired_capacity(stage.now, GROUP, 0)
        .expect("set");
    let last = stage.group().activities.last().expect("a termination");
    assert_eq!(last.status.name(), "WaitingForELBConnectionDraining");
    assert!(last.description.starts_with("Terminating EC2 instance: i-"));
    assert!(
        last.cause
            .contains("shrinking the capacity from 1 to 0.  At 2030-01-01T00:00:10Z instance i-")
    );
    stage.pass(31 * SECOND);
    let last = stage.group().activities.last().expect("a termination");
    assert_eq!(last.status.name(), "MidLifecycleAction");
}

/// The causes of the last so many activities, without their times.
fn last_causes(stage: &Stage, count: usize) -> Vec<String> {
    let activities = &stage.group().activities;
    let last = activities.iter().skip(activities.len() - count);
    last.map(|a| a.cause["At 2030-01-01T00:00:00Z ".len()..].to_owned())
        .collect()
}

#[test]
fn a_termination_by_hand_tells_whether_the_capacity_shrinks() {
    let mut stage = Stage::settled(&Setting::default());
    let ids: Vec<_> = stage.group().members.keys().take(2).cloned().collect();
    let told = stage.world.terminate_member(stage.now, &ids[0], true);
    assert_eq!(
        told.expect("accepted").cause,
        stage.group().activities.last().expect("it").cause
    );
    let out = format!(
        "instance {} was taken out of service in response to a user request",
        ids[0]
    );
    let shrinking = format!("{out}, shrinking the capacity from 4 to 3.");
    assert_eq!(last_causes(&stage, 1), [shrinking]);

    let told = stage.world.terminate_member(stage.now, &ids[1], false);
    told.expect("accepted");
    let out = format!(
        "instance {} was taken out of service in response to a user request.",
        ids[1]
    );
    let replaced = "an instance was started in response to a difference between desired and actual \
                    capacity, increasing the capacity from 2 to 3.";
    assert_eq!(last_causes(&stage, 2), [out.as_str(), replaced]);
}

#[test]
fn instances_carry_the_templates_tags_and_the_systems() {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    });
    let tag = Tag {
        key: "baton:version".into(),
        value: "1.1.0".into(),
    };
    let data = LaunchTemplateData {
        metadata_options: Some(MetadataOptions {
            http_tokens: Some("required".into()),
            instance_metadata_tags: Some("enabled".into()),
            ..MetadataOptions::default()
        }),
        tag_specifications: Some(vec![TagSpecification {
            resource_type: Some("instance".into()),
            tags: vec![tag],
        }]),
        ..LaunchTemplateData::default()
    }
    .with_user_data(b"#cloud-config\n");
    let request = crate::world::CreateVersion {
        template: TemplateKey::Id(stage.template.clone()),
        source: Some(crate::world::VersionSpec::Number(1)),
        data,
        description: None,
        client_token: None,
    };
    stage
        .world
        .create_template_version(stage.now, request)
        .expect("a version");
    stage.start_refresh(2, crate::world::Preferences::default());
    stage.until_refreshed();
    let id = stage.group().members.keys().next().expect("a member");
    let facts = stage.world.metadata(id).expect("it lives");
    let tags = facts.tags.expect("enabled");
    let shown: Vec<_> = tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let template = stage.template.to_string();
    assert_eq!(
        shown,
        [
            ("aws:autoscaling:groupName", GROUP),
            ("aws:ec2launchtemplate:id", template.as_str()),
            ("aws:ec2launchtemplate:version", "2"),
            ("baton:version", "1.1.0"),
        ]
    );
    assert!(facts.tokens_required && facts.metadata_enabled);
    assert_eq!(facts.user_data.as_deref(), Some(&b"#cloud-config\n"[..]));
    assert_eq!(facts.target_lifecycle_state.as_deref(), Some("InService"));
    assert_eq!(facts.zone_id, "use1-az1");
}

#[test]
fn a_group_tag_that_the_metadata_cannot_show_fails_the_launch() {
    let mut stage = Stage::settled(&Setting::default());
    let options = |endpoint: &str| LaunchTemplateData {
        metadata_options: Some(MetadataOptions {
            http_endpoint: Some(endpoint.into()),
            instance_metadata_tags: Some("enabled".into()),
            ..MetadataOptions::default()
        }),
        ..LaunchTemplateData::default()
    };
    let request = crate::world::CreateVersion {
        template: TemplateKey::Id(stage.template.clone()),
        source: Some(crate::world::VersionSpec::Number(1)),
        data: options("disabled"),
        description: None,
        client_token: None,
    };
    let made = stage.world.create_template_version(stage.now, request);
    let template = TemplateRef::numbered(stage.template.clone(), made.expect("a version").1);
    let update = UpdateGroup {
        template: Some(template),
        ..UpdateGroup::default()
    };
    stage
        .world
        .update_group(stage.now, GROUP, update)
        .expect("updated");
    let mut tag = GroupTag {
        key: "cost center".into(),
        value: "7".into(),
        propagate_at_launch: true,
    };
    let put = stage
        .world
        .put_group_tags(stage.now, GROUP, vec![tag.clone()]);
    put.expect("the group itself may have it");
    stage
        .world
        .set_desired_capacity(stage.now, GROUP, 5)
        .expect("set");
    assert_eq!(stage.group().live().count(), 4);
    let failed = stage.group().activities.last().expect("a failed launch");
    let message = failed.message.as_deref().expect("why");
    assert!(
        message.starts_with("'cost center' is not a valid tag key."),
        "{message}"
    );
    assert!(
        message.ends_with(" Launching EC2 instance failed."),
        "{message}"
    );

    tag.propagate_at_launch = false;
    let put = stage.world.put_group_tags(stage.now, GROUP, vec![tag]);
    put.expect("replaced");
    stage.until_settled();
    assert_eq!(stage.group().live().count(), 5);
    let newest = stage.group().live().max_by_key(|m| m.launched_at);
    let facts = stage.world.metadata(&newest.expect("a member").id);
    assert!(!facts.expect("it lives").metadata_enabled);
}

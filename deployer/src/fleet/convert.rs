//! From the SDK's types to the observation's. Pure; what AWS leaves out becomes the most careful reading.

use crate::rollout::observation::{
    Activity, ActivityKind, ActivityState, Group, Lifecycle, Member, Refresh, RefreshStatus, Stage,
    Target, TargetHealth, Template, TemplateRef,
};
use aws_sdk_autoscaling::types as autoscaling;
use aws_sdk_ec2::types as ec2;
use aws_sdk_elasticloadbalancingv2::types as elb;
use aws_smithy_types::DateTime;
use contract::tags;
use jiff::Timestamp;

/// An Auto Scaling group.
pub(super) fn group(found: &autoscaling::AutoScalingGroup) -> Group {
    let health = found.health_check_type().unwrap_or_default();
    let suspended = found.suspended_processes().iter();
    Group {
        min: size(found.min_size()),
        max: size(found.max_size()),
        desired: size(found.desired_capacity()),
        template: found.launch_template().and_then(template_ref),
        elb_health: health.split(',').any(|kind| kind.trim() == "ELB"),
        target_groups: found.target_group_arns().to_vec(),
        suspended: suspended
            .filter_map(|process| process.process_name().map(str::to_owned))
            .collect(),
        members: found.instances().iter().map(member).collect(),
    }
}

fn member(found: &autoscaling::Instance) -> Member {
    let template = found.launch_template().and_then(template_ref);
    Member {
        instance: found.instance_id().unwrap_or_default().to_owned(),
        zone: found.availability_zone().unwrap_or_default().to_owned(),
        lifecycle: lifecycle(found.lifecycle_state().map_or("", |state| state.as_str())),
        healthy: found.health_status() == Some("Healthy"),
        template_version: template.and_then(|template| template.number()),
    }
}

fn template_ref(found: &autoscaling::LaunchTemplateSpecification) -> Option<TemplateRef> {
    Some(TemplateRef {
        id: found.launch_template_id()?.to_owned(),
        // A group that names no version follows the template's default.
        version: found.version().unwrap_or("$Default").to_owned(),
    })
}

/// A lifecycle state by AWS's word. An unknown word counts as coming: not serving yet, and not to be ignored.
pub(super) fn lifecycle(word: &str) -> Lifecycle {
    let stage = match word {
        "InService" => Stage::InService,
        "Standby" | "EnteringStandby" => Stage::Aside,
        warm if warm.starts_with("Warmed:") => Stage::Aside,
        leaving if leaving.starts_with("Terminat") || leaving.starts_with("Detach") => {
            Stage::Leaving
        }
        _ => Stage::Coming,
    };
    Lifecycle {
        stage,
        word: word.to_owned(),
    }
}

/// An instance refresh; none when it lacks an id or a start, which AWS always gives.
pub(super) fn refresh(found: &autoscaling::InstanceRefresh) -> Option<Refresh> {
    let wanted = found
        .desired_configuration()
        .and_then(|wanted| wanted.launch_template())
        .and_then(autoscaling::LaunchTemplateSpecification::version);
    Some(Refresh {
        id: found.instance_refresh_id()?.to_owned(),
        status: found.status().map_or(RefreshStatus::Unknown, |status| {
            refresh_status(status.as_str())
        }),
        detail: found.status_reason().unwrap_or_default().to_owned(),
        version: wanted.and_then(|version| version.parse().ok()),
        percent: size(found.percentage_complete()),
        // A pending refresh has no start yet; it is the newest all the same.
        started: found
            .start_time()
            .and_then(timestamp)
            .unwrap_or(Timestamp::MAX),
        ended: found.end_time().and_then(timestamp),
    })
}

fn refresh_status(word: &str) -> RefreshStatus {
    match word {
        "Pending" => RefreshStatus::Pending,
        "InProgress" => RefreshStatus::InProgress,
        "Baking" => RefreshStatus::Baking,
        "Cancelling" => RefreshStatus::Cancelling,
        "RollbackInProgress" => RefreshStatus::RollbackInProgress,
        "Successful" => RefreshStatus::Successful,
        "Failed" => RefreshStatus::Failed,
        "Cancelled" => RefreshStatus::Cancelled,
        "RollbackSuccessful" => RefreshStatus::RollbackSuccessful,
        "RollbackFailed" => RefreshStatus::RollbackFailed,
        _ => RefreshStatus::Unknown,
    }
}

/// A scaling activity. What it is about stands only in its description, `Launching a new EC2 instance: i-…`.
pub(super) fn activity(found: &autoscaling::Activity) -> Option<Activity> {
    let description = found.description().unwrap_or_default();
    let kind = match description {
        text if text.starts_with("Launching") => ActivityKind::Launch,
        text if text.starts_with("Terminating") => ActivityKind::Terminate,
        _ => ActivityKind::Other,
    };
    let state = match found.status_code()? {
        autoscaling::ScalingActivityStatusCode::Successful => ActivityState::Succeeded,
        autoscaling::ScalingActivityStatusCode::Failed
        | autoscaling::ScalingActivityStatusCode::Cancelled => ActivityState::Failed,
        _ => ActivityState::Running,
    };
    Some(Activity {
        id: found.activity_id()?.to_owned(),
        kind,
        instance: instance_in(description),
        state,
        detail: found.status_message().unwrap_or_default().to_owned(),
        cause: found.cause().unwrap_or_default().to_owned(),
        started: found.start_time().and_then(timestamp)?,
    })
}

fn instance_in(description: &str) -> Option<String> {
    let start = description.find("i-")?;
    let end = |c: char| c != '-' && !c.is_ascii_alphanumeric();
    let instance = description[start..].split(end).next()?;
    let digits = instance.strip_prefix("i-")?;
    let is_id = digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_id.then(|| instance.to_owned())
}

/// One version of a launch template.
pub(super) fn template(found: &ec2::LaunchTemplateVersion) -> Option<Template> {
    Some(Template {
        id: found.launch_template_id()?.to_owned(),
        number: u64::try_from(found.version_number()?).ok()?,
        version: instance_tag(found, tags::VERSION).and_then(|text| text.parse().ok()),
        manifest: instance_tag(found, tags::MANIFEST).and_then(|text| text.parse().ok()),
    })
}

/// The value of a tag that the version puts on its instances.
pub(super) fn instance_tag<'a>(
    found: &'a ec2::LaunchTemplateVersion,
    key: &str,
) -> Option<&'a str> {
    let specifications = found.launch_template_data()?.tag_specifications();
    specifications
        .iter()
        .filter(|of| of.resource_type() == Some(&ec2::ResourceType::Instance))
        .flat_map(ec2::LaunchTemplateTagSpecification::tags)
        .find(|tag| tag.key() == Some(key))
        .and_then(ec2::Tag::value)
}

/// A version's tag specifications with these instance tags set. The list is replaced whole by AWS, so everything that the
/// source has is repeated, also for other resource types.
pub(super) fn with_instance_tags(
    source: &[ec2::LaunchTemplateTagSpecification],
    set: &[(&str, String)],
) -> Vec<ec2::LaunchTemplateTagSpecificationRequest> {
    let is_instance = |of: &&ec2::LaunchTemplateTagSpecification| {
        of.resource_type() == Some(&ec2::ResourceType::Instance)
    };
    let kept = source
        .iter()
        .filter(is_instance)
        .flat_map(ec2::LaunchTemplateTagSpecification::tags)
        .filter(|tag| set.iter().all(|(key, _)| tag.key() != Some(key)))
        .cloned();
    let added = set
        .iter()
        .map(|(key, value)| ec2::Tag::builder().key(*key).value(value).build());
    let instance = ec2::LaunchTemplateTagSpecificationRequest::builder()
        .resource_type(ec2::ResourceType::Instance)
        .set_tags(Some(kept.chain(added).collect()))
        .build();
    let others = source.iter().filter(|of| !is_instance(of)).map(|of| {
        ec2::LaunchTemplateTagSpecificationRequest::builder()
            .set_resource_type(of.resource_type().cloned())
            .set_tags(Some(of.tags().to_vec()))
            .build()
    });
    std::iter::once(instance).chain(others).collect()
}

/// A target's instance id and state.
pub(super) fn target(found: &elb::TargetHealthDescription) -> Option<(String, Target)> {
    let instance = found.target()?.id()?.to_owned();
    let health = found.target_health()?;
    let word = health.state().map_or("", |state| state.as_str());
    let reason = health.reason().map_or("", |reason| reason.as_str());
    let detail = match health.description() {
        Some(text) if !text.is_empty() => text,
        _ => reason,
    };
    // A failure of the load balancer itself is no sign of the target's.
    let is_elbs_own = reason == "Elb.InternalError";
    let meaning = match word {
        "healthy" => TargetHealth::Healthy,
        "initial" => TargetHealth::Initial,
        "draining" => TargetHealth::Draining,
        "unhealthy" | "unhealthy.draining" if !is_elbs_own => TargetHealth::Unhealthy,
        _ => TargetHealth::Unused,
    };
    Some((
        instance,
        Target {
            health: meaning,
            word: word.to_owned(),
            detail: detail.to_owned(),
        },
    ))
}

/// A moment in AWS's form.
pub(super) fn timestamp(found: &DateTime) -> Option<Timestamp> {
    let nanos = i32::try_from(found.subsec_nanos()).ok()?;
    Timestamp::new(found.secs(), nanos).ok()
}

fn size(found: Option<i32>) -> u32 {
    found.and_then(|size| u32::try_from(size).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> ec2::Tag {
        ec2::Tag::builder().key(key).value(value).build()
    }

    fn specification(
        kind: ec2::ResourceType,
        tags: Vec<ec2::Tag>,
    ) -> ec2::LaunchTemplateTagSpecification {
        ec2::LaunchTemplateTagSpecification::builder()
            .resource_type(kind)
            .set_tags(Some(tags))
            .build()
    }

    #[test]
    fn a_new_version_keeps_every_tag_that_it_does_not_set() {
        let source = [
            specification(ec2::ResourceType::Volume, vec![tag("team", "web")]),
            specification(
                ec2::ResourceType::Instance,
                vec![tag("Name", "web"), tag("baton:version", "1.0.0")],
            ),
        ];
        let made = with_instance_tags(&source, &[("baton:version", "1.1.0".to_owned())]);
        let flat: Vec<(String, String, String)> = made
            .iter()
            .flat_map(|of| of.tags().iter().map(move |tag| (of, tag)))
            .map(|(of, tag)| {
                (
                    of.resource_type().unwrap().to_string(),
                    tag.key().unwrap().to_owned(),
                    tag.value().unwrap().to_owned(),
                )
            })
            .collect();
        let expected = [
            ("instance", "Name", "web"),
            ("instance", "baton:version", "1.1.0"),
            ("volume", "team", "web"),
        ]
        .map(|(of, key, value)| (of.to_owned(), key.to_owned(), value.to_owned()));
        assert_eq!(flat, expected);
    }

    #[test]
    fn a_template_without_tags_gets_an_instance_specification() {
        let made = with_instance_tags(&[], &[("baton:version", "1.1.0".to_owned())]);
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].resource_type(), Some(&ec2::ResourceType::Instance));
    }

    #[test]
    fn every_lifecycle_word_has_a_stage_and_keeps_its_spelling() {
        let stages = [
            ("Pending", Stage::Coming),
            ("Pending:Wait", Stage::Coming),
            ("InService", Stage::InService),
            ("Terminating:Proceed", Stage::Leaving),
            ("Terminated", Stage::Leaving),
            ("Detaching", Stage::Leaving),
            ("Standby", Stage::Aside),
            ("Warmed:Stopped", Stage::Aside),
            ("SomethingNew", Stage::Coming),
        ];
        for (word, stage) in stages {
            let expected = Lifecycle {
                stage,
                word: word.to_owned(),
            };
            assert_eq!(lifecycle(word), expected);
        }
    }

    #[test]
    fn an_abandoned_launch_names_its_instance() {
        let found = autoscaling::Activity::builder()
            .activity_id("a1")
            .description(
                "Launching a new EC2 instance: i-0123456789abcdef0.  Status Reason: abandoned",
            )
            .status_code(autoscaling::ScalingActivityStatusCode::Cancelled)
            .status_message("Lifecycle Action was abandoned")
            .start_time(DateTime::from_secs(0))
            .build();
        let activity = activity(&found).unwrap();
        assert_eq!(activity.kind, ActivityKind::Launch);
        assert_eq!(activity.instance.as_deref(), Some("i-0123456789abcdef0"));
        assert_eq!(activity.state, ActivityState::Failed);
        assert_eq!(instance_in("Launching a new EC2 instance"), None);
    }

    #[test]
    fn a_refresh_to_an_alias_is_to_no_version_of_ours() {
        let to = |version: &str| {
            let template = autoscaling::LaunchTemplateSpecification::builder().version(version);
            let wanted = autoscaling::DesiredConfiguration::builder()
                .launch_template(template.build())
                .build();
            let found = autoscaling::InstanceRefresh::builder()
                .instance_refresh_id("r")
                .status("SomethingNew".into())
                .desired_configuration(wanted)
                .build();
            refresh(&found).unwrap()
        };
        assert_eq!(to("$Latest").version, None);
        assert_eq!(to("7").version, Some(7));
        assert!(to("7").status.is_active(), "an unknown status blocks");
    }

    #[test]
    fn the_load_balancers_own_trouble_is_not_the_targets() {
        let state = |reason: elb::TargetHealthReasonEnum| {
            let found = elb::TargetHealthDescription::builder()
                .target(elb::TargetDescription::builder().id("i-1").build())
                .target_health(
                    elb::TargetHealth::builder()
                        .state(elb::TargetHealthStateEnum::Unhealthy)
                        .reason(reason)
                        .build(),
                )
                .build();
            target(&found).unwrap().1.health
        };
        assert_eq!(
            state(elb::TargetHealthReasonEnum::InternalError),
            TargetHealth::Unused
        );
        assert_eq!(
            state(elb::TargetHealthReasonEnum::Timeout),
            TargetHealth::Unhealthy
        );
    }
}

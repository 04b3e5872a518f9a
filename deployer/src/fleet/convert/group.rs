//! The group and its members.

use super::time::size;
use crate::rollout::observation::{Group, Lifecycle, Member, Stage, TemplateRef};
use aws_sdk_autoscaling::types as autoscaling;

/// An Auto Scaling group.
pub(in crate::fleet) fn group(found: &autoscaling::AutoScalingGroup) -> Group {
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
pub(in crate::fleet) fn lifecycle(word: &str) -> Lifecycle {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}

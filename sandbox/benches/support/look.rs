//! One look of the deployer: the calls of `deployer/src/fleet/aws/observe.rs`, in their order and number.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sandbox::names;
use sandbox::wire::protocol::Service;

use super::aws::Aws;
use super::read;

/// As `MAX_ACTIVITY_PAGES` of `deployer/src/fleet/aws/read.rs`.
const ACTIVITY_PAGES: usize = 20;

/// What is looked at.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) template: String,
    pub(crate) target_group: String,
    /// Activities from before are none of this deployment's.
    pub(crate) since: Timestamp,
}

/// What was seen.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Status of the newest instance refresh; empty if there is none.
    pub(crate) refresh: String,
    /// How far it says it is; a rollback counts from 0.
    pub(crate) percentage: u32,
    pub(crate) members: usize,
    /// Members in service, healthy, with a healthy target, by launch template version.
    pub(crate) serving: HashMap<String, usize>,
    /// Launches that came to nothing, as far back as the deployer reads.
    pub(crate) failures: usize,
}

/// Looks once. `reading` takes up the time that it took to read the answers.
pub(crate) fn look(aws: &mut Aws, place: &Place, reading: &mut Duration) -> anyhow::Result<Seen> {
    let by_name = format!("AutoScalingGroupName={}", names::GROUP);
    let named = format!("AutoScalingGroupNames.member.1={}", names::GROUP);
    let group = aws.autoscaling("DescribeAutoScalingGroups", &named)?;
    let refreshes = aws.autoscaling("DescribeInstanceRefreshes", &by_name)?;
    let failures = failures(aws, place, reading)?;
    let target_group = format!("TargetGroupArn={}", place.target_group);
    let targets = aws.call(Service::ElbV2, "DescribeTargetHealth", &target_group)?;
    templates(aws, place)?;
    let begun = Instant::now();
    let (members, serving) = serving(&group, &targets)?;
    *reading += begun.elapsed();
    let percentage = read::first(&refreshes, "PercentageComplete");
    Ok(Seen {
        refresh: read::first(&refreshes, "Status").to_owned(),
        percentage: percentage.parse().unwrap_or_default(),
        members,
        serving,
        failures,
    })
}

fn templates(aws: &mut Aws, place: &Place) -> anyhow::Result<()> {
    let id = &place.template;
    let template = format!("LaunchTemplateId.1={id}");
    aws.call(Service::Ec2, "DescribeLaunchTemplates", &template)?;
    let base = format!("LaunchTemplateId={id}&LaunchTemplateVersion.1=1");
    aws.call(Service::Ec2, "DescribeLaunchTemplateVersions", &base)?;
    Ok(())
}

fn serving(group: &str, targets: &str) -> anyhow::Result<(usize, HashMap<String, usize>)> {
    let states = read::members(targets, "TargetHealthDescriptions", ["Id", "State"])?;
    let states: HashMap<&str, &str> = states.into_iter().map(|[id, state]| (id, state)).collect();
    let names = ["InstanceId", "LifecycleState", "HealthStatus", "Version"];
    let members = read::members(group, "Instances", names)?;
    let mut serving = HashMap::new();
    for [id, lifecycle, health, version] in &members {
        let healthy = states.get(id) == Some(&"healthy");
        if healthy && *lifecycle == "InService" && *health == "Healthy" {
            *serving.entry((*version).to_owned()).or_default() += 1;
        }
    }
    Ok((members.len(), serving))
}

fn failures(aws: &mut Aws, place: &Place, reading: &mut Duration) -> anyhow::Result<usize> {
    let mut found = 0;
    let mut token = String::new();
    for _ in 0..ACTIVITY_PAGES {
        let body = format!("AutoScalingGroupName={}{token}", names::GROUP);
        let page = aws.autoscaling("DescribeScalingActivities", &body)?;
        let begun = Instant::now();
        let names = ["StatusCode", "StartTime"];
        let activities = read::members(&page, "Activities", names)?;
        let mut old = false;
        for [status, started] in activities {
            old |= started.parse::<Timestamp>()? < place.since;
            if !old && matches!(status, "Failed" | "Cancelled") {
                found += 1;
            }
        }
        let next = read::first(&page, "NextToken").to_owned();
        *reading += begun.elapsed();
        if old || next.is_empty() {
            break;
        }
        token = format!("&NextToken={next}");
    }
    Ok(found)
}

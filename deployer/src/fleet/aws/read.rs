//! Single reads, each one operation of AWS, turned into the observation's types.

use super::{AwsFleet, ReadError};
use crate::fleet::convert;
use crate::journal::Record;
use crate::rollout::observation::{
    Activity, Group, Refresh, Target, TargetHealth, Template, Templates,
};
use contract::tags;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// How far AWS's clock and ours may disagree before an activity of the deployment is taken for an older one.
const CLOCK_SKEW: Duration = Duration::from_mins(5);

/// How many pages of activities are read at most, of 100 each: far more than one deployment of a large group causes between
/// two looks that matter.
const MAX_ACTIVITY_PAGES: usize = 20;

impl AwsFleet {
    /// The group; `None` when it does not exist.
    pub(super) async fn read_group(&self) -> Result<Option<Group>, ReadError> {
        let answer = self
            .clients
            .autoscaling
            .describe_auto_scaling_groups()
            .auto_scaling_group_names(&self.place.group)
            .send()
            .await
            .map_err(ReadError::of("DescribeAutoScalingGroups"))?;
        Ok(answer.auto_scaling_groups().first().map(convert::group))
    }

    /// The newest refreshes, newest first: one page, because the older ones never matter.
    pub(super) async fn read_refreshes(&self) -> Result<Vec<Refresh>, ReadError> {
        let answer = self
            .clients
            .autoscaling
            .describe_instance_refreshes()
            .auto_scaling_group_name(&self.place.group)
            .send()
            .await
            .map_err(ReadError::of("DescribeInstanceRefreshes"))?;
        let mut refreshes: Vec<Refresh> = answer
            .instance_refreshes()
            .iter()
            .filter_map(convert::refresh)
            .collect();
        refreshes.sort_by_key(|refresh| std::cmp::Reverse(refresh.started));
        Ok(refreshes)
    }

    /// The state of every target, the worst over all target groups; an instance that one of them lacks is not serving.
    pub(super) async fn read_targets(
        &self,
        target_groups: &[String],
    ) -> Result<BTreeMap<String, Target>, ReadError> {
        let mut seen: BTreeMap<String, Vec<Target>> = BTreeMap::new();
        for arn in target_groups {
            let answer = self
                .clients
                .elb
                .describe_target_health()
                .target_group_arn(arn)
                .send()
                .await
                .map_err(ReadError::of("DescribeTargetHealth"))?;
            let found = answer.target_health_descriptions();
            for (instance, target) in found.iter().filter_map(convert::target) {
                seen.entry(instance).or_default().push(target);
            }
        }
        let worst = |(instance, targets)| Some((instance, worst(targets, target_groups.len())?));
        Ok(seen.into_iter().filter_map(worst).collect())
    }

    /// The activities since `since`, newest first.
    pub(super) async fn read_activities(
        &self,
        since: Timestamp,
    ) -> Result<Vec<Activity>, ReadError> {
        let since = since - CLOCK_SKEW;
        let mut pages = self
            .clients
            .autoscaling
            .describe_scaling_activities()
            .auto_scaling_group_name(&self.place.group)
            .into_paginator()
            .send();
        let mut found = Vec::new();
        for _ in 0..MAX_ACTIVITY_PAGES {
            let Some(page) = pages.next().await else {
                break;
            };
            let page = page.map_err(ReadError::of("DescribeScalingActivities"))?;
            let read = page.activities().iter().filter_map(convert::activity);
            let (young, old): (Vec<_>, Vec<_>) = read.partition(|it| it.started >= since);
            found.extend(young);
            if !old.is_empty() {
                break;
            }
        }
        found.sort_by_key(|activity| std::cmp::Reverse(activity.started));
        Ok(found)
    }

    /// One version of a template, with everything in it.
    pub(super) async fn read_version(
        &self,
        id: &str,
        number: u64,
    ) -> Result<aws_sdk_ec2::types::LaunchTemplateVersion, ReadError> {
        let answer = self
            .clients
            .ec2
            .describe_launch_template_versions()
            .launch_template_id(id)
            .versions(number.to_string())
            .send()
            .await
            .map_err(ReadError::of("DescribeLaunchTemplateVersions"))?;
        let version = answer.launch_template_versions().first().cloned();
        version
            .ok_or_else(|| ReadError::incomplete("DescribeLaunchTemplateVersions", "such version"))
    }

    /// The versions that matter: the one from which the deployment began, ours, and the default's number.
    pub(super) async fn read_templates(
        &self,
        id: &str,
        base: u64,
        record: Option<&Record>,
    ) -> Result<Templates, ReadError> {
        let (default_version, base) =
            tokio::try_join!(self.read_default_version(id), self.read_base(id, base))?;
        Ok(Templates {
            ours: match record {
                Some(record) => self.find_ours(record).await?,
                None => None,
            },
            base,
            default_version,
        })
    }

    async fn read_base(&self, id: &str, number: u64) -> Result<Template, ReadError> {
        let version = self.read_version(id, number).await?;
        convert::template(&version)
            .ok_or_else(|| ReadError::incomplete("DescribeLaunchTemplateVersions", "number"))
    }

    async fn read_default_version(&self, id: &str) -> Result<u64, ReadError> {
        let answer = self
            .clients
            .ec2
            .describe_launch_templates()
            .launch_template_ids(id)
            .send()
            .await
            .map_err(ReadError::of("DescribeLaunchTemplates"))?;
        let template = answer.launch_templates().first();
        template
            .and_then(aws_sdk_ec2::types::LaunchTemplate::default_version_number)
            .and_then(|number| u64::try_from(number).ok())
            .ok_or_else(|| ReadError::incomplete("DescribeLaunchTemplates", "default version"))
    }

    /// The version made for this deployment, by its description and its tag: a run that was killed right after making it
    /// finds it again instead of making a second one.
    async fn find_ours(&self, record: &Record) -> Result<Option<Template>, ReadError> {
        let mut known = self.ours.lock().await;
        if known.is_none() {
            *known = self.search_ours(record).await?;
        }
        Ok(known.clone())
    }

    async fn search_ours(&self, record: &Record) -> Result<Option<Template>, ReadError> {
        let mut pages = self
            .clients
            .ec2
            .describe_launch_template_versions()
            .launch_template_id(&record.previous.template_id)
            .min_version(record.previous.template_version.to_string())
            .into_paginator()
            .send();
        let description = super::apply::description(record);
        while let Some(page) = pages.next().await {
            let page = page.map_err(ReadError::of("DescribeLaunchTemplateVersions"))?;
            let mut versions = page.launch_template_versions().iter();
            let found = versions.find(|version| {
                version.version_description() == Some(description.as_str())
                    && convert::instance_tag(version, tags::DEPLOYMENT) == Some(record.id.as_str())
            });
            if let Some(found) = found {
                return Ok(convert::template(found));
            }
        }
        Ok(None)
    }

    /// The version parameter; `None` when there is none yet.
    pub(super) async fn read_parameter(&self) -> Result<Option<String>, ReadError> {
        let answer = self
            .clients
            .ssm
            .get_parameter()
            .name(self.parameter_name())
            .send()
            .await
            .map_err(ReadError::of("GetParameter"));
        match answer {
            Ok(answer) => Ok(answer
                .parameter()
                .and_then(|parameter| parameter.value().map(str::to_owned))),
            Err(error) if error.has_code("ParameterNotFound") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// `/baton/<service>/<environment>/version`.
    pub(super) fn parameter_name(&self) -> String {
        let place = &self.place;
        format!("/baton/{}/{}/version", place.service, place.environment)
    }
}

fn worst(targets: Vec<Target>, groups: usize) -> Option<Target> {
    if targets.len() < groups {
        return Some(Target {
            health: TargetHealth::Unused,
            word: "unused".to_owned(),
            detail: "not registered with every target group".to_owned(),
        });
    }
    targets.into_iter().min_by_key(|target| target.health)
}

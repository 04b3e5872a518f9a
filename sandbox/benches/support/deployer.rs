//! `deploy`, as AWS sees it: the calls of `deployer/src/fleet/aws/apply.rs` at the moments at which it makes them. What it
//! decides is much less than what the real one does.

use std::time::Duration;

use anyhow::ensure;
use sandbox::names;
use sandbox::profile::Profile;
use sandbox::wire::protocol::Service;

use super::aws::Aws;
use super::look::{Place, Seen, look};
use super::read;
use super::story::Story;

/// The version that is there, and the one that is made.
const OLD: &str = "1";
const NEW: &str = "2";

/// One deployment.
#[derive(Debug)]
pub(crate) struct Deployer {
    story: Story,
    members: usize,
    place: Place,
    /// Launches that came to nothing, the most that one look has shown.
    pub(crate) failures: usize,
    turned_back: bool,
    pub(crate) looks: u64,
    pub(crate) reading: Duration,
}

impl Deployer {
    /// Looks around and begins: preflight, template version, instance refresh.
    pub(crate) fn begin(
        aws: &mut Aws,
        story: Story,
        members: usize,
        template: String,
        target_group: String,
    ) -> anyhow::Result<Self> {
        let since = aws.now;
        let mut deployer = Self {
            story,
            members,
            place: Place {
                template,
                target_group,
                since,
            },
            failures: 0,
            turned_back: false,
            looks: 0,
            reading: Duration::ZERO,
        };
        deployer.preflight(aws)?;
        deployer.create_version(aws)?;
        deployer.look(aws)?;
        start_refresh(aws, &deployer.place)?;
        Ok(deployer)
    }

    /// One look, and what follows from it. `true` when the deployment has ended.
    pub(crate) fn step(&mut self, aws: &mut Aws) -> anyhow::Result<bool> {
        let seen = self.look(aws)?;
        self.failures = self.failures.max(seen.failures);
        match seen.refresh.as_str() {
            "Pending" | "InProgress" | "Baking" => {
                let halfway = self.story.turns_back_at();
                if halfway.is_some_and(|at| seen.percentage >= at) {
                    let name = format!("AutoScalingGroupName={}", names::GROUP);
                    aws.autoscaling("RollbackInstanceRefresh", &name)?;
                    self.turned_back = true;
                }
                Ok(false)
            }
            "RollbackInProgress" => Ok(false),
            end => {
                ensure!(end == self.story.end(), "the refresh ended as {end}");
                self.close(aws, &seen)
            }
        }
    }

    fn look(&mut self, aws: &mut Aws) -> anyhow::Result<Seen> {
        self.looks += 1;
        look(aws, &self.place, &mut self.reading)
    }

    fn preflight(&mut self, aws: &mut Aws) -> anyhow::Result<()> {
        aws.call(Service::Sts, "GetCallerIdentity", "")?;
        let name = format!("AutoScalingGroupName={}", names::GROUP);
        aws.autoscaling("DescribeLifecycleHooks", &name)?;
        let seen = self.look(aws)?;
        let serving = seen.serving.get(OLD).copied().unwrap_or_default();
        ensure!(serving == self.members, "{serving} members serve");
        Ok(())
    }

    fn create_version(&self, aws: &mut Aws) -> anyhow::Result<()> {
        let id = &self.place.template;
        let tag = "LaunchTemplateData.TagSpecification.1";
        let digest = "0123456789abcdef".repeat(4);
        let body = format!(
            "LaunchTemplateId={id}&SourceVersion={OLD}&VersionDescription=baton+bench&ClientToken=baton-bench\
             &{tag}.ResourceType=instance\
             &{tag}.Tag.1.Key=baton%3Aversion&{tag}.Tag.1.Value=1.1.0\
             &{tag}.Tag.2.Key=baton%3Amanifest&{tag}.Tag.2.Value=sha256%3A{digest}\
             &{tag}.Tag.3.Key=baton%3Adeployment&{tag}.Tag.3.Value=bench"
        );
        let made = aws.call(Service::Ec2, "CreateLaunchTemplateVersion", &body)?;
        let number = read::first(&made, "versionNumber");
        ensure!(number == NEW, "the new version is {number}");
        Ok(())
    }

    /// `true` when the fleet is what the story ends with; what the real deployer writes last is written then.
    fn close(&self, aws: &mut Aws, seen: &Seen) -> anyhow::Result<bool> {
        let wanted = if self.turned_back { OLD } else { NEW };
        let serving = seen.serving.get(wanted).copied().unwrap_or_default();
        if serving < self.members || seen.members > self.members {
            return Ok(false);
        }
        let id = &self.place.template;
        let default = format!("LaunchTemplateId={id}&SetDefaultVersion={wanted}");
        aws.call(Service::Ec2, "ModifyLaunchTemplate", &default)?;
        let parameter = format!(
            r#"{{"Name":"/baton/hello/bench/version","Value":"{wanted}","Type":"String","Tier":"Standard","Overwrite":true}}"#
        );
        aws.call(Service::Ssm, "PutParameter", &parameter)?;
        Ok(true)
    }

    /// When to look again, from now: the deployer's own pace.
    pub(crate) fn rest() -> Duration {
        Profile::aws().deploy.poll
    }
}

/// With every preference spelled out, as the deployer does.
fn start_refresh(aws: &mut Aws, place: &Place) -> anyhow::Result<()> {
    let deploy = Profile::aws().deploy;
    let body = format!(
        "AutoScalingGroupName={}&Strategy=Rolling\
         &DesiredConfiguration.LaunchTemplate.LaunchTemplateId={}\
         &DesiredConfiguration.LaunchTemplate.Version={NEW}\
         &Preferences.MinHealthyPercentage=100&Preferences.MaxHealthyPercentage={}\
         &Preferences.InstanceWarmup={}&Preferences.SkipMatching=true&Preferences.AutoRollback=false\
         &Preferences.ScaleInProtectedInstances=Refresh&Preferences.StandbyInstances=Ignore",
        names::GROUP,
        place.template,
        deploy.max_healthy_percentage,
        deploy.instance_warmup.as_secs(),
    );
    aws.autoscaling("StartInstanceRefresh", &body)?;
    Ok(())
}

//! Single actions, each one operation of AWS.

use super::{AwsFleet, ReadError};
use crate::fleet::{Applied, convert};
use crate::journal::Record;
use crate::rollout::action::Action;
use aws_sdk_autoscaling::types::{
    DesiredConfiguration, LaunchTemplateSpecification, RefreshPreferences, RefreshStrategy,
    ScaleInProtectedInstances, StandbyInstances,
};
use aws_sdk_ec2::types::{RequestLaunchTemplateData, ResponseLaunchTemplateData};
use aws_sdk_ssm::types::{ParameterTier, ParameterType};
use contract::tags;

/// The description of a deployment's template version, by which it is found again.
pub(super) fn description(record: &Record) -> String {
    format!("baton {}", record.id)
}

impl AwsFleet {
    /// Takes one action. The journal's actions are not AWS's.
    pub(super) async fn act(&self, action: &Action, record: &Record) -> Result<Applied, ReadError> {
        match action {
            Action::CreateTemplateVersion => self.create_template_version(record).await?,
            Action::StartRefresh { version } => self.start_refresh(record, *version).await?,
            Action::RollbackRefresh => self.rollback_refresh().await?,
            Action::CancelRefresh => self.cancel_refresh().await?,
            Action::MoveDefaultVersion { version } => self.move_default(record, *version).await?,
            Action::WriteParameter { value } => self.write_parameter(value).await?,
            Action::Begin | Action::TurnBack { .. } | Action::Close { .. } => {}
        }
        Ok(Applied::Done)
    }

    /// A copy of the previous version with the wanted release's tags. The client token is derived from the deployment, so
    /// that a second try returns the first one's version
    /// (<https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html>; at most 64 characters).
    async fn create_template_version(&self, record: &Record) -> Result<(), ReadError> {
        let previous = &record.previous;
        let source = self
            .read_version(&previous.template_id, previous.template_version)
            .await?;
        let source_tags = source
            .launch_template_data()
            .map(ResponseLaunchTemplateData::tag_specifications)
            .unwrap_or_default();
        let set = [
            (tags::VERSION, record.goal.version.to_string()),
            (tags::MANIFEST, record.goal.manifest.to_string()),
            (tags::DEPLOYMENT, record.id.to_string()),
        ];
        let data = RequestLaunchTemplateData::builder()
            .set_tag_specifications(Some(convert::with_instance_tags(source_tags, &set)))
            .build();
        let answer = self
            .clients
            .ec2
            .create_launch_template_version()
            .launch_template_id(&previous.template_id)
            .source_version(previous.template_version.to_string())
            .version_description(description(record))
            .client_token(format!("baton-{}", record.id))
            .launch_template_data(data)
            .send()
            .await
            .map_err(ReadError::of("CreateLaunchTemplateVersion"))?;
        let made = answer.launch_template_version().and_then(convert::template);
        *self.ours.lock().await = made;
        Ok(())
    }

    /// `StartInstanceRefresh` takes no client token: an answer that was lost shows as `InstanceRefreshInProgress`, and the next
    /// look finds the refresh by the version in its desired configuration.
    async fn start_refresh(&self, record: &Record, version: u64) -> Result<(), ReadError> {
        let template = LaunchTemplateSpecification::builder()
            .launch_template_id(&record.previous.template_id)
            .version(version.to_string())
            .build();
        self.clients
            .autoscaling
            .start_instance_refresh()
            .auto_scaling_group_name(&record.group)
            .strategy(RefreshStrategy::Rolling)
            .desired_configuration(
                DesiredConfiguration::builder()
                    .launch_template(template)
                    .build(),
            )
            .preferences(self.preferences())
            .send()
            .await
            .map_err(ReadError::of("StartInstanceRefresh"))?;
        Ok(())
    }

    /// Every preference that applies, spelled out: AWS's defaults are partly slow, partly dangerous
    /// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/understand-instance-refresh-default-values.html>).
    fn preferences(&self) -> RefreshPreferences {
        let strategy = &self.strategy;
        let warmup = strategy.instance_warmup.as_secs();
        RefreshPreferences::builder()
            // Both bounds always: with the upper one left out, a small group is emptied before it is filled again.
            .min_healthy_percentage(strategy.min_healthy_percentage.into())
            .max_healthy_percentage(strategy.max_healthy_percentage.into())
            // Left out, the group's grace period would count. The launch hook has proven readiness already.
            .instance_warmup(i32::try_from(warmup).unwrap_or(i32::MAX))
            // A resumed or repeated refresh must not replace what already runs the wanted version.
            .skip_matching(true)
            // We roll back ourselves, at the first failed member. AWS would do so after about an hour, without saying why,
            // and two that decide about the same refresh would be one too many.
            .auto_rollback(false)
            // Protection is meant against scaling in, not against releases. `Wait` stalls for an hour and then fails,
            // `Ignore` leaves the old release serving.
            .scale_in_protected_instances(ScaleInProtectedInstances::Refresh)
            // A person set them aside, most likely to look into something: never terminate those. They get no traffic.
            .standby_instances(StandbyInstances::Ignore)
            .build()
    }

    async fn rollback_refresh(&self) -> Result<(), ReadError> {
        self.clients
            .autoscaling
            .rollback_instance_refresh()
            .auto_scaling_group_name(&self.place.group)
            .send()
            .await
            .map_err(ReadError::of("RollbackInstanceRefresh"))?;
        Ok(())
    }

    async fn cancel_refresh(&self) -> Result<(), ReadError> {
        self.clients
            .autoscaling
            .cancel_instance_refresh()
            .auto_scaling_group_name(&self.place.group)
            .send()
            .await
            .map_err(ReadError::of("CancelInstanceRefresh"))?;
        Ok(())
    }

    async fn move_default(&self, record: &Record, version: u64) -> Result<(), ReadError> {
        self.clients
            .ec2
            .modify_launch_template()
            .launch_template_id(&record.previous.template_id)
            .default_version(version.to_string())
            .send()
            .await
            .map_err(ReadError::of("ModifyLaunchTemplate"))?;
        Ok(())
    }

    async fn write_parameter(&self, value: &str) -> Result<(), ReadError> {
        self.clients
            .ssm
            .put_parameter()
            .name(self.parameter_name())
            .value(value)
            .r#type(ParameterType::String)
            .tier(ParameterTier::Standard)
            .overwrite(true)
            .send()
            .await
            .map_err(ReadError::of("PutParameter"))?;
        Ok(())
    }
}

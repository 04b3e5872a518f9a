//! What only the preflight asks: who we are, and how the group is set up.

use super::{AwsFleet, ReadError};
use crate::rollout::observation::{Group, Refresh, Target};
use std::collections::BTreeMap;

/// The set-up of a group before a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// The group.
    pub group: Group,
    /// Its lifecycle hooks.
    pub hooks: Vec<Hook>,
    /// Its refreshes, newest first.
    pub refreshes: Vec<Refresh>,
    /// The state of each registered instance.
    pub targets: BTreeMap<String, Target>,
}

/// A lifecycle hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Its name.
    pub name: String,
    /// When it holds an instance: `autoscaling:EC2_INSTANCE_LAUNCHING` or `…_TERMINATING`.
    pub transition: String,
}

impl AwsFleet {
    /// The account that the credentials belong to, 12 digits.
    pub async fn caller_account(&self) -> Result<String, ReadError> {
        let answer = self
            .clients
            .sts
            .get_caller_identity()
            .send()
            .await
            .map_err(ReadError::of("GetCallerIdentity"))?;
        let account = answer.account().map(str::to_owned);
        account.ok_or_else(|| ReadError::incomplete("GetCallerIdentity", "account"))
    }

    /// How the group is set up; `None` when it does not exist.
    pub async fn survey(&self) -> Result<Option<Survey>, ReadError> {
        let Some(group) = self.read_group().await? else {
            return Ok(None);
        };
        let (hooks, refreshes, targets) = tokio::try_join!(
            self.read_hooks(),
            self.read_refreshes(),
            self.read_targets(&group.target_groups),
        )?;
        Ok(Some(Survey {
            group,
            hooks,
            refreshes,
            targets,
        }))
    }

    async fn read_hooks(&self) -> Result<Vec<Hook>, ReadError> {
        let answer = self
            .clients
            .autoscaling
            .describe_lifecycle_hooks()
            .auto_scaling_group_name(&self.place.group)
            .send()
            .await
            .map_err(ReadError::of("DescribeLifecycleHooks"))?;
        let hooks = answer.lifecycle_hooks().iter().map(|hook| Hook {
            name: hook.lifecycle_hook_name().unwrap_or_default().to_owned(),
            transition: hook.lifecycle_transition().unwrap_or_default().to_owned(),
        });
        Ok(hooks.collect())
    }
}

//! The operations on instance refreshes.

use jiff::Timestamp;

use super::checkpoint::Checkpoints;
use super::progress::Progress;
use super::record::Refresh;
use super::{Preferences, RefreshStatus, wording};
use crate::wire::error::ApiError;
use crate::world::{Group, TemplateRef, World};

/// What `StartInstanceRefresh` asks for.
#[derive(Debug, Clone, Default)]
pub struct StartRefresh {
    /// The launch template of `DesiredConfiguration`.
    pub desired: Option<TemplateRef>,
    /// The preferences.
    pub preferences: Preferences,
}

impl World {
    /// `StartInstanceRefresh`. Returns the id.
    ///
    /// # Errors
    /// `InstanceRefreshInProgress`; `ValidationError` for an unknown group or template, and for preferences that
    /// contradict each other or promise a rollback that could not be done.
    pub fn start_refresh(
        &mut self,
        now: Timestamp,
        name: &str,
        mut request: StartRefresh,
    ) -> Result<String, ApiError> {
        self.catch_up(now);
        let group = self.lasting_group(name)?;
        if group.active_refresh().is_some() {
            return Err(ApiError::new(400, "InstanceRefreshInProgress", IN_PROGRESS));
        }
        request.preferences.check()?;
        request.preferences.fill_in(group.maintenance);
        request.preferences.check()?;
        self.check_alarms(&request.preferences)?;
        if let Some(desired) = &request.desired {
            self.check_launchable(desired)?;
        }
        let reversible = self.check_reversible(group, request.desired.as_ref());
        if let (true, Err(why)) = (request.preferences.auto_rollback, reversible) {
            return Err(ApiError::validation(format!(
                "AutoRollback cannot be used: {why}"
            )));
        }
        let id = self.mint.uuid();
        self.add_refresh(name, id.clone(), request);
        Ok(id)
    }

    fn add_refresh(&mut self, name: &str, id: String, request: StartRefresh) {
        let now = self.now;
        let Some(group) = self.groups.get_mut(name) else {
            return;
        };
        group.launch_failures = 0;
        group.launch_not_before = None;
        group.refreshes.push(Refresh {
            id,
            status: RefreshStatus::Pending,
            reason: None,
            started: now,
            ended: None,
            percentage: 0,
            to_update: 0,
            desired: request.desired,
            preferences: request.preferences,
            rollback: None,
            number: group.refreshes.len(),
            progress: Progress::new(now),
            checkpoints: Checkpoints::default(),
            baking_since: None,
        });
        let to_update = self
            .survey(name)
            .map_or(0, |s| s.to_update(RefreshStatus::Pending));
        if let Some(refresh) = self.active_refresh_mut(name) {
            refresh.to_update = to_update;
        }
        self.stir_group(name);
        self.settle();
    }

    /// `CancelInstanceRefresh`, of a refresh or a rollback; nothing is restored. Without waiting it has ended when the call
    /// returns. Returns the id.
    ///
    /// # Errors
    /// `ActiveInstanceRefreshNotFound`; `ValidationError` for an unknown group.
    pub fn cancel_refresh(
        &mut self,
        now: Timestamp,
        name: &str,
        wait_for_transitioning: bool,
    ) -> Result<String, ApiError> {
        self.catch_up(now);
        self.known_group(name)?;
        let now = self.now;
        let refresh = self.active_refresh_mut(name).ok_or_else(not_active)?;
        if wait_for_transitioning {
            refresh.status = RefreshStatus::Cancelling;
            refresh.reason = Some(wording::CANCELLED.to_owned());
        } else {
            refresh.end(
                now,
                RefreshStatus::Cancelled,
                Some(wording::CANCELLED.to_owned()),
            );
        }
        let id = refresh.id.clone();
        self.stir_group(name);
        self.settle();
        Ok(id)
    }

    /// `RollbackInstanceRefresh`. Returns the id of the refresh, which is the rollback's too.
    ///
    /// # Errors
    /// `ActiveInstanceRefreshNotFound` without a refresh to turn round; `IrreversibleInstanceRefresh` without a desired
    /// configuration, or when the group's own template version is no number or its image an SSM parameter;
    /// `ValidationError` for an unknown group.
    pub fn rollback_refresh(&mut self, now: Timestamp, name: &str) -> Result<String, ApiError> {
        self.catch_up(now);
        let group = self.known_group(name)?;
        let refresh = group
            .active_refresh()
            .filter(|r| r.can_turn_round())
            .ok_or_else(not_active)?;
        let id = refresh.id.clone();
        self.check_reversible(group, refresh.desired.as_ref())
            .map_err(|why| ApiError::new(400, "IrreversibleInstanceRefresh", why))?;
        self.turn_round(name, wording::USER_ROLLBACK.to_owned());
        self.settle();
        Ok(id)
    }

    /// Own choice: an alarm that does not exist is refused, since a refresh that nothing can stop is not what was asked for. One
    /// that is in `ALARM` already is accepted, and fails the refresh as soon as it begins.
    fn check_alarms(&self, preferences: &Preferences) -> Result<(), ApiError> {
        let missing = preferences
            .alarms
            .iter()
            .find(|name| self.alarm(name).is_none());
        missing.map_or(Ok(()), |name| {
            let message = format!("The CloudWatch alarm {name} does not exist.");
            Err(ApiError::validation(message))
        })
    }

    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html>
    fn check_reversible(&self, group: &Group, desired: Option<&TemplateRef>) -> Result<(), String> {
        if desired.is_none() {
            return Err("the instance refresh has no desired configuration.".to_owned());
        }
        if !group.template.version.is_number() {
            return Err(format!(
                "the launch template version of the Auto Scaling group is {}, not a number.",
                group.template.version
            ));
        }
        let image = self.image(&group.template);
        if image.is_ok_and(|image| image.ami.starts_with("resolve:ssm:")) {
            return Err(
                "the launch template of the Auto Scaling group takes its image from an AWS \
                        Systems Manager parameter."
                    .to_owned(),
            );
        }
        Ok(())
    }
}

impl Refresh {
    fn can_turn_round(&self) -> bool {
        matches!(
            self.status,
            RefreshStatus::Pending | RefreshStatus::InProgress | RefreshStatus::Baking
        )
    }
}

const IN_PROGRESS: &str = "An Instance Refresh is already in progress and blocks the execution of \
                           this Instance Refresh.";

fn not_active() -> ApiError {
    let message = "There is no active instance refresh for this Auto Scaling group.";
    ApiError::new(400, "ActiveInstanceRefreshNotFound", message)
}

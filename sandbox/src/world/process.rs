//! The processes of a group that can be suspended, and what happens when one is resumed. What a suspension keeps from happening
//! is decided where it would happen: `capacity`, `health`, `launching`, `refresh`.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html>

use jiff::Timestamp;

use super::{Group, InstanceId, World};
use crate::wire::error::ApiError;

/// One of the processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Process {
    /// Registers new members with the target groups.
    AddToLoadBalancer,
    /// Listens to CloudWatch alarms.
    AlarmNotification,
    /// Balances the zones.
    AzRebalance,
    /// Marks members as unhealthy.
    HealthCheck,
    /// Replaces members on request.
    InstanceRefresh,
    /// Adds members.
    Launch,
    /// Replaces members that are marked as unhealthy.
    ReplaceUnhealthy,
    /// Scales on a schedule.
    ScheduledActions,
    /// Removes members.
    Terminate,
}

impl Process {
    /// All of them, in the order in which AWS lists them.
    pub const ALL: [Self; 9] = [
        Self::AddToLoadBalancer,
        Self::AlarmNotification,
        Self::AzRebalance,
        Self::HealthCheck,
        Self::InstanceRefresh,
        Self::Launch,
        Self::ReplaceUnhealthy,
        Self::ScheduledActions,
        Self::Terminate,
    ];

    /// The `ProcessName` of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::AddToLoadBalancer => "AddToLoadBalancer",
            Self::AlarmNotification => "AlarmNotification",
            Self::AzRebalance => "AZRebalance",
            Self::HealthCheck => "HealthCheck",
            Self::InstanceRefresh => "InstanceRefresh",
            Self::Launch => "Launch",
            Self::ReplaceUnhealthy => "ReplaceUnhealthy",
            Self::ScheduledActions => "ScheduledActions",
            Self::Terminate => "Terminate",
        }
    }

    /// The process of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|process| process.name() == name)
    }
}

impl Group {
    /// Whether the process does nothing at present.
    pub fn is_suspended(&self, process: Process) -> bool {
        self.suspended.contains_key(&process)
    }
}

impl World {
    /// `SuspendProcesses`. One that is suspended already stays so since then.
    ///
    /// # Errors
    /// `ValidationError` for an unknown group.
    pub fn suspend_processes(
        &mut self,
        now: Timestamp,
        name: &str,
        processes: &[Process],
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        self.lasting_group(name)?;
        let now = self.now;
        if let Some(group) = self.groups.get_mut(name) {
            for process in processes {
                group.suspended.entry(*process).or_insert(now);
            }
        }
        self.stir_group(name);
        self.settle();
        Ok(())
    }

    /// `ResumeProcesses`: what was held back is done at once.
    ///
    /// # Errors
    /// `ValidationError` for an unknown group.
    pub fn resume_processes(
        &mut self,
        now: Timestamp,
        name: &str,
        processes: &[Process],
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        self.lasting_group(name)?;
        if let Some(group) = self.groups.get_mut(name) {
            for process in processes {
                group.suspended.remove(process);
            }
        }
        if processes.contains(&Process::HealthCheck) {
            self.check_everybody(name);
        }
        self.stir_group(name);
        self.settle();
        Ok(())
    }

    /// Whether the group of that member has the process suspended.
    pub(super) fn is_suspended_for(&self, id: &InstanceId, process: Process) -> bool {
        let name = self.instances.get(id).map(|instance| &instance.group);
        name.and_then(|name| self.groups.get(name))
            .is_some_and(|group| group.is_suspended(process))
    }
}

//! Processes of a group, suspended and resumed.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html>

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::service::codec::Nothing;
use crate::wire::error::ApiError;
use crate::world::{Group, Process, World};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ScalingProcessQuery {
    auto_scaling_group_name: String,
    #[serde(default)]
    scaling_processes: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SuspendedProcess {
    process_name: &'static str,
    suspension_reason: String,
}

impl SuspendedProcess {
    pub(super) fn all(group: &Group) -> Vec<Self> {
        let suspended = group.suspended.iter().map(|(process, since)| Self {
            process_name: process.name(),
            suspension_reason: format!(
                "User suspended at {}",
                since.strftime("%Y-%m-%dT%H:%M:%SZ")
            ),
        });
        suspended.collect()
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProcessTypes {
    processes: Vec<ProcessType>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProcessType {
    process_name: &'static str,
}

pub(super) fn describe_types(_: &Nothing) -> ProcessTypes {
    let processes = Process::ALL.map(|process| ProcessType {
        process_name: process.name(),
    });
    ProcessTypes {
        processes: processes.into(),
    }
}

pub(super) fn suspend(
    world: &mut World,
    now: Timestamp,
    request: &ScalingProcessQuery,
) -> Result<(), ApiError> {
    let processes = request.processes()?;
    world.suspend_processes(now, &request.auto_scaling_group_name, &processes)
}

pub(super) fn resume(
    world: &mut World,
    now: Timestamp,
    request: &ScalingProcessQuery,
) -> Result<(), ApiError> {
    let processes = request.processes()?;
    world.resume_processes(now, &request.auto_scaling_group_name, &processes)
}

impl ScalingProcessQuery {
    /// None named means all of them.
    fn processes(&self) -> Result<Vec<Process>, ApiError> {
        if self.scaling_processes.is_empty() {
            return Ok(Process::ALL.to_vec());
        }
        let named = self.scaling_processes.iter().map(|name| {
            Process::parse(name).ok_or_else(|| {
                ApiError::validation(format!("{name} is not a valid scaling process."))
            })
        });
        named.collect()
    }
}

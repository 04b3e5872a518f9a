//! Settings that a group is created with and that can be changed later.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::wire::error::ApiError;
use crate::world::{MaintenancePolicy, Place, TerminationPolicy, World};

/// `DefaultInstanceWarmup`; minus one clears it.
pub(super) fn warmup(seconds: i64) -> Result<Option<Duration>, ApiError> {
    match u64::try_from(seconds) {
        Ok(seconds @ 0..=3600) => Ok(Some(Duration::from_secs(seconds))),
        Err(_) if seconds == -1 => Ok(None),
        _ => Err(ApiError::validation(
            "DefaultInstanceWarmup must be between -1 and 3600.",
        )),
    }
}

/// `HealthCheckType`: whether it names `ELB`.
pub(super) fn counts_elb(types: &str) -> Result<bool, ApiError> {
    let mut elb = false;
    for one in types.split(',').map(str::trim) {
        match one {
            "EC2" => {}
            "ELB" => elb = true,
            _ => {
                let message = format!("The sandbox does not model the health check type {one:?}.");
                return Err(ApiError::validation(message));
            }
        }
    }
    Ok(elb)
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceMaintenancePolicy.html>
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct InstanceMaintenancePolicy {
    min_healthy_percentage: i64,
    max_healthy_percentage: i64,
}

impl InstanceMaintenancePolicy {
    /// Twice minus one clears it.
    pub(super) fn to_world(self) -> Result<Option<MaintenancePolicy>, ApiError> {
        let (min, max) = (self.min_healthy_percentage, self.max_healthy_percentage);
        if (min, max) == (-1, -1) {
            return Ok(None);
        }
        match (u32::try_from(min), u32::try_from(max)) {
            (Ok(min @ 0..=100), Ok(max @ 100..=200)) if max - min <= 100 => {
                Ok(Some(MaintenancePolicy {
                    min_healthy: min,
                    max_healthy: max,
                }))
            }
            _ => Err(ApiError::validation(format!(
                "InstanceMaintenancePolicy needs a MinHealthyPercentage of 0 to 100 and a \
                 MaxHealthyPercentage of 100 to 200, at most 100 apart, not {min} and {max}."
            ))),
        }
    }

    pub(super) fn from_world(policy: MaintenancePolicy) -> Self {
        Self {
            min_healthy_percentage: policy.min_healthy.into(),
            max_healthy_percentage: policy.max_healthy.into(),
        }
    }
}

/// `Default` must be the last; policies of the user's own (Lambda functions) are not modelled.
pub(super) fn termination_policies(names: &[String]) -> Result<Vec<TerminationPolicy>, ApiError> {
    let parsed = names.iter().map(|name| {
        TerminationPolicy::parse(name).ok_or_else(|| {
            let message = format!(
                "The termination policy {name} is not valid, or the sandbox does not model it."
            );
            ApiError::validation(message)
        })
    });
    let policies = parsed.collect::<Result<Vec<_>, _>>()?;
    let last = policies.len().saturating_sub(1);
    let default = policies
        .iter()
        .position(|policy| *policy == TerminationPolicy::Default);
    if default.is_some_and(|at| at != last) {
        return Err(ApiError::validation(
            "The Default termination policy must be the last of the termination policies.",
        ));
    }
    Ok(policies)
}

/// Where a group launches. The sandbox has no networks. Own choice: the n-th subnet named is in the n-th zone of the Region,
/// unless the zones are named, too.
pub(super) fn place(
    world: &World,
    zones: &[String],
    subnets: Option<&str>,
) -> Result<Option<Place>, ApiError> {
    let subnets: Vec<_> = subnets
        .into_iter()
        .flat_map(|list| list.split(','))
        .map(|subnet| subnet.trim().to_owned())
        .collect();
    let known = &world.identity().zones;
    if let Some(zone) = zones.iter().find(|zone| !known.contains(zone)) {
        let message = format!("Invalid availability zones: [{zone}]");
        return Err(ApiError::validation(message));
    }
    if let Some(subnet) = subnets.iter().find(|s| !s.starts_with("subnet-")) {
        let message = format!("The subnet ID '{subnet}' does not exist");
        return Err(ApiError::validation(message));
    }
    let zones = match (zones, subnets.len()) {
        ([], 0) => return Ok(None),
        ([], count) => known.iter().take(count).cloned().collect(),
        _ => zones.to_vec(),
    };
    Ok(Some(Place { zones, subnets }))
}

/// Capacity Rebalancing is about Spot Instances, and there are none.
pub(super) fn no_spot(capacity_rebalance: Option<bool>) -> Result<(), ApiError> {
    if capacity_rebalance == Some(true) {
        let message = "The sandbox does not model CapacityRebalance: it has no Spot Instances.";
        return Err(ApiError::validation(message));
    }
    Ok(())
}

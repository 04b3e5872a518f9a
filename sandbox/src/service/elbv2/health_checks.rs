//! Health check settings: as they are asked for, with AWS's ranges and defaults.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::wire::error::ApiError;
use crate::world::{HealthCheck, Matcher};

/// The parameters that creating and modifying a target group have in common.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) protocol: Option<String>,
    pub(super) port: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) path: Option<String>,
    pub(super) interval: Option<u32>,
    pub(super) timeout: Option<u32>,
    pub(super) healthy: Option<u32>,
    pub(super) unhealthy: Option<u32>,
    pub(super) matcher: Option<MatcherView>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct MatcherView {
    pub(super) http_code: String,
}

/// AWS's own.
pub(super) fn default() -> HealthCheck {
    HealthCheck {
        path: "/".to_owned(),
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(5),
        healthy_threshold: 5,
        unhealthy_threshold: 2,
        matcher: Matcher::new([(200, 200)]),
    }
}

/// What is not asked for stays.
pub(super) fn applied(mut check: HealthCheck, asked: Asked) -> Result<HealthCheck, ApiError> {
    only("HealthCheckProtocol", asked.protocol.as_deref(), "HTTP")?;
    only("HealthCheckPort", asked.port.as_deref(), "traffic-port")?;
    let enabled = asked.enabled.map(|enabled| enabled.to_string());
    only("HealthCheckEnabled", enabled.as_deref(), "true")?;
    if let Some(path) = asked.path {
        if !path.starts_with('/') || path.len() > 1024 {
            let message = format!("Health check path '{path}' must begin with a '/' character");
            return Err(ApiError::validation(message));
        }
        check.path = path;
    }
    let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
    if let Some(interval) = within("HealthCheckIntervalSeconds", asked.interval, 5..=300)? {
        check.interval = seconds(interval);
    }
    if let Some(timeout) = within("HealthCheckTimeoutSeconds", asked.timeout, 2..=120)? {
        check.timeout = seconds(timeout);
    }
    if let Some(count) = within("HealthyThresholdCount", asked.healthy, 2..=10)? {
        check.healthy_threshold = count;
    }
    if let Some(count) = within("UnhealthyThresholdCount", asked.unhealthy, 2..=10)? {
        check.unhealthy_threshold = count;
    }
    if let Some(matcher) = asked.matcher {
        check.matcher = parsed(&matcher.http_code)?;
    }
    in_time(check)
}

fn parsed(codes: &str) -> Result<Matcher, ApiError> {
    codes.parse().map_err(|()| {
        let message = format!("Health check matcher HTTP code '{codes}' must be within '200-499'");
        ApiError::validation(message)
    })
}

fn in_time(check: HealthCheck) -> Result<HealthCheck, ApiError> {
    if check.timeout >= check.interval {
        let message = format!(
            "Health check timeout '{}' must be smaller than the interval '{}'",
            check.timeout.as_secs(),
            check.interval.as_secs()
        );
        return Err(ApiError::validation(message));
    }
    Ok(check)
}

fn within(
    name: &str,
    asked: Option<u32>,
    range: RangeInclusive<u32>,
) -> Result<Option<u32>, ApiError> {
    match asked {
        Some(number) if !range.contains(&number) => Err(ApiError::validation(format!(
            "{name} must be between {} and {}",
            range.start(),
            range.end()
        ))),
        asked => Ok(asked),
    }
}

/// A parameter that the sandbox has one value for.
pub(super) fn only(name: &str, asked: Option<&str>, only: &str) -> Result<(), ApiError> {
    match asked {
        Some(other) if other != only => {
            let message =
                format!("The sandbox models no other {name} than '{only}', not '{other}'");
            Err(ApiError::new(400, "InvalidConfigurationRequest", message))
        }
        _ => Ok(()),
    }
}

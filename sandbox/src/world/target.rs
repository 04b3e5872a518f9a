//! A target: its state, why, and what probes make of it. Which instances are targets is decided in `target_group`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>

use std::net::Ipv4Addr;

use jiff::Timestamp;

use super::HealthCheck;

/// One target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Whether it gets requests.
    pub state: TargetState,
    /// Why not.
    pub reason: Option<TargetReason>,
    /// Since when.
    pub since: Timestamp,
    /// The instance's address.
    pub address: Ipv4Addr,
    /// When it was registered.
    pub registered: Timestamp,
    /// When it began to drain.
    pub draining_since: Option<Timestamp>,
    /// When the deregistration delay ends.
    pub draining_until: Option<Timestamp>,
    /// When its slow start began, which lasts as long as the target group says.
    pub slow_start: Option<Timestamp>,
    successes: u32,
    failures: u32,
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetState {
    /// Registered, no verdict yet.
    Initial,
    /// Gets requests.
    Healthy,
    /// Gets requests only if nobody is healthy.
    Unhealthy,
    /// Gets no new requests.
    Draining,
    /// Not registered (any more).
    Unused,
}

/// The same page: `Reason` and `Description`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetReason {
    /// `Elb.RegistrationInProgress`
    RegistrationInProgress,
    /// `Elb.InitialHealthChecking`
    InitialHealthChecking,
    /// `Target.ResponseCodeMismatch`
    ResponseCodeMismatch(u16),
    /// `Target.Timeout`
    Timeout,
    /// `Target.FailedHealthChecks`
    FailedHealthChecks,
    /// `Target.DeregistrationInProgress`
    DeregistrationInProgress,
    /// `Target.NotRegistered`
    NotRegistered,
    /// `Target.NotInUse`
    NotInUse,
}

/// The outcome of one health check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// An HTTP response with this status.
    Status(u16),
    /// No response in time.
    Timeout,
    /// No connection, or a broken one.
    Failed,
}

impl TargetState {
    /// The `State` of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Draining => "draining",
            Self::Unused => "unused",
        }
    }
}

impl TargetReason {
    /// The `Reason` of the API.
    pub fn code(&self) -> &'static str {
        match self {
            Self::RegistrationInProgress => "Elb.RegistrationInProgress",
            Self::InitialHealthChecking => "Elb.InitialHealthChecking",
            Self::ResponseCodeMismatch(_) => "Target.ResponseCodeMismatch",
            Self::Timeout => "Target.Timeout",
            Self::FailedHealthChecks => "Target.FailedHealthChecks",
            Self::DeregistrationInProgress => "Target.DeregistrationInProgress",
            Self::NotRegistered => "Target.NotRegistered",
            Self::NotInUse => "Target.NotInUse",
        }
    }

    /// The `Description` of the API.
    pub fn description(&self) -> String {
        match self {
            Self::RegistrationInProgress => "Target registration is in progress".to_owned(),
            Self::InitialHealthChecking => "Initial health checks in progress".to_owned(),
            Self::ResponseCodeMismatch(status) => {
                format!("Health checks failed with these codes: [{status}]")
            }
            Self::Timeout => "Request timed out".to_owned(),
            Self::FailedHealthChecks => "Health checks failed".to_owned(),
            Self::DeregistrationInProgress => "Target deregistration is in progress".to_owned(),
            Self::NotRegistered => "Target is not registered to the target group".to_owned(),
            Self::NotInUse => {
                "Target group is not configured to receive traffic from the load balancer"
                    .to_owned()
            }
        }
    }
}

impl HealthCheck {
    fn failure(&self, probe: Probe) -> Option<TargetReason> {
        match probe {
            Probe::Status(status) if self.matcher.matches(status) => None,
            Probe::Status(status) => Some(TargetReason::ResponseCodeMismatch(status)),
            Probe::Timeout => Some(TargetReason::Timeout),
            Probe::Failed => Some(TargetReason::FailedHealthChecks),
        }
    }
}

impl Target {
    pub(super) fn new(address: Ipv4Addr, now: Timestamp) -> Self {
        Self {
            state: TargetState::Initial,
            reason: Some(TargetReason::RegistrationInProgress),
            since: now,
            address,
            registered: now,
            draining_since: None,
            draining_until: None,
            slow_start: None,
            successes: 0,
            failures: 0,
        }
    }

    /// Whether its registration is still under way.
    pub fn is_registering(&self) -> bool {
        self.reason == Some(TargetReason::RegistrationInProgress)
    }

    /// Forgets what probes have found.
    pub(super) fn begin_anew(&mut self, state: TargetState, reason: TargetReason) {
        self.state = state;
        self.reason = Some(reason);
        self.slow_start = None;
        self.successes = 0;
        self.failures = 0;
    }

    /// Takes one probe's outcome; probes of a target that is still registering or already draining say nothing. One success
    /// is enough for a new target; how many failures a new one has is not documented, here as many as a healthy one.
    pub(super) fn probed(&mut self, check: &HealthCheck, probe: Probe) {
        if self.is_registering()
            || matches!(self.state, TargetState::Draining | TargetState::Unused)
        {
            return;
        }
        if let Some(reason) = check.failure(probe) {
            self.successes = 0;
            self.failures += 1;
            if self.failures >= check.unhealthy_threshold || self.state == TargetState::Unhealthy {
                self.state = TargetState::Unhealthy;
                self.reason = Some(reason);
            }
            return;
        }
        self.failures = 0;
        self.successes += 1;
        if self.state == TargetState::Initial || self.successes >= check.healthy_threshold {
            self.state = TargetState::Healthy;
            self.reason = None;
        }
    }
}

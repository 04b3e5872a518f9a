//! An application load balancer as the API shows it. Its listeners are in `listener`; what it does with requests is the
//! business of `balancer`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::World;
use crate::routing::{Action, Attributes};
use crate::wire::error::ApiError;

/// What a load balancer with one listener is made from, when the account comes with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadBalancerSpec {
    /// Unique in the Region.
    pub name: String,
    /// What clients resolve; the sandbox's has an address here.
    pub dns_name: String,
    /// The listener's port.
    pub port: u16,
    /// Where the listener forwards to.
    pub target_group: String,
    /// `idle_timeout.timeout_seconds`
    pub idle_timeout: Duration,
}

/// What `CreateLoadBalancer` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreateLoadBalancer {
    /// Unique in the Region.
    pub name: String,
    /// What clients resolve.
    pub dns_name: String,
    /// `internal` instead of `internet-facing`.
    pub internal: bool,
    /// As given; the sandbox has no network of its own.
    pub subnets: Vec<String>,
    /// As given.
    pub security_groups: Vec<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// One load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadBalancer {
    /// Its ARN.
    pub arn: String,
    /// What it was made from; the tags are those of now.
    pub spec: CreateLoadBalancer,
    /// When it was created.
    pub created: Timestamp,
    /// What its data plane goes by.
    pub attributes: Attributes,
    /// `deletion_protection.enabled`
    pub deletion_protection: bool,
    /// Why a listener of it does not listen.
    pub failure: Option<String>,
}

impl World {
    /// Creates a load balancer with one listener and returns the load balancer's ARN.
    ///
    /// # Errors
    /// `TargetGroupNotFound`
    pub fn create_load_balancer(
        &mut self,
        now: Timestamp,
        spec: LoadBalancerSpec,
    ) -> Result<String, ApiError> {
        self.catch_up(now);
        self.known_target_group(&spec.target_group)?;
        let arn = self.add_load_balancer(CreateLoadBalancer {
            name: spec.name,
            dns_name: spec.dns_name,
            ..CreateLoadBalancer::default()
        })?;
        self.known_load_balancer_mut(&arn)?.attributes.idle_timeout = spec.idle_timeout;
        let action = Action::forward(spec.target_group);
        self.add_listener(&arn, spec.port, action, BTreeMap::new())?;
        Ok(arn)
    }

    /// `CreateLoadBalancer`: the same call again answers the same load balancer.
    ///
    /// # Errors
    /// `DuplicateLoadBalancerName`
    pub fn add_load_balancer(&mut self, spec: CreateLoadBalancer) -> Result<String, ApiError> {
        let mut all = self.load_balancers.iter();
        if let Some(known) = all.find(|b| b.spec.name == spec.name) {
            if known.spec == spec {
                return Ok(known.arn.clone());
            }
            let message = format!(
                "A load balancer with the same name '{}' exists, but with different settings",
                spec.name
            );
            return Err(ApiError::new(400, "DuplicateLoadBalancerName", message));
        }
        let resource = format!("loadbalancer/app/{}/{}", spec.name, self.mint.short());
        let arn = self.identity.arn("elasticloadbalancing", &resource);
        self.load_balancers.push(LoadBalancer {
            arn: arn.clone(),
            spec,
            created: self.now,
            attributes: Attributes::default(),
            deletion_protection: false,
            failure: None,
        });
        Ok(arn)
    }

    /// `DeleteLoadBalancer`: its listeners go with it; one that does not exist is as good as deleted.
    ///
    /// # Errors
    /// `OperationNotPermitted`
    pub fn delete_load_balancer(&mut self, arn: &str) -> Result<(), ApiError> {
        let protected = |b: &LoadBalancer| b.arn == arn && b.deletion_protection;
        if self.load_balancers.iter().any(protected) {
            let message = format!(
                "Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            );
            return Err(ApiError::new(400, "OperationNotPermitted", message));
        }
        self.load_balancers.retain(|b| b.arn != arn);
        self.listeners.retain(|l| l.load_balancer != arn);
        self.judge_use();
        Ok(())
    }

    /// Every load balancer, in the order of creation.
    pub fn load_balancers(&self) -> &[LoadBalancer] {
        &self.load_balancers
    }

    /// The load balancer of that ARN, or AWS's error.
    pub(crate) fn known_load_balancer(&self, arn: &str) -> Result<&LoadBalancer, ApiError> {
        let mut all = self.load_balancers.iter();
        all.find(|b| b.arn == arn).ok_or_else(|| not_found(arn))
    }

    /// The same, to change it.
    pub(crate) fn known_load_balancer_mut(
        &mut self,
        arn: &str,
    ) -> Result<&mut LoadBalancer, ApiError> {
        let mut all = self.load_balancers.iter_mut();
        all.find(|b| b.arn == arn).ok_or_else(|| not_found(arn))
    }
}

fn not_found(arn: &str) -> ApiError {
    let message = format!("Load balancers '[{arn}]' not found");
    ApiError::new(400, "LoadBalancerNotFound", message)
}

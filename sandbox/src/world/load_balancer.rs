//! An application load balancer as the API shows it: one listener that forwards to one target group. What it does with
//! requests is the business of `balancer`.

use jiff::Timestamp;

use super::World;
use crate::wire::error::ApiError;

/// What a load balancer is made from.
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
}

/// One load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadBalancer {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// What clients resolve.
    pub dns_name: String,
    /// When it was created.
    pub created: Timestamp,
    /// The listener's ARN.
    pub listener_arn: String,
    /// The listener's port.
    pub port: u16,
    /// The ARN of the target group that the listener forwards to.
    pub target_group: String,
}

impl World {
    /// Creates a load balancer and returns its ARN.
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
        let path = format!("app/{}/{}", spec.name, self.mint.short());
        let listener = format!("listener/{path}/{}", self.mint.short());
        let arn = self
            .identity
            .arn("elasticloadbalancing", &format!("loadbalancer/{path}"));
        self.load_balancers.push(LoadBalancer {
            arn: arn.clone(),
            name: spec.name,
            dns_name: spec.dns_name,
            created: self.now,
            listener_arn: self.identity.arn("elasticloadbalancing", &listener),
            port: spec.port,
            target_group: spec.target_group,
        });
        Ok(arn)
    }

    /// Every load balancer, in the order of creation.
    pub fn load_balancers(&self) -> &[LoadBalancer] {
        &self.load_balancers
    }
}

//! The world in the words of its neighbours: the API port, the instances, the balancer's probes.

use super::Cloud;
use crate::api::Backend;
use crate::balancer::{ProbeOutcome, ProbeSink};
use crate::fault::Kind;
use crate::imds::{Metadata, Spot};
use crate::instance::{Control, Troubles};
use crate::service;
use crate::wire::error::ApiError;
use crate::wire::protocol::{Protocol, Reply, Service};
use crate::world::{InstanceFacts, InstanceId, Probe};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

impl Backend for Cloud {
    fn call(
        &self,
        service: Service,
        protocol: Protocol,
        action: &str,
        body: &[u8],
    ) -> Result<Reply, ApiError> {
        if action == "CompleteLifecycleAction" && self.loses_hook(body) {
            // Answered as if it were done: it is done in a world that is thrown away.
            return Backend::past(self, Duration::ZERO, service, protocol, action, body);
        }
        self.with(|world, now| service::handle_in(world, now, (service, protocol), action, body))
    }

    fn past(
        &self,
        age: Duration,
        service: Service,
        protocol: Protocol,
        action: &str,
        body: &[u8],
    ) -> Result<Reply, ApiError> {
        let mut world = self.past(age);
        let then = world.now();
        service::handle_in(&mut world, then, (service, protocol), action, body)
    }
}

impl Control for Cloud {
    fn running(&self, instance: &InstanceId, address: Ipv4Addr) {
        self.with(|world, now| world.instance_running(now, instance, address));
    }

    fn ended(&self, instance: &InstanceId) {
        self.with(|world, now| world.instance_ended(now, instance));
    }

    fn troubles(&self, instance: &InstanceId) -> Troubles {
        self.troubles_of(instance)
    }

    fn metadata(&self, instance: &InstanceId) -> Option<Metadata> {
        self.look(|world| world.metadata(instance))
            .and_then(metadata)
    }
}

/// What IMDS serves. An instance without an address does not run yet and cannot ask.
fn metadata(facts: InstanceFacts) -> Option<Metadata> {
    Some(Metadata {
        instance_id: facts.instance_id.to_string(),
        instance_type: facts.instance_type,
        image_id: facts.image_id,
        region: facts.region,
        zone: facts.zone,
        zone_id: facts.zone_id,
        local_ipv4: facts.local_ipv4?,
        account: facts.account,
        role: facts.role,
        tags: facts.tags,
        target_lifecycle_state: facts.target_lifecycle_state,
        user_data: facts.user_data,
        spot: facts.spot.map(|spot| Spot {
            noticed: spot.noticed,
            ends: spot.ends,
        }),
        enabled: facts.metadata_enabled,
        tokens_required: facts.tokens_required,
    })
}

/// Carries probe results from the balancer into the world; the balancer's names of target groups are their ARNs.
pub struct Probes {
    /// The world.
    pub cloud: Arc<Cloud>,
}

impl ProbeSink for Probes {
    fn probed(&self, target_group: &str, target_id: &str, outcome: ProbeOutcome) {
        let probe = match outcome {
            ProbeOutcome::Status(status) => Probe::Status(status),
            ProbeOutcome::Timeout => Probe::Timeout,
            ProbeOutcome::Failed => Probe::Failed,
        };
        let id = InstanceId::new(target_id);
        let probe = self.flapped(&id).unwrap_or(probe);
        self.cloud
            .with(|world, now| world.target_probed(now, target_group, &id, probe));
    }
}

impl Probes {
    /// What a probe finds instead while the fault `flap-health` lies upon the instance: so many failures, then as often the
    /// truth, and so on.
    fn flapped(&self, id: &InstanceId) -> Option<Probe> {
        let now = self.cloud.clock().now();
        let faults = self.cloud.faults();
        let turn = faults.turn(Kind::FlapHealth, now, id)?;
        if !turn.is_in_odd_round() {
            return None;
        }
        faults.acted(turn.id);
        Some(Probe::Failed)
    }
}

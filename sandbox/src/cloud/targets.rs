//! World to balancer: a target group as the data plane knows it, kept up to date.

use super::{Clock, Cloud};
use crate::balancer::{HealthCheck, Target, TargetSet, TargetState};
use crate::world;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// The targets of a target group, now and whenever they change. The sender's task runs until dropped.
pub fn target_sets(
    cloud: Arc<Cloud>,
    arn: String,
) -> Option<(
    watch::Receiver<Arc<TargetSet>>,
    impl Future<Output = ()> + Send + 'static,
)> {
    let mut changes = cloud.changes();
    let view = move |cloud: &Cloud| {
        let clock = cloud.clock();
        cloud.look(|world| {
            world
                .target_group(&arn)
                .map(|group| target_set(group, clock))
        })
    };
    let (sender, receiver) = watch::channel(Arc::new(view(&cloud)?));
    let follow = async move {
        while changes.changed().await.is_ok() {
            let Some(set) = view(&cloud) else { continue };
            sender.send_if_modified(|known| {
                let differs = **known != set;
                *known = Arc::new(set);
                differs
            });
        }
    };
    Some((receiver, follow))
}

fn target_set(group: &world::TargetGroup, clock: Clock) -> TargetSet {
    let targets = group.targets.iter().filter_map(|(id, target)| {
        let address = SocketAddr::from((target.address, group.port));
        Some(Target {
            id: id.to_string(),
            address,
            state: state(target, clock)?,
        })
    });
    let check = &group.health_check;
    TargetSet {
        targets: targets.collect(),
        health_check: HealthCheck {
            path: check.path.clone(),
            interval: check.interval,
            timeout: check.timeout,
        },
    }
}

/// `None` for a target that is out of the group.
fn state(target: &world::Target, clock: Clock) -> Option<TargetState> {
    match target.state {
        world::TargetState::Initial => Some(TargetState::Initial),
        world::TargetState::Healthy => Some(TargetState::Healthy),
        world::TargetState::Unhealthy => Some(TargetState::Unhealthy),
        world::TargetState::Draining => {
            let until = target.draining_until.map(|until| clock.instant(until))?;
            Some(TargetState::Draining { until })
        }
        world::TargetState::Unused => None,
    }
}

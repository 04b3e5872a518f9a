//! World to balancer: a listener's rules and the target groups behind them as the data plane knows them, kept up to date.

use super::{Clock, Cloud};
use crate::balancer::{HealthCheck, Routes, SlowStart, Target, TargetSet, TargetState};
use crate::world::{self, World};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// The routes of a listener, now and whenever they change; `None` if there is no such listener. The sender's future ends with
/// the listener.
pub fn routes(
    cloud: Arc<Cloud>,
    listener: String,
) -> Option<(
    watch::Receiver<Arc<Routes>>,
    impl Future<Output = ()> + Send + 'static,
)> {
    let mut changes = cloud.changes();
    let view = move |cloud: &Cloud| {
        let clock = cloud.clock();
        cloud.look(|world| of(world, &listener, clock))
    };
    let (sender, receiver) = watch::channel(Arc::new(view(&cloud)?));
    let follow = async move {
        while changes.changed().await.is_ok() {
            let Some(routes) = view(&cloud) else { return };
            sender.send_if_modified(|known| {
                let differs = **known != routes;
                *known = Arc::new(routes);
                differs
            });
        }
    };
    Some((receiver, follow))
}

fn of(world: &World, listener: &str, clock: Clock) -> Option<Routes> {
    let listener = world.listeners().iter().find(|l| l.arn == listener)?;
    let mut balancers = world.load_balancers().iter();
    let balancer = balancers.find(|b| b.arn == listener.load_balancer)?;
    let groups = listener.target_groups().into_iter().filter_map(|arn| {
        let group = world.target_group(arn)?;
        Some((arn.to_owned(), target_set(group, clock)))
    });
    Some(Routes {
        rules: listener.in_order(),
        groups: groups.collect(),
        attributes: balancer.attributes,
    })
}

fn target_set(group: &world::TargetGroup, clock: Clock) -> TargetSet {
    let targets = group.targets.iter().filter_map(|(id, target)| {
        let address = SocketAddr::from((target.address, group.port));
        let slow_start = target.slow_start.map(|since| SlowStart {
            since: clock.instant(since),
            duration: group.slow_start,
        });
        Some(Target {
            id: id.to_string(),
            address,
            state: state(target, clock)?,
            slow_start,
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
        algorithm: group.algorithm,
        minimum_healthy: group.minimum_healthy,
    }
}

/// `None` for a target that is out of the group, or on its way into it: while it is being registered it gets neither probes
/// nor requests, and its first probe comes as soon as it is.
fn state(target: &world::Target, clock: Clock) -> Option<TargetState> {
    match target.state {
        world::TargetState::Initial if target.is_registering() => None,
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

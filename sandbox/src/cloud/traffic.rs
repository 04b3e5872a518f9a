//! Balancer to world: what went through, for CloudWatch.

use super::Cloud;
use crate::balancer::{Counters, Traffic};
use crate::world::{self, ResponseTimes, World};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// A fraction of the shortest of CloudWatch's minutes, two seconds in the profile `fast`.
const EVERY: Duration = Duration::from_millis(500);

/// Reports what the balancers count, as long as it is polled.
pub async fn report_traffic(cloud: Arc<Cloud>, counters: Arc<Counters>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let traffics = counters.take_traffic();
        if traffics.groups.is_empty() && traffics.own_errors.is_empty() {
            continue;
        }
        cloud.with(|world, now| {
            for (target_group, traffic) in &traffics.groups {
                world.record_traffic(now, target_group, &measured(traffic));
            }
            for (port, count) in &traffics.own_errors {
                own_errors(world, now, *port, *count);
            }
        });
    }
}

fn own_errors(world: &mut World, now: Timestamp, port: u16, count: u64) {
    let mut listeners = world.listeners().iter();
    let listener = listeners.find(|listener| listener.port == port);
    if let Some(balancer) = listener.map(|listener| listener.load_balancer.clone()) {
        world.record_own_errors(now, &balancer, count);
    }
}

fn measured(traffic: &Traffic) -> world::Traffic {
    let times = ResponseTimes {
        count: traffic.responses,
        sum: traffic.time.as_secs_f64(),
        minimum: traffic.shortest.as_secs_f64(),
        maximum: traffic.longest.as_secs_f64(),
    };
    world::Traffic {
        requests: traffic.requests,
        target_5xx: traffic.server_errors,
        response_times: (traffic.responses > 0).then_some(times),
    }
}

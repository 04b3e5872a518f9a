//! What AWS's services measure by themselves, as far as an alarm on a deployment may want it: the targets' health and the
//! traffic of a load balancer, the CPU of a group. CPU figures are set, since nothing here has a machine of its own.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::store::floor;
use super::{Datum, Measurement};
use crate::wire::error::ApiError;
use crate::world::agenda::Timer;
use crate::world::{InstanceId, Member, MetricKey, TargetState, World};

const ELB: &str = "AWS/ApplicationELB";
const EC2: &str = "AWS/EC2";

/// How busy a group's members are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cpu {
    /// Each member in service is so many percent busy.
    Each(f64),
    /// The members in service share so many percent: twice as many are half as busy.
    Shared(f64),
}

/// The figures that were set.
#[derive(Debug, Clone, Default)]
pub(in crate::world) struct CpuFigures {
    groups: BTreeMap<String, Cpu>,
    instances: BTreeMap<InstanceId, f64>,
}

/// What went through a load balancer since the last time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Traffic {
    /// `RequestCount`: requests that a target was chosen for.
    pub requests: u64,
    /// `HTTPCode_Target_5XX_Count`: responses of targets with such a status.
    pub target_5xx: u64,
    /// `TargetResponseTime` of the requests that had a response, in seconds.
    pub response_times: Option<ResponseTimes>,
}

/// A statistic set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResponseTimes {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The shortest.
    pub minimum: f64,
    /// The longest.
    pub maximum: f64,
}

impl CpuFigures {
    fn of(&self, group: &str, member: &Member, serving: usize) -> Option<f64> {
        let own = self.instances.get(&member.id).copied();
        own.or_else(|| match self.groups.get(group)? {
            Cpu::Each(percent) => Some(*percent),
            #[expect(clippy::cast_precision_loss, reason = "no group has 2^52 members")]
            Cpu::Shared(percent) => Some((percent / serving.max(1) as f64).min(100.0)),
        })
    }
}

impl World {
    /// Sets how busy a group's members are from now on.
    ///
    /// # Errors
    /// `ValidationError` for a group that does not exist or a figure that is no percentage.
    pub fn set_group_cpu(&mut self, now: Timestamp, group: &str, cpu: Cpu) -> Result<(), ApiError> {
        self.catch_up(now);
        let (Cpu::Each(percent) | Cpu::Shared(percent)) = cpu;
        let most = if matches!(cpu, Cpu::Each(_)) {
            100.0
        } else {
            f64::MAX
        };
        if !self.groups.contains_key(group) || !(0.0..=most).contains(&percent) {
            let message = format!("there is no group {group}, or {percent} is no percentage");
            return Err(ApiError::validation(message));
        }
        self.cpu.groups.insert(group.to_owned(), cpu);
        Ok(())
    }

    /// Sets how busy one instance is from now on, whatever its group.
    ///
    /// # Errors
    /// `ValidationError` for an instance that does not exist or a figure that is no percentage.
    pub fn set_instance_cpu(
        &mut self,
        now: Timestamp,
        id: &InstanceId,
        percent: f64,
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        if self.instance(id).is_none() || !(0.0..=100.0).contains(&percent) {
            let message = format!("there is no instance {id}, or {percent} is no percentage");
            return Err(ApiError::validation(message));
        }
        self.cpu.instances.insert(id.clone(), percent);
        Ok(())
    }

    /// Takes in what went through the load balancer to a target group since the last time; like AWS, only what is not zero.
    pub fn record_traffic(&mut self, now: Timestamp, target_group: &str, traffic: &Traffic) {
        self.catch_up(now);
        for balancer in self.balancer_names(target_group) {
            for (name, unit, datum) in traffic.data() {
                let whole = key(ELB, name, &[("LoadBalancer", &balancer)]);
                self.measure(whole, unit, datum.clone());
                let group = short(target_group);
                let dimensions = [("LoadBalancer", balancer.as_str()), ("TargetGroup", group)];
                self.measure(key(ELB, name, &dimensions), unit, datum);
            }
        }
    }

    /// `HTTPCode_ELB_5XX_Count`: so many responses of a load balancer itself since the last time.
    pub fn record_own_errors(&mut self, now: Timestamp, load_balancer: &str, count: u64) {
        self.catch_up(now);
        let dimensions = [("LoadBalancer", short(load_balancer))];
        let metric = key(ELB, "HTTPCode_ELB_5XX_Count", &dimensions);
        self.measure(metric, "Count", Datum::times(1.0, float(count)));
    }

    /// Has the services measure from the next minute on, if they do not yet.
    pub(in crate::world) fn begin_measuring(&mut self) {
        let next = floor(self.now, self.timings.metric_minute) + self.timings.metric_minute;
        self.agenda.remind(next, Timer::Metrics);
    }

    /// A minute has passed: what the services see counts for that minute.
    pub(in crate::world) fn measure_all(&mut self) {
        self.begin_measuring();
        let groups: Vec<_> = self.target_groups.keys().cloned().collect();
        for arn in groups {
            self.measure_hosts(&arn);
        }
        let groups: Vec<_> = self.groups.keys().cloned().collect();
        for name in groups {
            self.measure_cpu(&name);
        }
    }

    fn measure_hosts(&mut self, arn: &str) {
        let Some(target_group) = self.target_groups.get(arn) else {
            return;
        };
        let (mut healthy, mut unhealthy) = (0_u32, 0_u32);
        for target in target_group.targets.values() {
            match target.state {
                TargetState::Healthy => healthy += 1,
                TargetState::Unhealthy => unhealthy += 1,
                _ => {}
            }
        }
        for balancer in self.balancer_names(arn) {
            let dimensions = [
                ("LoadBalancer", balancer.as_str()),
                ("TargetGroup", short(arn)),
            ];
            for (name, hosts) in [
                ("HealthyHostCount", healthy),
                ("UnHealthyHostCount", unhealthy),
            ] {
                self.measure(
                    key(ELB, name, &dimensions),
                    "Count",
                    Datum::value(hosts.into()),
                );
            }
        }
    }

    fn measure_cpu(&mut self, name: &str) {
        let Some(group) = self.groups.get(name) else {
            return;
        };
        // Members in their default warmup do not count in the group's metrics.
        // <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-default-instance-warmup.html>
        let warmup = group.default_warmup.unwrap_or_default();
        let is_warm = |since: Timestamp| since + warmup <= self.now;
        let counts = |m: &&Member| m.in_service() && m.in_service_since.is_some_and(is_warm);
        let serving: Vec<_> = group.members.values().filter(counts).collect();
        let figures = serving
            .iter()
            .filter_map(|member| self.cpu.of(name, member, serving.len()))
            .map(Datum::value);
        let whole = figures.reduce(|mut whole, figure| {
            whole.merge(&figure);
            whole
        });
        let single: Vec<_> = serving
            .iter()
            .filter_map(|m| Some((m.id.clone(), *self.cpu.instances.get(&m.id)?)))
            .collect();
        if let Some(whole) = whole {
            let metric = key(EC2, "CPUUtilization", &[("AutoScalingGroupName", name)]);
            self.measure(metric, "Percent", whole);
        }
        for (id, percent) in single {
            let metric = key(EC2, "CPUUtilization", &[("InstanceId", id.as_str())]);
            self.measure(metric, "Percent", Datum::value(percent));
        }
    }

    /// Keeps a datum for the minute that is ending now.
    fn measure(&mut self, metric: MetricKey, unit: &str, datum: Datum) {
        let at = self.now - std::time::Duration::from_nanos(1);
        let measurement = Measurement {
            metric,
            at: Some(at),
            unit: unit.to_owned(),
            high_resolution: false,
            datum,
        };
        self.keep(measurement);
    }

    /// The load balancers that forward to a target group, as dimensions name them.
    fn balancer_names(&self, target_group: &str) -> Vec<String> {
        let balancers = self.balancers_of(target_group).into_iter();
        balancers.map(|arn| short(arn).to_owned()).collect()
    }
}

impl Traffic {
    fn data(&self) -> Vec<(&'static str, &'static str, Datum)> {
        let counts = [
            ("RequestCount", self.requests),
            ("HTTPCode_Target_5XX_Count", self.target_5xx),
        ];
        let times = self.response_times.filter(|times| times.count > 0);
        let times = times.map(|t| Datum::set(float(t.count), t.sum, t.minimum, t.maximum));
        counts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| (name, "Count", Datum::times(1.0, float(count))))
            .chain(times.map(|datum| ("TargetResponseTime", "Seconds", datum)))
            .collect()
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "nobody counts to 2^52 requests here"
)]
fn float(count: u64) -> f64 {
    count as f64
}

fn key(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> MetricKey {
    let pairs = dimensions.iter();
    MetricKey {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        dimensions: pairs
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
    }
}

/// The part of an ARN that a dimension holds: `app/<name>/<id>`, `targetgroup/<name>/<id>`.
fn short(arn: &str) -> &str {
    let resource = arn.rsplit(':').next().unwrap_or(arn);
    resource.strip_prefix("loadbalancer/").unwrap_or(resource)
}

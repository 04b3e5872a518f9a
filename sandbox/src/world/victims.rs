//! Who leaves first when there is a choice: zone balance before everything, then the termination policies in order.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html>

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{Group, InstanceId, Member, TerminationPolicy};

/// The candidates in the order in which they should leave.
pub(super) fn in_order<'a>(
    group: &Group,
    candidates: impl Iterator<Item = &'a Member>,
) -> Vec<InstanceId> {
    let mut by_zone: BTreeMap<&str, Vec<&Member>> = BTreeMap::new();
    for member in candidates {
        by_zone
            .entry(member.zone.as_str())
            .or_default()
            .push(member);
    }
    for members in by_zone.values_mut() {
        members.sort_by(|a, b| by_policy(group, b, a));
    }
    let mut population = group.members.live_by_zone();
    let mut order = Vec::new();
    while let Some(member) = next(group, &mut by_zone, &population) {
        population
            .entry(member.zone.as_str())
            .and_modify(|n| *n = n.saturating_sub(1));
        order.push(member.id.clone());
    }
    order
}

/// Takes the first of the fullest zone; among equally full ones, the one that the policies put first.
fn next<'a>(
    group: &Group,
    by_zone: &mut BTreeMap<&str, Vec<&'a Member>>,
    population: &BTreeMap<&str, usize>,
) -> Option<&'a Member> {
    let zone = by_zone
        .iter()
        .filter_map(|(zone, members)| Some((*zone, *members.last()?)))
        .min_by(|(zone, member), (other_zone, other)| {
            let fuller = population.get(other_zone).cmp(&population.get(zone));
            fuller.then_with(|| by_policy(group, member, other))
        })
        .map(|(zone, _)| zone.to_owned())?;
    by_zone.get_mut(zone.as_str())?.pop()
}

/// `Less` leaves first.
fn by_policy(group: &Group, a: &Member, b: &Member) -> Ordering {
    let policies = group.termination_policies.iter();
    let decided = policies
        .map(|policy| by_one(*policy, group, a, b))
        .find(|o| o.is_ne());
    decided.unwrap_or_else(|| (a.launched_at, &a.id).cmp(&(b.launched_at, &b.id)))
}

fn by_one(policy: TerminationPolicy, group: &Group, a: &Member, b: &Member) -> Ordering {
    match policy {
        TerminationPolicy::Default | TerminationPolicy::OldestLaunchTemplate => {
            let other_template = |m: &Member| m.template.id != group.template.id;
            let key = |m: &Member| (!other_template(m), m.template.number);
            key(a).cmp(&key(b))
        }
        TerminationPolicy::OldestInstance => a.launched_at.cmp(&b.launched_at),
        TerminationPolicy::NewestInstance => b.launched_at.cmp(&a.launched_at),
    }
}

//! What has changed between two observations, as events. Pure.

use crate::journal::Record;
use crate::rollout::event::EventKind;
use crate::rollout::observation::{
    FleetView, Group, Member, Observation, Stage, Target, TargetHealth,
};
use semver::Version;
use std::collections::BTreeMap;

/// The events between `before` (none: this is the first look) and `now`: members first, then the counts.
pub fn between(before: Option<&Observation>, now: &Observation) -> Vec<EventKind> {
    let mut news = Vec::new();
    let fleet = &now.fleet;
    let (Some(group), Some(targets)) = (fleet.group.known(), fleet.targets.known()) else {
        return news;
    };
    let old =
        before.and_then(|seen| Some((seen.fleet.group.known()?, seen.fleet.targets.known()?)));
    let names = Names::of(now);
    if let Some((old_group, old_targets)) = old {
        news.extend(changed(group, targets, old_group, old_targets, &names));
        news.extend(gone(group, old_group, &names));
    }
    let counts = progress(now, group, targets);
    let old_counts = before
        .zip(old)
        .and_then(|(seen, (group, targets))| progress(seen, group, targets));
    if counts != old_counts {
        news.extend(counts);
    }
    news
}

fn changed<'a>(
    group: &'a Group,
    targets: &'a BTreeMap<String, Target>,
    old_group: &'a Group,
    old_targets: &'a BTreeMap<String, Target>,
    names: &'a Names,
) -> impl Iterator<Item = EventKind> + 'a {
    group.members.iter().filter_map(|member| {
        let target = targets.get(&member.instance).map(|target| &target.word);
        let old_target = old_targets.get(&member.instance).map(|target| &target.word);
        let old = find(old_group, &member.instance).map(|old| &old.lifecycle);
        let same = old == Some(&member.lifecycle) && target == old_target;
        (!same).then(|| EventKind::MemberChanged {
            instance: member.instance.clone(),
            version: names.version(member),
            state: member.lifecycle.word.clone(),
            target: target.cloned(),
        })
    })
}

fn gone<'a>(
    group: &'a Group,
    old_group: &'a Group,
    names: &'a Names,
) -> impl Iterator<Item = EventKind> + 'a {
    let left = |member: &&Member| find(group, &member.instance).is_none();
    let event = |member: &Member| EventKind::MemberChanged {
        instance: member.instance.clone(),
        version: names.version(member),
        state: "Terminated".to_owned(),
        target: None,
    };
    old_group.members.iter().filter(left).map(event)
}

fn find<'a>(group: &'a Group, instance: &str) -> Option<&'a Member> {
    group
        .members
        .iter()
        .find(|member| member.instance == instance)
}

/// The counts towards the version that the deployment is heading for; none before it has begun.
fn progress(
    seen: &Observation,
    group: &Group,
    targets: &BTreeMap<String, Target>,
) -> Option<EventKind> {
    let entry = seen.entry.as_ref()?;
    let heading = match entry.turned_back {
        None => ours(&seen.fleet),
        Some(_) => Some(entry.record.previous.template_version),
    };
    let in_service: Vec<&Member> = of_stage(group, Stage::InService).collect();
    let updated = in_service
        .iter()
        .filter(|member| heading.is_some() && member.template_version == heading);
    let healthy = targets
        .values()
        .filter(|target| target.health == TargetHealth::Healthy);
    let percent = seen
        .fleet
        .refreshes
        .known()
        .and_then(|refreshes| refreshes.iter().find(|refresh| refresh.version == heading))
        .map_or(0, |refresh| refresh.percent);
    let in_flight =
        of_stage(group, Stage::Coming).count() + of_stage(group, Stage::Leaving).count();
    Some(EventKind::Progress {
        updated: count(updated.count()),
        total: group.desired,
        healthy_targets: count(healthy.count()),
        percent,
        in_flight: count(in_flight),
    })
}

fn of_stage(group: &Group, stage: Stage) -> impl Iterator<Item = &Member> {
    group
        .members
        .iter()
        .filter(move |member| member.lifecycle.stage == stage)
}

fn ours(fleet: &FleetView) -> Option<u64> {
    fleet
        .templates
        .known()?
        .ours
        .as_ref()
        .map(|ours| ours.number)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Which release a template version stands for.
struct Names(Vec<(u64, Version)>);

impl Names {
    fn of(seen: &Observation) -> Self {
        let mut names = Vec::new();
        if let Some(entry) = &seen.entry {
            let Record { goal, previous, .. } = &entry.record;
            names.extend(ours(&seen.fleet).map(|number| (number, goal.version.clone())));
            let old = previous.version.clone();
            names.extend(old.map(|version| (previous.template_version, version)));
        }
        Self(names)
    }

    fn version(&self, member: &Member) -> Option<Version> {
        let number = member.template_version?;
        let named = self.0.iter().find(|(known, _)| *known == number);
        named.map(|(_, version)| version.clone())
    }
}

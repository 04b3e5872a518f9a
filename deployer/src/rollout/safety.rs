//! What counts as failed and what counts as serving. Evidence in, judgement out; what to do about it is decided elsewhere.

use crate::journal::Record;
use crate::rollout::observation::{
    Activity, ActivityKind, ActivityState, Group, Member, MemberFailure, Observation, Refresh,
    Stage, Target, TargetHealth,
};
use contract::status::{Phase, StatusDocument};
use std::collections::BTreeMap;

/// Launches that fail before there is an instance say nothing about the release unless they repeat: one availability zone
/// may be out of capacity, and the group then tries another. The third in a row is taken for a launch that EC2 refuses.
const LAUNCHES_REFUSED_IN_A_ROW: usize = 3;

/// Every member of the wanted release that failed, each once, best evidence first: what its agent wrote, the activity that
/// launched or ended it, its target.
pub fn failures(record: &Record, refresh: &Refresh, seen: &Observation) -> Vec<MemberFailure> {
    let mut found: BTreeMap<String, MemberFailure> = BTreeMap::new();
    let evidence = Evidence {
        record,
        refresh,
        seen,
    };
    let all = evidence
        .documents()
        .chain(evidence.launches())
        .chain(evidence.removals())
        .chain(evidence.members())
        .chain(evidence.refused_launches())
        .chain(seen.failed_before.iter().cloned());
    for failure in all {
        found.entry(failure.instance.clone()).or_insert(failure);
    }
    found.into_values().collect()
}

/// The failures that nobody has been told of yet.
pub fn new_failures(seen: &Observation) -> Vec<MemberFailure> {
    let Some((record, refresh)) = watched(seen) else {
        return Vec::new();
    };
    let known = |failure: &MemberFailure| {
        let mut before = seen.failed_before.iter();
        before.any(|known| known.instance == failure.instance)
    };
    let mut failures = failures(record, refresh, seen);
    failures.retain(|failure| !known(failure));
    failures
}

/// The refresh towards the wanted version, while it is what the deployment is about.
fn watched(seen: &Observation) -> Option<(&Record, &Refresh)> {
    let entry = seen.entry.as_ref()?;
    let going_forward = entry.turned_back.is_none() && entry.closed.is_none();
    let ours = seen.fleet.templates.known()?.ours.as_ref()?.number;
    let refreshes = seen.fleet.refreshes.known()?;
    let refresh = refreshes
        .iter()
        .find(|refresh| refresh.version == Some(ours))?;
    going_forward.then_some((&entry.record, refresh))
}

struct Evidence<'a> {
    record: &'a Record,
    refresh: &'a Refresh,
    seen: &'a Observation,
}

impl<'a> Evidence<'a> {
    /// Agents that say so themselves: the release was given up, or its server died after it had served. A server that was
    /// started again may well serve now, but a release that dies under its first requests is not to go on.
    fn documents(&self) -> impl Iterator<Item = MemberFailure> + use<'a, '_> {
        let documents = self.seen.fleet.documents.known().into_iter().flatten();
        documents
            .filter(|(instance, document)| {
                let failed = document.phase == Phase::Failed || document.failure.is_some();
                failed && self.is_wanted(instance)
            })
            .map(|(instance, document)| from_document(instance, document))
    }

    /// Launches that ended badly: the hook was abandoned or ran out, or the instance died. Once somebody has called the
    /// refresh off, AWS ends what was launching by itself, which says nothing about the release.
    fn launches(&self) -> impl Iterator<Item = MemberFailure> + use<'a, '_> {
        let called_off = self.refresh.status.was_called_off();
        self.activities(ActivityKind::Launch)
            .filter(move |_| !called_off)
            .filter(|activity| activity.state == ActivityState::Failed)
            .filter_map(|activity| Some((activity.instance.as_ref()?, activity)))
            .filter(|(instance, _)| self.is_wanted(instance))
            .map(|(instance, activity)| failure(instance, "launching", &activity.detail))
    }

    /// Members that the group took out again because they were unhealthy.
    fn removals(&self) -> impl Iterator<Item = MemberFailure> + use<'a, '_> {
        self.activities(ActivityKind::Terminate)
            .filter(|activity| activity.is_for_health())
            .filter_map(|activity| Some((activity.instance.as_ref()?, activity)))
            .filter(|(instance, _)| self.launched_by_refresh(instance) && self.is_wanted(instance))
            .map(|(instance, activity)| failure(instance, "serving", &activity.cause))
    }

    /// Members in service whose target or whose machine is unhealthy.
    fn members(&self) -> impl Iterator<Item = MemberFailure> + use<'a, '_> {
        let members = self.seen.fleet.group.known().into_iter();
        members
            .flat_map(|group| &group.members)
            .filter(|member| {
                member.lifecycle.stage == Stage::InService
                    && member.template_version == self.refresh.version
            })
            .filter_map(|member| self.sickness(member))
    }

    fn sickness(&self, member: &Member) -> Option<MemberFailure> {
        let target = self
            .seen
            .fleet
            .targets
            .known()
            .and_then(|targets| targets.get(&member.instance));
        match target {
            Some(Target {
                health: TargetHealth::Unhealthy,
                detail,
                ..
            }) => {
                let cause = format!("its target became unhealthy: {detail}");
                Some(failure(&member.instance, "serving", &cause))
            }
            _ if !member.healthy => {
                let cause = "the group holds it for unhealthy";
                Some(failure(&member.instance, "serving", cause))
            }
            _ => None,
        }
    }

    /// Launches that never had an instance, once there are too many since the last good one.
    fn refused_launches(&self) -> impl Iterator<Item = MemberFailure> + use<'a, '_> {
        let refused: Vec<&Activity> = self
            .activities(ActivityKind::Launch)
            .take_while(|activity| activity.state != ActivityState::Succeeded)
            .filter(|activity| {
                activity.instance.is_none() && activity.state == ActivityState::Failed
            })
            .collect();
        let repeated = refused.len() >= LAUNCHES_REFUSED_IN_A_ROW;
        let newest = refused.first().copied().filter(|_| repeated);
        newest
            .map(|activity| failure(&activity.id, "launching", &activity.detail))
            .into_iter()
    }

    fn activities(&self, kind: ActivityKind) -> impl Iterator<Item = &'a Activity> + use<'a> {
        let since = self.refresh.started;
        let activities = self.seen.fleet.activities.known().into_iter().flatten();
        activities.filter(move |activity| activity.kind == kind && activity.started >= since)
    }

    /// Whether an instance runs, or was to run, the wanted release. What its tags asked for decides; without that, that it
    /// was launched by the refresh.
    fn is_wanted(&self, instance: &str) -> bool {
        let asked = self
            .seen
            .fleet
            .documents
            .known()
            .and_then(|documents| documents.get(instance))
            .and_then(|document| document.manifest);
        match (asked, self.member(instance)) {
            (Some(manifest), _) => manifest == self.record.goal.manifest,
            (None, Some(member)) => member.template_version == self.refresh.version,
            (None, None) => self.launched_by_refresh(instance),
        }
    }

    fn launched_by_refresh(&self, instance: &str) -> bool {
        self.activities(ActivityKind::Launch)
            .any(|activity| activity.instance.as_deref() == Some(instance))
    }

    fn member(&self, instance: &str) -> Option<&'a Member> {
        let group = self.seen.fleet.group.known()?;
        group
            .members
            .iter()
            .find(|member| member.instance == instance)
    }
}

fn from_document(instance: &str, document: &StatusDocument) -> MemberFailure {
    match &document.failure {
        Some(said) => MemberFailure {
            instance: instance.to_owned(),
            phase: said.during.to_string(),
            cause: said.cause.clone(),
            log: said.log.clone(),
        },
        None => failure(instance, "starting", "its agent gave no cause"),
    }
}

fn failure(instance: &str, phase: &str, cause: &str) -> MemberFailure {
    let cause = match cause.trim() {
        "" => "AWS gave no cause",
        cause => cause,
    };
    MemberFailure {
        instance: instance.to_owned(),
        phase: phase.to_owned(),
        cause: cause.to_owned(),
        log: Vec::new(),
    }
}

/// How far a group is from serving one template version everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Distance {
    /// Members short of the desired size, counting only healthy ones in service on the version.
    pub short: usize,
    /// Members of another version, in service or on their way in or out.
    pub strangers: usize,
    /// Members in service on the version whose target is not healthy.
    pub unhealthy_targets: usize,
}

impl Distance {
    /// Measures a group. `targets` are by instance id.
    pub fn of(group: &Group, targets: &BTreeMap<String, Target>, version: u64) -> Self {
        let is_right = |member: &&Member| member.template_version == Some(version);
        let serving: Vec<&Member> = group
            .members
            .iter()
            .filter(|member| member.lifecycle.stage == Stage::InService)
            .filter(is_right)
            .collect();
        let well = |member: &&&Member| {
            let target = targets.get(&member.instance);
            group.target_groups.is_empty()
                || target.is_some_and(|target| target.health == TargetHealth::Healthy)
        };
        let healthy = serving.iter().filter(|member| member.healthy).count();
        Self {
            short: (group.desired as usize).saturating_sub(healthy),
            strangers: group
                .active_members()
                .filter(|member| !is_right(member))
                .count(),
            unhealthy_targets: serving.len() - serving.iter().filter(well).count(),
        }
    }

    /// Whether the group serves the version everywhere.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl std::fmt::Display for Distance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
        let parts = [
            part(self.short, "members short"),
            part(self.strangers, "members on another version"),
            part(self.unhealthy_targets, "targets not healthy"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        f.write_str(&parts.join(", "))
    }
}

//! What was seen, in the words of the report.

use super::deploy::DeployRun;
use super::members::MemberVersion;
use super::story::{Rehearsal, Run};
use crate::names::{self, VERSION_TAG};
use crate::process::Ended;
use crate::profile::text;
use crate::report::{Bounds, Change, DeployFacts, Facts, FaultFacts, Member, Report, Rules, Track};
use crate::start::{Sandbox, outcome};
use crate::world::{self, ChangeKind, World};
use jiff::Timestamp;
use std::collections::BTreeMap;

impl Run {
    /// The report on this run, verdict included.
    pub fn report(self, rehearsal: &Rehearsal, sandbox: &Sandbox) -> Report {
        Report::new(self.facts(rehearsal, sandbox))
    }

    /// Who was left behind. A deploy that failed says so itself, and leaves behind whom it should.
    fn strays(&self, version: &str) -> Vec<String> {
        match self.deploy.ended {
            Some(Ended::Code(0)) => strays(&self.members, version),
            _ => Vec::new(),
        }
    }

    fn facts(self, rehearsal: &Rehearsal, sandbox: &Sandbox) -> Facts {
        let strays = self.strays(&rehearsal.version);
        Facts {
            began: self.began,
            ended: self.ended,
            rate: rehearsal.rate,
            deploy: deploy_facts(&self.deploy, self.deployed),
            load: self.samples,
            strays,
            phases: self.phases,
            members: sandbox.cloud.look(members),
            changes: self
                .changes
                .iter()
                .map(|entry| change(entry, self.began))
                .collect(),
            api_calls: self.calls,
            balancer: self.tally,
            faults: faults(sandbox),
            rules: rules(sandbox),
            settings: settings(sandbox),
        }
    }
}

/// What went wrong on demand, and how often.
fn faults(sandbox: &Sandbox) -> Vec<FaultFacts> {
    let now = sandbox.cloud.clock().now();
    let faults = sandbox.cloud.faults().list(now).into_iter();
    let facts = faults.map(|fault| FaultFacts {
        fault: fault.fault,
        hits: fault.hits,
    });
    facts.collect()
}

fn deploy_facts(deploy: &DeployRun, (started, ended): (f64, f64)) -> DeployFacts {
    DeployFacts {
        from: names::FIRST_VERSION.to_owned(),
        to: deploy.version.clone(),
        started,
        ended,
        runs: deploy.runs,
        exit_code: deploy.ended.and_then(Ended::code),
        outcome: outcome(deploy.ended).to_owned(),
    }
}

/// The members that do not run `version`, each with what it says instead; no member at all is a finding, too.
fn strays(members: &[MemberVersion], version: &str) -> Vec<String> {
    if members.is_empty() {
        return vec!["no instance is left in the group".to_owned()];
    }
    let stray = |member: &MemberVersion| match &member.version {
        Ok(runs) if runs == version => None,
        Ok(runs) => Some(format!("{} runs {runs}", member.instance)),
        Err(why) => Some(format!(
            "{} does not say what it runs: {why}",
            member.instance
        )),
    };
    members.iter().filter_map(stray).collect()
}

/// Every instance there was, in the order of launch.
fn members(world: &World) -> Vec<Member> {
    let mut instances: Vec<_> = world.instances().collect();
    instances.sort_by_key(|instance| instance.launched_at);
    let member = |instance: &world::Instance| Member {
        id: instance.id.to_string(),
        version: instance.tags.get(VERSION_TAG).cloned().unwrap_or_default(),
        zone: instance.zone.clone(),
    };
    instances.into_iter().map(member).collect()
}

fn change(change: &world::Change, began: Timestamp) -> Change {
    let (track, state) = match change.kind {
        ChangeKind::Lifecycle(state) => (Track::Lifecycle, state.name()),
        ChangeKind::Target(state) => (Track::Target, state.name()),
    };
    Change {
        at: change.at.duration_since(began).as_secs_f64(),
        instance: change.instance.to_string(),
        track,
        state: state.to_owned(),
    }
}

/// `deploy` always asks for both percentages, and keeps everybody.
fn rules(sandbox: &Sandbox) -> Rules {
    let profile = &sandbox.options.profile;
    Rules {
        bounds: Bounds {
            members: sandbox.options.instances,
            min_healthy: 100,
            max_healthy: Some(profile.deploy.max_healthy_percentage.into()),
        },
        timings: profile.world.clone(),
        warmup: profile.deploy.instance_warmup,
        drain: profile.target_group.deregistration_delay,
    }
}

fn settings(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let profile = &sandbox.options.profile;
    let pairs = [
        ("instances", sandbox.options.instances.to_string()),
        ("seed", sandbox.options.faults.seed().to_string()),
        ("application", sandbox.options.application.args.join(" ")),
        (
            "balancer: idle timeout",
            text(profile.balancer.idle_timeout),
        ),
        ("balancer: propagation", text(profile.balancer.propagation)),
        (
            "target group: deregistration delay",
            text(profile.target_group.deregistration_delay),
        ),
        (
            "target group: health check every",
            text(profile.target_group.interval),
        ),
        (
            "refresh: healthy",
            format!("100% to {}%", profile.deploy.max_healthy_percentage),
        ),
    ];
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(instance: &str, version: Result<&str, &str>) -> MemberVersion {
        let version = version.map(str::to_owned).map_err(str::to_owned);
        MemberVersion {
            instance: instance.to_owned(),
            version,
        }
    }

    #[test]
    fn whoever_does_not_run_the_version_is_named() {
        let members = [
            member("i-1", Ok("1.1.0")),
            member("i-2", Ok("1.0.0")),
            member("i-3", Err("refused")),
        ];
        assert_eq!(
            strays(&members, "1.1.0"),
            ["i-2 runs 1.0.0", "i-3 does not say what it runs: refused"]
        );
        assert_eq!(strays(&members[..1], "1.1.0"), [""; 0]);
    }

    #[test]
    fn a_group_without_members_has_not_been_deployed_to() {
        assert_eq!(strays(&[], "1.1.0").len(), 1);
    }
}

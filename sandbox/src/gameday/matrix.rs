//! The matrix: every kind of fault, and what a deploy owes its users in spite of it.
//!
//! A fault that says nothing about the release (a throttled call, a killed deployer, a slow boot) must not keep a good release
//! from being done. One that a release could have caused (a server that dies, a member that cannot install) must turn it back.
//! Requests may be lost only where a process that served them died.

use super::scenario::{End, Losses, Scenario};

const DONE: (End, Losses) = (End::Done, Losses::None);
const BACK: (End, Losses) = (End::RolledBack, Losses::None);
const REFUSED: (End, Losses) = (End::Refused, Losses::None);
const DONE_WITH_LOSSES: (End, Losses) = (End::Done, Losses::UntilNoticed);
const BACK_WITH_LOSSES: (End, Losses) = (End::RolledBack, Losses::UntilNoticed);

/// Every scenario, the one without a fault first.
pub fn matrix() -> Vec<Scenario> {
    [api(), machines(), agents(), releases(), people()].concat()
}

fn api() -> Vec<Scenario> {
    vec![
        scenario("no fault", &[], "a deploy as it should be", DONE),
        scenario(
            "throttling",
            &["throttle:chance=0.3"],
            "three in ten API calls are throttled",
            DONE,
        ),
        scenario(
            "server errors",
            &["server-error:chance=0.2"],
            "one in five API calls is answered 5xx",
            DONE,
        ),
        scenario(
            "lost reply to StartInstanceRefresh",
            &["lost-reply:op=StartInstanceRefresh,times=1"],
            "the refresh starts, but nobody is told",
            DONE,
        ),
        scenario(
            "lost reply to CreateLaunchTemplateVersion",
            &["lost-reply:op=CreateLaunchTemplateVersion,times=1"],
            "the version is there, but nobody is told",
            DONE,
        ),
        scenario(
            "lost replies to the agents",
            &["lost-reply:op=CompleteLifecycleAction,times=4"],
            "hooks are completed, but the agents are not told",
            DONE,
        ),
        scenario(
            "stale reads",
            &["stale-reads"],
            "reads answer what was true a moment ago",
            DONE,
        ),
    ]
}

fn machines() -> Vec<Scenario> {
    vec![
        scenario(
            "slow boot",
            &["slow-boot:delay=4s"],
            "each new machine takes its time",
            DONE,
        ),
        scenario(
            "boot that never ends",
            &["stuck-boot:member=new,times=1"],
            "the first new machine never comes up",
            BACK,
        ),
        scenario(
            "no capacity for a moment",
            &["launch-failure:times=1"],
            "EC2 has no capacity, then it has",
            DONE,
        ),
        scenario(
            "no capacity at all",
            &["launch-failure:times=1000"],
            "EC2 has no capacity until the end",
            BACK,
        ),
        scenario(
            "instance killed",
            &["kill-instance:member=oldest,after=3s,times=1"],
            "a machine that serves dies in the middle",
            DONE_WITH_LOSSES,
        ),
        scenario(
            "zone lost",
            &["lose-zone:after=3s,for=4s"],
            "all machines of a zone die, and none starts there for a while",
            BACK_WITH_LOSSES,
        ),
        scenario(
            "Spot notice",
            &["spot-notice:member=oldest,after=2s,times=1"],
            "EC2 takes a machine that serves back",
            DONE_WITH_LOSSES,
        ),
        scenario(
            "slow disk",
            &["slow-disk:rate=20M"],
            "the disks of the new machines are slow",
            DONE,
        ),
        scenario(
            "full disk",
            &["full-disk:member=new"],
            "the release does not fit on the new machines",
            BACK,
        ),
    ]
}

fn agents() -> Vec<Scenario> {
    vec![
        scenario(
            "agent of an old member killed",
            &["kill-agent:member=oldest,after=2s,times=1"],
            "who would complete its terminate hook is gone",
            DONE_WITH_LOSSES,
        ),
        scenario(
            "agent of an old member hung",
            &["hang-agent:member=oldest,after=2s,times=1"],
            "who would complete its terminate hook is silent",
            DONE,
        ),
        scenario(
            "agent of a new member killed",
            &["kill-agent:member=new"],
            "it is started again and goes on where it was",
            DONE_WITH_LOSSES,
        ),
        scenario(
            "agent of a new member hung",
            &["hang-agent:member=new"],
            "a new machine never says that it is ready",
            BACK,
        ),
        scenario(
            "hook lost",
            &["lose-hook:times=1"],
            "a completion is accepted and forgotten",
            BACK,
        ),
        scenario(
            "slow store",
            &["slow-store:rate=8M"],
            "releases come slowly",
            DONE,
        ),
        scenario(
            "corrupt blob",
            &["corrupt-blob"],
            "a release arrives with other bytes, also where deploy checks it",
            REFUSED,
        ),
        scenario(
            "corrupt blob on the new members",
            &["corrupt-blob:from=instances"],
            "deploy gets the release as it is, the new machines do not",
            BACK,
        ),
    ]
}

fn releases() -> Vec<Scenario> {
    vec![
        scenario(
            "server crashes at start",
            &["crash-at-start:member=new"],
            "the new server dies before it serves",
            BACK,
        ),
        scenario(
            "server crashes after a while",
            &["crash-after:member=new,delay=1s"],
            "the new server serves, then dies",
            BACK_WITH_LOSSES,
        ),
        scenario(
            "server crashes at a request",
            &["crash-at-request:member=new,requests=50"],
            "the new server dies of a request",
            BACK_WITH_LOSSES,
        ),
        scenario(
            "health flaps",
            &["flap-health:member=new"],
            "new targets are healthy, then not, then healthy",
            BACK,
        ),
    ]
}

fn people() -> Vec<Scenario> {
    vec![
        scenario(
            "deployer killed before the refresh",
            &["kill-deployer:action=1"],
            "SIGKILL at its first change; it is run again",
            DONE,
        ),
        scenario(
            "deployer killed after the refresh began",
            &["kill-deployer:action=2"],
            "SIGKILL at its second change; it is run again",
            DONE,
        ),
        scenario(
            "alarm raised",
            &["raise-alarm:name=example-sandbox-5xx,after=3s"],
            "an alarm goes off that nobody told deploy to watch",
            DONE,
        ),
    ]
}

fn scenario(
    name: &'static str,
    faults: &'static [&'static str],
    story: &'static str,
    (end, losses): (End, Losses),
) -> Scenario {
    Scenario {
        name,
        faults,
        story,
        end,
        losses,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::{Fault, Kind};
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_every_fault_can_be_read() {
        let names: BTreeSet<_> = matrix().iter().map(|scenario| scenario.name).collect();
        assert_eq!(names.len(), matrix().len());
        for spec in matrix().iter().flat_map(|scenario| scenario.faults) {
            assert!(spec.parse::<Fault>().is_ok(), "{spec}");
        }
    }

    #[test]
    fn every_kind_of_fault_has_its_scenario() {
        let played: BTreeSet<String> = matrix()
            .iter()
            .flat_map(|scenario| scenario.faults)
            .map(|spec| spec.split(':').next().unwrap_or_default().to_owned())
            .collect();
        let all: BTreeSet<String> = Kind::ALL
            .iter()
            .map(|kind| kind.name().to_owned())
            .collect();
        assert_eq!(played, all);
    }
}

//! Everybody in the fleet who is not AWS, in virtual time: machines that boot and stop, agents that complete hooks, the
//! balancer's probes.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::time::Duration;

use jiff::Timestamp;
use sandbox::names;
use sandbox::world::{Change, ChangeKind, Effect, InstanceId, Lifecycle, Probe, TargetState};

use super::aws::Aws;
use super::dice::Dice;
use super::story::Story;

/// Private addresses are given out from here.
const FIRST_ADDRESS: u32 = 0x0a00_0001;

#[derive(Debug)]
enum Event {
    /// A machine is up.
    Running(InstanceId),
    /// A machine is down.
    Ended(InstanceId),
    /// An agent has done what its hook was for.
    Complete(InstanceId, &'static str),
    /// It is the target's turn.
    Probe(InstanceId),
}

/// The machines and what they will do, by time.
#[derive(Debug)]
pub(crate) struct Fleet {
    story: Story,
    target_group: String,
    interval: Duration,
    dice: Dice,
    addresses: u32,
    /// The launch template version of each machine.
    versions: HashMap<InstanceId, String>,
    events: BTreeMap<(Timestamp, u64), Event>,
    /// How many events there were.
    pub(crate) count: u64,
}

impl Fleet {
    pub(crate) fn new(story: Story, target_group: String, interval: Duration, seed: u64) -> Self {
        Self {
            story,
            target_group,
            interval,
            dice: Dice::new(seed),
            addresses: FIRST_ADDRESS,
            versions: HashMap::new(),
            events: BTreeMap::new(),
            count: 0,
        }
    }

    /// When something happens next, in the fleet or in AWS.
    pub(crate) fn next(&self, aws: &Aws) -> Option<Timestamp> {
        let here = self.events.first_key_value().map(|((at, _), _)| *at);
        let there = aws.world.next_event();
        here.into_iter().chain(there).min()
    }

    /// Lets happen what is due, and takes up what AWS asks for.
    pub(crate) fn play(&mut self, aws: &mut Aws) -> anyhow::Result<()> {
        while let Some(entry) = self.events.first_entry() {
            if entry.key().0 > aws.now {
                break;
            }
            let event = entry.remove();
            self.happen(aws, event)?;
        }
        for effect in aws.world.advance(aws.now) {
            self.obey(aws.now, effect);
        }
        for change in aws.world.take_changes() {
            self.notice(aws.now, change);
        }
        Ok(())
    }

    fn later(&mut self, at: Timestamp, event: Event) {
        self.count += 1;
        self.events.insert((at, self.count), event);
    }

    fn obey(&mut self, now: Timestamp, effect: Effect) {
        match effect {
            Effect::Launch(mut launch) => {
                let version = launch.tags.remove("aws:ec2launchtemplate:version");
                let id = launch.instance;
                self.versions
                    .insert(id.clone(), version.unwrap_or_default());
                let at = now + self.dice.between(15, 45);
                self.later(at, Event::Running(id));
            }
            Effect::ShutDown { instance } => {
                let at = now + self.dice.between(2, 20);
                self.later(at, Event::Ended(instance));
            }
        }
    }

    /// Agents see what waits for them within a second; an install and a start take some more.
    fn notice(&mut self, now: Timestamp, change: Change) {
        let id = change.instance;
        let (at, event) = match change.kind {
            ChangeKind::Lifecycle(Lifecycle::PendingWait) => {
                let at = now + self.dice.between(8, 30);
                (at, Event::Complete(id, names::LAUNCH_HOOK))
            }
            ChangeKind::Lifecycle(Lifecycle::TerminatingWait) => {
                let at = now + self.dice.between(0, 2);
                (at, Event::Complete(id, names::TERMINATE_HOOK))
            }
            ChangeKind::Target(TargetState::Initial) => {
                (now + self.dice.between(0, 1), Event::Probe(id))
            }
            _ => return,
        };
        self.later(at, event);
    }

    fn happen(&mut self, aws: &mut Aws, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Running(id) => {
                self.addresses += 1;
                let address = Ipv4Addr::from_bits(self.addresses);
                aws.world.instance_running(aws.now, &id, address);
            }
            Event::Ended(id) => {
                self.versions.remove(&id);
                aws.world.instance_ended(aws.now, &id);
            }
            Event::Complete(id, hook) => self.complete(aws, &id, hook)?,
            Event::Probe(id) => self.probe(aws, id),
        }
        Ok(())
    }

    /// An agent's word, unless its instance was sent away in the meantime.
    fn complete(&mut self, aws: &mut Aws, id: &InstanceId, hook: &str) -> anyhow::Result<()> {
        let member = aws
            .world
            .group(names::GROUP)
            .and_then(|g| g.members.get(id));
        if member.is_none_or(|member| member.hooks.iter().all(|action| action.hook != hook)) {
            return Ok(());
        }
        let new = self.versions.get(id).is_some_and(|version| version != "1");
        let abandons =
            new && hook == names::LAUNCH_HOOK && self.dice.chance(self.story.abandoned());
        let result = if abandons { "ABANDON" } else { "CONTINUE" };
        let body = format!(
            "AutoScalingGroupName={}&LifecycleHookName={hook}&InstanceId={id}\
             &LifecycleActionResult={result}",
            names::GROUP
        );
        aws.autoscaling("CompleteLifecycleAction", &body)?;
        Ok(())
    }

    /// Targets are probed until they drain.
    fn probe(&mut self, aws: &mut Aws, id: InstanceId) {
        let target_group = aws.world.target_group(&self.target_group);
        let target = target_group.and_then(|t| t.targets.get(&id));
        if target.is_none_or(|target| target.state == TargetState::Draining) {
            return;
        }
        aws.world
            .target_probed(aws.now, &self.target_group, &id, Probe::Status(200));
        self.later(aws.now + self.interval, Event::Probe(id));
    }
}

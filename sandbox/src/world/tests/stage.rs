//! The outside of the world, played in virtual time: machines that boot and stop, agents that complete hooks, a balancer that
//! probes. How a release behaves is set per launch template version.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use jiff::Timestamp;

pub(crate) use super::setting::{GROUP, SECOND, Setting, identity, image, timings};
use super::setting::{hooks, target_group};
use crate::world::{
    ChangeKind, Effect, Group, GroupSpec, HealthChecks, HookReference, HookResult, InstanceId,
    LaunchTemplateData, LaunchTemplateId, Lifecycle, LoadBalancerSpec, Preferences, Probe, Refresh,
    StartRefresh, TemplateKey, TemplateRef, World,
};

/// How instances of one template version behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Release {
    /// Everything works.
    Good,
    /// The agent abandons the launch hook.
    Abandons,
    /// The agent never completes the launch hook.
    Hangs,
    /// The machine dies while the launch hook waits.
    DiesEarly,
    /// In service, but every probe gets 503.
    Sick,
    /// Works, but never completes the terminate hook.
    NeverLetsGo,
    /// Each instance does one of the above, as its id decides.
    Moody,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Running(InstanceId),
    Ended(InstanceId),
    Complete(InstanceId, Lifecycle),
    Probe,
}

/// The world and its outside.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) now: Timestamp,
    pub(crate) template: LaunchTemplateId,
    pub(crate) target_group: String,
    pub(crate) releases: BTreeMap<u64, Release>,
    pub(crate) dead: BTreeSet<InstanceId>,
    start: Timestamp,
    events: BTreeSet<(Timestamp, Event)>,
    attended: BTreeSet<(InstanceId, Lifecycle)>,
    addresses: u32,
}

impl Stage {
    /// A group on version 1 whose members are on their way in.
    pub(crate) fn new(setting: &Setting) -> Self {
        let start: Timestamp = "2030-01-01T00:00:00Z".parse().expect("a time");
        let mut identity = identity();
        identity.zones.truncate(setting.zones);
        let mut world = World::new(identity, setting.timings.clone(), setting.seed);
        let target_group = world.create_target_group(target_group(setting.drain));
        let template = world
            .create_launch_template(start, "fleet", image())
            .expect("a template");
        let spec = GroupSpec {
            max: setting.max,
            desired: setting.desired,
            target_groups: vec![target_group.clone()],
            health_checks: HealthChecks { elb: true },
            health_check_grace: setting.grace,
            hooks: hooks(setting),
            ..GroupSpec::new(GROUP, TemplateRef::numbered(template.clone(), 1))
        };
        world.create_group(start, spec).expect("a group");
        let balancer = LoadBalancerSpec {
            name: GROUP.into(),
            dns_name: "127.0.0.1".into(),
            port: 80,
            target_group: target_group.clone(),
            idle_timeout: 60 * SECOND,
        };
        world
            .create_load_balancer(start, balancer)
            .expect("a load balancer");
        Self {
            world,
            now: start,
            template,
            target_group,
            releases: BTreeMap::new(),
            dead: BTreeSet::new(),
            start,
            events: BTreeSet::from([(start, Event::Probe)]),
            attended: BTreeSet::new(),
            addresses: 0,
        }
    }

    /// A group at rest on version 1.
    pub(crate) fn settled(setting: &Setting) -> Self {
        let mut stage = Self::new(setting);
        stage.until_settled();
        stage
    }

    /// Publishes a further template version that behaves like this, and returns its number.
    pub(crate) fn release(&mut self, release: Release) -> u64 {
        let request = crate::world::CreateVersion {
            template: TemplateKey::Id(self.template.clone()),
            source: Some(crate::world::VersionSpec::Latest),
            data: LaunchTemplateData::default(),
            description: None,
            client_token: None,
        };
        let made = self
            .world
            .create_template_version(self.now, request)
            .expect("a version");
        self.releases.insert(made.1, release);
        made.1
    }

    pub(crate) fn start_refresh(&mut self, version: u64, preferences: Preferences) -> String {
        let desired = Some(TemplateRef::numbered(self.template.clone(), version));
        let request = StartRefresh {
            desired,
            preferences,
        };
        self.world
            .start_refresh(self.now, GROUP, request)
            .expect("a refresh")
    }

    pub(crate) fn group(&self) -> &Group {
        self.world.group(GROUP).expect("the group")
    }

    pub(crate) fn refresh(&self) -> &Refresh {
        self.group().refreshes.last().expect("a refresh")
    }

    /// A member of a zone that has the most, so that the zones stay balanced without it.
    pub(crate) fn spare(&self) -> InstanceId {
        let zones = self.group().members.live_by_zone();
        let mut members = self.group().live();
        let fullest = zones.values().max().copied();
        let spare = members.find(|m| zones.get(m.zone.as_str()).copied() == fullest);
        spare.map(|m| m.id.clone()).expect("a member")
    }

    /// Live members by template version.
    pub(crate) fn versions(&self) -> Vec<u64> {
        let mut versions: Vec<_> = self.group().live().map(|m| m.template.number).collect();
        versions.sort_unstable();
        versions
    }

    pub(crate) fn until_settled(&mut self) {
        self.until("the group settles", |stage| stage.world.settled(GROUP));
    }

    pub(crate) fn until_refreshed(&mut self) {
        self.until("the refresh ends", |stage| {
            stage.group().active_refresh().is_none()
        });
    }

    /// Plays until the condition holds. Fails after two days of virtual time: everything here ends long before.
    pub(crate) fn until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        self.until_watched(what, condition, |_| {});
    }

    /// The same, with a look at the stage after every moment.
    pub(crate) fn until_watched(
        &mut self,
        what: &str,
        condition: impl Fn(&Self) -> bool,
        mut watch: impl FnMut(&Self),
    ) {
        let end = self.now + Duration::from_hours(48);
        self.play();
        watch(self);
        while !condition(self) {
            assert!(
                self.now < end,
                "{what}: not within two days\n{}",
                self.describe()
            );
            self.turn();
            watch(self);
        }
    }

    /// Plays for so long.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        self.play();
        while self.next() <= end {
            self.turn();
        }
        self.now = end;
        self.play();
    }

    /// Goes to the next moment at which something happens, inside or outside.
    pub(crate) fn turn(&mut self) {
        self.now = self.now.max(self.next());
        while let Some((_, event)) = self.due() {
            self.happen(event);
        }
        self.play();
    }

    pub(crate) fn next(&self) -> Timestamp {
        let outside = self
            .events
            .first()
            .map(|(at, _)| *at)
            .expect("the balancer probes for ever");
        self.world
            .next_event()
            .map_or(outside, |inside| inside.min(outside))
    }

    fn due(&mut self) -> Option<(Timestamp, Event)> {
        (self.events.first()?.0 <= self.now)
            .then(|| self.events.pop_first())
            .flatten()
    }

    fn later(&mut self, seconds: u32, event: Event) {
        self.events.insert((self.now + seconds * SECOND, event));
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Running(id) => {
                self.addresses += 1;
                let address = Ipv4Addr::from_bits(0x7f01_0000 + self.addresses);
                self.world.instance_running(self.now, &id, address);
            }
            Event::Ended(id) => self.end(&id),
            Event::Complete(id, state) => self.complete(&id, state),
            Event::Probe => self.probe(),
        }
    }

    /// The machine dies or has stopped.
    pub(crate) fn end(&mut self, id: &InstanceId) {
        self.dead.insert(id.clone());
        self.world.instance_ended(self.now, id);
    }

    fn complete(&mut self, id: &InstanceId, state: Lifecycle) {
        if self.dead.contains(id) {
            return;
        }
        let launching = state == Lifecycle::PendingWait;
        let abandons = launching && self.behaviour(id) == Release::Abandons;
        let result = if abandons {
            HookResult::Abandon
        } else {
            HookResult::Continue
        };
        let reference = reference(id, if launching { "launch" } else { "terminate" });
        // Too late is fine: a cancelled launch is not waited for.
        let _ = self.world.complete_hook(self.now, &reference, result);
    }

    fn probe(&mut self) {
        let target_group = self
            .world
            .target_group(&self.target_group)
            .expect("the target group");
        let ids: Vec<_> = target_group.targets.keys().cloned().collect();
        for id in ids {
            let probe = match self.behaviour(&id) {
                _ if self.dead.contains(&id) => Probe::Failed,
                Release::Sick => Probe::Status(503),
                _ => Probe::Status(200),
            };
            let arn = self.target_group.clone();
            self.world.target_probed(self.now, &arn, &id, probe);
        }
        self.later(5, Event::Probe);
    }

    fn behaviour(&self, id: &InstanceId) -> Release {
        let member = self.group().members.get(id);
        let version = member.map_or(1, |m| m.template.number);
        let release = self.releases.get(&version).copied();
        match release.unwrap_or(Release::Good) {
            Release::Moody => mood(id),
            release => release,
        }
    }

    /// Does what the world asks for, and lets agents notice what waits for them.
    pub(crate) fn play(&mut self) {
        for effect in self.world.advance(self.now) {
            match effect {
                Effect::Launch(launch) => self.later(1, Event::Running(launch.instance)),
                Effect::ShutDown { instance } => self.later(1, Event::Ended(instance)),
            }
        }
        let members = self.group().members.values();
        let waiting: Vec<_> = members.map(|m| (m.id.clone(), m.lifecycle)).collect();
        for (id, state) in waiting {
            if self.attended.insert((id.clone(), state)) {
                self.attend(id, state);
            }
        }
    }

    fn attend(&mut self, id: InstanceId, state: Lifecycle) {
        match (state, self.behaviour(&id)) {
            (Lifecycle::PendingWait, Release::DiesEarly) => self.later(3, Event::Ended(id)),
            (Lifecycle::PendingWait, Release::Hangs)
            | (Lifecycle::TerminatingWait, Release::NeverLetsGo) => {}
            (Lifecycle::PendingWait, _) => self.later(3, Event::Complete(id, state)),
            (Lifecycle::TerminatingWait, _) => self.later(2, Event::Complete(id, state)),
            _ => {}
        }
    }

    /// Every change so far, one line each: seconds since the start, instances by letter in the order of their launch.
    pub(crate) fn transcript(&self) -> String {
        let mut names: BTreeMap<&InstanceId, String> = BTreeMap::new();
        let mut lines = Vec::new();
        for change in self.world.changes() {
            let next = names.len();
            let name = names
                .entry(&change.instance)
                .or_insert_with(|| letters(next));
            let at = change.at.duration_since(self.start).as_secs();
            let what = match change.kind {
                ChangeKind::Lifecycle(state) => state.name().to_owned(),
                ChangeKind::Target(state) => format!("target {}", state.name()),
            };
            lines.push(format!("{at:>4} {name} {what}\n"));
        }
        lines.concat()
    }

    pub(crate) fn describe(&self) -> String {
        let members = self.group().members.values();
        let members: Vec<_> = members
            .map(|m| {
                format!(
                    "{} v{} {} {:?}",
                    m.id,
                    m.template.number,
                    m.lifecycle.name(),
                    m.health
                )
            })
            .collect();
        format!(
            "{}\n{:#?}",
            members.join("\n"),
            self.group().refreshes.last()
        )
    }
}

/// Good for half of all ids.
fn mood(id: &InstanceId) -> Release {
    let moods = [
        Release::Abandons,
        Release::Hangs,
        Release::DiesEarly,
        Release::Sick,
        Release::NeverLetsGo,
    ];
    let sum: usize = id.as_str().bytes().map(usize::from).sum();
    moods.get(sum % 10).copied().unwrap_or(Release::Good)
}

/// The action of a hook on an instance.
pub(crate) fn reference(id: &InstanceId, hook: &str) -> HookReference {
    HookReference {
        group: GROUP.into(),
        hook: hook.into(),
        token: None,
        instance: Some(id.clone()),
    }
}

/// a to z, then a1 to z1 and so on.
fn letters(number: usize) -> String {
    let letter = char::from(b"abcdefghijklmnopqrstuvwxyz"[number % 26]);
    let round = if number < 26 {
        String::new()
    } else {
        (number / 26).to_string()
    };
    format!("{letter}{round}")
}

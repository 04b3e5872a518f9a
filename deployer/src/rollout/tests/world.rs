//! A small group in memory that answers as AWS would: enough of it to tell the stories of a rollout.

use crate::fleet::Applied;
use crate::journal::{Closed, Entry, Record, TurnedBack};
use crate::rollout::action::Action;
use crate::rollout::observation::{
    Activity, ActivityKind, ActivityState, FleetView, Group, Lifecycle, Member, Refresh,
    RefreshStatus, Seen, Stage, Target, TargetHealth, Template, TemplateRef, Templates,
};
use contract::digest::Digest;
use contract::status::{Failure, Phase, SCHEMA, StatusDocument};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// One step of the world.
pub(super) const TICK: Duration = Duration::from_secs(10);

/// The template version that the group starts with.
pub(super) const OLD: u64 = 7;

/// The number of members.
pub(super) const DESIRED: usize = 3;

pub(super) fn old_manifest() -> Digest {
    Digest::of(b"1.0.0")
}

/// What the world does besides its work.
#[derive(Clone, Debug, Default)]
pub(super) struct Nature {
    /// Instances of this template version abandon their launch.
    pub(super) broken: Option<u64>,
    /// AWS refuses to roll back.
    pub(super) irreversible: bool,
    /// AWS refuses writes to the parameter.
    pub(super) no_parameter: bool,
    /// New members never become healthy targets.
    pub(super) never_healthy: bool,
    /// Refreshes stand still.
    pub(super) stalled: bool,
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) now: Timestamp,
    pub(super) nature: Nature,
    pub(super) members: Vec<Member>,
    pub(super) targets: BTreeMap<String, TargetHealth>,
    pub(super) refreshes: Vec<Refresh>,
    pub(super) saved: u64,
    pub(super) default_version: u64,
    pub(super) parameter: Option<String>,
    /// Versions made, with the deployment that each was made for.
    pub(super) made: Vec<(String, Template)>,
    pub(super) entry: Option<Entry>,
    /// The fewest members that were in service at any time.
    pub(super) floor: usize,
    activities: Vec<Activity>,
    documents: BTreeMap<String, StatusDocument>,
    launched: usize,
    next_tick: Timestamp,
}

impl World {
    pub(super) fn new(nature: Nature) -> Self {
        let now: Timestamp = "2026-03-09T12:00:00Z".parse().unwrap();
        let mut world = Self {
            now,
            nature,
            members: Vec::new(),
            targets: BTreeMap::new(),
            refreshes: Vec::new(),
            saved: OLD,
            default_version: OLD,
            parameter: Some("1.0.0".to_owned()),
            made: Vec::new(),
            entry: None,
            floor: DESIRED,
            activities: Vec::new(),
            documents: BTreeMap::new(),
            launched: 0,
            next_tick: now + TICK,
        };
        for _ in 0..DESIRED {
            world.launch(OLD);
        }
        world.arrive();
        world.judge_targets();
        world.activities.clear();
        world
    }

    pub(super) fn advance(&mut self, by: Duration) {
        self.now += by;
        while self.now >= self.next_tick {
            self.next_tick += TICK;
            self.tick();
        }
    }

    pub(super) fn in_service(&self) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .filter(|member| member.lifecycle.stage == Stage::InService)
    }

    /// Whether every member serves this version and every target is healthy.
    pub(super) fn serves_only(&self, version: u64) -> bool {
        let right = |member: &Member| {
            member.template_version == Some(version)
                && self.targets.get(&member.instance) == Some(&TargetHealth::Healthy)
        };
        self.members.len() == DESIRED && self.in_service().filter(|it| right(it)).count() == DESIRED
    }

    fn tick(&mut self) {
        self.judge_targets();
        self.members
            .retain(|member| member.lifecycle.stage != Stage::Leaving);
        self.arrive();
        let status = self.refreshes.first().map(|refresh| refresh.status);
        match status {
            Some(RefreshStatus::Pending) => self.set_status(RefreshStatus::InProgress),
            Some(RefreshStatus::Cancelling) => self.set_status(RefreshStatus::Cancelled),
            Some(RefreshStatus::InProgress) if !self.nature.stalled => {
                let wanted = self.refreshes[0].version.unwrap_or(self.saved);
                if self.replace_one(wanted) {
                    self.saved = wanted;
                    self.set_status(RefreshStatus::Successful);
                }
            }
            Some(RefreshStatus::RollbackInProgress) if !self.nature.stalled => {
                if self.replace_one(self.saved) {
                    self.set_status(RefreshStatus::RollbackSuccessful);
                }
            }
            _ => self.even_out(),
        }
        self.floor = self.floor.min(self.in_service().count());
    }

    fn judge_targets(&mut self) {
        let never = self.nature.never_healthy;
        let new: Vec<&str> = self
            .members
            .iter()
            .filter(|member| member.template_version != Some(OLD))
            .map(|member| member.instance.as_str())
            .collect();
        for (instance, health) in &mut self.targets {
            let stays = never && new.contains(&instance.as_str());
            match health {
                TargetHealth::Initial if stays => {}
                // What failed for a moment is well again.
                _ => *health = TargetHealth::Healthy,
            }
        }
    }

    /// What was coming is in service, or has failed.
    fn arrive(&mut self) {
        let coming: Vec<Member> = self
            .members
            .iter()
            .filter(|member| member.lifecycle.stage == Stage::Coming)
            .cloned()
            .collect();
        for member in coming {
            if member.template_version == self.nature.broken {
                self.abandon(&member);
            } else {
                self.register(&member.instance);
            }
        }
    }

    fn register(&mut self, instance: &str) {
        let mut members = self.members.iter_mut();
        if let Some(member) = members.find(|member| member.instance == instance) {
            member.lifecycle = lifecycle(Stage::InService);
            self.targets
                .insert(instance.to_owned(), TargetHealth::Initial);
        }
        self.end_launch(instance, ActivityState::Succeeded);
    }

    fn abandon(&mut self, member: &Member) {
        let instance = &member.instance;
        self.members.retain(|other| other.instance != *instance);
        self.end_launch(instance, ActivityState::Failed);
        let manifest = member
            .template_version
            .and_then(|number| self.manifest(number));
        let log = ["listening".to_owned(), "panicked: no database".to_owned()];
        let document = StatusDocument {
            schema: SCHEMA,
            instance: instance.clone(),
            service: "example".parse().unwrap(),
            environment: "prod".parse().unwrap(),
            version: None,
            manifest,
            phase: Phase::Failed,
            updated: self.now,
            failure: Some(Failure::new(Phase::Starting, "exited with status 101", log)),
            agent: "0.1.0".to_owned(),
        };
        self.documents.insert(instance.clone(), document);
    }

    pub(super) fn end_launch(&mut self, instance: &str, state: ActivityState) {
        let mut activities = self.activities.iter_mut();
        let launch = activities.find(|it| it.instance.as_deref() == Some(instance));
        if let Some(launch) = launch {
            launch.state = state;
        }
    }

    fn manifest(&self, number: u64) -> Option<Digest> {
        let mut made = self.made.iter().map(|(_, template)| template);
        let made = made.find(|template| template.number == number);
        made.map_or(Some(old_manifest()), |template| template.manifest)
    }

    /// One step of a replacement, new before old; true once nothing is left to replace.
    fn replace_one(&mut self, wanted: u64) -> bool {
        let settled = self.members.iter().all(|member| {
            let is_new = member.template_version == Some(wanted);
            let target = self.targets.get(&member.instance);
            member.lifecycle.stage == Stage::InService
                && !(is_new && target == Some(&TargetHealth::Initial))
        });
        let stranger = self
            .in_service()
            .find(|it| it.template_version != Some(wanted));
        let stranger = stranger.map(|member| member.instance.clone());
        let in_service = self.in_service().count();
        match stranger {
            None if in_service == DESIRED && self.members.len() == DESIRED => return true,
            None if in_service > DESIRED => self.remove_youngest(),
            None if self.members.len() < DESIRED => self.launch(wanted),
            Some(instance) if in_service > DESIRED && settled => self.remove(&instance),
            Some(_) if self.members.len() <= DESIRED => self.launch(wanted),
            _ => {}
        }
        false
    }

    /// Without a refresh, the group keeps its size from what it has saved.
    fn even_out(&mut self) {
        match self.members.len() {
            size if size < DESIRED => self.launch(self.saved),
            size if size > DESIRED => self.remove_youngest(),
            _ => {}
        }
    }

    fn remove_youngest(&mut self) {
        if let Some(member) = self.members.last() {
            let instance = member.instance.clone();
            self.remove(&instance);
        }
    }

    pub(super) fn remove(&mut self, instance: &str) {
        let mut members = self.members.iter_mut();
        if let Some(member) = members.find(|member| member.instance == instance) {
            member.lifecycle = lifecycle(Stage::Leaving);
        }
        self.targets.remove(instance);
    }

    fn launch(&mut self, version: u64) {
        self.launched += 1;
        let instance = format!("i-{:08}", self.launched);
        self.members.push(Member {
            instance: instance.clone(),
            zone: "us-east-1a".to_owned(),
            lifecycle: lifecycle(Stage::Coming),
            healthy: true,
            template_version: Some(version),
        });
        let activity = Activity {
            id: format!("launch-{}", self.launched),
            kind: ActivityKind::Launch,
            instance: Some(instance),
            state: ActivityState::Running,
            detail: String::new(),
            cause: String::new(),
            started: self.now,
        };
        self.activities.insert(0, activity);
    }

    fn set_status(&mut self, status: RefreshStatus) {
        let ended = (!status.is_active()).then_some(self.now);
        if let Some(refresh) = self.refreshes.first_mut() {
            refresh.status = status;
            refresh.ended = ended;
        }
    }

    /// A refresh, as somebody could start one at any time.
    pub(super) fn start_refresh(&mut self, version: u64) {
        let refresh = Refresh {
            id: format!("refresh-{}", self.refreshes.len() + 1),
            status: RefreshStatus::Pending,
            detail: String::new(),
            version: Some(version),
            percent: 0,
            started: self.now,
            ended: None,
        };
        self.refreshes.insert(0, refresh);
    }

    pub(super) fn is_refreshing(&self) -> bool {
        self.refreshes
            .iter()
            .any(|refresh| refresh.status.is_active())
    }

    pub(super) fn apply(&mut self, action: &Action, record: &Record) -> Applied {
        match action {
            Action::CreateTemplateVersion => self.create_version(record),
            Action::StartRefresh { version } if !self.is_refreshing() => {
                self.start_refresh(*version);
            }
            Action::RollbackRefresh if self.nature.irreversible => {
                return Applied::Refused("IrreversibleInstanceRefresh".to_owned());
            }
            Action::RollbackRefresh if self.is_refreshing() => {
                self.set_status(RefreshStatus::RollbackInProgress);
            }
            Action::CancelRefresh if self.is_refreshing() => {
                self.set_status(RefreshStatus::Cancelling);
            }
            Action::MoveDefaultVersion { version } => self.default_version = *version,
            Action::WriteParameter { .. } if self.nature.no_parameter => {
                return Applied::Refused("AccessDenied".to_owned());
            }
            Action::WriteParameter { value } => self.parameter = Some(value.clone()),
            _ => {}
        }
        Applied::Done
    }

    /// The client token makes the second try return the first one's version.
    fn create_version(&mut self, record: &Record) {
        let made = (record.id.to_string(), self.version_for(record));
        if self
            .made
            .iter()
            .all(|(deployment, _)| *deployment != made.0)
        {
            self.made.push(made);
        }
    }

    fn version_for(&self, record: &Record) -> Template {
        Template {
            id: "lt-1".to_owned(),
            number: OLD + 1 + self.made.len() as u64,
            version: Some(record.goal.version.clone()),
            manifest: Some(record.goal.manifest),
        }
    }

    /// The journal, for runs without a store. Create-only, as the real one.
    pub(super) fn write(&mut self, action: &Action, record: Option<Record>) {
        let at = self.now;
        match (action, &mut self.entry) {
            (Action::Begin, entry @ None) => {
                *entry = record.map(|record| Entry {
                    record,
                    turned_back: None,
                    closed: None,
                });
            }
            (Action::TurnBack { reason }, Some(entry)) => {
                entry.turned_back.get_or_insert(TurnedBack::new(reason, at));
            }
            (Action::Close { outcome }, Some(entry)) => {
                entry.closed.get_or_insert(Closed::new(outcome, at));
            }
            _ => {}
        }
    }

    pub(super) fn view(&self, record: Option<&Record>) -> FleetView {
        let base = Template {
            id: "lt-1".to_owned(),
            number: OLD,
            version: Some("1.0.0".parse().unwrap()),
            manifest: Some(old_manifest()),
        };
        let ours = record.and_then(|record| {
            let mut made = self.made.iter();
            made.find(|(deployment, _)| *deployment == record.id.to_string())
        });
        FleetView {
            group: Seen::Known(self.group()),
            templates: Seen::Known(Templates {
                base,
                ours: ours.map(|(_, template)| template.clone()),
                default_version: self.default_version,
            }),
            refreshes: Seen::Known(self.refreshes.clone()),
            targets: Seen::Known(self.targets.iter().map(target).collect()),
            activities: Seen::Known(self.activities.clone()),
            documents: Seen::Known(self.documents.clone()),
            parameter: Seen::Known(self.parameter.clone()),
        }
    }

    fn group(&self) -> Group {
        Group {
            min: 3,
            max: 6,
            desired: 3,
            template: Some(TemplateRef {
                id: "lt-1".to_owned(),
                version: self.saved.to_string(),
            }),
            elb_health: true,
            target_groups: vec!["arn:tg".to_owned()],
            suspended: Vec::new(),
            members: self.members.clone(),
        }
    }
}

fn target((instance, health): (&String, &TargetHealth)) -> (String, Target) {
    let target = Target {
        health: *health,
        word: format!("{health:?}").to_lowercase(),
        detail: String::new(),
    };
    (instance.clone(), target)
}

fn lifecycle(stage: Stage) -> Lifecycle {
    let word = match stage {
        Stage::Coming => "Pending",
        Stage::InService => "InService",
        Stage::Leaving => "Terminating",
        Stage::Aside => "Standby",
    };
    Lifecycle {
        stage,
        word: word.to_owned(),
    }
}

//! One fault in force: when it begins and ends, whom it strikes, and how often it has. Time is an argument.

use super::draw::Draws;
use super::{Fault, Kind, Pick, Subject, Who};
use crate::world::InstanceId;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A fault that was injected.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) fault: Fault,
    /// From when `after` counts; `None` while the sandbox comes up.
    pub(super) since: Option<Timestamp>,
    pub(super) hits: u64,
    /// How often it was asked about something that it concerns.
    asked: u64,
    draws: Draws,
    /// The instances that were considered, and whether they were chosen.
    judged: BTreeMap<InstanceId, bool>,
    /// How often it was asked about each of the chosen.
    turns: BTreeMap<InstanceId, u64>,
    /// The zone that it is about, if that was left to chance.
    zone: Option<String>,
    /// Its end has been seen to.
    pub(super) undone: bool,
}

impl Entry {
    pub(super) fn new(fault: Fault, since: Option<Timestamp>, draws: Draws) -> Self {
        Self {
            fault,
            since,
            hits: 0,
            asked: 0,
            draws,
            judged: BTreeMap::new(),
            turns: BTreeMap::new(),
            zone: None,
            undone: false,
        }
    }

    /// When it begins.
    pub(super) fn begins(&self) -> Option<Timestamp> {
        Some(
            self.since?
                .saturating_add(self.fault.after())
                .unwrap_or(Timestamp::MAX),
        )
    }

    /// When it is over; `None` if never, or if it is not known when it begins.
    pub(super) fn ends(&self) -> Option<Timestamp> {
        let begins = self.begins()?;
        Some(
            begins
                .saturating_add(self.fault.lasts()?)
                .unwrap_or(Timestamp::MAX),
        )
    }

    /// Whether it has begun and is not over.
    pub(super) fn in_force(&self, now: Timestamp) -> bool {
        self.begins().is_some_and(|begins| begins <= now)
            && self.ends().is_none_or(|ends| now < ends)
    }

    /// Whether nothing more will come of it.
    pub(super) fn done(&self, now: Timestamp) -> bool {
        let over = self.ends().is_some_and(|ends| ends <= now);
        // These go on with whom they have chosen.
        let lingers = self.strikes_later() || self.fault.kind == Kind::LoseZone;
        over || (self.spent() && !lingers)
    }

    /// Of members that were picked, each one counts, hit or missed: chance is about the stroke, not about who gets it.
    fn spent(&self) -> bool {
        let used = match (self.judged.is_empty(), self.fault.member()) {
            (true, _) => self.hits,
            (false, Pick::New) => self.judged.values().filter(|chosen| **chosen).count() as u64,
            (false, _) => self.judged.len() as u64,
        };
        self.fault.times().is_some_and(|times| used >= times)
    }

    /// Whether being chosen is not yet being struck: probes and requests have to come first.
    fn strikes_later(&self) -> bool {
        matches!(self.fault.kind, Kind::FlapHealth | Kind::CrashAtRequest)
    }

    /// Whether it strikes this. Asking counts: the answer yes is a hit.
    pub(super) fn strikes(&mut self, now: Timestamp, subject: &Subject<'_>) -> bool {
        if !self.in_force(now) || self.spent() || !self.concerns(subject) {
            return false;
        }
        self.asked += 1;
        let is_its_turn =
            self.fault.kind != Kind::KillDeployer || self.asked == self.fault.action();
        is_its_turn && self.draw()
    }

    /// Whether it strikes this instance, which is decided once for each.
    pub(super) fn afflicts(&mut self, now: Timestamp, who: &Who) -> bool {
        if !self.in_force(now) {
            return false;
        }
        if let Some(chosen) = self.judged.get(&who.id) {
            return *chosen;
        }
        self.begins()
            .is_some_and(|begins| begins <= who.launched_at)
            && self.judge(who)
    }

    /// Whether it has struck this instance before.
    pub(super) fn has(&self, now: Timestamp, id: &InstanceId) -> bool {
        self.in_force(now) && self.judged.get(id).copied().unwrap_or_default()
    }

    /// How often it was asked about a chosen instance, this time included.
    pub(super) fn turn(&mut self, now: Timestamp, id: &InstanceId) -> Option<u64> {
        if !self.has(now, id) {
            return None;
        }
        let turns = self.turns.entry(id.clone()).or_default();
        *turns += 1;
        Some(*turns)
    }

    /// The zone that it is about: the one that was named, or one of these.
    pub(super) fn zone(&mut self, zones: &[String]) -> Option<String> {
        if self.zone.is_none() {
            let named = self.fault.zone().map(str::to_owned);
            let drawn = || self.draws.one_of(zones.len()).map(|at| zones[at].clone());
            self.zone = named.or_else(drawn);
            self.hits += 1;
        }
        self.zone.clone()
    }

    /// Chooses among the members, each time that something has changed; answers the newly chosen.
    pub(super) fn choose(&mut self, now: Timestamp, members: &[Who]) -> Vec<Who> {
        if !self.in_force(now) {
            return Vec::new();
        }
        match self.fault.member() {
            Pick::New => members
                .iter()
                .filter(|who| !self.judged.contains_key(&who.id))
                .cloned()
                .collect::<Vec<_>>()
                .into_iter()
                .filter(|who| self.afflicts(now, who))
                .collect(),
            pick => self.pick(pick, members),
        }
    }

    /// As many as it may strike, at once; while nobody is there it waits.
    fn pick(&mut self, pick: Pick, members: &[Who]) -> Vec<Who> {
        let mut serving: Vec<&Who> = members.iter().filter(|who| who.in_service).collect();
        serving.sort();
        let mut left: Vec<(u64, &Who)> = (1..).zip(serving).collect();
        left.retain(|(_, who)| !self.judged.contains_key(&who.id) && self.concerns(&who.subject()));
        let mut chosen = Vec::new();
        while !self.spent() {
            let place = match pick {
                Pick::Nth(number) => left.iter().position(|(place, _)| *place == number),
                Pick::Oldest => (!left.is_empty()).then_some(0),
                Pick::Newest => left.len().checked_sub(1),
                Pick::Random | Pick::New => self.draws.one_of(left.len()),
            };
            let Some((_, who)) = place.map(|place| left.remove(place)) else {
                break;
            };
            if self.judge(who) {
                chosen.push(who.clone());
            }
        }
        chosen
    }

    fn judge(&mut self, who: &Who) -> bool {
        let chosen = !self.spent() && self.concerns(&who.subject()) && self.draw();
        if chosen && self.strikes_later() {
            self.hits -= 1;
        }
        self.judged.insert(who.id.clone(), chosen);
        chosen
    }

    fn draw(&mut self) -> bool {
        let hit = self.fault.chance().hits(self.draws.fraction());
        self.hits += u64::from(hit);
        hit
    }

    /// Whether the subject is what the fault is confined to.
    fn concerns(&self, subject: &Subject<'_>) -> bool {
        let fault = &self.fault;
        let named = |wanted: &Option<String>, is: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| is == Some(wanted))
        };
        // A lost answer matters where something was changed; whoever names an operation knows better.
        let matters = fault.kind != Kind::LostReply || fault.op.is_some() || subject.mutates;
        matters
            && named(&fault.service, subject.service)
            && named(&fault.op, subject.op)
            && named(&fault.zone, subject.zone)
            && named(&fault.version, subject.version)
            && named(&fault.name, subject.name)
            && fault.from.is_none_or(|from| subject.from == Some(from))
    }
}

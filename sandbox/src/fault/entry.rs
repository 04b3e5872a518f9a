//! One fault in force: when it begins and ends, whom it strikes, and how often it has. Time is an argument.

use super::draw::{Draws, question};
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
    /// How many were chosen and not yet struck.
    pending: u64,
    /// How often it was asked about something that it concerns, by what it was.
    asked: BTreeMap<String, u64>,
    draws: Draws,
    /// The instances that were considered, and whether they were chosen.
    judged: BTreeMap<InstanceId, bool>,
    /// How often it was asked about each of the chosen.
    turns: BTreeMap<InstanceId, u64>,
    /// The zone that it is about, if that was left to chance.
    zone: Option<String>,
    /// Somebody has been told that it raises an alarm, and will have to be told of its end.
    pub(super) told: bool,
    /// Its end has been seen to.
    pub(super) undone: bool,
    /// Somebody has taken it back; it is kept only until its end has been seen to.
    pub(super) cleared: bool,
}

impl Entry {
    pub(super) fn new(fault: Fault, since: Option<Timestamp>, draws: Draws) -> Self {
        Self {
            fault,
            since,
            hits: 0,
            pending: 0,
            asked: BTreeMap::new(),
            draws,
            judged: BTreeMap::new(),
            turns: BTreeMap::new(),
            zone: None,
            told: false,
            undone: false,
            cleared: false,
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
        !self.cleared
            && self.begins().is_some_and(|begins| begins <= now)
            && self.ends().is_none_or(|ends| now < ends)
    }

    /// Whether nothing more will come of it.
    pub(super) fn done(&self, now: Timestamp) -> bool {
        let over = self.ends().is_some_and(|ends| ends <= now);
        over || (self.spent() && self.pending == 0 && !self.lingers())
    }

    /// Whether it goes on with whom it has chosen.
    fn lingers(&self) -> bool {
        matches!(
            self.fault.kind,
            Kind::FlapHealth | Kind::CrashAtRequest | Kind::LoseZone
        )
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

    /// Whether being chosen is not yet being struck: a delay has to pass first, or probes and requests have to come.
    fn strikes_later(&self) -> bool {
        matches!(
            self.fault.kind,
            Kind::FlapHealth
                | Kind::CrashAtRequest
                | Kind::CrashAfter
                | Kind::KillInstance
                | Kind::KillAgent
                | Kind::HangAgent
                | Kind::SpotNotice
        )
    }

    /// Whether somebody has to see to its end: a raised alarm does not become quiet by itself.
    pub(super) fn has_end_to_see_to(&self) -> bool {
        self.told && !self.undone
    }

    /// Takes note that it has done something.
    pub(super) fn acted(&mut self) {
        self.hits += 1;
        self.pending = self.pending.saturating_sub(1);
    }

    /// Takes note that one of the chosen went before it was struck.
    pub(super) fn missed(&mut self) {
        self.pending = self.pending.saturating_sub(1);
    }

    /// Whether it strikes this. Asking counts: the answer yes is a hit.
    pub(super) fn strikes(&mut self, now: Timestamp, subject: &Subject<'_>) -> bool {
        if !self.in_force(now) || self.spent() || !self.concerns(subject) {
            return false;
        }
        let about = question(subject);
        let asked = self.asked.entry(about.clone()).or_default();
        *asked += 1;
        let number = *asked;
        let in_all: u64 = self.asked.values().sum();
        let is_its_turn = self.fault.kind != Kind::KillDeployer || in_all == self.fault.action();
        let hit = is_its_turn && self.draw(&about, number);
        self.hits += u64::from(hit);
        hit
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
            let drawn = || {
                self.draws
                    .one_of("zone", 0, zones.len())
                    .map(|at| zones[at].clone())
            };
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
                Pick::Random | Pick::New => {
                    let number = self.judged.len() as u64;
                    self.draws.one_of("pick", number, left.len())
                }
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
        let number = self.judged.len() as u64;
        let chosen = !self.spent() && self.concerns(&who.subject()) && self.draw("member", number);
        if self.strikes_later() {
            self.pending += u64::from(chosen);
        } else {
            self.hits += u64::from(chosen);
        }
        self.judged.insert(who.id.clone(), chosen);
        chosen
    }

    fn draw(&self, about: &str, number: u64) -> bool {
        let draw = self.draws.fraction(about, number);
        self.fault.chance().hits(draw)
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

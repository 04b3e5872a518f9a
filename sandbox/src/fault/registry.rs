//! The faults of one sandbox, shared by all who inject them. It remembers and counts; what a fault does is done by those who
//! ask.

use super::draw::Draws;
use super::entry::Entry;
use super::{Fault, Kind, Subject, Who};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// The name of a fault that was injected, for clearing it.
pub type Id = u64;

/// A fault as it is told to people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Active {
    /// Its name.
    pub id: Id,
    /// As it is written down.
    pub fault: String,
    /// Its kind.
    pub kind: &'static str,
    /// When it begins, or began; `None` until the sandbox is up.
    pub since: Option<Timestamp>,
    /// How often it has struck.
    pub hits: u64,
    /// Whether nothing more will come of it.
    pub done: bool,
}

/// A fault that strikes an instance now, and which.
#[derive(Debug, Clone, PartialEq)]
pub struct Stroke {
    /// The fault's name, for asking whether it was cleared and for saying what came of it.
    pub id: Id,
    /// The fault.
    pub fault: Fault,
    /// Whom.
    pub who: Who,
}

/// Every fault that is in force or waits for its time.
#[derive(Debug)]
pub struct Faults {
    seed: u64,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    armed: Option<Timestamp>,
    pub(super) entries: BTreeMap<Id, Entry>,
    injected: u64,
    of_kind: BTreeMap<Kind, u64>,
}

impl Faults {
    /// No faults yet. The seed decides whatever is left to chance.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            state: Mutex::default(),
            changed: watch::Sender::new(0),
        }
    }

    /// Faults that begin when the sandbox is [armed](Self::arm).
    pub fn planned(seed: u64, faults: impl IntoIterator<Item = Fault>) -> Self {
        let planned = Self::new(seed);
        for fault in faults {
            planned.lock().add(seed, fault);
        }
        planned
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// From `now` on the planned faults count their time. Only the first call does something.
    pub fn arm(&self, now: Timestamp) {
        self.change(|state| {
            if state.armed.is_none() {
                state.armed = Some(now);
                for entry in state.entries.values_mut() {
                    entry.since = Some(now);
                }
            }
        });
    }

    /// Puts a fault in force.
    pub fn inject(&self, now: Timestamp, fault: Fault) -> Id {
        let seed = self.seed;
        self.change(|state| {
            let id = state.add(seed, fault);
            if let Some(entry) = state.entries.get_mut(&id) {
                entry.since = Some(now);
            }
            id
        })
    }

    /// Takes a fault back; `false` if there is none of that name. What it has done stays done; what it is about to do is
    /// not done any more, and what lasts (an agent that hangs, an alarm that is raised) ends.
    pub fn clear(&self, id: Id) -> bool {
        self.change(|state| {
            let Some(entry) = state.entries.get_mut(&id).filter(|entry| !entry.cleared) else {
                return false;
            };
            entry.cleared = true;
            if !entry.has_end_to_see_to() {
                state.entries.remove(&id);
            }
            true
        })
    }

    /// Whether a fault was cleared.
    pub fn is_cleared(&self, id: Id) -> bool {
        self.lock()
            .entries
            .get(&id)
            .is_none_or(|entry| entry.cleared)
    }

    /// Waits until a fault is cleared.
    pub async fn until_cleared(&self, id: Id) {
        let mut changes = self.changes();
        while !self.is_cleared(id) {
            // The sender is ours.
            let _ = changes.changed().await;
        }
    }

    /// All of them, in the order of injection.
    pub fn list(&self, now: Timestamp) -> Vec<Active> {
        let state = self.lock();
        let active = |(id, entry): (&Id, &Entry)| Active {
            id: *id,
            fault: entry.fault.to_string(),
            kind: entry.fault.kind.name(),
            since: entry.begins(),
            hits: entry.hits,
            done: entry.done(now),
        };
        let entries = state.entries.iter();
        entries
            .filter(|(_, entry)| !entry.cleared)
            .map(active)
            .collect()
    }

    /// Ticks whenever a fault was injected, cleared or has struck.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// When the next fault begins or ends by itself.
    pub fn next_event(&self, now: Timestamp) -> Option<Timestamp> {
        let state = self.lock();
        let moments = state
            .entries
            .values()
            .filter(|entry| !entry.cleared)
            .flat_map(|entry| [entry.begins(), entry.ends()]);
        moments.flatten().filter(|moment| *moment > now).min()
    }

    /// The fault of this kind that strikes the subject now, if one does.
    pub fn strikes(&self, kind: Kind, now: Timestamp, subject: &Subject<'_>) -> Option<Fault> {
        self.first(kind, |entry| entry.strikes(now, subject))
    }

    /// The fault of this kind that belongs to an instance from its launch, if one does. Decided once for each instance.
    pub fn afflicts(&self, kind: Kind, now: Timestamp, who: &Who) -> Option<Fault> {
        self.first(kind, |entry| entry.afflicts(now, who))
    }

    /// Whether any fault of this kind could strike now.
    pub fn in_force(&self, kind: Kind, now: Timestamp) -> bool {
        let state = self.lock();
        let mut entries = state.entries.values();
        entries.any(|entry| entry.fault.kind == kind && entry.in_force(now))
    }

    /// The longest `delay` of the faults of a kind that may still strike.
    pub fn longest_delay(&self, kind: Kind) -> Option<Duration> {
        let state = self.lock();
        let of_kind = state
            .entries
            .values()
            .filter(|entry| entry.fault.kind == kind && !entry.cleared);
        of_kind.filter_map(|entry| entry.fault.delay()).max()
    }

    /// Lets the faults of a kind choose among the members; answers the newly chosen.
    pub fn choose(&self, kind: Kind, now: Timestamp, members: &[Who]) -> Vec<Stroke> {
        if !self.in_force(kind, now) {
            return Vec::new();
        }
        let strokes = {
            let mut state = self.lock();
            let mut strokes = Vec::new();
            let entries = state.entries.iter_mut();
            for (id, entry) in entries.filter(|(_, entry)| entry.fault.kind == kind) {
                let chosen = entry.choose(now, members).into_iter();
                let fault = &entry.fault;
                strokes.extend(chosen.map(|who| Stroke {
                    id: *id,
                    fault: fault.clone(),
                    who,
                }));
            }
            strokes
        };
        if !strokes.is_empty() {
            self.tick();
        }
        strokes
    }

    fn first(&self, kind: Kind, mut strikes: impl FnMut(&mut Entry) -> bool) -> Option<Fault> {
        let hit = {
            let mut state = self.lock();
            state.of(kind).find_map(|entry| {
                let before = entry.hits;
                strikes(entry).then(|| (entry.fault.clone(), entry.hits > before))
            })
        };
        let (fault, counted) = hit?;
        if counted {
            self.tick();
        }
        Some(fault)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.tick();
        result
    }

    pub(super) fn tick(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, seed: u64, fault: Fault) -> Id {
        let ordinal = self.of_kind.entry(fault.kind).or_default();
        let draws = Draws::new(seed, fault.kind, *ordinal);
        *ordinal += 1;
        self.injected += 1;
        let entry = Entry::new(fault, self.armed, draws);
        self.entries.insert(self.injected, entry);
        self.injected
    }

    pub(super) fn of(&mut self, kind: Kind) -> impl Iterator<Item = &mut Entry> {
        self.entries
            .values_mut()
            .filter(move |entry| entry.fault.kind == kind)
    }
}

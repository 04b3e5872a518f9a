//! What those ask who let faults act by themselves: which zones are lost, which alarms are raised, whose turn it is.

use super::entry::Entry;
use super::{Faults, Id, Kind};
use crate::world::InstanceId;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// An alarm that a fault is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The fault.
    pub fault: Id,
    /// The alarm's name.
    pub alarm: String,
    /// Whether it is in alarm; if not, the fault has ended just now.
    pub on: bool,
}

/// One of the requests or probes that a fault counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The fault.
    pub id: Id,
    /// Which it is, from 1.
    pub number: u64,
    /// What the fault says about their number.
    pub requests: u64,
}

impl Turn {
    /// Whether it belongs to the first `requests` of every two times as many.
    pub fn is_in_odd_round(&self) -> bool {
        ((self.number - 1) / self.requests).is_multiple_of(2)
    }
}

impl Faults {
    /// The zones that are lost now. A zone that nobody has named is one of `zones`, decided once.
    pub fn lost_zones(&self, now: Timestamp, zones: &[String]) -> Vec<String> {
        let (lost, new) = {
            let mut state = self.lock();
            let mut new = false;
            let lost = state
                .of(Kind::LoseZone)
                .filter(|entry| entry.in_force(now))
                .filter_map(|entry| {
                    new |= entry.hits == 0;
                    entry.zone(zones)
                });
            (lost.collect(), new)
        };
        if new {
            self.tick();
        }
        lost
    }

    /// The alarms that faults are about now; one that no fault raises any more is told once.
    pub fn alarms(&self, now: Timestamp) -> Vec<Raised> {
        let mut state = self.lock();
        let mut raised: BTreeMap<String, Raised> = BTreeMap::new();
        let of_alarms = |entry: &Entry| entry.fault.kind == Kind::RaiseAlarm;
        let entries = state.entries.iter_mut();
        for (id, entry) in entries.filter(|(_, entry)| of_alarms(entry)) {
            let on = entry.in_force(now);
            entry.told |= on;
            if !on && !entry.has_end_to_see_to() {
                continue;
            }
            let about = Raised {
                fault: *id,
                alarm: entry.fault.name().unwrap_or_default().to_owned(),
                on,
            };
            // Of several upon one alarm, whichever raises it speaks for all of them.
            let told = raised.entry(about.alarm.clone());
            let told = told.or_insert_with(|| about.clone());
            if on && !told.on {
                *told = about;
            }
        }
        for entry in state.entries.values_mut().filter(|entry| of_alarms(entry)) {
            let name = entry.fault.name().unwrap_or_default();
            let has_ended = raised.get(name).is_some_and(|raised| !raised.on);
            entry.undone |= has_ended && entry.told;
        }
        state
            .entries
            .retain(|_, entry| !entry.cleared || entry.has_end_to_see_to());
        raised.into_values().collect()
    }

    /// Takes note that a fault has done something.
    pub fn acted(&self, id: Id) {
        if let Some(entry) = self.lock().entries.get_mut(&id) {
            entry.acted();
        }
        self.tick();
    }

    /// Takes note that a fault could not do what it was about to: whoever was chosen has gone before.
    pub fn missed(&self, id: Id) {
        if let Some(entry) = self.lock().entries.get_mut(&id) {
            entry.missed();
        }
        self.tick();
    }

    /// The fault of this kind upon an instance, and whose turn it is. Whoever lets it act says so with [`Faults::acted`].
    pub fn turn(&self, kind: Kind, now: Timestamp, instance: &InstanceId) -> Option<Turn> {
        let mut state = self.lock();
        let of_kind = state.entries.iter_mut();
        of_kind
            .filter(|(_, entry)| entry.fault.kind == kind)
            .find_map(|(id, entry)| {
                let number = entry.turn(now, instance)?;
                Some(Turn {
                    id: *id,
                    number,
                    requests: entry.fault.requests(),
                })
            })
    }
}

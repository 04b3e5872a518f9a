//! A fault as it is written down: `KIND[:key=value[,key=value...]]`. Reading and writing are each other's inverse.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::names::ZONES;

use super::{Bytes, Caller, Chance, FaultError, Key, Kind, Pick, Side};

/// One fault. What is `None` was not said; the methods of the same names answer what then holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: Kind,
    pub(super) after: Option<Duration>,
    pub(super) lasts: Option<Duration>,
    pub(super) times: Option<u64>,
    pub(super) chance: Option<Chance>,
    pub(super) member: Option<Pick>,
    pub(super) zone: Option<String>,
    pub(super) version: Option<String>,
    pub(super) service: Option<String>,
    pub(super) op: Option<String>,
    pub(super) from: Option<Caller>,
    pub(super) delay: Option<Duration>,
    pub(super) requests: Option<u64>,
    pub(super) action: Option<u64>,
    pub(super) when: Option<Side>,
    pub(super) name: Option<String>,
    pub(super) rate: Option<Bytes>,
    pub(super) size: Option<Bytes>,
}

impl Fault {
    /// A fault of which nothing is said but its kind.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            after: None,
            lasts: None,
            times: None,
            chance: None,
            member: None,
            zone: None,
            version: None,
            service: None,
            op: None,
            from: None,
            delay: None,
            requests: None,
            action: None,
            when: None,
            name: None,
            rate: None,
            size: None,
        }
    }

    fn set(&mut self, key: Key, value: &str) -> Option<()> {
        match key {
            Key::After => fill(&mut self.after, duration(value)),
            Key::For => fill(
                &mut self.lasts,
                duration(value).filter(|lasts| !lasts.is_zero()),
            ),
            Key::Times => fill(&mut self.times, count(value)),
            Key::Chance => fill(&mut self.chance, value.parse().ok()),
            Key::Member => fill(&mut self.member, value.parse().ok()),
            Key::Zone => fill(&mut self.zone, zone(value)),
            Key::Version => fill(&mut self.version, name(value)),
            Key::Service => fill(&mut self.service, service(value)),
            Key::Op => fill(&mut self.op, name(value)),
            Key::From => fill(&mut self.from, value.parse().ok()),
            Key::Delay => fill(&mut self.delay, duration(value)),
            Key::Requests => fill(&mut self.requests, count(value)),
            Key::Action => fill(&mut self.action, count(value)),
            Key::When => fill(&mut self.when, value.parse().ok()),
            Key::Name => fill(&mut self.name, name(value)),
            Key::Rate => fill(&mut self.rate, value.parse().ok()),
            Key::Size => fill(&mut self.size, value.parse().ok()),
        }
    }

    fn get(&self, key: Key) -> Option<String> {
        match key {
            Key::After => self.after.map(compact),
            Key::For => self.lasts.map(compact),
            Key::Times => self.times.map(|count| count.to_string()),
            Key::Chance => self.chance.map(|chance| chance.to_string()),
            Key::Member => self.member.map(|member| member.to_string()),
            Key::Zone => self.zone.clone(),
            Key::Version => self.version.clone(),
            Key::Service => self.service.clone(),
            Key::Op => self.op.clone(),
            Key::From => self.from.map(|from| from.to_string()),
            Key::Delay => self.delay.map(compact),
            Key::Requests => self.requests.map(|count| count.to_string()),
            Key::Action => self.action.map(|count| count.to_string()),
            Key::When => self.when.map(|when| when.to_string()),
            Key::Name => self.name.clone(),
            Key::Rate => self.rate.map(|rate| rate.to_string()),
            Key::Size => self.size.map(|size| size.to_string()),
        }
    }

    fn check(self) -> Result<Self, FaultError> {
        let kind = self.kind;
        if kind.only_new() && !matches!(self.member, None | Some(Pick::New)) {
            return Err(FaultError::OnlyNew(kind));
        }
        if kind == Kind::RaiseAlarm && self.name.is_none() {
            let key = Key::Name;
            return Err(FaultError::Missing { kind, key });
        }
        let consistent = self
            .service
            .as_deref()
            .filter(|name| CONSISTENT.contains(name));
        if let (Kind::StaleReads, Some(service)) = (kind, consistent) {
            return Err(FaultError::NeverStale(service.to_owned()));
        }
        Ok(self)
    }
}

/// What holds when nothing is said.
impl Fault {
    /// How long it waits before it begins.
    pub fn after(&self) -> Duration {
        self.after.unwrap_or_default()
    }

    /// How long it lasts; `None` is for ever.
    pub fn lasts(&self) -> Option<Duration> {
        self.lasts
    }

    /// How often it strikes; `None` is without end.
    pub fn times(&self) -> Option<u64> {
        self.times.or(self.kind.times())
    }

    /// With which probability.
    pub fn chance(&self) -> Chance {
        self.chance.unwrap_or(Chance::ALWAYS)
    }

    /// Which members.
    pub fn member(&self) -> Pick {
        let new = self.kind.only_new() || self.kind == Kind::CrashAfter;
        self.member
            .unwrap_or(if new { Pick::New } else { Pick::Random })
    }

    /// The zone that it was confined to.
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    /// The name of what it is about.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// How long it takes, if somebody said so.
    pub fn delay(&self) -> Option<Duration> {
        self.delay.or(match self.kind {
            Kind::StaleReads => Some(Duration::from_secs(2)),
            Kind::SlowBoot => Some(Duration::from_secs(10)),
            Kind::CrashAfter => Some(Duration::from_secs(5)),
            _ => None,
        })
    }

    /// How many requests or probes.
    pub fn requests(&self) -> u64 {
        let own = if self.kind == Kind::FlapHealth {
            3
        } else {
            100
        };
        self.requests.unwrap_or(own)
    }

    /// Which changing call of the deployer, from 1.
    pub fn action(&self) -> u64 {
        self.action.unwrap_or(1)
    }

    /// Before or after that call.
    pub fn when(&self) -> Side {
        self.when.unwrap_or(Side::After)
    }

    /// Bytes per second.
    pub fn rate(&self) -> u64 {
        let own = if self.kind == Kind::SlowStore {
            256 * 1024
        } else {
            1024 * 1024
        };
        self.rate.map_or(own, |rate| rate.0)
    }

    /// Bytes.
    pub fn size(&self) -> u64 {
        self.size.map_or(64 * 1024, |size| size.0)
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        let kind = Kind::named(kind).ok_or_else(|| FaultError::Kind(kind.to_owned()))?;
        let mut fault = Self::new(kind);
        for pair in rest.split(',').filter(|_| !rest.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| FaultError::Pair(pair.to_owned()))?;
            let key = Key::named(name).filter(|key| kind.keys().contains(key));
            let key = key.ok_or_else(|| FaultError::Key {
                kind,
                key: name.to_owned(),
            })?;
            if fault.get(key).is_some() {
                return Err(FaultError::Twice(key));
            }
            fault.set(key, value).ok_or_else(|| FaultError::Value {
                key,
                value: value.to_owned(),
            })?;
        }
        fault.check()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        let said = Key::ALL
            .into_iter()
            .filter_map(|key| Some((key, self.get(key)?)));
        for (index, (key, value)) in said.enumerate() {
            let separator = if index == 0 { ':' } else { ',' };
            write!(f, "{separator}{}={value}", key.name())?;
        }
        Ok(())
    }
}

fn fill<T>(place: &mut Option<T>, value: Option<T>) -> Option<()> {
    *place = Some(value?);
    Some(())
}

fn duration(text: &str) -> Option<Duration> {
    humantime::parse_duration(text)
        .ok()
        .filter(|duration| *duration <= LONGEST)
}

/// Nobody keeps a sandbox up for longer: what would come after it never comes, and is more likely a slip of a unit.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// The services whose reads are never stale.
const CONSISTENT: [&str; 2] = ["s3", "sts"];

/// Without the spaces that would have to be quoted.
fn compact(duration: Duration) -> String {
    let text = humantime::format_duration(duration).to_string();
    text.replace(' ', "")
}

fn count(text: &str) -> Option<u64> {
    text.parse().ok().filter(|count| *count > 0)
}

fn name(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A zone that no member can be in would be lost without anybody noticing.
fn zone(text: &str) -> Option<String> {
    ZONES.contains(&text).then(|| text.to_owned())
}

/// The services by the names that they sign with.
fn service(text: &str) -> Option<String> {
    const SERVICES: [&str; 7] = [
        "autoscaling",
        "ec2",
        "elasticloadbalancing",
        "monitoring",
        "ssm",
        "sts",
        "s3",
    ];
    SERVICES.contains(&text).then(|| text.to_owned())
}

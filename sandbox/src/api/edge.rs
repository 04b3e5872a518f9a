//! What stands between a call and its service: what AWS puts there itself (rates, replicas that lag) and faults on demand.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};

use super::rates::Buckets;
use super::words;
use crate::cloud::Clock;
use crate::fault::{Caller, Fault, Faults, Kind, Side, Subject};
use crate::profile::Api;
use crate::wire::error::ApiError;

/// The edge of one port.
#[derive(Debug)]
pub struct Edge {
    faults: Arc<Faults>,
    clock: Clock,
    habits: Api,
    buckets: Mutex<Buckets>,
    lags: Mutex<Xoshiro256PlusPlus>,
}

/// One call, as far as the edge needs to know it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    /// The service, by the name that it signs with.
    pub(super) service: &'a str,
    /// The operation.
    pub(super) op: &'a str,
    /// Who calls.
    pub(super) from: Caller,
    /// Whether it filters or pages what it reads.
    pub(super) narrow: bool,
}

/// What is to be done with a call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is performed.
    Perform,
    /// It is answered with what was true so long ago.
    Past(Duration),
    /// It is refused.
    Refuse(ApiError),
}

impl Edge {
    /// The edge of a port in the cloud whose faults and clock these are.
    pub fn new(faults: Arc<Faults>, clock: Clock, habits: Api) -> Self {
        Self {
            lags: Mutex::new(Xoshiro256PlusPlus::seed_from_u64(faults.seed())),
            faults,
            clock,
            habits,
            buckets: Mutex::default(),
        }
    }

    /// Decides on a call before anything is done about it.
    pub(super) fn fate(&self, call: &Call<'_>) -> Fate {
        let strikes = |kind| self.strikes(kind, call);
        if !self.within_rates(call) || strikes(Kind::Throttle).is_some() {
            return Fate::Refuse(words::throttled(call.service));
        }
        if strikes(Kind::ServerError).is_some() {
            return Fate::Refuse(words::failed(call.service));
        }
        if mutates(call.op) || matches!(call.service, "s3" | "sts") {
            return Fate::Perform;
        }
        let fault = strikes(Kind::StaleReads).and_then(|fault| fault.delay());
        match fault.or_else(|| self.lag()) {
            Some(age) => Fate::Past(age),
            None => Fate::Perform,
        }
    }

    /// Whether the answer to a call that was performed is to be lost.
    pub(super) fn loses(&self, call: &Call<'_>) -> bool {
        self.strikes(Kind::LostReply, call).is_some()
    }

    /// On which side of this call the deployer is to be killed, if it is.
    pub(super) fn kills(&self, call: &Call<'_>) -> Option<Side> {
        let is_its_own = call.from == Caller::Deploy && mutates(call.op);
        let fault = is_its_own.then(|| self.strikes(Kind::KillDeployer, call))?;
        fault.map(|fault| fault.when())
    }

    /// The fault of this kind that strikes a call, if one does.
    pub(super) fn strikes(&self, kind: Kind, call: &Call<'_>) -> Option<Fault> {
        self.faults.strikes(kind, self.clock.now(), &call.subject())
    }

    fn within_rates(&self, call: &Call<'_>) -> bool {
        let now = self.clock.now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        !self.habits.throttled || buckets.admit(now, call.service, call.op, call.narrow)
    }

    /// Eventual consistency: each read finds a replica that is up to so far behind.
    fn lag(&self) -> Option<Duration> {
        if self.habits.lag.is_zero() {
            return None;
        }
        let mut lags = self.lags.lock().unwrap_or_else(PoisonError::into_inner);
        Some(self.habits.lag.mul_f64(lags.random()))
    }
}

impl Call<'_> {
    fn subject(&self) -> Subject<'_> {
        Subject {
            service: Some(self.service),
            op: Some(self.op),
            from: Some(self.from),
            mutates: mutates(self.op),
            ..Subject::default()
        }
    }
}

/// Whether an operation of that name changes something.
pub(super) fn mutates(op: &str) -> bool {
    let reads = ["Describe", "Get", "List", "Head", "Search"];
    !reads.iter().any(|read| op.starts_with(read))
}

/// Who signed a request: instances have credentials of a role, which begin otherwise than those of a user.
pub(super) fn caller(headers: &HeaderMap) -> Caller {
    let signed = headers
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once("Credential="));
    match signed {
        Some((_, key)) if key.starts_with("ASIA") => Caller::Instances,
        _ => Caller::Deploy,
    }
}

/// Whether a form narrows down what it reads.
pub(super) fn is_narrow(form: &[u8]) -> bool {
    let form = String::from_utf8_lossy(form);
    ["Filter.", "MaxResults=", "NextToken="]
        .iter()
        .any(|word| form.contains(word))
}

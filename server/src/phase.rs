//! The phase machine: which phase a server is in and what comes next, as a pure function. No I/O,
//! no clock; time is an argument. What a phase means for one connection is in `connection::judge`.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// How long `Force` waits for the cut connections to be gone. They go at once, except those whose
/// handler blocks its thread.
pub const FORCE_PATIENCE: Duration = Duration::from_secs(1);

/// Where a server stands between its start and its end. Phases only move forward, but for one case:
/// a server that left for a successor which then died is `Ready` again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Built, not serving yet.
    Starting,
    /// Serving.
    Ready,
    /// Told to leave: serves as before, while health checks fail and balancers move away.
    Unready,
    /// Answers everything that still arrives, each answer with `Connection: close`.
    Lame,
    /// Cuts what is left.
    Force,
    /// Nothing is left.
    Exit,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 6] = [
        Self::Starting,
        Self::Ready,
        Self::Unready,
        Self::Lame,
        Self::Force,
        Self::Exit,
    ];

    /// Whether a health check should succeed.
    pub fn is_ready(self) -> bool {
        self == Self::Ready
    }

    /// The phase's name in lower case, as in logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Unready => "unready",
            Self::Lame => "lame",
            Self::Force => "force",
            Self::Exit => "exit",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The durations that leaving goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timetable {
    /// Length of `Unready`.
    pub unready: Duration,
    /// Longest `Lame` keeps the listener and idle connections open.
    pub lame: Duration,
    /// From the order to leave until `Force`. Zero: leaving starts with `Force`.
    pub total: Duration,
}

/// What is put into the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The server serves.
    Started,
    /// The order to leave. Asked again it changes nothing.
    Leave,
    /// The balancer sends nothing here any more: there is nobody to be unready for.
    Deregistered,
    /// A successor accepts connections in this server's place.
    Succeeded,
    /// That successor has died.
    Orphaned {
        /// Whether this server has been told to leave all the same.
        told: bool,
    },
    /// The order to cut everything now.
    Force,
    /// Nothing new but time: look at what is there.
    Look(Census),
}

/// What of the outside the machine decides by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Census {
    /// Open connections.
    pub open: usize,
    /// Whether the listener is still open, and this server the one that accepts from it.
    pub listening: bool,
}

/// How long it has been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed {
    /// Since the phase was entered.
    pub in_phase: Duration,
    /// Since the order to leave; zero before it.
    pub leaving: Duration,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Move to this phase.
    Enter(Phase),
    /// Empty the accept queue and close the listener.
    CloseListener,
    /// Nothing, until something happens or this much time has passed. `None`: time alone changes
    /// nothing.
    Wait(Option<Duration>),
}

/// An input that makes no sense in a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unexpected input {input:?} while {phase}")]
pub struct OutOfTurn {
    /// The phase it came in.
    pub phase: Phase,
    /// The input.
    pub input: Input,
}

/// What a server in `phase` does about `input`.
pub fn step(
    times: &Timetable,
    phase: Phase,
    elapsed: Elapsed,
    input: Input,
) -> Result<Step, OutOfTurn> {
    use Phase::{Exit, Force, Lame, Ready, Starting, Unready};
    match (phase, input) {
        // Once more, if nobody else serves now and nobody wanted this server gone.
        (Starting, Input::Started) | (Lame, Input::Orphaned { told: false }) => {
            Ok(Step::Enter(Ready))
        }
        // A bound listener may hold connections already, so a server told to leave before it
        // started still serves them.
        (Starting | Ready, Input::Leave) => Ok(Step::Enter(first_of_leaving(times, Unready))),
        (Starting | Ready | Unready, Input::Deregistered) | (Ready | Unready, Input::Succeeded) => {
            Ok(Step::Enter(first_of_leaving(times, Lame)))
        }
        (Starting | Ready | Unready | Lame, Input::Force) => Ok(Step::Enter(Force)),
        (Unready | Lame | Force | Exit, Input::Leave)
        | (Lame | Force | Exit, Input::Deregistered | Input::Succeeded)
        | (Ready | Unready | Lame | Force | Exit, Input::Orphaned { .. })
        | (Force | Exit, Input::Force)
        | (Ready | Exit, Input::Look(_)) => Ok(Step::Wait(None)),
        (Unready, Input::Look(_)) => Ok(unready(times, elapsed)),
        (Lame, Input::Look(census)) => Ok(lame(times, elapsed, census)),
        (Force, Input::Look(census)) => Ok(force(elapsed, census)),
        (
            phase @ Starting,
            input @ (Input::Look(_) | Input::Succeeded | Input::Orphaned { .. }),
        )
        | (phase, input @ Input::Started) => Err(OutOfTurn { phase, input }),
    }
}

fn first_of_leaving(times: &Timetable, first: Phase) -> Phase {
    if times.total.is_zero() {
        Phase::Force
    } else {
        first
    }
}

/// The whole window is sat out even when nothing is connected: a balancer that still counts on this
/// server may connect anew.
fn unready(times: &Timetable, elapsed: Elapsed) -> Step {
    let to_force = times.total.saturating_sub(elapsed.leaving);
    let to_lame = times.unready.saturating_sub(elapsed.in_phase);
    if to_force.is_zero() {
        Step::Enter(Phase::Force)
    } else if to_lame.is_zero() {
        Step::Enter(Phase::Lame)
    } else {
        Step::Wait(Some(to_force.min(to_lame)))
    }
}

/// Busy connections may outlast the lame window, up to the total deadline; idle ones and the
/// listener may not.
fn lame(times: &Timetable, elapsed: Elapsed, census: Census) -> Step {
    let to_force = times.total.saturating_sub(elapsed.leaving);
    let to_end = times.lame.saturating_sub(elapsed.in_phase);
    if to_force.is_zero() {
        Step::Enter(Phase::Force)
    } else if census.listening && (census.open == 0 || to_end.is_zero()) {
        Step::CloseListener
    } else if census.open == 0 {
        Step::Enter(Phase::Exit)
    } else if census.listening {
        Step::Wait(Some(to_force.min(to_end)))
    } else {
        Step::Wait(Some(to_force))
    }
}

fn force(elapsed: Elapsed, census: Census) -> Step {
    let patience = FORCE_PATIENCE.saturating_sub(elapsed.in_phase);
    if census.open == 0 || patience.is_zero() {
        Step::Enter(Phase::Exit)
    } else {
        Step::Wait(Some(patience))
    }
}

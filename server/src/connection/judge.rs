//! What to do with a connection, as a pure function of what it does, the phase and the time.
//! Deadlines count from bytes moved and only while it is the peer that is awaited: hyper polls far
//! more often than bytes move, and a handler may be slow by right.

use std::time::Duration;

use tokio::time::Instant;

use crate::handle::PhaseAt;
use crate::phase::Phase;
use crate::settings::Settings;

/// A fresh connection without a request gets this long even when lame is over: its first request is
/// likely on its way.
const FRESH_GRACE: Duration = Duration::from_secs(1);

/// What is cut off when a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Nothing: idle, or no request yet.
    Idle,
    /// A request whose header had begun.
    Header,
    /// A request whose body was still arriving.
    Body,
    /// A request that the handler was at work on.
    Handler,
    /// A response that had begun.
    Response,
    /// A connection that had been upgraded.
    Upgrade,
}

impl Class {
    /// Every class, in the order of a request's life.
    pub const ALL: [Self; 6] = [
        Self::Idle,
        Self::Header,
        Self::Body,
        Self::Handler,
        Self::Response,
        Self::Upgrade,
    ];

    /// The class's name in lower case, as in the departure and the metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Header => "header",
            Self::Body => "body",
            Self::Handler => "handler",
            Self::Response => "response",
            Self::Upgrade => "upgrade",
        }
    }
}

/// What a connection is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// No request, or between requests.
    Idle,
    /// A header has begun, at this time.
    Header(Instant),
    /// The handler has the request, the body is still arriving.
    Body,
    /// The handler has the whole request.
    Handler,
    /// The response is being written.
    Response,
    /// The server has sent its FIN, at this time, and reads on to the peer's.
    Closing(Instant),
}

impl Stage {
    /// What would be cut off now. `None`: everything owed has been sent.
    pub(crate) fn class(self) -> Option<Class> {
        match self {
            Self::Idle => Some(Class::Idle),
            Self::Header(_) => Some(Class::Header),
            Self::Body => Some(Class::Body),
            Self::Handler => Some(Class::Handler),
            Self::Response => Some(Class::Response),
            Self::Closing(_) => None,
        }
    }
}

/// All that a judgement goes by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) stage: Stage,
    pub(crate) accepted: Instant,
    /// Whether a request has ever come.
    pub(crate) used: bool,
    /// The last byte in or out, or the accept.
    pub(crate) last_byte: Instant,
    /// Since when the peer's bytes are awaited in vain, if they are: never before the last byte
    /// that came.
    pub(crate) reading_since: Option<Instant>,
    /// Since when the peer takes none of the bytes that are there for it.
    pub(crate) writing_since: Option<Instant>,
    /// Whether a successor would take the connection, were it between requests.
    pub(crate) movable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Look again at this time, or when something happens.
    Keep(Option<Instant>),
    /// Close it, it is idle.
    CloseIdle,
    /// Give it to the successor.
    HandOver,
    /// Drop it: cut off, or (`None`) done but for the peer's FIN.
    Drop(Option<Class>),
}

pub(crate) fn judge(settings: &Settings, phase: PhaseAt, view: &View, now: Instant) -> Verdict {
    if phase.phase >= Phase::Force {
        return Verdict::Drop(view.stage.class());
    }
    if view.movable && matches!(view.stage, Stage::Idle | Stage::Header(_)) {
        return Verdict::HandOver;
    }
    let (deadline, then) = next_deadline(settings, phase, view);
    let stalled = view.writing_since.map(|since| since + settings.write_stall);
    if stalled.is_some_and(|at| at <= now) {
        return Verdict::Drop(Some(Class::Response));
    }
    match deadline {
        Some(at) if at <= now => then,
        Some(at) => Verdict::Keep(Some(stalled.map_or(at, |stalled| at.min(stalled)))),
        None => Verdict::Keep(stalled),
    }
}

/// When the stage's own time is up, if ever, and what happens then.
fn next_deadline(settings: &Settings, phase: PhaseAt, view: &View) -> (Option<Instant>, Verdict) {
    match view.stage {
        Stage::Idle => (Some(idle_until(settings, phase, view)), Verdict::CloseIdle),
        Stage::Header(since) => (
            Some(since + settings.header_deadline),
            Verdict::Drop(Some(Class::Header)),
        ),
        Stage::Body => (
            view.reading_since.map(|since| since + settings.body_stall),
            Verdict::Drop(Some(Class::Body)),
        ),
        Stage::Handler | Stage::Response => (None, Verdict::Keep(None)),
        Stage::Closing(since) => (Some(since + settings.linger), Verdict::Drop(None)),
    }
}

/// Until when an idle connection is held.
fn idle_until(settings: &Settings, phase: PhaseAt, view: &View) -> Instant {
    if phase.phase < Phase::Lame {
        return view.last_byte + settings.keep_alive;
    }
    let quiet_since = phase
        .leaving_since
        .map_or(view.last_byte, |left| left.max(view.last_byte));
    let until = (quiet_since + settings.idle_grace).min(phase.since + settings.lame);
    if view.used {
        until
    } else {
        until.max(view.accepted + FRESH_GRACE)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn view(stage: Stage, at: Instant) -> View {
        View {
            stage,
            accepted: at,
            used: true,
            last_byte: at,
            reading_since: None,
            writing_since: None,
            movable: false,
        }
    }

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn lame(since: Instant) -> PhaseAt {
        PhaseAt {
            phase: Phase::Lame,
            since,
            leaving_since: Some(since - seconds(10)),
            succeeded: false,
            open: 1,
            settled: true,
        }
    }

    #[test]
    fn idle_is_held_for_its_grace_and_no_longer() {
        let settings = Settings {
            idle_grace: seconds(30),
            ..Settings::default()
        };
        let start = Instant::now() + seconds(1000);
        let quiet = view(Stage::Idle, start - seconds(900));
        let end = start + seconds(20);
        assert_eq!(
            judge(&settings, lame(start), &quiet, start),
            Verdict::Keep(Some(end))
        );
        assert_eq!(
            judge(&settings, lame(start), &quiet, end),
            Verdict::CloseIdle
        );
    }

    #[test]
    fn a_connection_accepted_as_lame_ends_may_still_ask() {
        let settings = Settings::default();
        let start = Instant::now();
        let accepted = start + settings.lame;
        let fresh = View {
            used: false,
            ..view(Stage::Idle, accepted)
        };
        assert_eq!(
            judge(&settings, lame(start), &fresh, accepted),
            Verdict::Keep(Some(accepted + FRESH_GRACE))
        );
    }

    #[test]
    fn a_handler_is_not_hurried_but_a_stalled_body_is() {
        let settings = Settings::default();
        let start = Instant::now();
        let late = start + seconds(3600);
        let handler = view(Stage::Handler, start);
        assert_eq!(
            judge(&settings, lame(start), &handler, late),
            Verdict::Keep(None)
        );
        let unread = view(Stage::Body, start);
        assert_eq!(
            judge(&settings, lame(start), &unread, late),
            Verdict::Keep(None)
        );
        let awaited = View {
            reading_since: Some(start),
            ..unread
        };
        assert_eq!(
            judge(&settings, lame(start), &awaited, late),
            Verdict::Drop(Some(Class::Body))
        );
    }

    proptest! {
        #[test]
        fn a_deadline_that_is_promised_is_in_the_future_and_changes_the_verdict(
            stage in 0_u64..6, quiet in 0_u64..200, reading in prop::option::of(0_u64..200), writing in prop::option::of(0_u64..200),
            used in any::<bool>(), lame_for in prop::option::of(0_u64..200),
        ) {
            let settings = Settings::default();
            let now = Instant::now() + seconds(10_000);
            let ago = |n| now - seconds(n);
            let stage = [
                Stage::Idle, Stage::Header(ago(quiet)), Stage::Body, Stage::Handler, Stage::Response, Stage::Closing(ago(quiet)),
            ][usize::try_from(stage).unwrap()];
            let view = View {
                used,
                reading_since: reading.map(ago),
                writing_since: writing.map(ago),
                ..view(stage, ago(quiet))
            };
            let phase = match lame_for {
                Some(n) => lame(ago(n)),
                None => PhaseAt { phase: Phase::Ready, leaving_since: None, ..lame(ago(5000)) },
            };
            if let Verdict::Keep(Some(at)) = judge(&settings, phase, &view, now) {
                prop_assert!(at > now);
                prop_assert!(!matches!(judge(&settings, phase, &view, at), Verdict::Keep(_)));
            }
        }
    }
}

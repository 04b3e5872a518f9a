//! What to do with an HTTP/2 connection, as a pure function of what it does, the phase and the time.
//!
//! Such a connection can be told that it will close, so none is closed without: GOAWAY that lets
//! every stream through, a while for the requests that cross it, GOAWAY that names the last one
//! (RFC 9113, 6.8), and the end when that one has been answered.

use std::time::Duration;

use tokio::time::Instant;

use crate::connection::Class;
use crate::handle::PhaseAt;
use crate::phase::Phase;
use crate::settings::Settings;

/// A connection that has not asked yet, or begins while the server leaves, is told after this long:
/// its first requests are likely on their way, and more than one.
const FRESH_GRACE: Duration = Duration::from_secs(1);

/// A connection with requests open is told at its first moment without, or after this long. No client
/// should mind being told earlier, and browsers do: what Chromium is about to send on a connection
/// when a GOAWAY comes in, it fails.
const QUIET_GRACE: Duration = Duration::from_secs(1);

/// All that a judgement goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    /// When the client began to speak, which may be long after it connected.
    pub(super) begun: Instant,
    /// Whether the client's preface and SETTINGS have come.
    pub(super) greeted: bool,
    /// Requests so far.
    pub(super) opened: u32,
    /// When the last of them began.
    pub(super) last_opened: Instant,
    /// Requests without a whole response.
    pub(super) open: usize,
    /// Since when there is none: the beginning, if there never was.
    pub(super) idle_since: Instant,
    /// Since when a preface, a header or any frame but DATA is on its way to the server.
    pub(super) arriving_since: Option<Instant>,
    /// Since when the client takes none of the bytes that are there for it.
    pub(super) untaken_since: Option<Instant>,
    pub(super) farewell: Farewell,
    /// When the server's FIN went out.
    pub(super) closing: Option<Instant>,
}

/// How far the telling has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Farewell {
    Unsaid,
    /// The first GOAWAY has gone out.
    Said {
        since: Instant,
        /// When the client's ACK came.
        answered: Option<Instant>,
    },
    /// The second one may follow, since then.
    Final(Instant),
}

/// What of the server a connection goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) phase: PhaseAt,
    /// From when on the connection is to be told that the server leaves.
    pub(super) told_from: Option<Instant>,
    /// Whether it is one too many: its first request is refused and its last.
    pub(super) beyond_cap: bool,
    /// The most streams that the client may have open.
    pub(super) most_streams: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Look again at this time, or when something happens.
    Keep(Option<Instant>),
    /// Send the first GOAWAY: because the connection is idle, or for another reason.
    SayGoodbye(Reason),
    /// Let the second GOAWAY follow.
    Release,
    /// Cut off what is open.
    Cut(Cause),
    /// Nothing is owed to the client any more.
    Drop,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Idle,
    Leaving,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Force,
    /// A header, or what comes before the first one, does not go on.
    Header,
    /// The client does not take what it has asked for.
    Untaken,
}

impl Cause {
    /// What is cut off when no request is open.
    pub(super) fn of_silence(self, view: &View) -> Class {
        if view.arriving_since.is_some() || self == Self::Header {
            Class::Header
        } else {
            Class::Idle
        }
    }
}

pub(super) fn judge(settings: &Settings, order: &Order, view: &View, now: Instant) -> Verdict {
    let forced = order.phase.phase >= Phase::Force;
    match view.closing {
        Some(_) if forced => return Verdict::Drop,
        Some(since) => return first_due([Some((since + settings.linger, Verdict::Drop))], now),
        None if forced => return Verdict::Cut(Cause::Force),
        None => {}
    }
    let untaken = |since| (since + settings.write_stall, Verdict::Cut(Cause::Untaken));
    let arriving = |since| {
        (
            since + settings.header_deadline,
            Verdict::Cut(Cause::Header),
        )
    };
    let deadlines = [
        view.untaken_since.map(untaken),
        view.arriving_since.map(arriving),
        farewell(settings, order, view),
        // An open stream may come to wait for its client without hyper being polled.
        (view.open > 0).then(|| (now + settings.write_stall, Verdict::Keep(None))),
    ];
    first_due(deadlines, now)
}

type Deadline = Option<(Instant, Verdict)>;

fn first_due<const N: usize>(deadlines: [Deadline; N], now: Instant) -> Verdict {
    let first = deadlines.into_iter().flatten().min_by_key(|(at, _)| *at);
    match first {
        Some((at, then)) if at <= now => then,
        Some((at, _)) => Verdict::Keep(Some(at)),
        None => Verdict::Keep(None),
    }
}

fn farewell(settings: &Settings, order: &Order, view: &View) -> Deadline {
    match view.farewell {
        // hyper could not say it yet. What comes before the first request has its own deadline.
        Farewell::Unsaid if !view.greeted => None,
        Farewell::Unsaid => {
            let leaving = told_at(settings, order, view);
            let idle = (view.open == 0).then(|| view.idle_since + settings.keep_alive);
            [
                leaving.map(|at| (at, Verdict::SayGoodbye(Reason::Leaving))),
                idle.map(|at| (at, Verdict::SayGoodbye(Reason::Idle))),
            ]
            .into_iter()
            .flatten()
            .min_by_key(|(at, _)| *at)
        }
        Farewell::Said { since, answered } => {
            release_at(settings, order, view, since, answered).map(|at| (at, Verdict::Release))
        }
        // hyper closes the connection itself, unless the client stopped in the middle of a frame.
        Farewell::Final(since) => (view.open == 0 && view.arriving_since.is_none()).then(|| {
            let over = since.max(view.idle_since) + settings.linger;
            (over, Verdict::Drop)
        }),
    }
}

fn told_at(settings: &Settings, order: &Order, view: &View) -> Option<Instant> {
    let spent = settings
        .max_requests
        .is_some_and(|most| view.opened >= most);
    if spent || (order.beyond_cap && view.opened > 0) {
        return Some(view.last_opened);
    }
    let told = order.told_from?;
    let fresh = view.opened == 0 || view.begun > told;
    let from = if fresh {
        told.max(view.begun + FRESH_GRACE)
    } else {
        told
    };
    let busy = view.open > 0;
    Some(if busy { from + QUIET_GRACE } else { from })
}

/// When the second GOAWAY may go out: when the client has heard the first and nothing that it had
/// queued before has come for a while. A client that goes on regardless cannot put it off for ever,
/// unless it has all streams in use: then it may hold requests back that it means to send.
fn release_at(
    settings: &Settings,
    order: &Order,
    view: &View,
    since: Instant,
    answered: Option<Instant>,
) -> Option<Instant> {
    if view.open >= order.most_streams {
        return None;
    }
    let latest = since + settings.pong_wait;
    let Some(answered) = answered else {
        return Some(latest);
    };
    let quiet = answered.max(view.last_opened) + settings.goaway_hold;
    Some(quiet.min(latest.max(answered + settings.goaway_hold)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SETTINGS: fn() -> Settings = Settings::default;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn order(phase: Phase, since: Instant) -> Order {
        Order {
            phase: PhaseAt {
                phase,
                since,
                leaving_since: Some(since),
                succeeded: false,
                open: 1,
                settled: true,
            },
            told_from: (phase >= Phase::Lame).then_some(since),
            beyond_cap: false,
            most_streams: 100,
        }
    }

    fn view(at: Instant) -> View {
        View {
            begun: at,
            greeted: true,
            opened: 1,
            last_opened: at,
            open: 0,
            idle_since: at,
            arriving_since: None,
            untaken_since: None,
            farewell: Farewell::Unsaid,
            closing: None,
        }
    }

    #[test]
    fn an_idle_connection_is_told_when_its_time_is_up() {
        let (at, settings) = (Instant::now(), SETTINGS());
        let ready = order(Phase::Ready, at);
        let until = at + settings.keep_alive;
        assert_eq!(
            judge(&settings, &ready, &view(at), at),
            Verdict::Keep(Some(until))
        );
        assert_eq!(
            judge(&settings, &ready, &view(at), until),
            Verdict::SayGoodbye(Reason::Idle)
        );
        let busy = View {
            open: 1,
            ..view(at)
        };
        assert!(matches!(
            judge(&settings, &ready, &busy, until),
            Verdict::Keep(Some(_))
        ));
    }

    #[test]
    fn leaving_is_told_at_once_to_a_used_connection_and_later_to_a_fresh_one() {
        let (at, settings) = (Instant::now(), SETTINGS());
        let lame = order(Phase::Lame, at);
        let told = Verdict::SayGoodbye(Reason::Leaving);
        assert_eq!(judge(&settings, &lame, &view(at), at), told);
        let fresh = View {
            opened: 0,
            ..view(at)
        };
        let graced = at + FRESH_GRACE;
        assert_eq!(
            judge(&settings, &lame, &fresh, at),
            Verdict::Keep(Some(graced))
        );
        assert_eq!(judge(&settings, &lame, &fresh, graced), told);
    }

    #[test]
    fn leaving_is_told_to_a_busy_connection_when_it_is_quiet_or_after_a_while() {
        let (at, settings) = (Instant::now(), SETTINGS());
        let lame = order(Phase::Lame, at);
        let busy = View {
            open: 1,
            ..view(at)
        };
        let quiet = at + QUIET_GRACE;
        assert_eq!(
            judge(&settings, &lame, &busy, at),
            Verdict::Keep(Some(quiet))
        );
        let told = Verdict::SayGoodbye(Reason::Leaving);
        assert_eq!(judge(&settings, &lame, &busy, quiet), told);
        assert_eq!(judge(&settings, &lame, &view(at), at), told);
    }

    #[test]
    fn a_connection_that_begins_while_the_server_leaves_serves_for_a_while() {
        let (at, settings) = (Instant::now(), SETTINGS());
        let lame = order(Phase::Lame, at);
        let begun = at + seconds(5);
        let used = View { begun, ..view(at) };
        let graced = begun + FRESH_GRACE;
        assert_eq!(
            judge(&settings, &lame, &used, begun),
            Verdict::Keep(Some(graced))
        );
        let told = Verdict::SayGoodbye(Reason::Leaving);
        assert_eq!(judge(&settings, &lame, &used, graced), told);
    }

    #[test]
    fn the_last_request_by_count_and_the_one_too_many_are_followed_by_a_goodbye() {
        let at = Instant::now();
        let told = Verdict::SayGoodbye(Reason::Leaving);
        let capped = Settings {
            max_requests: Some(2),
            ..SETTINGS()
        };
        let ready = order(Phase::Ready, at);
        let second = View {
            opened: 2,
            open: 1,
            ..view(at)
        };
        assert_ne!(judge(&capped, &ready, &view(at), at), told);
        assert_eq!(judge(&capped, &ready, &second, at), told);
        let surplus = Order {
            beyond_cap: true,
            ..ready
        };
        assert_eq!(judge(&SETTINGS(), &surplus, &view(at), at), told);
        let fresh = View {
            opened: 0,
            ..view(at)
        };
        assert_ne!(judge(&SETTINGS(), &surplus, &fresh, at), told);
    }

    #[test]
    fn a_client_that_never_answers_is_not_waited_for_longer_than_its_time() {
        let (at, settings) = (Instant::now(), SETTINGS());
        let said = View {
            farewell: Farewell::Said {
                since: at,
                answered: None,
            },
            ..view(at)
        };
        let until = at + settings.pong_wait;
        let lame = order(Phase::Lame, at);
        assert_eq!(
            judge(&settings, &lame, &said, at),
            Verdict::Keep(Some(until))
        );
        assert_eq!(judge(&settings, &lame, &said, until), Verdict::Release);
    }

    #[test]
    fn a_client_with_all_streams_in_use_is_waited_for() {
        let (at, settings) = (Instant::now(), SETTINGS());
        let said = View {
            farewell: Farewell::Said {
                since: at,
                answered: Some(at),
            },
            open: 100,
            ..view(at)
        };
        let much_later = at + seconds(60);
        let lame = order(Phase::Lame, at);
        assert!(matches!(
            judge(&settings, &lame, &said, much_later),
            Verdict::Keep(_)
        ));
        let room = View { open: 99, ..said };
        assert_eq!(judge(&settings, &lame, &room, much_later), Verdict::Release);
    }

    #[test]
    fn what_the_client_owes_has_deadlines() {
        let (at, settings) = (Instant::now(), SETTINGS());
        let ready = order(Phase::Ready, at);
        let later = at + seconds(10);
        let untaken = View {
            untaken_since: Some(at),
            open: 1,
            ..view(at)
        };
        assert_eq!(
            judge(&settings, &ready, &untaken, later),
            Verdict::Cut(Cause::Untaken)
        );
        let silent = View {
            greeted: false,
            arriving_since: Some(at),
            ..view(at)
        };
        assert_eq!(
            judge(&settings, &ready, &silent, later),
            Verdict::Cut(Cause::Header)
        );
        let stuck = View {
            farewell: Farewell::Final(at),
            ..view(at)
        };
        assert_eq!(judge(&settings, &ready, &stuck, later), Verdict::Drop);
    }

    #[test]
    fn force_cuts_and_drops_what_is_only_closing() {
        let at = Instant::now();
        let force = order(Phase::Force, at);
        assert_eq!(
            judge(&SETTINGS(), &force, &view(at), at),
            Verdict::Cut(Cause::Force)
        );
        let closing = View {
            closing: Some(at),
            ..view(at)
        };
        assert_eq!(judge(&SETTINGS(), &force, &closing, at), Verdict::Drop);
    }

    fn offset() -> impl Strategy<Value = Duration> {
        (0..20_000_u64).prop_map(Duration::from_millis)
    }

    proptest! {
        /// The second GOAWAY never comes within the hold, and comes within the wait and the hold.
        #[test]
        fn the_second_goaway_comes_after_the_hold_and_in_bounded_time(
            answered in offset(),
            last in offset(),
            now in offset(),
        ) {
            let (at, settings) = (Instant::now(), SETTINGS());
            let answered = answered.min(settings.pong_wait);
            let said = View {
                farewell: Farewell::Said { since: at, answered: Some(at + answered) },
                last_opened: at + last.min(now),
                ..view(at)
            };
            let verdict = judge(&settings, &order(Phase::Lame, at), &said, at + now);
            if now < answered + settings.goaway_hold {
                prop_assert!(matches!(verdict, Verdict::Keep(Some(_))));
            }
            if now >= settings.pong_wait + settings.goaway_hold {
                prop_assert_eq!(verdict, Verdict::Release);
            }
        }

        /// Whoever looks again when told to sees something happen.
        #[test]
        fn a_deadline_kept_to_is_a_deadline_met(open in 0..3_usize, said in offset(), now in offset()) {
            let (at, settings) = (Instant::now(), SETTINGS());
            let view = View {
                open,
                farewell: Farewell::Said { since: at + said, answered: None },
                ..view(at)
            };
            let lame = order(Phase::Lame, at);
            if let Verdict::Keep(Some(until)) = judge(&settings, &lame, &view, at + now) {
                prop_assert!(until > at + now);
            }
        }
    }
}

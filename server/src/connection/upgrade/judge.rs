//! What to do with an upgraded connection, as a pure function of what it does, the phase and the
//! time. It has no deadline of its own in normal service: how long a peer may be silent is for the
//! application's protocol to say. A peer that takes no bytes has one.

use tokio::time::Instant;

use crate::phase::Phase;
use crate::settings::Settings;

/// All that a judgement goes by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// Since when the application has been asked to end it, if it has been.
    pub(crate) asked: Option<Instant>,
    /// Whether the server has begun to end it.
    pub(crate) ended: bool,
    /// Since when the application has let go of it and all of its bytes are on their way.
    pub(crate) closing: Option<Instant>,
    /// Since when the peer takes none of the bytes that are there for it.
    pub(crate) writing_since: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Look again at this time, or when something happens.
    Keep(Option<Instant>),
    /// Say the protocol's farewell in the application's place.
    End,
    /// Reset it: something is cut off.
    Cut,
    /// Drop it: everything has been sent, only the peer's FIN is missing.
    Drop,
}

pub(crate) fn judge(settings: &Settings, phase: Phase, view: &View, now: Instant) -> Verdict {
    match (phase >= Phase::Force, view.closing) {
        (true, Some(_)) => Verdict::Drop,
        (true, None) => Verdict::Cut,
        (false, Some(since)) => until([(Some(since + settings.linger), Verdict::Drop)], now),
        (false, None) => {
            let stalled = view.writing_since.map(|since| since + settings.write_stall);
            let asked = view.asked.filter(|_| !view.ended);
            let grace = asked.map(|since| since + settings.upgrade_grace);
            until([(stalled, Verdict::Cut), (grace, Verdict::End)], now)
        }
    }
}

/// The first of the verdicts that is due, or when to look again.
fn until<const N: usize>(deadlines: [(Option<Instant>, Verdict); N], now: Instant) -> Verdict {
    let due = deadlines
        .iter()
        .find(|(at, _)| at.is_some_and(|at| at <= now));
    match due {
        Some((_, verdict)) => *verdict,
        None => Verdict::Keep(deadlines.iter().filter_map(|(at, _)| *at).min()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const OPEN: View = View {
        asked: None,
        ended: false,
        closing: None,
        writing_since: None,
    };

    #[test]
    fn in_normal_service_only_a_peer_that_takes_no_bytes_is_cut() {
        let settings = Settings::default();
        let start = Instant::now();
        let late = start + Duration::from_hours(1);
        assert_eq!(
            judge(&settings, Phase::Ready, &OPEN, late),
            Verdict::Keep(None)
        );
        let stalled = View {
            writing_since: Some(start),
            ..OPEN
        };
        let deadline = start + settings.write_stall;
        assert_eq!(
            judge(&settings, Phase::Ready, &stalled, start),
            Verdict::Keep(Some(deadline))
        );
        assert_eq!(
            judge(&settings, Phase::Ready, &stalled, deadline),
            Verdict::Cut
        );
    }

    #[test]
    fn who_has_been_asked_has_its_grace_and_is_ended_once() {
        let settings = Settings::default();
        let start = Instant::now();
        let end = start + settings.upgrade_grace;
        let asked = View {
            asked: Some(start),
            ..OPEN
        };
        assert_eq!(
            judge(&settings, Phase::Lame, &asked, start),
            Verdict::Keep(Some(end))
        );
        assert_eq!(judge(&settings, Phase::Lame, &asked, end), Verdict::End);
        let ended = View {
            ended: true,
            ..asked
        };
        assert_eq!(
            judge(&settings, Phase::Lame, &ended, end),
            Verdict::Keep(None)
        );
    }

    #[test]
    fn force_cuts_what_has_something_left_to_say() {
        let settings = Settings::default();
        let now = Instant::now();
        assert_eq!(judge(&settings, Phase::Force, &OPEN, now), Verdict::Cut);
        let closing = View {
            closing: Some(now),
            ..OPEN
        };
        assert_eq!(judge(&settings, Phase::Force, &closing, now), Verdict::Drop);
    }

    proptest! {
        #[test]
        fn a_deadline_that_is_promised_is_in_the_future_and_changes_the_verdict(
            asked in prop::option::of(0_u64..100), ended in any::<bool>(),
            closing in prop::option::of(0_u64..100), writing in prop::option::of(0_u64..100), phase in 0_usize..6,
        ) {
            let settings = Settings::default();
            let now = Instant::now() + Duration::from_hours(1);
            let ago = |n| now - Duration::from_secs(n);
            let view = View {
                asked: asked.map(ago),
                ended,
                closing: closing.map(ago),
                writing_since: writing.map(ago),
            };
            let phase = Phase::ALL[phase];
            if let Verdict::Keep(Some(at)) = judge(&settings, phase, &view, now) {
                prop_assert!(at > now);
                prop_assert!(!matches!(judge(&settings, phase, &view, at), Verdict::Keep(_)));
            }
        }
    }
}

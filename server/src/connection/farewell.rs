//! When a connection is told that it will close: `Connection: close` on HTTP/1.1, GOAWAY on HTTP/2
//! (pure).

use std::time::Duration;

use tokio::time::Instant;

use crate::handle::PhaseAt;
use crate::phase::Phase;
use crate::settings::Settings;

/// From this many open connections on, they are told one after another: told at once, all their
/// peers would connect anew at once.
pub const STAGGER_FROM: usize = 1000;

/// The moment from which a connection is told. `None`: not in this phase.
///
/// `share`: where the connection stands among its fellows, from 0 to 1. `stays`: whether it will
/// move to the successor, so that nobody has to be told.
pub(crate) fn told_from(
    settings: &Settings,
    phase: PhaseAt,
    share: f32,
    stays: bool,
) -> Option<Instant> {
    if phase.phase < Phase::Lame || stays {
        return None;
    }
    Some(phase.since + window(settings, phase).mul_f32(share))
}

fn window(settings: &Settings, phase: PhaseAt) -> Duration {
    if phase.phase > Phase::Lame || phase.open < STAGGER_FROM {
        Duration::ZERO
    } else {
        settings.stagger.min(settings.lame / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lame(open: usize) -> PhaseAt {
        PhaseAt {
            phase: Phase::Lame,
            since: Instant::now(),
            leaving_since: Some(Instant::now()),
            succeeded: false,
            open,
            settled: true,
        }
    }

    #[test]
    fn few_are_told_at_once_and_many_one_after_another() {
        let settings = Settings::default();
        let few = lame(STAGGER_FROM - 1);
        assert_eq!(told_from(&settings, few, 0.9, false), Some(few.since));
        let many = lame(STAGGER_FROM);
        let half = told_from(&settings, many, 0.5, false);
        assert_eq!(half, Some(many.since + settings.stagger / 2));
    }

    #[test]
    fn the_window_leaves_time_to_go() {
        let settings = Settings {
            lame: Duration::from_secs(4),
            ..Settings::default()
        };
        let many = lame(5000);
        let last = told_from(&settings, many, 1.0, false);
        assert_eq!(last, Some(many.since + Duration::from_secs(2)));
    }

    #[test]
    fn nobody_is_told_before_lame_or_when_a_successor_takes_it() {
        let settings = Settings::default();
        let ready = PhaseAt {
            phase: Phase::Ready,
            ..lame(1)
        };
        assert_eq!(told_from(&settings, ready, 0.0, false), None);
        assert_eq!(told_from(&settings, lame(1), 0.0, true), None);
    }
}

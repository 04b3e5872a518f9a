//! Stays with an upgraded connection to its end, for hyper has left it: ends it when the server
//! leaves, cuts it when it must, closes it when the application has let go.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::time::{Instant, Sleep, sleep_until};

use super::judge::{Verdict, judge};
use super::socket::Socket;
use super::tether::Tether;
use crate::connection::farewell::told_from;
use crate::connection::judge::Class;
use crate::counters::Ending;
use crate::handle::{PhaseAt, Shared};
use crate::settings::Settings;

/// Returns when the connection is gone. `share`: see [`told_from`].
pub(crate) async fn guard<T: Socket>(shared: &Shared, share: f32, tether: &Tether<T>) -> Ending {
    let settings = &shared.settings;
    let mut phases = shared.phases();
    let mut nap = pin!(sleep_until(Instant::now()));
    loop {
        let phase = *phases.borrow_and_update();
        let turn = poll_fn(|cx| match tether.poll_tend(cx) {
            Poll::Ready(()) => Poll::Ready(Ending::Ended),
            Poll::Pending => poll_verdict(cx, settings, phase, share, tether, nap.as_mut()),
        });
        // The sender lives in `shared`, so a phase cannot fail to come.
        tokio::select! {
            biased;
            ending = turn => return ending,
            _ = phases.changed() => {}
        }
    }
}

fn poll_verdict<T: Socket>(
    cx: &mut Context<'_>,
    settings: &Settings,
    phase: PhaseAt,
    share: f32,
    tether: &Tether<T>,
    mut nap: Pin<&mut Sleep>,
) -> Poll<Ending> {
    // A successor serves new connections; an upgraded one cannot move to it.
    let asked = told_from(settings, phase, share, false);
    loop {
        let now = Instant::now();
        match judge(settings, phase.phase, &tether.view(asked, now), now) {
            Verdict::Keep(until) => {
                tether.set_alarm(until);
                let Some(until) = until else {
                    return Poll::Pending;
                };
                nap.as_mut().reset(until);
                if nap.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
            Verdict::End => tether.end(),
            Verdict::Cut => {
                tether.cut();
                return Poll::Ready(Ending::Cut(Class::Upgrade));
            }
            Verdict::Drop => {
                drop(tether.take());
                return Poll::Ready(Ending::Ended);
            }
        }
    }
}

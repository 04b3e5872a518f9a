//! Runs one HTTP/2 connection: hyper, the phase and the one timer that its verdicts need.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::server::conn::http2::{Builder, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until};

use super::activity::Activity;
use super::io::WatchedIo;
use super::judge::{Cause, Order, Reason, Verdict, judge};
use super::service::PacedService;
use crate::connection::arrival::Socket;
use crate::connection::farewell::told_from;
use crate::connection::seat::Seat;
use crate::connection::service::{Application, Desk};
use crate::counters::Ending;
use crate::handle::PhaseAt;

/// The fewest that a server should allow (RFC 9113, 6.5.2). More let one connection take more of
/// the server than its share.
const MOST_STREAMS: u32 = 100;

type Watched<A> = Connection<TokioIo<WatchedIo>, PacedService<A>, TokioExecutor>;

/// Serves `socket` to its end.
pub(crate) async fn drive<A: Application>(seat: Seat, socket: Socket, desk: Arc<Desk<A>>) {
    let counters = Arc::clone(&seat.shared.counters);
    let activity = Arc::new(Activity::new(counters, Instant::now()));
    let io = WatchedIo::new(socket.transport, socket.prefix, Arc::clone(&activity));
    let service = PacedService {
        desk,
        activity: Arc::clone(&activity),
    };
    let connection =
        builder(seat.shared.settings.max_header).serve_connection(TokioIo::new(io), service);
    let ending = hold(&seat, &activity, pin!(connection)).await;
    seat.ends(ending);
}

fn builder(max_header: usize) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(u32::try_from(max_header).unwrap_or(u32::MAX));
    builder
}

async fn hold<A: Application>(
    seat: &Seat,
    activity: &Activity,
    mut connection: Pin<&mut Watched<A>>,
) -> Ending {
    let keep_alive = seat.shared.settings.keep_alive;
    let mut nap = pin!(sleep_until(Instant::now() + keep_alive));
    let mut phases = seat.shared.phases();
    let mut idle_at = None;
    loop {
        let next = next(
            seat,
            activity,
            connection.as_mut(),
            &mut phases,
            nap.as_mut(),
        )
        .await;
        match next {
            Some(Verdict::SayGoodbye(reason)) => {
                let now = Instant::now();
                activity.say_goodbye(now);
                idle_at = (reason == Reason::Idle).then(|| activity.facts().view().opened);
                connection.as_mut().graceful_shutdown();
            }
            Some(Verdict::Release) => activity.release(Instant::now()),
            Some(Verdict::Cut(cause)) => {
                return cut(seat, activity, connection.as_mut(), cause).await;
            }
            Some(Verdict::Drop | Verdict::Keep(_)) | None => break,
        }
    }
    if idle_at == Some(activity.facts().view().opened) {
        Ending::IdleClosed
    } else {
        Ending::Ended
    }
}

/// Counts each open request by what it is cut off in, and lets the client know.
async fn cut<A: Application>(
    seat: &Seat,
    activity: &Activity,
    connection: Pin<&mut Watched<A>>,
    cause: Cause,
) -> Ending {
    let (view, classes) = {
        let facts = activity.facts();
        (facts.view(), facts.classes().collect::<Vec<_>>())
    };
    activity.fail();
    let mut connection = connection;
    poll_fn(|cx| {
        // It has failed, or it waits for something else than its socket; either way it is dropped.
        let _ = connection.as_mut().poll(cx);
        Poll::Ready(())
    })
    .await;
    tracing::debug!(?cause, requests = classes.len(), "cut a connection");
    let (last, others) = match classes.split_last() {
        Some((last, others)) => (*last, others),
        None => (cause.of_silence(&view), &[][..]),
    };
    for class in others {
        seat.shared.counters.request_cut(*class);
    }
    Ending::Cut(last)
}

/// What is to be done with the connection; `None`: it has ended.
///
/// Polls it first and judges it after, so that bytes which have arrived count before a deadline or
/// a new phase does.
async fn next<A: Application>(
    seat: &Seat,
    activity: &Activity,
    mut connection: Pin<&mut Watched<A>>,
    phases: &mut watch::Receiver<PhaseAt>,
    mut nap: Pin<&mut Sleep>,
) -> Option<Verdict> {
    loop {
        let phase = *phases.borrow_and_update();
        let order = order(seat, phase);
        let turn = poll_fn(|cx| match connection.as_mut().poll(cx) {
            Poll::Ready(outcome) => {
                if let Err(error) = outcome {
                    tracing::debug!(%error, "a connection ended in an error");
                }
                Poll::Ready(None)
            }
            Poll::Pending => poll_verdict(cx, seat, activity, &order, nap.as_mut()).map(Some),
        });
        tokio::select! {
            biased;
            next = turn => return next,
            changed = phases.changed() => if changed.is_err() {
                return Some(Verdict::Cut(Cause::Force));
            },
        }
    }
}

fn order(seat: &Seat, phase: PhaseAt) -> Order {
    Order {
        phase,
        told_from: told_from(&seat.shared.settings, phase, seat.share, false),
        beyond_cap: seat.beyond_cap,
        most_streams: MOST_STREAMS as usize,
    }
}

/// The timer is only ever moved to an earlier time; when it fires too early the verdict moves it
/// on. A busy connection so costs no timer operation per request.
fn poll_verdict(
    cx: &mut Context<'_>,
    seat: &Seat,
    activity: &Activity,
    order: &Order,
    mut nap: Pin<&mut Sleep>,
) -> Poll<Verdict> {
    loop {
        let view = activity.facts().view();
        match judge(&seat.shared.settings, order, &view, Instant::now()) {
            Verdict::Keep(None) => return Poll::Pending,
            Verdict::Keep(Some(until)) => {
                if nap.is_elapsed() || until < nap.deadline() {
                    nap.as_mut().reset(until);
                }
                if nap.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
            verdict => return Poll::Ready(verdict),
        }
    }
}

//! Runs one connection: hyper, the phase and the one timer that its verdicts need.

use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until};

use super::activity::Activity;
use super::io::WatchedIo;
use super::judge::{Class, Verdict, judge};
use super::service::WatchedService;
use crate::counters::Ending;
use crate::handle::{PhaseAt, Shared};

/// A connection's place in the counters, taken before its task exists, given back however the task
/// ends.
#[derive(Debug)]
pub(crate) struct Seat {
    shared: Arc<Shared>,
    activity: Arc<Activity>,
    ending: Option<Ending>,
}

impl Seat {
    pub(crate) fn take(shared: Arc<Shared>) -> Self {
        shared.counters.connection_opened();
        Self {
            shared,
            activity: Arc::new(Activity::new(Instant::now())),
            ending: None,
        }
    }
}

impl Drop for Seat {
    /// Without an ending the task has panicked: a response body did.
    fn drop(&mut self) {
        let abandoned = || self.activity.view().stage.class();
        let ending = self
            .ending
            .or_else(|| abandoned().map(Ending::Cut))
            .unwrap_or(Ending::Ended);
        self.shared.counters.connection_closed(ending);
    }
}

/// Serves `stream` to its end.
pub(crate) async fn drive<S, B>(mut seat: Seat, stream: TcpStream, service: Arc<S>)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "failed to set TCP_NODELAY");
    }
    let activity = Arc::clone(&seat.activity);
    let mut phases = seat.shared.phases();
    let service = WatchedService {
        inner: service,
        activity: Arc::clone(&activity),
        shared: Arc::clone(&seat.shared),
    };
    // hyper's own header timeout also closes idle connections (it starts before the first byte), so
    // it stays off.
    let mut connection = http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(
            TokioIo::new(WatchedIo::new(stream, Arc::clone(&activity))),
            service,
        );
    let mut idle_closed = false;
    let mut nap = pin!(sleep_until(
        Instant::now() + seat.shared.settings.keep_alive
    ));
    let dropped = loop {
        match next(&mut connection, &seat, &mut phases, nap.as_mut()).await {
            Next::Ended => break None,
            // hyper does not take it for idle. Nothing has been asked, so nothing is lost.
            Next::CloseIdle if idle_closed => break None,
            Next::CloseIdle => {
                idle_closed = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            Next::Drop(class) => break class,
        }
    };
    seat.ending = Some(ending(dropped, idle_closed, &activity));
    if matches!(
        dropped,
        Some(Class::Body | Class::Handler | Class::Response)
    ) {
        connection.into_parts().io.into_inner().reset();
    }
}

fn ending(dropped: Option<Class>, idle_closed: bool, activity: &Activity) -> Ending {
    match dropped {
        Some(class) => Ending::Cut(class),
        // A request was on its way when the idle connection closed: nobody will answer it.
        None if idle_closed && activity.late_bytes() => Ending::Cut(Class::Header),
        None if idle_closed => Ending::IdleClosed,
        None => Ending::Ended,
    }
}

enum Next {
    Ended,
    CloseIdle,
    Drop(Option<Class>),
}

/// Polls the connection first and judges it after, so that bytes which have arrived count before a
/// deadline or a new phase does.
async fn next<C>(
    connection: &mut C,
    seat: &Seat,
    phases: &mut watch::Receiver<PhaseAt>,
    mut nap: Pin<&mut Sleep>,
) -> Next
where
    C: Future<Output = hyper::Result<()>> + Unpin,
{
    loop {
        let phase = *phases.borrow_and_update();
        let turn = poll_fn(|cx| {
            let outcome = Pin::new(&mut *connection).poll(cx);
            seat.activity.poll_ends();
            match outcome {
                Poll::Ready(Ok(())) => Poll::Ready(Next::Ended),
                Poll::Ready(Err(error)) => Poll::Ready(ended_in(&error, &seat.activity)),
                Poll::Pending => poll_verdict(cx, seat, phase, nap.as_mut()),
            }
        });
        tokio::select! {
            biased;
            next = turn => return next,
            changed = phases.changed() => if changed.is_err() {
                return Next::Drop(seat.activity.view().stage.class());
            },
        }
    }
}

/// A peer that goes away ends its own connection; an application whose response body fails cuts it.
fn ended_in(error: &hyper::Error, activity: &Activity) -> Next {
    tracing::debug!(%error, "a connection ended in an error");
    if error.is_user() {
        Next::Drop(activity.view().stage.class())
    } else {
        Next::Ended
    }
}

/// The timer is only ever moved to an earlier time; when it fires too early the verdict moves it
/// on. A busy connection so costs no timer operation per request.
fn poll_verdict(
    cx: &mut Context<'_>,
    seat: &Seat,
    phase: PhaseAt,
    mut nap: Pin<&mut Sleep>,
) -> Poll<Next> {
    loop {
        let verdict = judge(
            &seat.shared.settings,
            phase,
            &seat.activity.view(),
            Instant::now(),
        );
        match verdict {
            Verdict::Keep(None) => return Poll::Pending,
            Verdict::Keep(Some(until)) => {
                if nap.is_elapsed() || until < nap.deadline() {
                    nap.as_mut().reset(until);
                }
                if nap.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
            Verdict::CloseIdle => return Poll::Ready(Next::CloseIdle),
            Verdict::Drop(class) => return Poll::Ready(Next::Drop(class)),
        }
    }
}

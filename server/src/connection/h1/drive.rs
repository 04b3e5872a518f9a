//! Runs one connection: hyper, the phase, the one timer that its verdicts need, and the move to a
//! successor.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use hyper::server::conn::http1::{self, Parts, UpgradeableConnection};
use hyper_util::rt::TokioIo;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until};

use super::activity::Activity;
use super::io::WatchedIo;
use super::service::WatchedService;
use crate::connection::arrival::{Arrival, Socket};
use crate::connection::judge::{Class, Stage, Verdict, View, judge};
use crate::connection::seat::Seat;
use crate::connection::service::{Application, Desk};
use crate::connection::transport::Transport;
use crate::connection::upgrade::{Tether, guard};
use crate::counters::Ending;
use crate::handle::PhaseAt;
use crate::handoff::Parcel;
use crate::phase::Phase;

/// What is sent to a client that does not go on, in its own words as nothing else has been sent.
const TIMED_OUT: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Less than this hyper does not take for its buffers.
const SMALLEST_BUFFER: usize = 8 << 10;

/// Serves `socket` to its end, or until a successor has it.
pub(crate) async fn drive<A: Application>(seat: Seat, mut socket: Box<Socket>, desk: Arc<Desk<A>>) {
    let mut spurned = false;
    let ending = loop {
        match hold(&seat, socket, &desk, spurned).await {
            Held::Ended(ending) => break ending,
            Held::Movable(parts) => match hand_over(&seat, parts).await {
                Ok(back) => socket = back,
                Err(ending) => break ending,
            },
        }
        spurned = true;
    };
    seat.ends(ending);
}

/// How holding a connection came to an end.
enum Held {
    Ended(Ending),
    Movable(Box<Socket>),
}

type Watched<A> = UpgradeableConnection<TokioIo<WatchedIo>, WatchedService<A>>;

/// Holds the connection until it has ended or could move.
async fn hold<A: Application>(
    seat: &Seat,
    socket: Box<Socket>,
    desk: &Arc<Desk<A>>,
    spurned: bool,
) -> Held {
    let Socket {
        transport,
        prefix,
        peer,
        past,
    } = *socket;
    let plain = transport.is_plain();
    let activity = Arc::new(Activity::new(seat.accepted, past));
    let service = WatchedService {
        desk: Arc::clone(desk),
        activity: Arc::clone(&activity),
        share: seat.share,
        movable: plain && !spurned,
    };
    let io = WatchedIo::new(transport, prefix, Arc::clone(&activity));
    // hyper's own header timeout also closes idle connections (it starts before the first byte), so
    // it stays off.
    let mut connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_header_size(seat.shared.settings.max_header)
        .max_buf_size(seat.shared.settings.max_header.max(SMALLEST_BUFFER))
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades();
    let mut watch = Watch {
        seat,
        activity: &activity,
        phases: seat.shared.phases(),
        plain,
        spurned,
        idle_closed: false,
    };
    let last = watch.until_last(&mut connection).await;
    let idle_closed = watch.idle_closed;
    match last {
        Next::HandOver => {
            let parts = connection.into_parts();
            match parts.and_then(|parts| socket_of(parts, peer, &activity)) {
                Some(socket) => Held::Movable(Box::new(socket)),
                None => Held::Ended(Ending::Ended),
            }
        }
        Next::Drop(class) => {
            let forced = seat.shared.phase().phase >= Phase::Force;
            let transport = connection.into_parts().and_then(transport_of);
            if let (Some(class), Some(transport)) = (class, transport) {
                cut(class, forced, transport);
            }
            let late = activity.late_bytes();
            Held::Ended(class.map_or_else(|| ending(idle_closed, late), Ending::Cut))
        }
        Next::Ended | Next::CloseIdle => {
            let given_away = connection.into_parts().is_none();
            match activity.tether().filter(|_| given_away) {
                // On the heap, for it would swell the task of every connection.
                Some(tether) => {
                    Held::Ended(Box::pin(stay(seat, &tether, &activity, idle_closed)).await)
                }
                None => Held::Ended(ending(idle_closed, activity.late_bytes())),
            }
        }
    }
}

/// Stays with a connection that hyper has taken for upgraded: to its end if it is, and until it is
/// closed if its last response was an ordinary one.
async fn stay(
    seat: &Seat,
    tether: &Tether<Transport>,
    activity: &Activity,
    idle_closed: bool,
) -> Ending {
    let upgraded = tether.has_begun();
    match activity.view(false).stage {
        // hyper has not written all of it and will not any more.
        Stage::Response => {
            tether.cut();
            return Ending::Cut(Class::Response);
        }
        _ if upgraded => {}
        _ => tether.dismiss(),
    }
    match guard(&seat.shared, seat.share, tether).await {
        Ending::Ended if !upgraded => ending(idle_closed, tether.late_bytes()),
        ending => ending,
    }
}

fn transport_of<S>(parts: Parts<TokioIo<WatchedIo>, S>) -> Option<Transport> {
    parts.io.into_inner().into_parts().0
}

fn socket_of<S>(
    parts: Parts<TokioIo<WatchedIo>, S>,
    peer: crate::peer::Peer,
    activity: &Activity,
) -> Option<Socket> {
    let (transport, unasked) = parts.io.into_inner().into_parts();
    Some(Socket {
        transport: transport?,
        prefix: joined(parts.read_buf, &unasked),
        peer,
        past: activity.past(),
    })
}

fn joined(first: Bytes, second: &Bytes) -> Bytes {
    if second.is_empty() {
        return first;
    }
    let mut both = BytesMut::from(first);
    both.extend_from_slice(second);
    both.freeze()
}

/// The connection again, if the successor does not take it.
async fn hand_over(seat: &Seat, socket: Box<Socket>) -> Result<Box<Socket>, Ending> {
    let socket = *socket;
    #[cfg_attr(
        not(feature = "tls"),
        expect(
            clippy::infallible_destructuring_match,
            reason = "there is one kind only"
        )
    )]
    let stream = match socket.transport {
        Transport::Plain(stream) => stream,
        #[cfg(feature = "tls")]
        Transport::Tls(_) => return Ok(Box::new(socket)),
    };
    let arrival = Arrival {
        stream,
        prefix: socket.prefix,
        address: socket.peer.address,
        past: socket.past,
        greeted: true,
    };
    let parcel = arrival.into_parcel().map_err(|_| Ending::Ended)?;
    let returned = match seat.shared.successor() {
        Some(successor) => match successor.offer(parcel).await {
            Ok(()) => return Err(Ending::HandedOver),
            Err(parcel) => parcel,
        },
        None => parcel,
    };
    resume(returned, socket.peer)
}

fn resume(parcel: Parcel, peer: crate::peer::Peer) -> Result<Box<Socket>, Ending> {
    let arrival = Arrival::handed_over(parcel).map_err(|_| Ending::Ended)?;
    Ok(Box::new(Socket {
        transport: Transport::Plain(arrival.stream),
        prefix: arrival.prefix,
        peer,
        past: arrival.past,
    }))
}

/// Ends a connection that is owed something. A client that merely stalled is told so; nothing of an
/// answer has been sent to it.
fn cut(class: Class, forced: bool, transport: Transport) {
    match class {
        Class::Header | Class::Body if !forced => {
            if transport.is_plain()
                && let Err(error) = transport.tcp().try_write(TIMED_OUT)
            {
                tracing::debug!(%error, "failed to answer 408");
            }
        }
        Class::Body | Class::Handler | Class::Response => transport.reset(),
        Class::Idle | Class::Header | Class::Upgrade => {}
    }
}

fn ending(idle_closed: bool, late_bytes: bool) -> Ending {
    match idle_closed {
        // A request was on its way when the idle connection closed: nobody will answer it.
        true if late_bytes => Ending::Cut(Class::Header),
        true => Ending::IdleClosed,
        false => Ending::Ended,
    }
}

enum Next {
    Ended,
    CloseIdle,
    HandOver,
    Drop(Option<Class>),
}

/// What a connection is judged by while it is held.
struct Watch<'c> {
    seat: &'c Seat,
    activity: &'c Activity,
    phases: watch::Receiver<PhaseAt>,
    plain: bool,
    /// Whether the successor there is has not taken it.
    spurned: bool,
    idle_closed: bool,
}

impl Watch<'_> {
    async fn until_last<A: Application>(&mut self, connection: &mut Watched<A>) -> Next {
        let keep_alive = self.seat.shared.settings.keep_alive;
        let mut nap = pin!(sleep_until(Instant::now() + keep_alive));
        loop {
            match self.next(connection, nap.as_mut()).await {
                // hyper does not take it for idle. Nothing has been asked, so nothing is lost.
                Next::CloseIdle if self.idle_closed => return Next::CloseIdle,
                Next::CloseIdle => {
                    self.idle_closed = true;
                    Pin::new(&mut *connection).graceful_shutdown();
                }
                last => return last,
            }
        }
    }

    /// Polls the connection first and judges it after, so that bytes which have arrived count
    /// before a deadline or a new phase does.
    async fn next<A: Application>(
        &mut self,
        connection: &mut Watched<A>,
        mut nap: Pin<&mut Sleep>,
    ) -> Next {
        loop {
            let phase = *self.phases.borrow_and_update();
            let (seat, activity) = (self.seat, self.activity);
            let could_move = phase.succeeded && self.plain && !self.spurned && !self.idle_closed;
            let turn = poll_fn(|cx| {
                let outcome = Pin::new(&mut *connection).poll(cx);
                let now = Instant::now();
                activity.poll_ends(now);
                match outcome {
                    Poll::Ready(Ok(())) => Poll::Ready(Next::Ended),
                    Poll::Ready(Err(error)) => Poll::Ready(ended_in(&error, activity)),
                    Poll::Pending => {
                        let movable = could_move && seat.shared.successor().is_some();
                        let view = activity.view(movable);
                        poll_verdict(cx, seat, phase, &view, now, nap.as_mut())
                    }
                }
            });
            tokio::select! {
                biased;
                next = turn => return next,
                changed = self.phases.changed() => {
                    self.spurned = false;
                    if changed.is_err() {
                        return Next::Drop(self.activity.view(false).stage.class());
                    }
                }
            }
        }
    }
}

/// A peer that goes away ends its own connection; an application whose response body fails cuts it.
fn ended_in(error: &hyper::Error, activity: &Activity) -> Next {
    tracing::debug!(%error, "a connection ended in an error");
    if error.is_user() {
        Next::Drop(activity.view(false).stage.class())
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
    view: &View,
    mut now: Instant,
    mut nap: Pin<&mut Sleep>,
) -> Poll<Next> {
    loop {
        match judge(&seat.shared.settings, phase, view, now) {
            Verdict::Keep(None) => return Poll::Pending,
            Verdict::Keep(Some(until)) => {
                if nap.is_elapsed() || until < nap.deadline() {
                    nap.as_mut().reset(until);
                }
                if nap.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                now = Instant::now();
            }
            Verdict::CloseIdle => return Poll::Ready(Next::CloseIdle),
            Verdict::HandOver => return Poll::Ready(Next::HandOver),
            Verdict::Drop(class) => return Poll::Ready(Next::Drop(class)),
        }
    }
}

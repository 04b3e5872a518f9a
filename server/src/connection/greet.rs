//! From a connection's first byte to its protocol. Until a connection has said anything it costs
//! next to nothing, and may go over to a successor as it is.

use std::io;
use std::mem::MaybeUninit;
use std::pin::pin;
use std::sync::Arc;

use bytes::BytesMut;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, Interest};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::arrival::{Arrival, Past, Socket};
use super::judge::{Class, Stage, Verdict, View, judge};
use super::seat::Seat;
use super::service::{Application, Desk};
use super::transport::Transport;
use super::{h1, h2};
use crate::counters::Ending;
use crate::handle::PhaseAt;
use crate::peer::Peer;
use crate::phase::Phase;
use crate::server::Arrangements;

/// What an HTTP/2 client says first (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Most requests fit into it whole.
const FIRST_READ: usize = 2048;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Http1,
    Http2,
}

/// Serves one connection to its end, or until a successor has it.
pub(crate) async fn serve<A: Application>(
    seat: Seat,
    arrival: Arrival,
    arrangements: Arc<Arrangements>,
    application: Arc<A>,
) {
    if let Err(error) = arrival.stream.set_nodelay(true) {
        tracing::debug!(%error, "failed to set TCP_NODELAY");
    }
    // On the heap, for its state, a TLS handshake's above all, would stay in the task for as long as
    // the connection lasts.
    let greeting = Box::pin(greet(&seat, arrival, &arrangements));
    let (socket, protocol) = match greeting.await {
        Ok(greeted) => greeted,
        Err(ending) => return seat.ends(ending),
    };
    let desk = Arc::new(Desk {
        application,
        shared: Arc::clone(&seat.shared),
        peer: socket.peer,
        beyond_cap: seat.beyond_cap,
    });
    match protocol {
        Protocol::Http1 => h1::drive(seat, Box::new(socket), desk).await,
        // A task of its own: each protocol's task has room for its own state only.
        Protocol::Http2 => {
            tokio::spawn(h2::drive(seat, socket, desk));
        }
    }
}

async fn greet(
    seat: &Seat,
    arrival: Arrival,
    arrangements: &Arrangements,
) -> Result<(Socket, Protocol), Ending> {
    let mut arrival = arrival;
    if seat.shared.settings.proxy_protocol && !arrival.greeted {
        arrival = first_byte(seat, arrival, peek).await?;
        arrival = read_proxy_header(seat, arrival).await?;
    }
    #[cfg(feature = "tls")]
    if let Some(tls) = &arrangements.tls {
        let arrival = first_byte(seat, arrival, peek).await?;
        return encrypt(seat, arrival, tls).await;
    }
    #[cfg(not(feature = "tls"))]
    let _ = arrangements;
    sniff(seat, first_byte(seat, arrival, read).await?).await
}

/// A look at a connection that may have become readable.
type Look = fn(&mut Arrival) -> io::Result<usize>;

/// Leaves the bytes to somebody who must not miss any.
fn peek(arrival: &mut Arrival) -> io::Result<usize> {
    let stream = &arrival.stream;
    stream.try_io(Interest::READABLE, || {
        let mut byte = [MaybeUninit::uninit()];
        SockRef::from(stream).peek(&mut byte)
    })
}

/// Takes the bytes: one call to the system less than peeking.
fn read(arrival: &mut Arrival) -> io::Result<usize> {
    let mut bytes = BytesMut::with_capacity(FIRST_READ);
    let count = arrival.stream.try_read_buf(&mut bytes)?;
    arrival.prefix = bytes.freeze();
    Ok(count)
}

/// Waits for the connection's first byte, for as long as an idle connection is held.
async fn first_byte(seat: &Seat, mut arrival: Arrival, look: Look) -> Result<Arrival, Ending> {
    let mut phases = seat.shared.phases();
    let mut spurned = false;
    while arrival.prefix.is_empty() {
        let phase = *phases.borrow_and_update();
        match silence(seat, phase, spurned) {
            Verdict::Keep(until) => {
                let until = until.unwrap_or_else(|| Instant::now() + seat.shared.settings.total);
                tokio::select! {
                    biased;
                    readable = arrival.stream.readable() => {
                        readable.map_err(|_| Ending::Ended)?;
                        match look(&mut arrival) {
                            Ok(1..) => break,
                            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                            Ok(0) | Err(_) => return Err(Ending::Ended),
                        }
                    }
                    _ = phases.changed() => spurned = false,
                    () = sleep_until(until) => {}
                }
            }
            Verdict::HandOver => {
                arrival = hand_over(seat, arrival).await?;
                spurned = true;
            }
            Verdict::CloseIdle => return Err(Ending::IdleClosed),
            Verdict::Drop(class) => return Err(class.map_or(Ending::Ended, Ending::Cut)),
        }
    }
    Ok(arrival)
}

fn silence(seat: &Seat, phase: PhaseAt, spurned: bool) -> Verdict {
    let view = View {
        stage: Stage::Idle,
        accepted: seat.accepted,
        used: false,
        last_byte: seat.accepted,
        reading_since: None,
        writing_since: None,
        movable: phase.succeeded && !spurned && seat.shared.successor().is_some(),
    };
    judge(&seat.shared.settings, phase, &view, Instant::now())
}

async fn hand_over(seat: &Seat, arrival: Arrival) -> Result<Arrival, Ending> {
    let Some(successor) = seat.shared.successor() else {
        return Ok(arrival);
    };
    let parcel = arrival.into_parcel().map_err(|_| Ending::Ended)?;
    match successor.offer(parcel).await {
        Ok(()) => Err(Ending::HandedOver),
        Err(parcel) => Arrival::handed_over(parcel).map_err(|_| Ending::Ended),
    }
}

async fn read_proxy_header(seat: &Seat, mut arrival: Arrival) -> Result<Arrival, Ending> {
    let header = crate::proxy::read(&mut arrival.stream);
    match bounded(seat, header).await? {
        Ok(source) => {
            arrival.address = source.unwrap_or(arrival.address);
            arrival.greeted = true;
            Ok(arrival)
        }
        Err(error) => {
            tracing::warn!(%error, from = %arrival.address, "refused a connection without a PROXY header");
            Err(Ending::Ended)
        }
    }
}

#[cfg(feature = "tls")]
async fn encrypt(
    seat: &Seat,
    arrival: Arrival,
    tls: &crate::tls::Tls,
) -> Result<(Socket, Protocol), Ending> {
    let Arrival {
        stream,
        address,
        past,
        ..
    } = arrival;
    let stream = match bounded(seat, tls.accept(stream)).await? {
        Ok(stream) => stream,
        Err(error) => {
            tracing::debug!(%error, from = %address, "a TLS handshake failed");
            return Err(Ending::Ended);
        }
    };
    let protocol = if crate::tls::chose_h2(&stream) {
        Protocol::Http2
    } else {
        Protocol::Http1
    };
    let peer = Peer {
        address,
        encrypted: true,
    };
    let socket = Socket {
        transport: Transport::Tls(Box::new(stream)),
        prefix: bytes::Bytes::new(),
        peer,
        past,
    };
    Ok((socket, protocol))
}

/// Reads until the bytes say which protocol it is. HTTP/2 without TLS is spoken by clients that
/// know beforehand (RFC 9113, 3.3).
async fn sniff(seat: &Seat, arrival: Arrival) -> Result<(Socket, Protocol), Ending> {
    let Arrival {
        mut stream,
        prefix,
        address,
        past,
        ..
    } = arrival;
    let (protocol, prefix) = if past.requests > 0 {
        (Protocol::Http1, BytesMut::from(prefix))
    } else {
        bounded(seat, read_protocol(&mut stream, prefix.into())).await??
    };
    let socket = Socket {
        transport: Transport::Plain(stream),
        prefix: prefix.freeze(),
        peer: Peer {
            address,
            encrypted: false,
        },
        past: Past {
            header_since: past.header_since,
            ..past
        },
    };
    Ok((socket, protocol))
}

async fn read_protocol(
    stream: &mut TcpStream,
    mut seen: BytesMut,
) -> Result<(Protocol, BytesMut), Ending> {
    loop {
        if let Some(protocol) = protocol(&seen) {
            return Ok((protocol, seen));
        }
        seen.reserve(FIRST_READ);
        match stream.read_buf(&mut seen).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return Err(Ending::Ended),
        }
    }
}

/// Undecided while the bytes are a part of the preface.
fn protocol(seen: &[u8]) -> Option<Protocol> {
    if seen.starts_with(PREFACE) {
        Some(Protocol::Http2)
    } else if PREFACE.starts_with(seen) {
        None
    } else {
        Some(Protocol::Http1)
    }
}

/// What comes before the first request has as long as a request's header.
async fn bounded<T>(seat: &Seat, greeting: impl Future<Output = T>) -> Result<T, Ending> {
    let mut greeting = pin!(greeting);
    let mut phases = seat.shared.phases();
    let forced = phases.wait_for(|now| now.phase >= Phase::Force);
    let deadline = sleep_until(Instant::now() + seat.shared.settings.header_deadline);
    tokio::select! {
        biased;
        greeted = &mut greeting => Ok(greeted),
        _ = forced => Err(Ending::Cut(Class::Header)),
        () = deadline => Err(Ending::Cut(Class::Header)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preface_and_nothing_else_is_http2() {
        assert_eq!(protocol(b""), None);
        assert_eq!(protocol(b"PRI * HTTP/2.0\r\n"), None);
        assert_eq!(protocol(PREFACE), Some(Protocol::Http2));
        assert_eq!(protocol(b"PRI / HTTP/1.1\r\n\r\n"), Some(Protocol::Http1));
        assert_eq!(protocol(b"P"), None);
        assert_eq!(protocol(b"PUT"), Some(Protocol::Http1));
        assert_eq!(protocol(b"GET / HTTP/1.1\r\n"), Some(Protocol::Http1));
    }
}

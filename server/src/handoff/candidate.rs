//! A process that may become the successor: how it is heard, how long, and whom this one listens to
//! at all.

use std::future::pending;
use std::ops::RangeInclusive;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use super::courier::STALL;
use super::link::{Broken, Inbox, Link, Packet};
use super::message::Message;

/// A process says Hello at once after it has connected; this much lets a machine under load
/// breathe.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(5);

/// For what an application loads before it can serve.
const READY: Duration = Duration::from_secs(30);

/// How long the other end may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) handshake: Duration,
    pub(super) ready: Duration,
    pub(super) stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            handshake: HANDSHAKE,
            ready: READY,
            stall: STALL,
        }
    }
}

pub(super) struct Applicant {
    pub(super) link: Link,
    pub(super) inbox: Inbox,
    pub(super) versions: RangeInclusive<u16>,
    pub(super) pid: u32,
}

pub(super) struct Candidate {
    pub(super) link: Link,
    pub(super) inbox: Inbox,
    pub(super) pid: u32,
    pub(super) deadline: Instant,
}

/// Same user, or root, whom no permission keeps out anyway.
pub(super) fn is_trusted(own: u32, other: u32) -> bool {
    own == other || other == 0
}

/// What a process that has connected says first.
pub(super) async fn hello(link: Link, patience: Patience) -> Option<Applicant> {
    let mut inbox = Inbox::new();
    match timeout(patience.handshake, link.recv(&mut inbox)).await {
        Ok(Ok(Some(Packet {
            message:
                Message::Hello {
                    oldest,
                    newest,
                    pid,
                },
            ..
        }))) => Some(Applicant {
            link,
            inbox,
            versions: oldest..=newest,
            pid,
        }),
        Ok(Ok(None)) => None,
        Ok(Ok(Some(packet))) => {
            tracing::warn!(message = ?packet.message, "a process connected to the handoff path and did not say hello");
            None
        }
        Ok(Err(error)) => {
            complain(&error);
            None
        }
        Err(_) => {
            tracing::warn!("a process connected to the handoff path and said nothing");
            None
        }
    }
}

/// Whether the candidate said READY in time. What is in the socket already is in time. Safe to
/// cancel.
pub(super) async fn ready(candidate: &mut Option<Candidate>) -> bool {
    let Some(Candidate {
        link,
        inbox,
        pid,
        deadline,
    }) = candidate
    else {
        return pending().await;
    };
    match timeout_at(*deadline, link.recv(inbox)).await {
        Ok(Ok(Some(Packet {
            message: Message::Ready,
            ..
        }))) => return true,
        Ok(Ok(None)) => tracing::warn!(pid, "the successor ended before it was ready"),
        Ok(Ok(Some(packet))) => {
            tracing::warn!(pid, message = ?packet.message, "the successor did not say that it is ready");
            refuse(link, "it expected the message that this process is ready");
        }
        Ok(Err(error)) => complain(&error),
        Err(_) => {
            tracing::warn!(pid, "the successor did not become ready in time");
            refuse(link, "this process did not become ready in time");
        }
    }
    false
}

fn complain(error: &Broken) {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::warn!(%error, cause, "a handoff did not come about");
}

pub(super) fn refuse(link: &Link, reason: &str) {
    let text = reason.to_owned();
    say(link, &Message::Refused { text }, None);
}

/// Says one thing to a process that has not been told much yet, so that its socket has room.
pub(super) fn say(link: &Link, message: &Message, descriptor: Option<BorrowedFd<'_>>) -> bool {
    let mut bytes = Vec::new();
    message.encode(&mut bytes);
    let sent = link.send_now(&bytes, descriptor);
    if let Err(error) = &sent {
        tracing::warn!(
            ?error,
            ?message,
            "failed to answer a process that asked for a handoff"
        );
    }
    sent.is_ok()
}

//! The successor's side: asks for the listener, says READY, and takes what arrives.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use rustix::io::Errno;
use socket2::SockRef;
use tokio::time::{sleep, timeout};

use super::arrivals::Arrivals;
use super::candidate::{HANDSHAKE, is_trusted};
use super::control::{Call, connect};
use super::error::HandoffError;
use super::link::{Broken, Inbox, Link, Packet};
use super::message::{Message, VERSIONS, span};

/// Between two attempts to connect while others wait to be accepted.
const RETRY: Duration = Duration::from_millis(20);

/// What a predecessor gives at once.
#[derive(Debug)]
pub(crate) struct Inheritance {
    /// Non-blocking, and shared with the predecessor until [`Claim::ready`].
    pub(crate) listener: TcpListener,
    pub(crate) claim: Claim,
}

/// A successor's place before it is in office. Dropped, the predecessor goes on as before.
#[derive(Debug)]
pub(crate) struct Claim {
    path: PathBuf,
    link: Link,
    inbox: Inbox,
}

/// Asks the process that owns `path` to hand over. `None`: there is no such process.
pub(crate) async fn take_over(path: &Path) -> Result<Option<Inheritance>, HandoffError> {
    take_over_within(path, HANDSHAKE).await
}

pub(super) async fn take_over_within(
    path: &Path,
    limit: Duration,
) -> Result<Option<Inheritance>, HandoffError> {
    match timeout(limit, ask(path)).await {
        Ok(answer) => answer,
        Err(_) => Err(HandoffError::Silent {
            path: path.to_owned(),
        }),
    }
}

async fn ask(path: &Path) -> Result<Option<Inheritance>, HandoffError> {
    let Some(socket) = reach(path).await? else {
        return Ok(None);
    };
    let failed = |source| HandoffError::at(path, "ask", source);
    let link = Link::new(socket).map_err(failed)?;
    let uid = link.peer().map_err(failed)?;
    if !is_trusted(rustix::process::geteuid().as_raw(), uid) {
        return Err(HandoffError::OtherUser {
            path: path.to_owned(),
            uid,
        });
    }
    let mut bytes = Vec::new();
    Message::Hello {
        oldest: *VERSIONS.start(),
        newest: *VERSIONS.end(),
        pid: process::id(),
    }
    .encode(&mut bytes);
    // If the other end is gone already, it may have said why.
    let _ = link.send(&bytes, None).await;
    let mut inbox = Inbox::new();
    let (pid, listener) = answer(path, link.recv(&mut inbox).await)?;
    tracing::info!(pid, "took over the listener of a running server");
    let claim = Claim {
        path: path.to_owned(),
        link,
        inbox,
    };
    Ok(Some(Inheritance { listener, claim }))
}

async fn reach(path: &Path) -> Result<Option<OwnedFd>, HandoffError> {
    loop {
        match connect(path)? {
            Call::Answered(socket) => return Ok(Some(socket)),
            Call::Nobody => return Ok(None),
            Call::Queued => sleep(RETRY).await,
        }
    }
}

fn answer(
    path: &Path,
    heard: Result<Option<Packet>, Broken>,
) -> Result<(u32, TcpListener), HandoffError> {
    let owned = path.to_owned();
    let packet = heard
        .map_err(|error| broken(path, error))?
        .ok_or(HandoffError::HungUp {
            path: owned.clone(),
        })?;
    match (packet.message, packet.descriptor) {
        (Message::Welcome { version, pid }, Some(socket)) if VERSIONS.contains(&version) => {
            Ok((pid, listening(path, socket)?))
        }
        (Message::Welcome { version, .. }, Some(_)) => Err(HandoffError::nonsense(
            path,
            format!("it chose version {version} of {}", span(&VERSIONS)),
        )),
        (Message::Welcome { .. }, None) => Err(HandoffError::at(
            path,
            "receive the listener from",
            // The kernel drops a descriptor that it cannot add to this process's.
            Errno::MFILE.into(),
        )),
        (Message::Busy, _) => Err(HandoffError::Busy { path: owned }),
        (Message::Refused { text }, _) => Err(HandoffError::Refused {
            path: owned,
            reason: text,
        }),
        (message, _) => Err(HandoffError::nonsense(path, format!("it said {message:?}"))),
    }
}

fn broken(path: &Path, error: Broken) -> HandoffError {
    match error {
        Broken::Malformed(error) => HandoffError::nonsense(path, error),
        Broken::Io(error) => HandoffError::at(path, "ask", error),
    }
}

fn listening(path: &Path, socket: OwnedFd) -> Result<TcpListener, HandoffError> {
    if !SockRef::from(&socket).is_listener().unwrap_or(false) {
        return Err(HandoffError::nonsense(
            path,
            "what it gave is no listening socket",
        ));
    }
    let listener = TcpListener::from(socket);
    // It is so already; a runtime that is handed a blocking one panics.
    listener
        .set_nonblocking(true)
        .map_err(|error| HandoffError::at(path, "use the listener from", error))?;
    Ok(listener)
}

impl Claim {
    /// Says that this process accepts. From the moment this returns it is in office. An error
    /// means that the predecessor goes on serving and this process must not.
    pub(crate) async fn ready(self) -> Result<Arrivals, HandoffError> {
        self.ready_within(HANDSHAKE).await
    }

    pub(super) async fn ready_within(mut self, limit: Duration) -> Result<Arrivals, HandoffError> {
        let path = self.path.clone();
        match timeout(limit, self.confirmed()).await {
            Ok(Ok(Confirmed::ByMessage)) => Ok(Arrivals::new(Some(self.link), self.inbox)),
            Ok(Ok(Confirmed::ByDeath)) => Ok(Arrivals::new(None, self.inbox)),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(HandoffError::Silent { path }),
        }
    }

    async fn confirmed(&mut self) -> Result<Confirmed, HandoffError> {
        let mut bytes = Vec::new();
        Message::Ready.encode(&mut bytes);
        // If the other end is gone already, it may have said why.
        let _ = self.link.send(&bytes, None).await;
        let heard = self.link.recv(&mut self.inbox).await;
        let heard = heard.map_err(|error| broken(&self.path, error))?;
        match heard.map(|packet| packet.message) {
            Some(Message::Confirmed) => Ok(Confirmed::ByMessage),
            Some(Message::Refused { text }) => Err(HandoffError::Refused {
                path: self.path.clone(),
                reason: text,
            }),
            // It refuses in words; without any, it has ended or stopped handing over, and the
            // listener must not be left to nobody.
            None => Ok(Confirmed::ByDeath),
            Some(message) => Err(HandoffError::nonsense(
                &self.path,
                format!("it said {message:?}"),
            )),
        }
    }
}

enum Confirmed {
    ByMessage,
    ByDeath,
}

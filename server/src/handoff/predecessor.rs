//! The predecessor's side until a successor is in office: hears who connects, agrees with one of
//! them, and waits for its READY.

use std::future::pending;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::process;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::candidate::{Applicant, Candidate, Patience, hello, is_trusted, ready, refuse, say};
use super::control::ControlSocket;
use super::courier;
use super::error::HandoffError;
use super::link::Link;
use super::message::{Message, VERSIONS, common, span};
use super::offer::{Gone, Successor};

/// Processes that have connected and said nothing yet. One is normal; silent ones must not use up
/// descriptors, nor keep a real one out.
const MAX_SILENT: usize = 32;

/// How often, and how many times, the path is looked at after a successor has died: the kernel
/// closes a dead process's sockets one after the other.
const RECLAIM_EVERY: Duration = Duration::from_millis(100);
const RECLAIM_TIMES: u32 = 50;

/// The handoff path and who comes by it.
pub(crate) struct Control {
    socket: ControlSocket,
    patience: Patience,
    /// Connected, and not heard from yet.
    silent: FuturesUnordered<BoxFuture<'static, Option<Applicant>>>,
    /// Welcomed, and not ready yet.
    candidate: Option<Candidate>,
    office: Office,
}

/// Whether a successor is at work.
enum Office {
    Vacant,
    Held(watch::Receiver<Option<Gone>>),
    /// The last one has died and may have left a socket of its own at the path.
    Orphaned {
        look_at: Instant,
        looks: u32,
    },
}

impl Control {
    /// Takes over `path`. Whoever owned it before is not told.
    pub(crate) fn bind(path: &Path) -> Result<Self, HandoffError> {
        Self::bind_with(path, Patience::default())
    }

    pub(super) fn bind_with(path: &Path, patience: Patience) -> Result<Self, HandoffError> {
        Ok(Self {
            socket: ControlSocket::bind(path)?,
            patience,
            silent: FuturesUnordered::new(),
            candidate: None,
            office: Office::Vacant,
        })
    }

    /// Waits until a successor has the listener and says that it accepts. Whatever fails before
    /// that is logged, and the next process that connects is heard. One at a time: others are told
    /// that this server is busy, also while an earlier successor is in office, so call it again
    /// then: it returns the next one when the former is gone. If that one died, the path leads
    /// here again. Safe to cancel.
    pub(crate) async fn successor(&mut self, listener: BorrowedFd<'_>) -> Successor {
        loop {
            tokio::select! {
                biased;
                ready = ready(&mut self.candidate) => {
                    if let Some(successor) = self.install(ready) {
                        return successor;
                    }
                }
                () = self.office.changed() => self.keep_office(),
                Some(heard) = self.silent.next() => {
                    if let Some(applicant) = heard {
                        self.decide(applicant, listener);
                    }
                }
                link = self.socket.accept() => self.hear(link),
            }
        }
    }

    fn hear(&mut self, link: Link) {
        let own = rustix::process::geteuid().as_raw();
        match link.peer() {
            Ok(uid) if !is_trusted(own, uid) => {
                tracing::warn!(uid, "another user's process asked for a handoff");
                refuse(&link, "it runs as another user");
            }
            Ok(_) if self.silent.len() >= MAX_SILENT => {
                tracing::warn!("too many processes connect to the handoff path and say nothing");
            }
            Ok(_) => self.silent.push(hello(link, self.patience).boxed()),
            Err(error) => tracing::warn!(%error, "failed to tell who asks for a handoff"),
        }
    }

    fn decide(&mut self, applicant: Applicant, listener: BorrowedFd<'_>) {
        let Applicant {
            link,
            inbox,
            versions,
            pid,
        } = applicant;
        if self.is_busy() {
            tracing::info!(pid, "a process asked for a handoff while another has it");
            say(&link, &Message::Busy, None);
            return;
        }
        let Some(version) = common(&VERSIONS, &versions) else {
            let reason = format!(
                "it speaks versions {} of the handoff, this one {}",
                span(&VERSIONS),
                span(&versions)
            );
            tracing::warn!(pid, reason, "refused to hand over");
            refuse(&link, &reason);
            return;
        };
        let welcome = Message::Welcome {
            version,
            pid: process::id(),
        };
        if say(&link, &welcome, Some(listener)) {
            tracing::info!(pid, "handing over; waiting for the successor to be ready");
            self.candidate = Some(Candidate {
                link,
                inbox,
                pid,
                deadline: Instant::now() + self.patience.ready,
            });
        }
    }

    fn is_busy(&self) -> bool {
        self.candidate.is_some() || matches!(self.office, Office::Held(_))
    }

    fn install(&mut self, ready: bool) -> Option<Successor> {
        let Candidate {
            link, inbox, pid, ..
        } = self.candidate.take()?;
        if !ready || !say(&link, &Message::Confirmed, None) {
            return None;
        }
        tracing::info!(pid, "the successor is ready");
        let (successor, gone) = courier::start(link, inbox, self.patience.stall);
        self.office = Office::Held(gone);
        Some(successor)
    }

    fn keep_office(&mut self) {
        self.office = match &self.office {
            Office::Held(gone) if *gone.borrow() == Some(Gone::Died) => Office::Orphaned {
                look_at: Instant::now(),
                looks: 0,
            },
            Office::Orphaned { looks, .. } if !self.socket.reclaim() && *looks < RECLAIM_TIMES => {
                Office::Orphaned {
                    look_at: Instant::now() + RECLAIM_EVERY,
                    looks: looks + 1,
                }
            }
            _ => Office::Vacant,
        };
    }
}

impl Office {
    async fn changed(&mut self) {
        match self {
            Self::Vacant => pending().await,
            Self::Held(gone) => {
                let _ = gone.wait_for(Option::is_some).await;
            }
            Self::Orphaned { look_at, .. } => sleep_until(*look_at).await,
        }
    }
}

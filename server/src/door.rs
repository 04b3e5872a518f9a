//! The listener: accepts one connection at a time while open, gives up its whole queue on request,
//! leaves accepting to a successor that shares it, and closes once.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use socket2::{SockAddr, SockRef, Socket};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until};

/// Out of descriptors, a pause gives connections time to end; short enough not to show as an
/// outage.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(crate) struct Door {
    listener: Option<TcpListener>,
    paused_until: Option<Instant>,
    /// Whether others may accept from the same queue: then what waits there is not this server's
    /// alone.
    shared: bool,
    /// Whether a successor accepts. The listener stays open behind it, in case it dies.
    ceded: bool,
}

impl Door {
    pub(crate) fn open(listener: TcpListener, shared: bool) -> Self {
        Self {
            listener: Some(listener),
            paused_until: None,
            shared,
            ceded: false,
        }
    }

    /// Whether this server accepts.
    pub(crate) fn is_open(&self) -> bool {
        self.listener.is_some() && !self.ceded
    }

    /// Whether what waits in the queue is lost when this server is gone.
    pub(crate) fn is_last(&self) -> bool {
        self.is_open() && !self.shared
    }

    /// Says whether others may accept from the same queue.
    pub(crate) fn share(&mut self, shared: bool) {
        self.shared = shared;
    }

    /// Another descriptor of the listener.
    pub(crate) fn duplicate(&self) -> io::Result<OwnedFd> {
        match &self.listener {
            Some(listener) => listener.as_fd().try_clone_to_owned(),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Leaves accepting to a successor, or takes it back.
    pub(crate) fn cede(&mut self, ceded: bool) {
        self.ceded = ceded;
    }

    /// The next connection; never returns once closed. Safe to cancel.
    pub(crate) async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        let listener = match &self.listener {
            Some(listener) if !self.ceded => listener,
            _ => return pending().await,
        };
        loop {
            if let Some(until) = self.paused_until {
                sleep_until(until).await;
                self.paused_until = None;
            }
            match listener.accept().await {
                Ok(accepted) => return accepted,
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "failed to accept; trying again soon");
                    self.paused_until = Some(Instant::now() + PAUSE);
                }
            }
        }
    }

    /// Takes all that waits in the accept queue. It asks the kernel itself: the runtime learns of
    /// new connections with a delay.
    pub(crate) fn empty(&self) -> Vec<(TcpStream, SocketAddr)> {
        let listener = match &self.listener {
            Some(listener) if !self.ceded => listener,
            _ => return Vec::new(),
        };
        let mut queued = Vec::new();
        loop {
            match SockRef::from(listener).accept() {
                Ok((socket, from)) => match adopt(socket, &from) {
                    Ok(accepted) => queued.push(accepted),
                    Err(error) => tracing::warn!(%error, "failed to take an accepted connection"),
                },
                Err(error) if concerns_one_connection(&error) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return queued,
                Err(error) => {
                    tracing::warn!(%error, "failed to empty the accept queue");
                    return queued;
                }
            }
        }
    }

    /// Closes the listener. What the kernel completes between the last [`empty`](Self::empty) and
    /// this is reset.
    pub(crate) fn close(&mut self) {
        self.listener = None;
    }
}

fn adopt(socket: Socket, from: &SockAddr) -> io::Result<(TcpStream, SocketAddr)> {
    let from = from.as_socket().ok_or(io::ErrorKind::InvalidData)?;
    socket.set_nonblocking(true)?;
    Ok((TcpStream::from_std(socket.into())?, from))
}

fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

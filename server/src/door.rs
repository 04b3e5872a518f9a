//! The listener: accepts one connection at a time while open, gives up its whole queue on request,
//! and closes once.

use std::future::pending;
use std::io;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until};

/// Out of descriptors, a pause gives connections time to end; short enough not to show as an
/// outage.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(crate) struct Door {
    listener: Option<TcpListener>,
    paused_until: Option<Instant>,
}

impl Door {
    pub(crate) fn open(listener: TcpListener) -> Self {
        Self {
            listener: Some(listener),
            paused_until: None,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.listener.is_some()
    }

    /// The next connection; never returns once closed. Safe to cancel.
    pub(crate) async fn accept(&mut self) -> TcpStream {
        let Some(listener) = &self.listener else {
            return pending().await;
        };
        loop {
            if let Some(until) = self.paused_until {
                sleep_until(until).await;
                self.paused_until = None;
            }
            match listener.accept().await {
                Ok((stream, _)) => return stream,
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
    pub(crate) fn empty(&self) -> Vec<TcpStream> {
        let Some(listener) = &self.listener else {
            return Vec::new();
        };
        let mut queued = Vec::new();
        loop {
            match SockRef::from(listener).accept() {
                Ok((socket, _)) => match adopt(socket) {
                    Ok(stream) => queued.push(stream),
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

fn adopt(socket: socket2::Socket) -> io::Result<TcpStream> {
    socket.set_nonblocking(true)?;
    TcpStream::from_std(socket.into())
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

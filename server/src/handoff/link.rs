//! One connection between two processes: packets that carry a message and at most one descriptor
//! each (`SOCK_SEQPACKET`, `SCM_RIGHTS`), and who is at the other end. What the messages mean is
//! not known here.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::time::sleep;

use super::message::{MAX_MESSAGE, Malformed, Message, decode};

/// The kernel does not tell when it has room again for descriptors in flight; a moment in which
/// the other end takes a few dozen.
const SHORTAGE: Duration = Duration::from_millis(2);

/// tokio's stream is used for its readiness and the peer's credentials only: the socket beneath
/// keeps packets apart, and reading and writing go by `recvmsg` and `sendmsg`.
#[derive(Debug)]
pub(super) struct Link {
    socket: UnixStream,
}

/// What came in one packet.
#[derive(Debug)]
pub(super) struct Packet {
    pub(super) message: Message,
    pub(super) descriptor: Option<OwnedFd>,
}

/// Room for one packet.
#[derive(Debug)]
pub(super) struct Inbox(Box<[u8]>);

/// Why nothing more can be received.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("the other process sent {0}")]
    Malformed(#[from] Malformed),
    #[error("failed to receive")]
    Io(#[from] io::Error),
}

/// Why a packet was not sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsent {
    #[error("the socket is full until the other process reads")]
    Full,
    #[error("the kernel is short of memory, or too many descriptors are in flight")]
    Shortage,
    #[error("a message that does not fit into the socket's buffer")]
    TooLarge,
    #[error("the other process is gone")]
    Gone(#[source] io::Error),
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self(vec![0; MAX_MESSAGE].into())
    }
}

impl Link {
    pub(super) fn new(socket: OwnedFd) -> io::Result<Self> {
        let socket = UnixStream::from_std(StdUnixStream::from(socket))?;
        Ok(Self { socket })
    }

    pub(super) fn accepted(socket: UnixStream) -> Self {
        Self { socket }
    }

    /// The user of the other end when it connected or began to listen.
    pub(super) fn peer(&self) -> io::Result<u32> {
        Ok(self.socket.peer_cred()?.uid())
    }

    /// The next packet; `None` at the end. Safe to cancel.
    pub(super) async fn recv(&self, inbox: &mut Inbox) -> Result<Option<Packet>, Broken> {
        let received = self
            .socket
            .async_io(Interest::READABLE, || receive(&self.socket, inbox))
            .await;
        packet(inbox, received?)
    }

    /// The next packet if it is there already.
    pub(super) fn try_recv(&self, inbox: &mut Inbox) -> Option<Result<Option<Packet>, Broken>> {
        let received = self
            .socket
            .try_io(Interest::READABLE, || receive(&self.socket, inbox));
        match received {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            received => Some(
                received
                    .map_err(Broken::from)
                    .and_then(|received| packet(inbox, received)),
            ),
        }
    }

    /// Sends one packet, waiting for room. Safe to cancel: it was sent if and only if this
    /// returned. [`Unsent::Full`] and [`Unsent::Shortage`] are not returned.
    pub(super) async fn send(
        &self,
        bytes: &[u8],
        descriptor: Option<BorrowedFd<'_>>,
    ) -> Result<(), Unsent> {
        loop {
            let sent = self.socket.async_io(Interest::WRITABLE, || {
                match self.send_now(bytes, descriptor) {
                    Err(Unsent::Full) => Err(io::ErrorKind::WouldBlock.into()),
                    sent => Ok(sent),
                }
            });
            match sent.await.map_err(Unsent::Gone)? {
                Err(Unsent::Shortage) => sleep(SHORTAGE).await,
                sent => return sent,
            }
        }
    }

    /// Sends one packet if there is room for it.
    pub(super) fn send_now(
        &self,
        bytes: &[u8],
        descriptor: Option<BorrowedFd<'_>>,
    ) -> Result<(), Unsent> {
        let rights = descriptor.map(|descriptor| [descriptor]);
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if let Some(rights) = &rights {
            let fits = control.push(SendAncillaryMessage::ScmRights(rights));
            debug_assert!(fits, "space for one descriptor");
        }
        let bytes = [IoSlice::new(bytes)];
        loop {
            let sent = sendmsg(&self.socket, &bytes, &mut control, SendFlags::NOSIGNAL);
            return match sent {
                Ok(_) => Ok(()),
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => Err(Unsent::Full),
                Err(Errno::NOBUFS | Errno::NOMEM | Errno::TOOMANYREFS) => Err(Unsent::Shortage),
                Err(Errno::MSGSIZE) => Err(Unsent::TooLarge),
                Err(error) => Err(Unsent::Gone(error.into())),
            };
        }
    }
}

struct Received {
    length: usize,
    truncated: bool,
    descriptor: Option<OwnedFd>,
}

fn receive(socket: &UnixStream, inbox: &mut Inbox) -> io::Result<Received> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    loop {
        let mut bytes = [IoSliceMut::new(&mut inbox.0)];
        match recvmsg(socket, &mut bytes, &mut control, RecvFlags::CMSG_CLOEXEC) {
            Ok(received) => {
                return Ok(Received {
                    length: received.bytes,
                    truncated: received.flags.contains(ReturnFlags::TRUNC),
                    descriptor: descriptor(&mut control),
                });
            }
            // An end that closed without having read everything resets, once, ahead of what it had
            // sent before: the answers behind this error still count.
            Err(Errno::INTR | Errno::CONNRESET) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The first descriptor; what else came is closed.
fn descriptor(control: &mut RecvAncillaryBuffer<'_>) -> Option<OwnedFd> {
    let mut first = None;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            for descriptor in rights {
                first.get_or_insert(descriptor);
            }
        }
    }
    first
}

fn packet(inbox: &Inbox, received: Received) -> Result<Option<Packet>, Broken> {
    if received.length == 0 {
        return Ok(None);
    }
    if received.truncated {
        return Err(Malformed::TooLong.into());
    }
    Ok(Some(Packet {
        message: decode(&inbox.0[..received.length])?,
        descriptor: received.descriptor,
    }))
}

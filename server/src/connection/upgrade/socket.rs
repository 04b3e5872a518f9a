//! What an upgraded connection needs of the bytes below it.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::connection::transport::Transport;

/// The byte stream below an upgraded connection.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin {
    /// Whether there is room for bytes to the peer.
    fn takes_bytes(&self) -> bool;

    /// Closes it so that the peer cannot take the end for a regular one.
    fn reset(self);
}

impl Socket for Transport {
    fn takes_bytes(&self) -> bool {
        let mut socket = [PollFd::new(self.tcp(), PollFlags::OUT)];
        poll(&mut socket, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }

    fn reset(self) {
        Transport::reset(self);
    }
}

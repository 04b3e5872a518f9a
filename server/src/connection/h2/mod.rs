//! One HTTP/2 connection. Not served yet: it is closed.

mod frames;
mod hold;
mod streams;

use std::sync::Arc;

use super::arrival::Socket;
use super::seat::Seat;
use super::service::{Application, Desk};
use crate::counters::Ending;

#[expect(clippy::unused_async, reason = "HTTP/2 is to come")]
pub(crate) async fn drive<A: Application>(seat: Seat, socket: Socket, _desk: Arc<Desk<A>>) {
    tracing::debug!(from = %socket.peer.address, "HTTP/2 is not served");
    seat.ends(Ending::Ended);
}

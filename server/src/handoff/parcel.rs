//! What moves: a connection between two requests, and what the next process must know about it.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;

/// A connection on its way from one process to the next, between requests.
#[derive(Debug)]
pub(crate) struct Parcel {
    /// Non-blocking, as it was: that is a property of the connection, which both processes share.
    pub(crate) stream: TcpStream,
    /// Bytes read and not used yet: part of a header at most.
    pub(crate) prefix: Bytes,
    pub(crate) facts: ParcelFacts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ParcelFacts {
    /// The peer, as a PROXY header or the socket told.
    pub(crate) peer: SocketAddr,
    /// Whether a PROXY header, if one is expected, has been read.
    pub(crate) greeted: bool,
    /// How many requests were answered on it.
    pub(crate) requests: u32,
    /// How long ago the header in `prefix` began.
    pub(crate) header_age: Option<Duration>,
}

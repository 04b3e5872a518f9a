//! A connection as it comes in: from the listener, or from the predecessor.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::transport::Transport;
use crate::handoff::{Parcel, ParcelFacts};
use crate::peer::Peer;

/// A connection before its protocol is known.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) stream: TcpStream,
    pub(crate) prefix: Bytes,
    pub(crate) address: SocketAddr,
    pub(crate) past: Past,
    /// Whether a PROXY header, if one is expected, has been read.
    pub(crate) greeted: bool,
}

/// What a connection has been through.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Past {
    /// Requests that were answered on it.
    pub(crate) requests: u32,
    /// When the header that has begun to arrive did.
    pub(crate) header_since: Option<Instant>,
}

/// A connection whose protocol is known.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) transport: Transport,
    /// Bytes that were read ahead.
    pub(crate) prefix: Bytes,
    pub(crate) peer: Peer,
    pub(crate) past: Past,
}

impl Arrival {
    pub(crate) fn fresh(stream: TcpStream, address: SocketAddr) -> Self {
        Self {
            stream,
            prefix: Bytes::new(),
            address,
            past: Past::default(),
            greeted: false,
        }
    }

    pub(crate) fn handed_over(parcel: Parcel) -> io::Result<Self> {
        let Parcel {
            stream,
            prefix,
            facts,
        } = parcel;
        let header_since = facts
            .header_age
            .and_then(|age| Instant::now().checked_sub(age));
        Ok(Self {
            stream: TcpStream::from_std(stream)?,
            prefix,
            address: facts.peer,
            past: Past {
                requests: facts.requests,
                header_since,
            },
            greeted: facts.greeted,
        })
    }

    pub(crate) fn into_parcel(self) -> io::Result<Parcel> {
        Ok(Parcel {
            stream: self.stream.into_std()?,
            prefix: self.prefix,
            facts: ParcelFacts {
                peer: self.address,
                requests: self.past.requests,
                header_age: self.past.header_since.map(|since| since.elapsed()),
                greeted: self.greeted,
            },
        })
    }
}

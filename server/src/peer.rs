//! Who is at the other end of a connection.

use std::net::SocketAddr;

/// The client of a connection, in the extensions of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its address: the socket's, or what the PROXY protocol header says
    /// ([`Settings::proxy_protocol`](crate::Settings::proxy_protocol)). Behind an ALB that is the
    /// balancer; its client is in `X-Forwarded-For`.
    pub address: SocketAddr,
    /// Whether the connection is encrypted up to this server.
    pub encrypted: bool,
}

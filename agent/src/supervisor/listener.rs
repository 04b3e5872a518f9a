//! The listening socket. The agent binds it once and keeps it, so that connections queue while a server is replaced.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

/// Connections that may queue while no server accepts; the kernel caps it at `net.core.somaxconn`, 4096 on current systems.
const BACKLOG: i32 = 4096;

/// Binds and listens. `SO_REUSEADDR` lets a new agent follow one whose connections linger in `TIME_WAIT`.
pub(super) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Where this machine itself reaches a listener.
pub(super) fn local(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_address_is_reached_over_loopback() {
        let pairs = [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("127.4.5.6:80", "127.4.5.6:80"),
        ];
        for (bound, reached) in pairs {
            assert_eq!(local(bound.parse().unwrap()), reached.parse().unwrap());
        }
    }
}

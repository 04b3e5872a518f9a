//! Sockets that many clients may reach for at once.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// Connections that may wait to be accepted. With the usual 128 a burst of clients meets dropped SYNs, which the kernel sends
/// again a second later: a latency that no load balancer of AWS's has. The kernel's own limit holds besides.
const BACKLOG: u32 = 4096;

/// Listens on this address; port 0 is any.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // As every server does: a port that was left a moment ago can be had.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_burst_of_clients_connects_without_waiting() {
        let listener = listen((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
        let address = listener.local_addr().expect("an address");
        // Shorter than a SYN takes to be sent again.
        let soon = Duration::from_millis(900);
        let clients = (0..400).map(|_| tokio::time::timeout(soon, TcpStream::connect(address)));
        for client in join_all(clients).await {
            client.expect("no SYN is lost").expect("a connection");
        }
    }
}

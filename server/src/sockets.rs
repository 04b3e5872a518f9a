//! Where the listening socket comes from: inherited from a supervisor, or bound here.

use std::io;
use std::net::{SocketAddr, TcpListener};

use listenfd::ListenFd;
use rustix::process::{Resource, getrlimit, setrlimit};
use socket2::{Domain, Protocol, Socket, Type};

/// Connections the kernel may complete ahead of `accept`; it caps this at net.core.somaxconn (4096
/// by default).
const BACKLOG: i32 = 4096;

/// Why there is no listening socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// `LISTEN_FDS` names something that is no TCP socket.
    #[error("the inherited socket cannot be used")]
    Inherited(#[source] io::Error),
    /// More sockets than one were passed.
    #[error("{count} sockets were inherited, one is expected")]
    TooMany {
        /// How many.
        count: usize,
    },
    /// The address cannot be bound.
    #[error("{address} cannot be listened on")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The socket passed by the supervisor (`LISTEN_FDS` and `LISTEN_PID`, `sd_listen_fds(3)`), if
/// there is one. Call it before threads start: it clears these variables.
pub fn inherited() -> Result<Option<TcpListener>, SocketError> {
    let mut passed = ListenFd::from_env();
    match passed.len() {
        0 => return Ok(None),
        1 => {}
        count => return Err(SocketError::TooMany { count }),
    }
    let listener = passed
        .take_tcp_listener(0)
        .map_err(SocketError::Inherited)?;
    if let Some(listener) = &listener {
        listener
            .set_nonblocking(true)
            .map_err(SocketError::Inherited)?;
    }
    Ok(listener)
}

/// Raises the limit of descriptors to what the process may have, and returns it (`None`: there is
/// no limit). Each connection takes one, and the usual limit of 1,024 is there for programs that
/// use `select(2)`. Call it before a [`Server`](crate::Server) is built: how many connections it
/// serves by default follows from it.
///
/// # Errors
/// If the system refuses; the limit stays as it was.
pub fn raise_descriptor_limit() -> io::Result<Option<u64>> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    Ok(limit.current)
}

/// Binds `address` and listens.
pub fn bind(address: SocketAddr) -> Result<TcpListener, SocketError> {
    let bound = || -> io::Result<TcpListener> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        // Connections of a former process in TIME_WAIT do not keep the address.
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    };
    bound().map_err(|source| SocketError::Bind { address, source })
}

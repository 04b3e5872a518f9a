//! Where a server's connections come from: a socket bound here, one inherited from a supervisor, or
//! one taken over from a predecessor together with its idle connections.

use std::io;
use std::net::{self, SocketAddr};
use std::path::Path;

use tokio::net::TcpListener;

use crate::handoff::{Claim, HandoffError, Inheritance, take_over};
use crate::sockets::{SocketError, bind};

/// A listening socket, and the predecessor it came from if it did.
#[derive(Debug)]
pub struct Listener {
    pub(crate) tcp: TcpListener,
    /// Whether somebody else holds the same socket and may accept from it after this server.
    pub(crate) shared: bool,
    /// The right to a predecessor's connections.
    pub(crate) claim: Option<Claim>,
}

/// Why there is no [`Listener`].
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address cannot be bound.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// A predecessor answers, but taking over from it failed.
    #[error(transparent)]
    Handoff(#[from] HandoffError),
    /// The predecessor listens elsewhere.
    #[error("the predecessor listens on {found}, not on {wanted}")]
    Elsewhere {
        /// The address asked for.
        wanted: SocketAddr,
        /// The predecessor's.
        found: SocketAddr,
    },
    /// The runtime does not take the socket.
    #[error("the listening socket cannot be used")]
    Unusable(#[source] io::Error),
}

impl Listener {
    /// The first there is of: the socket `inherited` from a supervisor ([`sockets::inherited`]),
    /// the socket of the predecessor that answers on `handoff`, a new socket bound to `address`.
    /// If a predecessor answers, its idle connections come, too, once this server is ready.
    ///
    /// [`sockets::inherited`]: crate::sockets::inherited
    pub async fn open(
        address: SocketAddr,
        inherited: Option<net::TcpListener>,
        handoff: Option<&Path>,
    ) -> Result<Self, ListenError> {
        let inheritance = match handoff {
            Some(path) => take_over(path).await?,
            None => None,
        };
        let shared = inherited.is_some();
        let socket = match (inherited, &inheritance) {
            (Some(socket), _) => socket,
            (None, Some(inheritance)) => passed_on(inheritance, address)?,
            (None, None) => bind(address)?,
        };
        Ok(Self {
            tcp: TcpListener::from_std(socket).map_err(ListenError::Unusable)?,
            shared,
            claim: inheritance.map(|inheritance| inheritance.claim),
        })
    }

    /// The address it listens on.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Whether a predecessor's connections come with it.
    pub fn takes_over(&self) -> bool {
        self.claim.is_some()
    }
}

impl From<TcpListener> for Listener {
    fn from(tcp: TcpListener) -> Self {
        Self {
            tcp,
            shared: false,
            claim: None,
        }
    }
}

/// Port 0 asks for any port, so it asks for the predecessor's.
fn passed_on(
    inheritance: &Inheritance,
    wanted: SocketAddr,
) -> Result<net::TcpListener, ListenError> {
    let usable = || -> io::Result<_> {
        let socket = inheritance.listener.try_clone()?;
        let found = socket.local_addr()?;
        Ok((socket, found))
    };
    let (socket, found) = usable().map_err(ListenError::Unusable)?;
    if wanted.port() != 0 && wanted != found {
        return Err(ListenError::Elsewhere { wanted, found });
    }
    Ok(socket)
}

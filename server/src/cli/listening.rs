//! Where requests come from.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use server::Settings;

#[derive(Debug, Args)]
#[command(next_help_heading = "Listening")]
pub(crate) struct Listening {
    /// Address to listen on, unless a supervisor passes a listening socket (`LISTEN_FDS`) or a
    /// predecessor does (--handoff).
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,

    /// Unix socket at which this server and its successor meet. If a server answers there, this
    /// one takes over from it: its listening socket at once, its idle connections as soon as this
    /// one is ready; so starting a second server with the same arguments is a restart that nobody
    /// notices. If nobody answers, it listens on --listen. Either way it answers there from then on.
    #[arg(long, value_name = "PATH")]
    pub(crate) handoff: Option<PathBuf>,

    /// Expect a PROXY protocol header, version 2, at the start of each connection, as a Network
    /// Load Balancer sends it if told to. Never without such a balancer: clients could name any
    /// address as theirs.
    #[arg(long)]
    proxy_protocol: bool,

    #[cfg(feature = "tls")]
    #[command(flatten)]
    pub(crate) tls: Option<Tls>,
}

/// Both or neither.
#[cfg(feature = "tls")]
#[derive(Debug, Args)]
#[group(requires_all = ["tls_cert", "tls_key"])]
pub(crate) struct Tls {
    /// Serve TLS only, with this certificate chain (PEM, the server's own first). SIGHUP reads it
    /// and the key again; if they are no good, the ones in use stay.
    #[arg(long, value_name = "FILE", required = false)]
    pub(crate) tls_cert: PathBuf,

    /// The certificate's private key (PEM, without a passphrase).
    #[arg(long, value_name = "FILE", required = false)]
    pub(crate) tls_key: PathBuf,
}

impl Listening {
    pub(super) fn apply(&self, settings: &mut Settings) {
        settings.proxy_protocol = self.proxy_protocol;
    }
}

//! A hyper server that stops without dropping a request.
//!
//! Mainstream servers close idle keep-alive connections the moment they are told to stop. A client
//! that is sending its next request on one of them at that moment loses it, and HTTP/1.1 has no way
//! to tell the client in advance. This server never is the first to close a connection that its
//! peer may still use: it answers the *next* request on it with `Connection: close` and lets the
//! peer end it.
//!
//! ```no_run
//! use http_body_util::Full;
//! use hyper::{Request, Response, body::Bytes, service::service_fn};
//! use server::RequestBody;
//! use std::{convert::Infallible, time::Duration};
//!
//! # async fn run() -> std::io::Result<()> {
//! let server = server::Server::builder().unready(Duration::from_secs(5)).build();
//! let _signals = server::signals::leave_on_signals(server.handle())?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! let hello = service_fn(async |_: Request<RequestBody>| {
//!     Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("hello\n"))))
//! });
//! let departure = server.serve(listener, hello).await;
//! assert!(departure.is_clean());
//! # Ok(())
//! # }
//! ```
//!
//! # How it leaves
//!
//! | [`Phase`] | what a peer sees |
//! |---|---|
//! | `Ready` | normal service |
//! | `Unready` | normal service; the application's health check fails ([`Phase::is_ready`]), so that balancers move away |
//! | `Lame` | still served, on old and new connections; every response carries `Connection: close` |
//! | `Force` | the total deadline has passed or a second signal came: what is left is cut and counted |
//! | `Exit` | nothing is left |
//!
//! # What is guaranteed
//!
//! - A request that arrives on an open connection is answered, whether the connection was idle,
//!   fresh or busy when leaving began, until [`Settings::lame`] is over or the connection was quiet
//!   for [`Settings::idle_grace`].
//! - New connections are accepted and served until the listener closes. It closes when no
//!   connection is left after the unready window or when lame is over, and only after its accept
//!   queue has been emptied.
//! - Leaving ends within [`Settings::total`] (plus [`phase::FORCE_PATIENCE`] for a handler that
//!   blocks its thread), whatever peers do: half headers, half bodies and readers that never read
//!   have deadlines of their own, counted from bytes moved.
//! - A response is not destroyed by unread request bytes: after the last one the server half-closes
//!   and reads on to the peer's end.
//! - A response given before the request's body has arrived says `Connection: close`: the rest is
//!   not waited for, so the connection ends.
//! - Whatever is cut is counted by [`Class`] in the [`Departure`], never silent.
//! - A handler that panics or fails answers 500 and costs nothing but its own request.
//!
//! # What is not here
//!
//! HTTP/2, TLS, upgrades, and handing connections to a successor. A client that half-closes its
//! side before it has read the response counts as gone (hyper's default), and pipelined requests
//! behind a `Connection: close` response are not answered (RFC 9112, 9.6: the client sends them
//! again).

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod phase;
pub mod signals;
pub mod sockets;
pub mod systemd;

mod body;
mod connection;
mod counters;
mod departure;
mod door;
mod handle;
mod handoff;
mod leaving;
mod listener;
mod peer;
mod proxy;
mod run;
mod server;
mod settings;
mod succession;
#[cfg(feature = "tls")]
mod tls;

pub use body::{BodyError, RequestBody};
pub use connection::{Class, STAGGER_FROM};
pub use counters::{ByClass, Counts, StatusClass};
pub use departure::Departure;
pub use handle::{Handle, PhaseAt};
pub use handoff::HandoffError;
pub use leaving::Leaving;
pub use listener::{ListenError, Listener};
pub use peer::Peer;
pub use phase::Phase;
pub use server::{Builder, Server};
pub use settings::{ALB_IDLE_TIMEOUT, MAX_HEADER, Settings, Warning};
#[cfg(feature = "tls")]
pub use tls::{Tls, TlsError};

//! A hyper server that stops and restarts without dropping a request: HTTP/1.1 and HTTP/2, with or
//! without TLS, upgrades included.
//!
//! Mainstream servers close idle keep-alive connections the moment they are told to stop. A client
//! that is sending its next request on one of them at that moment loses it, and HTTP/1.1 has no way
//! to tell the client in advance. This server never is the first to close a connection that its
//! peer may still use: it answers the *next* request on it with `Connection: close` and lets the
//! peer end it, or gives the connection, as it is, to the process that replaces it.
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
//! An axum router, or any tower service, goes to [`Server::serve_tower`].
//!
//! # How it leaves
//!
//! | [`Phase`] | what a peer sees |
//! |---|---|
//! | `Ready` | normal service |
//! | `Unready` | normal service; the application's health check fails ([`Phase::is_ready`]), so that balancers move away |
//! | `Lame` | still served, on old and new connections; HTTP/1.1 responses carry `Connection: close`, HTTP/2 peers get GOAWAY, [`Leaving`] is set |
//! | `Force` | the total deadline has passed or a second signal came: what is left is cut and counted |
//! | `Exit` | nothing is left |
//!
//! # How it restarts in place
//!
//! ```no_run
//! # use server::{Listener, Server};
//! # async fn run(service: tower::util::BoxCloneSyncService<http::Request<server::RequestBody>, http::Response<String>, std::convert::Infallible>) -> anyhow::Result<()> {
//! # let address = "127.0.0.1:8080".parse()?;
//! let path = std::path::Path::new("/run/example/handoff");
//! let listener = Listener::open(address, None, Some(path)).await?;
//! let server = Server::builder().handoff(path).build();
//! let departure = server.serve_tower(listener, service).await;
//! # Ok(())
//! # }
//! ```
//!
//! The first process finds nobody at the path and binds the address. A second one finds the first,
//! gets its listening socket and says when it accepts; then the first stops accepting, finishes
//! what it has begun and hands over each HTTP/1.1 connection as it falls idle, bytes read ahead
//! included. Nothing is unready, nobody connects anew, and the old process is gone within
//! milliseconds of its last response. TLS and HTTP/2 connections and upgrades cannot move and leave
//! as above. If the new process dies before the old one has gone, the old one serves on.
//!
//! # What is guaranteed
//!
//! - A request that arrives on an open connection is answered, whether the connection was idle,
//!   fresh or busy when leaving began, until [`Settings::lame`] is over or the connection was quiet
//!   for [`Settings::idle_grace`].
//! - New connections are accepted and served until the listener closes. It closes when no
//!   connection is left after the unready window or when lame is over, and only after its accept
//!   queue has been emptied; a queue that others share is left to them.
//! - Leaving ends within [`Settings::total`] (plus [`phase::FORCE_PATIENCE`] for a handler that
//!   blocks its thread), whatever peers do: half headers, half bodies, readers that never read and
//!   upgraded connections that stay have deadlines of their own, counted from bytes moved.
//! - An upgraded connection is asked to end by [`Leaving`] and ended after
//!   [`Settings::upgrade_grace`]: a WebSocket by a Close frame (1001) between two frames of the
//!   application, anything else by the end of what the application reads.
//! - An HTTP/2 peer is refused no request that it sent before it could know: the GOAWAY that says
//!   which was the last is held until the peer has acknowledged the first one, and some more.
//! - A response is not destroyed by unread request bytes: after the last one the server half-closes
//!   and reads on to the peer's end.
//! - A response given before the request's body has arrived says `Connection: close`: the rest is
//!   not waited for, so the connection ends.
//! - Whatever is cut is counted by [`Class`] in the [`Departure`], never silent.
//! - A handler that panics or fails answers 500 and costs nothing but its own request. One that
//!   fails because of its request's body answers 413, 408 or 400.
//!
//! # What protects it
//!
//! Limits on header, body, connections and requests per connection, and deadlines on every kind of
//! stall: [`Settings`]. Connections beyond the cap are answered 503. Requests whose end could be
//! read in two ways are refused.
//!
//! # What is not here
//!
//! HTTP/3, `WebSockets` over HTTP/2, trailers of the server's own, compression. A client that
//! half-closes its side before it has read the response counts as gone (hyper's default), and
//! pipelined requests behind a `Connection: close` response are not answered (RFC 9112, 9.6: the
//! client sends them again).

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod phase;
pub mod signals;
pub mod sockets;
pub mod systemd;

mod access_log;
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
mod request_id;
mod run;
mod server;
mod settings;
mod succession;
#[cfg(feature = "tls")]
mod tls;

pub use access_log::{ACCESS_LOG, AccessLog, Answering, LoggedBody};
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
pub use request_id::{AmznTrace, RequestId, TraceParent, X_REQUEST_ID, XrayId};
pub use server::{Builder, Server};
pub use settings::{ALB_IDLE_TIMEOUT, MAX_HEADER, Settings, Warning};
#[cfg(feature = "tls")]
pub use tls::{Tls, TlsError};

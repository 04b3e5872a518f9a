//! The server that an application builds and serves with.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Body;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use crate::body::RequestBody;
use crate::departure::Departure;
use crate::handle::{Handle, Shared};
use crate::listener::Listener;
use crate::run::Run;
use crate::settings::Settings;
#[cfg(feature = "tls")]
use crate::tls::Tls;

/// A server for HTTP/1.1 and HTTP/2 that leaves and restarts without dropping a request. See the
/// [crate] for what it guarantees.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    handoff: Option<PathBuf>,
    arrangements: Arc<Arrangements>,
}

/// What connections need to know and settings, being plain numbers, do not say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arrangements {
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Tls>,
}

impl Server {
    /// Starts from the default [`Settings`].
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A handle that watches and stops this server.
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.shared))
    }

    /// Serves connections from `listener` with `service` until the server has left; see
    /// [`Handle::leave`]. A tokio `TcpListener` is a [`Listener`].
    ///
    /// The service is shared by all connections. While lame its responses get `Connection: close`.
    /// If it panics or fails, the request is answered 500.
    pub async fn serve<S, B>(self, listener: impl Into<Listener>, service: S) -> Departure
    where
        S: Service<Request<RequestBody>, Response = Response<B>> + Send + Sync + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let run = Run::new(
            self.shared,
            self.arrangements,
            self.handoff,
            listener.into(),
            service,
        );
        run.until_exit().await
    }

    /// [`serve`](Self::serve) for a tower service, such as an axum router.
    pub async fn serve_tower<S, B>(self, listener: impl Into<Listener>, service: S) -> Departure
    where
        S: tower::Service<Request<RequestBody>, Response = Response<B>>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        self.serve(listener, TowerToHyperService::new(service))
            .await
    }
}

/// Builds a [`Server`]. Each method but the last ones sets the field of [`Settings`] of the same
/// name, where it is explained.
#[derive(Debug, Clone, Default)]
pub struct Builder {
    settings: Settings,
    handoff: Option<PathBuf>,
    arrangements: Arrangements,
}

macro_rules! setters {
    ($($name:ident: $type:ty),+ $(,)?) => {$(
        #[doc = concat!("Sets [`Settings::", stringify!($name), "`].")]
        #[must_use]
        pub fn $name(mut self, $name: $type) -> Self {
            self.settings.$name = $name;
            self
        }
    )+};
}

impl Builder {
    setters!(
        keep_alive: Duration,
        unready: Duration,
        lame: Duration,
        idle_grace: Duration,
        header_deadline: Duration,
        body_stall: Duration,
        write_stall: Duration,
        total: Duration,
        linger: Duration,
        stagger: Duration,
        goaway_hold: Duration,
        pong_wait: Duration,
        upgrade_grace: Duration,
        max_connections: Option<usize>,
        max_requests: Option<u32>,
        max_header: usize,
        max_body: Option<u64>,
        proxy_protocol: bool,
    );

    /// Replaces all settings at once.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Answers a successor on the Unix socket `path`: passes it the listener and then, once it is
    /// ready, every idle connection. The successor finds this server by
    /// [`Listener::open`] with the same path.
    #[must_use]
    pub fn handoff(mut self, path: impl Into<PathBuf>) -> Self {
        self.handoff = Some(path.into());
        self
    }

    /// Expects TLS on every connection.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.arrangements.tls = Some(tls);
        self
    }

    /// The server, in phase `Starting`.
    pub fn build(self) -> Server {
        Server {
            shared: Arc::new(Shared::new(&self.settings)),
            handoff: self.handoff,
            arrangements: Arc::new(self.arrangements),
        }
    }
}

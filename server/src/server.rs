//! The server that an application builds and serves with.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use tokio::net::TcpListener;

use crate::departure::Departure;
use crate::handle::{Handle, Shared};
use crate::run::Run;
use crate::settings::Settings;

/// An HTTP/1.1 server that leaves without dropping a request. See the [crate] for what it
/// guarantees.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
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
    /// [`Handle::leave`].
    ///
    /// The service is shared by all connections. While lame its responses get `Connection: close`.
    /// If it panics or fails, the request is answered 500.
    pub async fn serve<S, B>(self, listener: TcpListener, service: S) -> Departure
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        Run::new(self.shared, listener, service).until_exit().await
    }
}

/// Builds a [`Server`]. Each method sets the field of [`Settings`] of the same name, where it is
/// explained.
#[derive(Debug, Clone, Default)]
pub struct Builder {
    settings: Settings,
}

macro_rules! setters {
    ($($name:ident),+ $(,)?) => {$(
        #[doc = concat!("Sets [`Settings::", stringify!($name), "`].")]
        #[must_use]
        pub fn $name(mut self, $name: Duration) -> Self {
            self.settings.$name = $name;
            self
        }
    )+};
}

impl Builder {
    setters!(
        keep_alive,
        unready,
        lame,
        idle_grace,
        header_deadline,
        body_stall,
        write_stall,
        total,
        linger,
    );

    /// Replaces all settings at once.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// The server, in phase `Starting`.
    pub fn build(self) -> Server {
        Server {
            shared: Arc::new(Shared::new(self.settings)),
        }
    }
}

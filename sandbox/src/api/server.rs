//! The port itself: takes connections and hands each request to the service, to S3, or to the sandbox's own side of it.

use std::path::PathBuf;
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;
use tokio::net::TcpListener;

use super::route::Destination;
use super::{Backend, CallLog, Edge, answer, objects, route};
use crate::control::{self, Control};
use crate::s3;
use crate::wire::http::{self as connections, Body};

/// What one port serves.
pub struct Port {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) store: Arc<s3::Store>,
    pub(super) calls: Arc<CallLog>,
    control: Option<Arc<Control>>,
    pub(super) edge: Option<Edge>,
}

impl Port {
    /// The AWS APIs from `backend` and S3 from the folder `store`, one folder per bucket in it.
    pub fn new(backend: Arc<dyn Backend>, store: PathBuf, calls: Arc<CallLog>) -> Self {
        Self {
            backend,
            store: Arc::new(s3::Store::new(store)),
            calls,
            control: None,
            edge: None,
        }
    }

    /// With `/_sandbox/` beside them.
    pub fn with_control(self, control: Arc<Control>) -> Self {
        let control = Some(control);
        Self { control, ..self }
    }

    /// With AWS's own limits, and faults, before them.
    pub fn with_edge(self, edge: Edge) -> Self {
        let edge = Some(edge);
        Self { edge, ..self }
    }

    /// Serves until dropped. Any signature is good, but AWS's side wants one.
    pub async fn serve(self, listener: TcpListener) {
        let port = Arc::new(self);
        connections::accept(listener, move |request| {
            answer_one(Arc::clone(&port), request)
        })
        .await;
    }
}

/// Serves the AWS APIs and S3 alone; see [`Port`].
pub async fn serve(
    listener: TcpListener,
    backend: Arc<dyn Backend>,
    store: PathBuf,
    calls: Arc<CallLog>,
) {
    Port::new(backend, store, calls).serve(listener).await;
}

async fn answer_one(port: Arc<Port>, request: Request<Incoming>) -> Response<Body> {
    let (head, body) = request.into_parts();
    if let Some(control) = port.control.as_ref().filter(|_| control::is_for(&head)) {
        return control::answer(control, &head, body).await;
    }
    match route::destination(&head) {
        Destination::S3 => objects::answer(&port, &head, body).await,
        Destination::Service(service) => answer::service(&port, service, &head, body).await,
        refused => answer::refusal(&refused, &head, body).await,
    }
}

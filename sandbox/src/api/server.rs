//! The port itself: takes connections and hands each request to the service or to S3.

use std::path::PathBuf;
use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;
use tokio::net::TcpListener;

use super::route::Destination;
use super::{Backend, CallLog, answer, route};
use crate::s3;
use crate::wire::http::{self as connections, Body};

struct Port {
    backend: Arc<dyn Backend>,
    store: Arc<s3::Store>,
    calls: Arc<CallLog>,
}

/// Serves the AWS APIs from `backend` and S3 from the folder `store` (one folder per bucket in it) until dropped.
/// Any signature is good, but there has to be one.
pub async fn serve(
    listener: TcpListener,
    backend: Arc<dyn Backend>,
    store: PathBuf,
    calls: Arc<CallLog>,
) {
    let port = Arc::new(Port {
        backend,
        store: Arc::new(s3::Store::new(store)),
        calls,
    });
    connections::accept(listener, move |request| {
        answer_one(Arc::clone(&port), request)
    })
    .await;
}

async fn answer_one(port: Arc<Port>, request: Request<Incoming>) -> Response<Body> {
    let (head, body) = request.into_parts();
    match route::destination(&head) {
        Destination::S3 => {
            let count = |operation: &str| port.calls.count("s3", operation);
            s3::answer(&port.store, &head, body, count).await
        }
        Destination::Service(service) => {
            let backend = Arc::clone(&port.backend);
            answer::service(backend, &port.calls, service, &head, body).await
        }
        refused => answer::refusal(&refused, &head, body).await,
    }
}

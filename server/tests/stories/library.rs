//! The library in this process, serving paths that a story needs.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;

use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, Either, Full, StreamBody};
use hyper::body::{Body, Bytes, Frame};
use hyper::service::service_fn;
use hyper::{Request, Response};
use server::{Builder, Departure, Handle, Leaving, Phase, RequestBody, Server};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::client::{soon, until};

/// More than socket buffers hold.
const BIG: usize = 64 << 20;

pub(crate) struct Library {
    pub(crate) address: SocketAddr,
    pub(crate) handle: Handle,
    departure: JoinHandle<Departure>,
}

impl Library {
    pub(crate) async fn serve(builder: Builder) -> Self {
        Self::run(builder, |server, listener| {
            server.serve(listener, service_fn(answer))
        })
        .await
    }

    /// A server that serves something of its own.
    pub(crate) async fn run<F>(
        builder: Builder,
        serve: impl FnOnce(Server, TcpListener) -> F,
    ) -> Self
    where
        F: Future<Output = Departure> + Send + 'static,
    {
        let server = builder.build();
        let handle = server.handle();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let departure = tokio::spawn(serve(server, listener));
        Self {
            address,
            handle,
            departure,
        }
    }

    pub(crate) async fn reaches(&self, phase: Phase) {
        let mut phases = self.handle.phases();
        let reached = phases.wait_for(|now| now.phase >= phase);
        let now = soon(phase.name(), reached).await.unwrap().phase;
        assert_eq!(now, phase);
    }

    pub(crate) async fn has(&self, open: usize, in_flight: usize) {
        until("the connections", async || {
            let counts = self.handle.counts();
            (counts.open, counts.in_flight) == (open, in_flight)
        })
        .await;
    }

    pub(crate) async fn has_answered(&self, requests: u64) {
        until("the answers", async || {
            self.handle.counts().responses.iter().sum::<u64>() >= requests
        })
        .await;
    }

    pub(crate) async fn departure(self) -> Departure {
        soon("the departure", self.departure).await.unwrap()
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
#[error("out of order")]
struct OutOfOrder;

async fn answer(
    request: Request<RequestBody>,
) -> Result<Response<impl Body<Data = Bytes, Error = BoxError>>, OutOfOrder> {
    let text = match request.uri().path() {
        "/echo" => request
            .into_body()
            .collect()
            .await
            .map_err(|_| OutOfOrder)?
            .to_bytes(),
        "/hang" => std::future::pending().await,
        "/big" => Bytes::from(vec![b'x'; BIG]),
        "/medium" => Bytes::from(vec![b'x'; 40_000]),
        "/panic" => panic!("as asked"),
        "/error" => return Err(OutOfOrder),
        "/events" => {
            return Ok(Response::new(Either::Right(Either::Right(events(
                &request,
            )))));
        }
        "/broken" => return Ok(Response::new(Either::Right(Either::Left(broken())))),
        _ => Bytes::from_static(b"hello\n"),
    };
    Ok(Response::new(Either::Left(Full::new(text).map_err(never))))
}

fn broken() -> impl Body<Data = Bytes, Error = OutOfOrder> {
    let frames = [
        Ok(Frame::data(Bytes::from_static(b"half of "))),
        Err(OutOfOrder),
    ];
    StreamBody::new(stream::iter(frames))
}

/// One event at once, and one when the server wants it to end.
fn events(request: &Request<RequestBody>) -> impl Body<Data = Bytes, Error = OutOfOrder> + use<> {
    let leaving = request.extensions().get::<Leaving>().unwrap().clone();
    let event = |text: &'static str| Ok(Frame::data(Bytes::from_static(text.as_bytes())));
    let last = async move {
        leaving.wait().await;
        event("bye\n")
    };
    StreamBody::new(stream::iter([event("here\n")]).chain(stream::once(last)))
}

fn never(never: Infallible) -> OutOfOrder {
    match never {}
}

//! A server of the library that sends back what it was sent, for bodies that must not change on
//! their way.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use hyper::service::Service;
use server::{Server, Tls};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use crate::protocol::{Certificate, Protocol};

/// Nothing, a byte, more than one read, more than all buffers.
pub(crate) const SIZES: [usize; 4] = [0, 1, 64 << 10, 5 << 20];

#[derive(Debug)]
pub(crate) struct Echo;

impl<B> Service<Request<B>> for Echo
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<B>) -> Self::Future {
        Box::pin(async move {
            let mut response = Response::default();
            match request.into_body().collect().await {
                Ok(body) => *response.body_mut() = Full::new(body.to_bytes()),
                Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
            }
            Ok(response)
        })
    }
}

/// Where the echo is.
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    pub(crate) certificate: Option<Certificate>,
    protocol: Protocol,
}

impl Place {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.protocol.scheme(), self.address)
    }
}

/// Serves on a free port for as long as the test runs.
pub(crate) async fn serve(protocol: Protocol) -> Place {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let certificate = protocol.certificate();
    let mut builder = Server::builder();
    if let Some(certificate) = &certificate {
        builder = builder.tls(Tls::load(&certificate.file(), &certificate.key_file()).unwrap());
    }
    tokio::spawn(builder.build().serve(listener, Echo));
    Place {
        address,
        certificate,
        protocol,
    }
}

/// Bytes that repeat after a prime: no buffer's length is a multiple of it, so none can be lost,
/// doubled or swapped unseen.
pub(crate) fn content(size: usize) -> Vec<u8> {
    (0..251).cycle().take(size).collect()
}

pub(crate) fn digest(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

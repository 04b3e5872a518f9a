//! hyper and nothing else: the measure of overhead.

use std::io;

use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};

use super::Hello;

pub(super) async fn http1(listener: TcpListener, hello: Hello) -> io::Result<()> {
    super::say_ready()?;
    loop {
        let io = accept(&listener).await?;
        tokio::spawn(async move {
            // A client that breaks off is no concern of a bench's server.
            let _ = http1::Builder::new().serve_connection(io, hello).await;
        });
    }
}

pub(super) async fn http2(listener: TcpListener, hello: Hello) -> io::Result<()> {
    super::say_ready()?;
    loop {
        let io = accept(&listener).await?;
        tokio::spawn(async move {
            let builder = http2::Builder::new(TokioExecutor::new());
            let _ = builder.serve_connection(io, hello).await;
        });
    }
}

async fn accept(listener: &TcpListener) -> io::Result<TokioIo<TcpStream>> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(TokioIo::new(stream))
}

//! This library.

use std::io;

use server::Server;
use tokio::net::TcpListener;

use super::Hello;

pub(super) async fn serve(listener: TcpListener, hello: Hello) -> io::Result<()> {
    let server = Server::builder().build();
    let handle = server.handle();
    let terminated = super::ready_until_terminated()?;
    tokio::spawn(async move {
        terminated.await;
        // What is open at the end of a measurement is open on purpose.
        handle.force();
    });
    let _ = server.serve(listener, hello).await;
    Ok(())
}

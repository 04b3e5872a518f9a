//! `axum::serve` with its graceful shutdown.

use std::io;

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use http::header::CONTENT_TYPE;
use tokio::net::TcpListener;

use super::Hello;
use super::hello::BODY;

pub(super) async fn serve(listener: TcpListener, hello: Hello) -> io::Result<()> {
    let handler = async move || {
        if !hello.wait.is_zero() {
            tokio::time::sleep(hello.wait).await;
        }
        ([(CONTENT_TYPE, "application/json")], BODY)
    };
    let router = Router::new()
        .route("/", get(handler))
        .route("/{*path}", get(handler));
    let listener = listener.tap_io(|stream| {
        // Fails only on a connection that is gone.
        let _ = stream.set_nodelay(true);
    });
    let terminated = super::ready_until_terminated()?;
    axum::serve(listener, router)
        .with_graceful_shutdown(terminated)
        .await
}

//! An axum router behind this server: the listener and idle connections pass to the next process.
//! Try: run it twice with the same path, while a client keeps asking.
//!
//! ```sh
//! cargo run -p server --example axum -- /tmp/example.handoff
//! ```

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use axum::extract::{Path, Request};
use axum::routing::get;
use axum::{Extension, Router};
use server::{Leaving, Listener, Peer, Server, signals};

const ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let path: PathBuf = std::env::args_os()
        .nth(1)
        .context("usage: axum HANDOFF-PATH")?
        .into();
    let listener = Listener::open(ADDRESS, None, Some(&path)).await?;
    // No balancer checks this one's health, so nobody has to be waited for.
    let server = Server::builder()
        .unready(Duration::ZERO)
        .handoff(path)
        .build();
    let _signals = signals::leave_on_signals(server.handle())?;
    let departure = server.serve_tower(listener, router()).await;
    Ok(if departure.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn router() -> Router {
    Router::new()
        .route(
            "/",
            get(|request: Request| async move { greeting(&request) }),
        )
        .route("/poll/{seconds}", get(poll))
}

fn greeting(request: &Request) -> String {
    let peer = request.extensions().get::<Peer>();
    let address = peer.map(|peer| peer.address.to_string());
    format!(
        "hello {} from {}\n",
        address.unwrap_or_default(),
        std::process::id()
    )
}

/// A long poll: answers when there is news, which is never, and at once when the server leaves.
async fn poll(Path(seconds): Path<u64>, Extension(leaving): Extension<Leaving>) -> &'static str {
    tokio::select! {
        () = tokio::time::sleep(Duration::from_secs(seconds)) => "nothing new\n",
        () = leaving.wait() => "ask again\n",
    }
}

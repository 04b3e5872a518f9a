//! The process from its first line to its last: listen, warn, announce, serve, account for the
//! departure.

use std::io::{self, Write};
use std::net;

use anyhow::Context;
use server::{Departure, Handle, Phase, Server, signals, sockets, systemd};
use tokio::net::TcpListener;

use crate::app::App;
use crate::cli::Args;

pub(crate) async fn run(
    args: &Args,
    inherited: Option<net::TcpListener>,
) -> anyhow::Result<Departure> {
    let settings = args.settings();
    for warning in settings.warnings(Some(args.leaving.stop_timeout)) {
        tracing::warn!("{warning}");
    }
    let listener = match inherited {
        Some(listener) => listener,
        None => sockets::bind(args.listen)?,
    };
    let listener = TcpListener::from_std(listener).context("failed to use the listening socket")?;
    let address = listener
        .local_addr()
        .context("failed to read the address")?;

    let server = Server::builder().settings(settings).build();
    let handle = server.handle();
    signals::leave_on_signals(handle.clone()).context("failed to install signal handlers")?;
    let notified = tokio::spawn(systemd::follow(handle.clone()));
    tokio::spawn(say_ready(handle.clone()));
    tracing::info!(%address, release = args.identity.release, "listening");

    let departure = server
        .serve(listener, App::new(&args.identity, handle))
        .await;
    notified.await.context("failed to notify the supervisor")?;
    say(&departure.to_json());
    Ok(departure)
}

async fn say_ready(handle: Handle) {
    let mut phases = handle.phases();
    if phases
        .wait_for(|now| now.phase >= Phase::Ready)
        .await
        .is_ok()
    {
        say("ready");
    }
}

/// A line on stdout, which is for data. A closed stdout is no reason to stop serving.
fn say(line: &str) {
    if let Err(error) = writeln!(io::stdout(), "{line}") {
        tracing::warn!(%error, line, "failed to write to stdout");
    }
}

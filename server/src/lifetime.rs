//! The process from its first line to its last: listen, warn, announce, serve, account for the
//! departure.

use std::io::{self, Write};
use std::net;

use anyhow::Context;
use server::{AccessLog, Departure, Handle, Listener, Server, signals, systemd};

use crate::app::App;
#[cfg(feature = "tls")]
use crate::certificate;
use crate::cli::Args;

pub(crate) async fn run(
    args: &Args,
    inherited: Option<net::TcpListener>,
) -> anyhow::Result<Departure> {
    let settings = args.settings();
    for warning in settings.warnings(Some(args.leaving.stop_timeout)) {
        tracing::warn!("{warning}");
    }
    let listening = &args.listening;
    let mut builder = Server::builder().settings(settings);
    if let Some(path) = &listening.handoff {
        builder = builder.handoff(path);
    }
    #[cfg(feature = "tls")]
    if let Some(files) = &listening.tls {
        builder = builder.tls(certificate::load(files)?);
    }
    let listener =
        Listener::open(listening.listen, inherited, listening.handoff.as_deref()).await?;
    let address = listener
        .local_addr()
        .context("failed to read the address")?;

    let server = builder.build();
    let handle = server.handle();
    // Without a certificate to read again there is nothing to do on SIGHUP, least of all to die.
    let _hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())
        .context("failed to install a signal handler")?;
    signals::leave_on_signals(handle.clone()).context("failed to install signal handlers")?;
    let notified = tokio::spawn(systemd::follow(handle.clone()));
    tokio::spawn(say_ready(handle.clone()));
    tracing::info!(%address, release = args.identity.release, "listening");

    let app = AccessLog::new(App::new(&args.identity, handle));
    let departure = server.serve(listener, app).await;
    notified.await.context("failed to notify the supervisor")?;
    say(&departure.to_json());
    Ok(departure)
}

async fn say_ready(handle: Handle) {
    if handle.settled().await {
        say("ready");
    }
}

/// A line on stdout, which is for data. A closed stdout is no reason to stop serving.
fn say(line: &str) {
    if let Err(error) = writeln!(io::stdout(), "{line}") {
        tracing::warn!(%error, line, "failed to write to stdout");
    }
}

//! The servers that this binary can be: what the crates of others offer, written as their
//! documentation shows it, and this library with the same service.

mod axum;
mod hello;
mod hyper_util;
mod library;
mod minimal;

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
pub(crate) use hello::BODY;
use hello::Hello;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

/// As many as the machine of the published figures has cores.
pub(crate) const WORKERS: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Flavor {
    /// hyper, HTTP/1.1 only, without a way to leave.
    Minimal,
    /// hyper, HTTP/2 only, without a way to leave.
    MinimalH2,
    /// hyper-util's auto connection with its `GracefulShutdown`.
    HyperUtil,
    /// `axum::serve` with its graceful shutdown.
    Axum,
    /// This library.
    Library,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    flavor: Flavor,
    /// Listen here; without it, stdin is the listening socket.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// How long the handler takes.
    #[arg(long, default_value_t = 0)]
    wait_ms: u64,
}

/// How the child is run.
pub(crate) fn command(flavor: Flavor, wait: Duration, listen: &Listen) -> anyhow::Result<Command> {
    let this = std::env::current_exe().context("failed to find this program")?;
    let name = flavor.to_possible_value().context("no name")?;
    let mut command = Command::new(this);
    command.arg("serve").arg(name.get_name());
    command.args(["--wait-ms", &wait.as_millis().to_string()]);
    match listen {
        Listen::Shared(listener) => command.stdin(OwnedFd::from(listener.try_clone()?)),
        Listen::At(address) => command
            .args(["--listen", &address.to_string()])
            .stdin(Stdio::null()),
    };
    Ok(command)
}

/// Where a child gets its listening socket.
#[derive(Debug)]
pub(crate) enum Listen {
    /// It inherits this one.
    Shared(TcpListener),
    /// It binds its own.
    At(SocketAddr),
}

/// Serves until SIGTERM.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let listener = match args.listen {
        Some(address) => server::sockets::bind(address)?,
        None => inherited()?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()?;
    let hello = Hello::after(Duration::from_millis(args.wait_ms));
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        match args.flavor {
            Flavor::Minimal => minimal::http1(listener, hello).await,
            Flavor::MinimalH2 => minimal::http2(listener, hello).await,
            Flavor::HyperUtil => hyper_util::serve(listener, hello).await,
            Flavor::Axum => axum::serve(listener, hello).await,
            Flavor::Library => library::serve(listener, hello).await,
        }
    })?;
    Ok(())
}

fn inherited() -> anyhow::Result<TcpListener> {
    let stdin = io::stdin().as_fd().try_clone_to_owned()?;
    let listener = TcpListener::from(stdin);
    listener
        .set_nonblocking(true)
        .context("stdin is no listening socket")?;
    Ok(listener)
}

fn say_ready() -> io::Result<()> {
    writeln!(io::stdout(), "ready")
}

/// Says `ready` once SIGTERM is caught; what it returns waits for that signal.
fn ready_until_terminated() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminated = signal(SignalKind::terminate())?;
    say_ready()?;
    Ok(async move {
        terminated.recv().await;
    })
}

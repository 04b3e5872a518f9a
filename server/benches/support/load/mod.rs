//! The load: clients that ask all the time, keep their connections as clients do, never retry, and
//! note the outcome of every request.

mod dice;
pub(crate) mod h1;
mod h2;
mod pulse;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use clap::ValueEnum;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::outcome::{Failure, Ledger, Tally};
use dice::Dice;
use pulse::Pulse;

/// A request that takes longer has failed; no handler here takes more than milliseconds.
pub(crate) const TOO_LONG: Duration = Duration::from_secs(5);

/// A client that was refused asks again only after this, so that an outage does not count as many
/// times as a loop can spin.
const AFTER_REFUSAL: Duration = Duration::from_millis(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Protocol {
    H1,
    H2c,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::H1 => "HTTP/1.1",
            Self::H2c => "h2c",
        })
    }
}

/// Where the load goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) path: &'static str,
}

/// What every worker of a load holds.
#[derive(Debug, Clone)]
struct Post {
    target: Target,
    ledger: Ledger,
    stop: watch::Receiver<bool>,
}

impl Post {
    fn is_over(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits; less if the load ends meanwhile.
    async fn think(&mut self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            _ = self.stop.wait_for(|over| *over) => {}
        }
    }
}

/// A load that is running.
#[derive(Debug)]
pub(crate) struct Load {
    ledger: Ledger,
    stop: watch::Sender<bool>,
    workers: JoinSet<()>,
    pulse: Pulse,
}

impl Load {
    /// Starts on `runtime`, which should not be the one that times restarts.
    pub(crate) fn start(runtime: &Handle, protocol: Protocol, target: Target) -> Self {
        let ledger = Ledger::default();
        let (stop, stopped) = watch::channel(false);
        let mut workers = JoinSet::new();
        let post = Post {
            target,
            ledger: ledger.clone(),
            stop: stopped,
        };
        match protocol {
            Protocol::H1 => h1::start(&mut workers, runtime, &post),
            Protocol::H2c => h2::start(&mut workers, runtime, &post),
        }
        Self {
            ledger,
            stop,
            workers,
            pulse: Pulse::start(runtime),
        }
    }

    pub(crate) fn so_far(&self) -> Tally {
        self.ledger.read()
    }

    /// The longest that the load itself was held up so far.
    pub(crate) fn longest_stall(&self) -> Duration {
        self.pulse.longest_stall()
    }

    /// Lets every request under way end.
    pub(crate) async fn stop(mut self) -> Tally {
        self.stop.send_replace(true);
        while self.workers.join_next().await.is_some() {}
        self.ledger.read()
    }
}

async fn connect(address: SocketAddr) -> Result<TcpStream, Failure> {
    let stream = TcpStream::connect(address).await.map_err(|error| {
        if error.kind() == io::ErrorKind::ConnectionRefused {
            Failure::Refused
        } else {
            Failure::Connect
        }
    })?;
    stream.set_nodelay(true).map_err(|_| Failure::Connect)?;
    Ok(stream)
}

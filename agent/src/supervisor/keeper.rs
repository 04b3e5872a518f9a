//! The supervisor: keeps the listener, starts servers on it, counts their deaths.

use super::life::{Order, Stage, Surroundings, live};
use super::listener;
use super::output::Tail;
use super::process::{Process, Program};
use super::ready::Readiness;
use crate::config::App;
use crate::seen::Server;
use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// A server that lived this long died of something else than its start, and is started again without holding the earlier
/// deaths against it.
const LONG_LIFE: Duration = Duration::from_mins(1);

/// The pause after the first quick death; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Runs the server of this instance.
#[derive(Debug)]
pub(crate) struct Supervisor {
    app: App,
    /// For notification sockets.
    run: PathBuf,
    changed: Arc<Notify>,
    listener: Option<TcpListener>,
    tail: Tail,
    server: Option<Handle>,
    quick_deaths: u32,
    stopped: bool,
}

#[derive(Debug)]
struct Handle {
    started: Instant,
    orders: watch::Sender<Order>,
    stage: watch::Receiver<Stage>,
    died: Option<Instant>,
}

impl Supervisor {
    /// Runs nothing yet.
    pub(crate) fn new(app: App, run: PathBuf, changed: Arc<Notify>) -> Self {
        Self {
            app,
            run,
            changed,
            listener: None,
            tail: Tail::default(),
            server: None,
            quick_deaths: 0,
            stopped: false,
        }
    }

    /// Starts a server. What prevents it shows as its death.
    pub(crate) fn start(&mut self, program: &Program) {
        let (orders, given) = watch::channel(Order::Run);
        let (enter, stage) = watch::channel(Stage::Starting);
        if let Err(error) = self.launch(program, given, enter.clone()) {
            enter.send_replace(Stage::Died {
                cause: format!("the server cannot be started: {error}"),
            });
        }
        self.server = Some(Handle {
            started: Instant::now(),
            orders,
            stage,
            died: None,
        });
    }

    fn launch(
        &mut self,
        program: &Program,
        orders: watch::Receiver<Order>,
        stage: watch::Sender<Stage>,
    ) -> io::Result<()> {
        let listener = match self.listener.take() {
            Some(listener) => listener,
            None => listener::bind(self.app.listen).map_err(|error| {
                io::Error::other(format!("cannot listen on {}: {error}", self.app.listen))
            })?,
        };
        let listener = self.listener.insert(listener);
        let around = Surroundings {
            app: self.app.clone(),
            address: listener::local(listener.local_addr()?),
            orders,
            stage,
            changed: self.changed.clone(),
        };
        let readiness = Readiness::bind(&self.run)?;
        let server = Process::start(program, listener, &readiness, &self.tail)?;
        tokio::spawn(live(server, readiness, around));
        Ok(())
    }

    /// Lets go of the listener, so that with the server's own copy the last one closes, and tells the server to end.
    pub(crate) fn stop(&mut self) {
        self.listener = None;
        self.stopped = true;
        self.order(Order::Stop);
    }

    /// Ends the server at once.
    pub(crate) fn kill(&self) {
        self.order(Order::Kill);
    }

    fn order(&self, order: Order) {
        if let Some(server) = &self.server {
            server.orders.send_replace(order);
        }
    }

    /// The server, as it is now.
    pub(crate) fn observe(&mut self) -> Server {
        let Some(server) = &mut self.server else {
            return if self.stopped {
                Server::Stopped
            } else {
                Server::Absent
            };
        };
        let stage = server.stage.borrow().clone();
        match stage {
            // Told to end and not there yet: the order counts, so that it is given once.
            Stage::Starting | Stage::Healthy if self.stopped => Server::Stopping,
            Stage::Starting => Server::Starting,
            Stage::Healthy => Server::Healthy,
            Stage::Stopping => Server::Stopping,
            Stage::Stopped => Server::Stopped,
            Stage::Died { .. } if self.stopped => Server::Stopped,
            Stage::Died { .. } => {
                let now = Instant::now();
                let died = *server.died.get_or_insert_with(|| {
                    let quick = now - server.started < LONG_LIFE;
                    self.quick_deaths = if quick { self.quick_deaths + 1 } else { 0 };
                    now
                });
                Server::Died {
                    quick_deaths: self.quick_deaths,
                    rested: now >= died + pause(self.quick_deaths),
                }
            }
        }
    }

    /// Why the server is dead, when it is.
    pub(crate) fn cause_of_death(&self) -> Option<String> {
        match &*self.server.as_ref()?.stage.borrow() {
            Stage::Died { cause } => Some(cause.clone()),
            _ => None,
        }
    }

    /// The last lines that servers printed.
    pub(crate) fn last_lines(&self) -> Vec<String> {
        self.tail.lines()
    }
}

fn pause(quick_deaths: u32) -> Duration {
    match quick_deaths {
        0 => Duration::ZERO,
        deaths => FIRST_PAUSE * 2_u32.saturating_pow(deaths.min(6) - 1),
    }
}

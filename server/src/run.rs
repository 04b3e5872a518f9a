//! The edge of the phase machine: listens, spawns connections, follows orders and the clock, and
//! does what [`phase::step`] says.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::connection::{Seat, drive};
use crate::counters::Counts;
use crate::departure::Departure;
use crate::door::Door;
use crate::handle::{Order, PhaseAt, Shared};
use crate::phase::{self, Census, Elapsed, Input, Phase, Step};

pub(crate) struct Run<S> {
    shared: Arc<Shared>,
    service: Arc<S>,
    door: Door,
    orders: watch::Receiver<Order>,
    now: PhaseAt,
    /// The counters when leaving began.
    at_leave: Counts,
    /// Connections in the accept queue when force closed it.
    unserved: u64,
}

impl<S, B> Run<S>
where
    S: Service<Request<Incoming>, Response = Response<B>> + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    pub(crate) fn new(shared: Arc<Shared>, listener: TcpListener, service: S) -> Self {
        Self {
            service: Arc::new(service),
            door: Door::open(listener),
            orders: shared.orders(),
            now: shared.phase(),
            at_leave: Counts::default(),
            unserved: 0,
            shared,
        }
    }

    pub(crate) async fn until_exit(mut self) -> Departure {
        loop {
            let wait = self.settle();
            if self.now.phase == Phase::Exit {
                return self.depart();
            }
            self.wait(wait).await;
        }
    }

    /// Steps until only time or news can move the server on.
    fn settle(&mut self) -> Option<Duration> {
        loop {
            let input = self.input();
            match phase::step(
                &self.shared.settings.timetable(),
                self.now.phase,
                self.elapsed(),
                input,
            ) {
                Ok(Step::Enter(phase)) => self.enter(phase),
                Ok(Step::CloseListener) => self.close_listener(),
                Ok(Step::Wait(wait)) => return wait,
                Err(error) => unreachable!("{error}: inputs follow from the phase"),
            }
        }
    }

    fn input(&mut self) -> Input {
        let order = *self.orders.borrow_and_update();
        match (self.now.phase, order) {
            (Phase::Starting, Order::Stay) => Input::Started,
            (Phase::Starting | Phase::Ready, Order::Leave) => Input::Leave,
            (phase, Order::Force) if phase < Phase::Force => Input::Force,
            _ => Input::Look(self.look()),
        }
    }

    /// What waits in the accept queue is a connection too, before a server that looks empty leaves.
    fn look(&mut self) -> Census {
        if self.now.phase == Phase::Lame && self.shared.counters.open() == 0 {
            self.serve_queue();
        }
        Census {
            open: self.shared.counters.open(),
            listening: self.door.is_open(),
        }
    }

    fn elapsed(&self) -> Elapsed {
        Elapsed {
            in_phase: self.now.since.elapsed(),
            leaving: self
                .now
                .leaving_since
                .map_or(Duration::ZERO, |since| since.elapsed()),
        }
    }

    fn enter(&mut self, phase: Phase) {
        let since = Instant::now();
        if phase > Phase::Ready && self.now.leaving_since.is_none() {
            self.now.leaving_since = Some(since);
            self.at_leave = self.shared.counters.read();
        }
        self.now = PhaseAt {
            phase,
            since,
            ..self.now
        };
        if phase == Phase::Force {
            self.unserved = self.door.empty().len() as u64;
            self.door.close();
        }
        let open = self.shared.counters.open();
        tracing::info!(%phase, open, "entered phase");
        self.shared.enter(self.now);
    }

    fn close_listener(&mut self) {
        self.serve_queue();
        self.door.close();
        tracing::info!("closed the listener");
    }

    fn serve_queue(&mut self) {
        for stream in self.door.empty() {
            self.serve(stream);
        }
    }

    fn serve(&self, stream: TcpStream) {
        let seat = Seat::take(Arc::clone(&self.shared));
        tokio::spawn(drive(seat, stream, Arc::clone(&self.service)));
    }

    async fn wait(&mut self, wait: Option<Duration>) {
        let time_up = async {
            match wait {
                Some(wait) => sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        // The run holds the sender through `shared`, so an order cannot fail to come.
        tokio::select! {
            biased;
            _ = self.orders.changed() => {}
            () = self.shared.counters.emptied() => {}
            () = time_up => {}
            stream = self.door.accept() => self.serve(stream),
        }
    }

    fn depart(&self) -> Departure {
        let at_exit = self.shared.counters.read();
        Departure::between(&self.at_leave, &at_exit, self.elapsed().leaving)
            .with_unserved(self.unserved)
    }
}

//! The edge of the phase machine: listens, spawns connections, follows orders, successors and the
//! clock, and does what [`phase::step`] says.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::connection::{Application, Arrival, Seat, serve};
use crate::counters::Counts;
use crate::departure::Departure;
use crate::door::Door;
use crate::handle::{Order, PhaseAt, Shared};
use crate::handoff::{Claim, Parcel};
use crate::listener::Listener;
use crate::phase::{self, Census, Elapsed, Input, Phase, Step};
use crate::server::Arrangements;
use crate::succession::{News, Succession};

pub(crate) struct Run<A> {
    shared: Arc<Shared>,
    application: Arc<A>,
    arrangements: Arc<Arrangements>,
    door: Door,
    /// Whether the listener is a supervisor's.
    inherited: bool,
    orders: watch::Receiver<Order>,
    now: PhaseAt,
    /// What the generations before and after need, until there is a succession.
    claim: Option<Claim>,
    handoff: Option<PathBuf>,
    succession: Option<Succession>,
    /// Whether connections of the predecessor may still come: they are this server's already.
    gathering: bool,
    /// The counters when leaving began.
    at_leave: Counts,
    /// Connections in the accept queue when force closed it.
    unserved: u64,
}

impl<A: Application> Run<A> {
    pub(crate) fn new(
        shared: Arc<Shared>,
        arrangements: Arc<Arrangements>,
        handoff: Option<PathBuf>,
        listener: Listener,
        application: A,
    ) -> Self {
        if listener.takes_over() {
            shared.set_took_over();
        }
        Self {
            application: Arc::new(application),
            arrangements,
            // Until the predecessor has made way the queue is its, too.
            door: Door::open(listener.tcp, listener.shared || listener.claim.is_some()),
            inherited: listener.shared,
            orders: shared.orders(),
            now: shared.phase(),
            claim: listener.claim,
            handoff,
            succession: None,
            gathering: false,
            at_leave: Counts::default(),
            unserved: 0,
            shared,
        }
    }

    pub(crate) async fn until_exit(mut self) -> Departure {
        loop {
            let wait = self.settle();
            if self.now.phase == Phase::Exit {
                return self.depart().await;
            }
            self.wait(wait).await;
        }
    }

    /// Steps until only time or news can move the server on.
    fn settle(&mut self) -> Option<Duration> {
        loop {
            let input = self.input();
            if let Step::Wait(wait) = self.step(input) {
                return wait;
            }
        }
    }

    fn step(&mut self, input: Input) -> Step {
        let times = self.shared.settings.timetable();
        let step = phase::step(&times, self.now.phase, self.elapsed(), input);
        match step {
            Ok(Step::Enter(phase)) => self.enter(phase),
            Ok(Step::CloseListener) => self.close_listener(),
            Ok(Step::Wait(_)) => {}
            Err(error) => unreachable!("{error}: inputs follow from the phase"),
        }
        step.unwrap_or(Step::Wait(None))
    }

    fn input(&mut self) -> Input {
        let order = *self.orders.borrow_and_update();
        match (self.now.phase, order) {
            (Phase::Starting, Order::Stay) => Input::Started,
            (Phase::Starting | Phase::Ready, Order::Leave) => Input::Leave,
            (Phase::Starting | Phase::Ready | Phase::Unready, Order::Deregistered) => {
                Input::Deregistered
            }
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
            open: self.shared.counters.open() + usize::from(self.gathering),
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
        let open = self.shared.counters.open();
        let first_of_leaving = phase > Phase::Ready && self.now.leaving_since.is_none();
        if first_of_leaving {
            self.at_leave = self.shared.counters.read();
        }
        self.now.leaving_since = match phase {
            Phase::Starting | Phase::Ready => None,
            _ => self.now.leaving_since.or(Some(since)),
        };
        self.now = PhaseAt {
            phase,
            since,
            open,
            ..self.now
        };
        match phase {
            Phase::Ready => self.begin_succession(),
            Phase::Force => self.shut_door(),
            _ => {}
        }
        tracing::info!(%phase, open, "entered phase");
        self.shared.enter(self.now);
    }

    /// Nobody can take over from a server, or hand over to it, before it accepts.
    fn begin_succession(&mut self) {
        if self.succession.is_some() {
            return;
        }
        if self.claim.is_none() && self.handoff.is_none() {
            self.now.settled = true;
            return;
        }
        self.gathering = self.claim.is_some();
        self.succession = Some(Succession::begin(
            Arc::clone(&self.shared),
            self.claim.take(),
            self.handoff.take(),
            self.door.duplicate().ok(),
        ));
    }

    /// What waits in a queue that others share is theirs; what waits in a queue of this server
    /// alone is lost with it.
    fn shut_door(&mut self) {
        if self.door.is_last() {
            self.unserved = self.door.empty().len() as u64;
        }
        self.door.close();
    }

    fn close_listener(&mut self) {
        self.serve_queue();
        if let Some(succession) = &mut self.succession {
            succession.stop();
        }
        self.door.close();
        tracing::info!("closed the listener");
    }

    fn serve_queue(&mut self) {
        for (stream, from) in self.door.empty() {
            self.accepted(stream, from);
        }
    }

    fn accepted(&self, stream: TcpStream, from: SocketAddr) {
        match Seat::accept(&self.shared) {
            Some(seat) => self.serve(seat, Arrival::fresh(stream, from)),
            None => drop(stream),
        }
    }

    fn arrived(&self, parcel: Parcel) {
        match Arrival::handed_over(parcel) {
            Ok(arrival) => self.serve(Seat::take_over(&self.shared), arrival),
            Err(error) => tracing::warn!(%error, "failed to take a connection over"),
        }
    }

    fn serve(&self, seat: Seat, arrival: Arrival) {
        let arrangements = Arc::clone(&self.arrangements);
        let application = Arc::clone(&self.application);
        tokio::spawn(serve(seat, arrival, arrangements, application));
    }

    fn heard(&mut self, news: News) {
        match news {
            News::Arrived(parcel) => self.arrived(parcel),
            News::Succeeded(successor) => {
                self.shared.set_successor(Some(successor));
                self.succeeded(true, Input::Succeeded);
            }
            News::Orphaned => {
                self.shared.set_successor(None);
                let told = *self.orders.borrow() != Order::Stay;
                self.succeeded(false, Input::Orphaned { told });
            }
            // It empties the queue before it goes; a listener left open here would keep accepting for
            // nobody.
            News::Left => self.door.close(),
            News::Gathered => self.gathering = false,
            News::Settled => {
                self.door.share(self.inherited);
                self.now.settled = true;
                self.shared.enter(self.now);
            }
            News::Rejected => {
                self.step(Input::Deregistered);
            }
        }
    }

    /// Connections hear of it last: what they then do is counted from here.
    fn succeeded(&mut self, succeeded: bool, input: Input) {
        self.door.cede(succeeded);
        self.now.succeeded = succeeded;
        self.step(input);
        self.shared.enter(self.now);
    }

    async fn wait(&mut self, wait: Option<Duration>) {
        let time_up = async {
            match wait {
                Some(wait) => sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        let news = async {
            match &mut self.succession {
                Some(succession) => succession.next().await,
                None => std::future::pending().await,
            }
        };
        // The run holds the sender through `shared`, so an order cannot fail to come.
        tokio::select! {
            biased;
            _ = self.orders.changed() => {}
            () = self.shared.counters.emptied() => {}
            () = time_up => {}
            news = news => self.heard(news),
            (stream, from) = self.door.accept() => self.accepted(stream, from),
        }
    }

    async fn depart(mut self) -> Departure {
        self.shared.set_successor(None);
        if let Some(succession) = self.succession.take() {
            succession.end().await;
        }
        let at_exit = self.shared.counters.read();
        Departure::between(&self.at_leave, &at_exit, self.elapsed().leaving)
            .with_unserved(self.unserved)
    }
}

//! Properties of the phase machine: whatever happens, in whatever order, leaving ends in time and
//! leaves nobody behind.

use std::time::Duration;

use proptest::prelude::*;
use server::Phase;
use server::phase::{Census, Elapsed, FORCE_PATIENCE, Input, Step, Timetable, step};

/// What the outside does next.
#[derive(Debug, Clone)]
enum Event {
    Pass(u64),
    Connections(usize),
    Leave,
    Deregistered,
    Succeeded,
    Orphaned,
    Force,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        5 => (1_u64..2000).prop_map(Event::Pass),
        5 => (0_usize..4).prop_map(Event::Connections),
        1 => Just(Event::Leave),
        1 => Just(Event::Deregistered),
        1 => Just(Event::Succeeded),
        1 => Just(Event::Orphaned),
        1 => Just(Event::Force),
    ]
}

fn timetable() -> impl Strategy<Value = Timetable> {
    (0_u64..3000, 0_u64..3000, 0_u64..6000).prop_map(|(unready, lame, total)| Timetable {
        unready: Duration::from_millis(unready),
        lame: Duration::from_millis(lame),
        total: Duration::from_millis(total),
    })
}

/// A server without sockets: the machine, the clock, and how many connections there are.
#[derive(Debug)]
struct Model {
    times: Timetable,
    phase: Phase,
    now: u64,
    since: u64,
    left: Option<u64>,
    open: usize,
    listening: bool,
    told: bool,
    succeeded: bool,
}

impl Model {
    fn new(times: Timetable) -> Self {
        let mut model = Self {
            times,
            phase: Phase::Starting,
            now: 0,
            since: 0,
            left: None,
            open: 0,
            listening: true,
            told: false,
            succeeded: false,
        };
        model.settle(Input::Started);
        model
    }

    fn elapsed(&self) -> Elapsed {
        Elapsed {
            in_phase: Duration::from_millis(self.now - self.since),
            leaving: Duration::from_millis(self.left.map_or(0, |left| self.now - left)),
        }
    }

    fn look(&self) -> Input {
        Input::Look(Census {
            open: self.open,
            listening: self.listening && !self.succeeded,
        })
    }

    /// Puts `input` in, then looks until there is nothing left to do but wait. Returns for how
    /// long.
    fn settle(&mut self, input: Input) -> Option<Duration> {
        let mut input = input;
        loop {
            match step(&self.times, self.phase, self.elapsed(), input).unwrap() {
                Step::Enter(phase) => self.enter(phase),
                Step::CloseListener => self.listening = false,
                Step::Wait(wait) if matches!(input, Input::Look(_)) => return wait,
                Step::Wait(_) => {}
            }
            input = self.look();
        }
    }

    fn enter(&mut self, phase: Phase) {
        let back = (self.phase, phase) == (Phase::Lame, Phase::Ready);
        assert!(
            phase > self.phase || (back && !self.told),
            "{} to {phase}",
            self.phase
        );
        if phase == Phase::Exit && self.phase == Phase::Lame {
            assert_eq!(self.open, 0);
            assert!(
                !self.listening || self.succeeded,
                "somebody could still connect"
            );
        }
        self.left = match phase {
            Phase::Starting | Phase::Ready => None,
            _ => self.left.or(Some(self.now)),
        };
        self.phase = phase;
        self.since = self.now;
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Pass(ms) => self.pass(*ms),
            Event::Connections(open) if self.listening => self.open = *open,
            Event::Connections(open) => self.open = self.open.min(*open),
            Event::Leave => {
                self.told = true;
                self.settle(Input::Leave);
            }
            Event::Deregistered => {
                self.told = true;
                self.settle(Input::Deregistered);
            }
            Event::Succeeded if !self.succeeded && self.listening => {
                self.succeeded = true;
                self.settle(Input::Succeeded);
            }
            Event::Orphaned if self.succeeded => {
                self.succeeded = false;
                self.settle(Input::Orphaned { told: self.told });
            }
            Event::Succeeded | Event::Orphaned => {}
            Event::Force => {
                self.settle(Input::Force);
            }
        }
        let look = self.look();
        self.settle(look);
    }

    /// Wakes up as often as the machine has asked to.
    fn pass(&mut self, mut ms: u64) {
        loop {
            let look = self.look();
            let wait = self
                .settle(look)
                .map(|wait| u64::try_from(wait.as_millis()).unwrap());
            match wait {
                Some(wait) if wait <= ms => {
                    assert!(wait > 0, "a wait of nothing never ends");
                    self.now += wait;
                    ms -= wait;
                }
                _ => break,
            }
        }
        self.now += ms;
    }
}

proptest! {
    #[test]
    fn a_server_nobody_told_to_leave_serves_whenever_nobody_else_does(
        times in timetable(), events in prop::collection::vec(event(), 0..40),
    ) {
        prop_assume!(!times.total.is_zero());
        let mut model = Model::new(times);
        for event in &events {
            if matches!(event, Event::Leave | Event::Deregistered | Event::Force) {
                continue;
            }
            model.happen(event);
            if !model.succeeded && model.phase < Phase::Force {
                prop_assert_eq!(model.phase, Phase::Ready);
                prop_assert!(model.listening);
            }
        }
    }

    #[test]
    fn leaving_ends_in_time_whatever_happens(times in timetable(), events in prop::collection::vec(event(), 0..40)) {
        let mut model = Model::new(times);
        for event in &events {
            model.happen(event);
        }
        model.happen(&Event::Leave);
        model.pass(u64::try_from((times.total + FORCE_PATIENCE).as_millis()).unwrap() + 1);
        let look = model.look();
        model.settle(look);
        prop_assert_eq!(model.phase, Phase::Exit);
    }

    #[test]
    fn the_unready_window_is_sat_out_unless_forced(times in timetable(), open in 0_usize..3) {
        prop_assume!(times.total > times.unready && !times.unready.is_zero());
        let mut model = Model::new(times);
        model.open = open;
        model.happen(&Event::Leave);
        model.pass(u64::try_from(times.unready.as_millis()).unwrap() - 1);
        prop_assert_eq!(model.phase, Phase::Unready);
        model.pass(1);
        let look = model.look();
        model.settle(look);
        prop_assert!(model.phase > Phase::Unready);
        prop_assert_eq!(model.phase == Phase::Exit, open == 0, "{:?}", model);
    }

    #[test]
    fn with_connections_the_listener_stays_open_until_lame_is_over(times in timetable(), after in 0_u64..6000) {
        prop_assume!(times.total > times.unready + times.lame);
        let mut model = Model::new(times);
        model.open = 1;
        model.happen(&Event::Leave);
        model.pass(after);
        let look = model.look();
        model.settle(look);
        let over = Duration::from_millis(after) >= times.unready + times.lame;
        prop_assert_eq!(model.listening, !over);
    }
}

#[test]
fn without_a_total_it_goes_straight_to_force() {
    let times = Timetable {
        unready: Duration::from_secs(10),
        lame: Duration::from_secs(10),
        total: Duration::ZERO,
    };
    let mut model = Model::new(times);
    model.open = 1;
    model.happen(&Event::Leave);
    assert_eq!(model.phase, Phase::Force);
}

#[test]
fn an_input_out_of_turn_names_itself_and_the_phase() {
    let times = Timetable {
        unready: Duration::ZERO,
        lame: Duration::ZERO,
        total: Duration::ZERO,
    };
    let elapsed = Elapsed {
        in_phase: Duration::ZERO,
        leaving: Duration::ZERO,
    };
    let error = step(&times, Phase::Lame, elapsed, Input::Started).unwrap_err();
    assert_eq!(error.to_string(), "unexpected input Started while lame");
}

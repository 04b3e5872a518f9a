//! Whole lives of an instance: events go in, the transcript of duties comes out. The host is a script without time: each
//! wait ends with the next event, and the story ends with the last one.

use super::*;
use crate::cloud::Answer;
use crate::duty::Waiting;
use crate::seen::{Hook, Job, Server, Target};
use futures_util::FutureExt;
use std::collections::VecDeque;

#[derive(Clone, Copy, Debug)]
enum Event {
    Resolved,
    ResolveFails {
        transient: bool,
    },
    Installed,
    InstallFails {
        transient: bool,
    },
    Healthy,
    Dies,
    Stopped,
    Target(Target),
    Reported,
    HeartbeatDue,
    /// All pauses are over.
    Rested,
    /// The launch hook has not been waiting for so long that it counts as completed.
    PatienceEnds,
    Sigterm,
}

struct Script {
    events: VecDeque<Event>,
    answers: VecDeque<Answer>,
    seen: Seen,
    attempts: u32,
    quick_deaths: u32,
    transcript: Vec<String>,
}

impl Host for Script {
    async fn observe(&mut self) -> Seen {
        self.seen.clone()
    }

    async fn perform(&mut self, duty: Duty) {
        if let Duty::Wait(on) = duty {
            return self.wait(on).await;
        }
        self.transcript.push(format!("{duty:?}"));
        let seen = &mut self.seen;
        match duty {
            Duty::Announce(phase) => {
                seen.announced = Some(phase);
                seen.reported = false;
            }
            Duty::Resolve => seen.resolve = Job::Running,
            Duty::Install => seen.install = Job::Running,
            Duty::StartServer => seen.server = Server::Starting,
            Duty::Link => seen.linked = true,
            Duty::CompleteLaunch(_) => self.seen.launch = self.answer(),
            Duty::CompleteTermination => self.seen.termination = self.answer(),
            Duty::Heartbeat(_) => seen.heartbeat_due = false,
            Duty::CancelJobs => (seen.resolve, seen.install) = (Job::NotBegun, Job::NotBegun),
            Duty::StopServer => {
                let dead = matches!(seen.server, Server::Died { .. });
                seen.server = if dead {
                    Server::Stopped
                } else {
                    Server::Stopping
                };
            }
            Duty::Wait(_) | Duty::Exit => unreachable!("not performed here"),
        }
    }
}

impl Script {
    fn answer(&mut self) -> Hook {
        match self.answers.pop_front() {
            Some(Answer::NotWaiting) => Hook::Open { due: false },
            Some(Answer::Accepted) | None => Hook::Closed,
        }
    }

    async fn wait(&mut self, on: Waiting) {
        let Some(event) = self.events.pop_front() else {
            self.transcript.push(format!("waits for {on:?}"));
            return std::future::pending().await;
        };
        self.transcript.push(format!("waits for {on:?}: {event:?}"));
        self.happen(event);
    }

    fn happen(&mut self, event: Event) {
        let seen = &mut self.seen;
        match event {
            Event::Resolved => seen.resolve = Job::Done,
            Event::Installed => seen.install = Job::Done,
            Event::ResolveFails { transient } => {
                self.attempts += 1;
                seen.resolve = failure(transient, self.attempts);
            }
            Event::InstallFails { transient } => {
                self.attempts += 1;
                seen.install = failure(transient, self.attempts);
            }
            Event::Healthy => seen.server = Server::Healthy,
            Event::Dies => {
                self.quick_deaths += 1;
                seen.server = Server::Died {
                    quick_deaths: self.quick_deaths,
                    rested: false,
                };
            }
            Event::Stopped => seen.server = Server::Stopped,
            Event::Target(target) => seen.target = target,
            Event::Reported => seen.reported = true,
            Event::HeartbeatDue => seen.heartbeat_due = true,
            Event::Rested => rest(seen),
            Event::PatienceEnds => seen.launch = Hook::Closed,
            Event::Sigterm => seen.shutdown = true,
        }
    }
}

fn failure(transient: bool, attempts: u32) -> Job {
    Job::Failed {
        transient,
        attempts,
        rested: false,
    }
}

fn rest(seen: &mut Seen) {
    for job in [&mut seen.resolve, &mut seen.install] {
        if let Job::Failed { rested, .. } = job {
            *rested = true;
        }
    }
    for hook in [&mut seen.launch, &mut seen.termination] {
        if let Hook::Open { due } = hook {
            *due = true;
        }
    }
    if let Server::Died { rested, .. } = &mut seen.server {
        *rested = true;
    }
}

/// Plays `events` to the end and compares what the agent did.
fn story(events: &[Event], answers: &[Answer], expected: &str) {
    let mut script = Script {
        events: events.iter().copied().collect(),
        answers: answers.iter().copied().collect(),
        seen: Seen {
            shutdown: false,
            target: Target::Unknown,
            resolve: Job::NotBegun,
            install: Job::NotBegun,
            server: Server::Absent,
            linked: false,
            launch: Hook::Open { due: true },
            termination: Hook::Open { due: true },
            announced: None,
            reported: false,
            heartbeat_due: false,
        },
        attempts: 0,
        quick_deaths: 0,
        transcript: Vec::new(),
    };
    if drive(&mut script).now_or_never().is_some() {
        script.transcript.push("ends".to_owned());
    }
    assert!(script.events.is_empty(), "left over: {:?}", script.events);
    let expected: Vec<&str> = expected.trim().lines().map(str::trim).collect();
    assert_eq!(
        script.transcript.join("\n"),
        expected.join("\n"),
        "\n{}",
        script.transcript.join("\n")
    );
}

/// From boot to a healthy server.
const LAUNCH: [Event; 3] = [Event::Resolved, Event::Installed, Event::Healthy];

fn after_launch(events: &[Event]) -> Vec<Event> {
    LAUNCH.iter().chain(events).copied().collect()
}

/// What `LAUNCH` leads to, up to the launch hook.
fn launched(rest: &str) -> String {
    format!(
        "Announce(Resolving)
        Resolve
        waits for Job: Resolved
        Announce(Fetching)
        Install
        waits for Job: Installed
        Announce(Starting)
        StartServer
        waits for Readiness: Healthy
        Announce(Serving)
        Link
        CompleteLaunch(Continue)
        {}",
        rest.trim()
    )
}

#[test]
fn a_good_release_goes_into_service_whatever_becomes_of_the_report() {
    story(&LAUNCH, &[], &launched("waits for Change"));
}

#[test]
fn heartbeats_are_sent_while_a_launch_takes_its_time() {
    let events = [
        Event::HeartbeatDue,
        Event::Resolved,
        Event::HeartbeatDue,
        Event::Installed,
        Event::HeartbeatDue,
    ];
    story(
        &events,
        &[],
        "Announce(Resolving)
        Resolve
        waits for Job: HeartbeatDue
        Heartbeat(Launching)
        waits for Job: Resolved
        Announce(Fetching)
        Install
        waits for Job: HeartbeatDue
        Heartbeat(Launching)
        waits for Job: Installed
        Announce(Starting)
        StartServer
        waits for Readiness: HeartbeatDue
        Heartbeat(Launching)
        waits for Readiness",
    );
}

#[test]
fn a_release_that_cannot_be_trusted_is_reported_before_the_instance_is_given_up() {
    let events = [
        Event::ResolveFails { transient: false },
        Event::HeartbeatDue,
        Event::Reported,
    ];
    story(
        &events,
        &[],
        "Announce(Resolving)
        Resolve
        waits for Job: ResolveFails { transient: false }
        Announce(Failed)
        waits for Report: HeartbeatDue
        Heartbeat(Launching)
        waits for Report: Reported
        CompleteLaunch(Abandon)
        waits for End",
    );
}

#[test]
fn one_bad_moment_of_the_store_costs_nothing() {
    let events = [
        Event::Resolved,
        Event::InstallFails { transient: true },
        Event::Rested,
        Event::Installed,
    ];
    story(
        &events,
        &[],
        "Announce(Resolving)
        Resolve
        waits for Job: Resolved
        Announce(Fetching)
        Install
        waits for Job: InstallFails { transient: true }
        waits for Rest: Rested
        Install
        waits for Job: Installed
        Announce(Starting)
        StartServer
        waits for Readiness",
    );
}

#[test]
fn a_store_that_stays_down_is_a_failure() {
    let fails = Event::ResolveFails { transient: true };
    let rests = Event::Rested;
    let events = [
        fails,
        rests,
        fails,
        rests,
        fails,
        rests,
        fails,
        Event::Reported,
    ];
    let attempt = "Resolve
        waits for Job: ResolveFails { transient: true }
        waits for Rest: Rested\n";
    story(
        &events,
        &[],
        &format!(
            "Announce(Resolving)
            {attempt}{attempt}{attempt}Resolve
            waits for Job: ResolveFails {{ transient: true }}
            Announce(Failed)
            waits for Report: Reported
            CompleteLaunch(Abandon)
            waits for End"
        ),
    );
}

#[test]
fn a_server_that_dies_before_it_is_healthy_is_a_failure_and_stays_one_on_the_way_out() {
    let events = [
        Event::Resolved,
        Event::Installed,
        Event::Dies,
        Event::Reported,
        Event::Target(Target::Terminated),
        Event::Sigterm,
    ];
    story(
        &events,
        &[],
        "Announce(Resolving)
        Resolve
        waits for Job: Resolved
        Announce(Fetching)
        Install
        waits for Job: Installed
        Announce(Starting)
        StartServer
        waits for Readiness: Dies
        Announce(Failed)
        StopServer
        waits for Report: Reported
        CompleteLaunch(Abandon)
        waits for End: Target(Terminated)
        CompleteTermination
        waits for End: Sigterm
        ends",
    );
}

#[test]
fn an_instance_terminated_while_it_installs_stops_installing_and_lets_go() {
    let events = [
        Event::Resolved,
        Event::Target(Target::Terminated),
        Event::Reported,
    ];
    story(
        &events,
        &[],
        "Announce(Resolving)
        Resolve
        waits for Job: Resolved
        Announce(Fetching)
        Install
        waits for Job: Target(Terminated)
        Announce(Draining)
        CancelJobs
        Announce(Left)
        waits for Report: Reported
        CompleteTermination
        waits for End",
    );
}

#[test]
fn an_instance_terminated_while_its_server_starts_never_serves() {
    let events = [
        Event::Resolved,
        Event::Installed,
        Event::Target(Target::Terminated),
        Event::Stopped,
        Event::Reported,
    ];
    story(
        &events,
        &[],
        "Announce(Resolving)
        Resolve
        waits for Job: Resolved
        Announce(Fetching)
        Install
        waits for Job: Installed
        Announce(Starting)
        StartServer
        waits for Readiness: Target(Terminated)
        Announce(Draining)
        StopServer
        waits for Drain: Stopped
        Announce(Left)
        waits for Report: Reported
        CompleteTermination
        waits for End",
    );
}

#[test]
fn a_hook_that_does_not_wait_yet_is_tried_again() {
    story(
        &after_launch(&[Event::Rested]),
        &[Answer::NotWaiting, Answer::Accepted],
        &launched(
            "waits for Hook: Rested
            CompleteLaunch(Continue)
            waits for Change",
        ),
    );
}

#[test]
fn an_agent_that_restarts_in_service_finds_no_hook_and_keeps_serving() {
    story(
        &after_launch(&[Event::Rested, Event::PatienceEnds]),
        &[Answer::NotWaiting, Answer::NotWaiting],
        &launched(
            "waits for Hook: Rested
            CompleteLaunch(Continue)
            waits for Hook: PatienceEnds
            waits for Change",
        ),
    );
}

#[test]
fn a_terminated_instance_drains_and_waits_for_its_hook_to_wait() {
    let events = [
        Event::Target(Target::InService),
        Event::Target(Target::Terminated),
        Event::HeartbeatDue,
        Event::Stopped,
        Event::Reported,
        Event::Rested,
        Event::Sigterm,
    ];
    story(
        &after_launch(&events),
        &[Answer::Accepted, Answer::NotWaiting, Answer::Accepted],
        &launched(
            "waits for Change: Target(InService)
            waits for Change: Target(Terminated)
            Announce(Draining)
            StopServer
            waits for Drain: HeartbeatDue
            Heartbeat(Terminating)
            waits for Drain: Stopped
            Announce(Left)
            waits for Report: Reported
            CompleteTermination
            waits for Hook: Rested
            CompleteTermination
            waits for End: Sigterm
            ends",
        ),
    );
}

#[test]
fn a_serving_server_that_dies_is_started_again_until_it_dies_too_often() {
    let dies = [Event::Dies, Event::Rested, Event::Healthy];
    let mut events = dies.repeat(2);
    events.extend([Event::Dies, Event::Reported]);
    let again = "waits for Change: Dies
        Announce(Starting)
        waits for Rest: Rested
        StartServer
        waits for Readiness: Healthy
        Announce(Serving)\n";
    story(
        &after_launch(&events),
        &[],
        &launched(&format!(
            "{again}{again}waits for Change: Dies
            Announce(Failed)
            StopServer
            waits for End: Reported
            waits for End"
        )),
    );
}

#[test]
fn a_shutdown_drains_the_server_and_ends() {
    story(
        &after_launch(&[Event::Sigterm, Event::Stopped]),
        &[],
        &launched(
            "waits for Change: Sigterm
            Announce(Draining)
            StopServer
            waits for Drain: Stopped
            ends",
        ),
    );
}

#[test]
fn standby_leaves_the_server_alone() {
    story(
        &after_launch(&[Event::Target(Target::Elsewhere)]),
        &[],
        &launched(
            "waits for Change: Target(Elsewhere)
            waits for Change",
        ),
    );
}

//! The scripted host: without time, each wait ends with the next event, and the story ends with the last one.

use crate::cloud::Answer;
use crate::drive::{Host, drive};
use crate::duty::{Duty, Waiting};
use crate::seen::{Hook, Job, Seen, Server, Target};
use futures_util::FutureExt;
use std::collections::VecDeque;

/// What happens to the instance while its agent waits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
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
pub(super) fn story(events: &[Event], answers: &[Answer], expected: &str) {
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

//! The decision: from what is seen to the one thing to do next. Pure, and the same whether the agent has just started,
//! was restarted or has been running for a year.
//!
//! ```text
//! resolving -> fetching -> starting -> serving -> draining -> left
//!      \___________\___________\__________\_____> failed
//! ```

use crate::seen::{Hook, Job, Seen, Server, Target};
use contract::status::Phase;

/// How often transient trouble with tags, manifest or files is met before the release counts as failed. A lost instance
/// costs a deployment its failure budget, so one bad moment of the store must not.
pub(crate) const MAX_ATTEMPTS: u32 = 4;

/// How often a serving server may die quickly in a row before the agent gives up and lets the group replace the instance.
pub(crate) const MAX_QUICK_DEATHS: u32 = 3;

/// The next thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Duty {
    /// Hand the status document of this phase to the reporter.
    Announce(Phase),
    /// Begin to read tags and manifest.
    Resolve,
    /// Begin to bring the release to this disk.
    Install,
    /// Start the server.
    StartServer,
    /// Let `current` point to what runs, and remove what is too old.
    Link,
    /// Complete the launch hook.
    CompleteLaunch(Verdict),
    /// Complete the terminate hook.
    CompleteTermination,
    /// Tell a hook that the agent still works.
    Heartbeat(Transition),
    /// Stop reading and fetching.
    CancelJobs,
    /// Close the agent's listener and tell the server to end.
    StopServer,
    /// Nothing now.
    Wait(Waiting),
    /// End the agent.
    Exit,
}

/// How a launch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Into service.
    Continue,
    /// The group shall replace this instance.
    Abandon,
}

/// Which hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transition {
    /// `autoscaling:EC2_INSTANCE_LAUNCHING`
    Launching,
    /// `autoscaling:EC2_INSTANCE_TERMINATING`
    Terminating,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// Tags, manifest or files.
    Job,
    /// The pause after trouble.
    Rest,
    /// The server's readiness.
    Readiness,
    /// The server's last requests.
    Drain,
    /// The last word to be written down, before the instance is given up or let go.
    Report,
    /// The hook to wait for its answer.
    Hook,
    /// The group to want something else, or the server to die.
    Change,
    /// The end of the instance.
    End,
}

/// Decides. Exactly one thing at a time.
pub(crate) fn duty(seen: &Seen) -> Duty {
    let phase = phase(seen);
    if seen.announced != Some(phase) {
        return Duty::Announce(phase);
    }
    match phase {
        Phase::Resolving => work(seen, seen.resolve, Duty::Resolve),
        Phase::Fetching => work(seen, seen.install, Duty::Install),
        Phase::Starting => starting(seen),
        Phase::Serving => serving(seen),
        Phase::Draining => draining(seen),
        Phase::Left => left(seen),
        Phase::Failed => failed(seen),
        // A later version's phase: `phase` never says it.
        Phase::Unknown => Duty::Wait(Waiting::Change),
    }
}

/// Where the agent is. A failure that was announced stays: it is the evidence that the operator will look for, also
/// when the instance leaves because of it.
fn phase(seen: &Seen) -> Phase {
    let leaving = seen.shutdown || seen.target == Target::Terminated;
    if seen.announced == Some(Phase::Failed) {
        Phase::Failed
    } else if leaving && quiet(seen) && seen.target == Target::Terminated {
        Phase::Left
    } else if leaving {
        Phase::Draining
    } else if broken(seen) {
        Phase::Failed
    } else if seen.resolve != Job::Done {
        Phase::Resolving
    } else if seen.install != Job::Done {
        Phase::Fetching
    } else if seen.server != Server::Healthy {
        Phase::Starting
    } else {
        Phase::Serving
    }
}

/// Whether nothing of the agent's is running.
fn quiet(seen: &Seen) -> bool {
    let jobs = seen.resolve == Job::Running || seen.install == Job::Running;
    !jobs && matches!(seen.server, Server::Absent | Server::Stopped)
}

/// Whether the release cannot run here. Before the launch hook is completed nobody depends on this instance, so one death
/// is enough; afterwards the server gets another chance first.
fn broken(seen: &Seen) -> bool {
    let hopeless = |job| match job {
        Job::Failed {
            transient,
            attempts,
            ..
        } => !transient || attempts >= MAX_ATTEMPTS,
        Job::NotBegun | Job::Running | Job::Done => false,
    };
    let dead = match seen.server {
        Server::Died { quick_deaths, .. } => {
            seen.launch != Hook::Closed || quick_deaths >= MAX_QUICK_DEATHS
        }
        _ => false,
    };
    hopeless(seen.resolve) || hopeless(seen.install) || dead
}

fn work(seen: &Seen, job: Job, begin: Duty) -> Duty {
    match job {
        Job::NotBegun | Job::Failed { rested: true, .. } => begin,
        Job::Running | Job::Done => wait(seen, Waiting::Job),
        Job::Failed { rested: false, .. } => wait(seen, Waiting::Rest),
    }
}

fn starting(seen: &Seen) -> Duty {
    match seen.server {
        Server::Absent | Server::Died { rested: true, .. } => Duty::StartServer,
        Server::Died { rested: false, .. } => wait(seen, Waiting::Rest),
        Server::Starting | Server::Healthy => wait(seen, Waiting::Readiness),
        // Stopped only on the way out, which cannot be turned back.
        Server::Stopping | Server::Stopped => wait(seen, Waiting::Change),
    }
}

fn serving(seen: &Seen) -> Duty {
    match (seen.linked, seen.launch) {
        (false, _) => Duty::Link,
        (true, Hook::Open { due: true }) => Duty::CompleteLaunch(Verdict::Continue),
        (true, Hook::Open { due: false }) => wait(seen, Waiting::Hook),
        (true, Hook::Closed) => Duty::Wait(Waiting::Change),
    }
}

fn draining(seen: &Seen) -> Duty {
    if seen.resolve == Job::Running || seen.install == Job::Running {
        return Duty::CancelJobs;
    }
    match seen.server {
        Server::Starting | Server::Healthy | Server::Died { .. } => Duty::StopServer,
        Server::Stopping => wait(seen, Waiting::Drain),
        // Draining and quiet without being terminated: a shutdown.
        Server::Absent | Server::Stopped => Duty::Exit,
    }
}

/// The machine may be gone a moment after its hook is completed, so the last word is written first.
fn left(seen: &Seen) -> Duty {
    if seen.shutdown {
        return Duty::Exit;
    }
    match (seen.reported, seen.termination) {
        (_, Hook::Closed) => Duty::Wait(Waiting::End),
        (false, Hook::Open { .. }) => wait(seen, Waiting::Report),
        (true, Hook::Open { due: true }) => Duty::CompleteTermination,
        (true, Hook::Open { due: false }) => wait(seen, Waiting::Hook),
    }
}

/// Stop answering, have it written down, give the instance up, and then stay without doing anything: a process that ends
/// would only be restarted into the same failure.
fn failed(seen: &Seen) -> Duty {
    match seen.server {
        Server::Starting | Server::Healthy | Server::Died { .. } => return Duty::StopServer,
        Server::Stopping => return wait(seen, Waiting::Drain),
        Server::Absent | Server::Stopped => {}
    }
    if seen.shutdown || seen.target == Target::Terminated {
        return left(seen);
    }
    match (seen.reported, seen.launch) {
        (_, Hook::Closed) => Duty::Wait(Waiting::End),
        (false, Hook::Open { .. }) => wait(seen, Waiting::Report),
        (true, Hook::Open { due: true }) => Duty::CompleteLaunch(Verdict::Abandon),
        (true, Hook::Open { due: false }) => wait(seen, Waiting::Hook),
    }
}

/// Waits, unless a hook must hear something first.
fn wait(seen: &Seen, on: Waiting) -> Duty {
    let (hook, transition) = match seen.target {
        Target::Terminated => (seen.termination, Transition::Terminating),
        _ => (seen.launch, Transition::Launching),
    };
    if seen.heartbeat_due && hook != Hook::Closed {
        Duty::Heartbeat(transition)
    } else {
        Duty::Wait(on)
    }
}

#[cfg(test)]
mod properties;

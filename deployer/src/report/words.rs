//! The words for each event: one small function per kind. No colours, no terminal, no clock.

use crate::rollout::action::Action;
use crate::rollout::event::{DeployEvent, EventKind, WaitingOn};
use crate::rollout::goal::{Outcome, Reason};
use jiff::Timestamp;

/// What a sentence needs to know from earlier events.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// `example 1.1.0`.
    wanted: String,
    /// `1.0.0`, or `the previous version`.
    before: String,
    environment: String,
}

impl Story {
    /// Takes note of what later sentences need.
    pub(super) fn hear(&mut self, kind: &EventKind) {
        if let EventKind::Started {
            service,
            environment,
            version,
            from_version,
            ..
        } = kind
        {
            self.wanted = format!("{service} {version}");
            self.before = match from_version {
                Some(version) => version.to_string(),
                None => "the previous version".to_owned(),
            };
            self.environment = environment.to_string();
        }
    }
}

/// What to say about an event; the lines after the first are details. `None` where there is nothing to say.
pub(super) fn event(event: &DeployEvent, story: &Story) -> Option<String> {
    let kind = &event.kind;
    Some(match kind {
        EventKind::Addressed {
            account,
            region,
            endpoint,
        } => addressed(account, region, endpoint.as_deref()),
        EventKind::Started { .. } => started(kind, story),
        EventKind::ActionStarted { action } => action_started(action)?,
        EventKind::ActionRefused { action, detail } => action_refused(action, detail),
        EventKind::Waiting { on } => waiting(on),
        EventKind::Progress { .. } => progress(kind),
        EventKind::MemberChanged { .. } => member_changed(kind),
        EventKind::MemberFailed {
            instance,
            phase,
            cause,
            log,
        } => member_failed(instance, phase, cause, log),
        EventKind::RollbackStarted { reason } => rollback_started(reason, story),
        EventKind::Finished { outcome, .. } if event.planned => planned_end(outcome, story),
        EventKind::Finished { outcome, seconds } => finished(outcome, *seconds, story),
        EventKind::ActionDone { .. } | EventKind::Unknown => return None,
    })
}

fn addressed(account: &str, region: &str, endpoint: Option<&str>) -> String {
    let endpoint = endpoint.unwrap_or("AWS");
    format!("account {account}, region {region}, endpoint {endpoint}")
}

fn started(kind: &EventKind, story: &Story) -> String {
    let EventKind::Started {
        manifest,
        group,
        resumed,
        ..
    } = kind
    else {
        return String::new();
    };
    let Story {
        wanted,
        before,
        environment,
    } = story;
    let verb = if *resumed {
        "resuming the deployment of"
    } else {
        "deploying"
    };
    format!(
        "{verb} {wanted} to {environment} (before: {before})\n\
         group {group}, manifest {manifest}"
    )
}

fn action_started(action: &Action) -> Option<String> {
    match action {
        // Told by the event that says why, and by the outcome that is written down.
        Action::TurnBack { .. } | Action::Close { .. } => None,
        action => Some(action.to_string()),
    }
}

fn action_refused(action: &Action, detail: &str) -> String {
    format!("AWS refused to {action}: {detail}")
}

pub(super) fn waiting(on: &WaitingOn) -> String {
    // The time first: a narrow terminal cuts off the end.
    format!(
        "waiting (until {} at the latest) for {on}",
        time(on.until())
    )
}

fn progress(kind: &EventKind) -> String {
    let EventKind::Progress {
        updated,
        total,
        healthy_targets,
        percent,
        in_flight,
    } = kind
    else {
        return String::new();
    };
    format!(
        "{updated} of {total} updated, {healthy_targets} healthy targets, {in_flight} coming or leaving (AWS: {percent} %)"
    )
}

fn member_changed(kind: &EventKind) -> String {
    let EventKind::MemberChanged {
        instance,
        version,
        state,
        target,
    } = kind
    else {
        return String::new();
    };
    let version = version
        .as_ref()
        .map(|version| format!(" ({version})"))
        .unwrap_or_default();
    let target = target
        .as_ref()
        .map(|target| format!(", target {target}"))
        .unwrap_or_default();
    format!("{instance}{version} {state}{target}")
}

fn member_failed(instance: &str, phase: &str, cause: &str, log: &[String]) -> String {
    let mut text = format!("{instance} failed while {phase}: {cause}");
    if !log.is_empty() {
        text.push_str("\nits last lines:");
    }
    for line in log {
        text.push_str("\n  | ");
        // One line of the log stays one line here.
        text.push_str(&line.replace('\n', " "));
    }
    text
}

fn rollback_started(reason: &Reason, story: &Story) -> String {
    format!("going back to {}: {reason}", story.before)
}

fn finished(outcome: &Outcome, seconds: u64, story: &Story) -> String {
    let Story {
        wanted,
        before,
        environment,
    } = story;
    match outcome {
        Outcome::Done => {
            format!("done: {environment} serves {wanted} (before: {before}), after {seconds} s")
        }
        Outcome::AlreadyRunning => format!("nothing to do: {environment} serves {wanted} already"),
        Outcome::RolledBack { reason } => format!(
            "rolled back: {environment} serves {before} again, not {wanted}, after {seconds} s\n\
             reason: {reason}"
        ),
        Outcome::Failed { reason } => format!(
            "failed: {environment} serves neither {wanted} nor verifiably {before} everywhere, after {seconds} s\n\
             reason: {reason}\n\
             hint: a person must look at the group; `deploy status --env {environment}` shows its members"
        ),
        Outcome::InDoubt { reason } => format!(
            "in doubt: the deployment of {wanted} to {environment} is still open, after {seconds} s\n\
             reason: {reason}\n\
             hint: run the same command again, it resumes this deployment"
        ),
    }
}

/// The end of a plan: nothing has happened, and nothing has taken any time.
fn planned_end(outcome: &Outcome, story: &Story) -> String {
    let Story {
        wanted,
        before,
        environment,
    } = story;
    match outcome {
        Outcome::Done => {
            format!("then done: {environment} would serve {wanted} (before: {before})")
        }
        Outcome::AlreadyRunning => finished(outcome, 0, story),
        Outcome::RolledBack { reason } => format!(
            "then rolled back: {environment} would serve {before} again, not {wanted}\n\
             reason: {reason}"
        ),
        Outcome::Failed { reason } => format!(
            "then failed: {environment} would serve neither {wanted} nor verifiably {before} everywhere\n\
             reason: {reason}"
        ),
        Outcome::InDoubt { reason } => format!(
            "then in doubt: the deployment of {wanted} to {environment} would stay open\n\
             reason: {reason}"
        ),
    }
}

/// A time of day, in UTC.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}

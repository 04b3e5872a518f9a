//! Events as sentences, each with its time: for logs, and for the lines above a progress bar.

use super::Report;
use super::words::{self, Story};
use crate::printable::printable;
use crate::rollout::event::{DeployEvent, EventKind};
use std::io::Write;

/// Writes each event as a line, or as a few where it has more to say. What would only repeat the line before is left out.
#[derive(Debug)]
pub(super) struct Lines<W> {
    out: W,
    story: Story,
    last: String,
    last_wait: String,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            story: Story::default(),
            last: String::new(),
            last_wait: String::new(),
        }
    }

    /// The lines for an event, if it adds something.
    pub(super) fn lines(&mut self, event: &DeployEvent) -> Option<String> {
        self.story.hear(&event.kind);
        let text = words::event(event, &self.story)?;
        // What is awaited stays true while members come and go: it is said again only when it is something else.
        let said = match event.kind {
            EventKind::Waiting { .. } => &mut self.last_wait,
            _ => &mut self.last,
        };
        if text == *said {
            return None;
        }
        said.clone_from(&text);
        let time = words::time(event.at);
        let mark = if event.planned { "plan: " } else { "" };
        let mut lines = String::new();
        for (index, line) in text.lines().enumerate() {
            let indent = if index == 0 { mark } else { "  " };
            lines.push_str(format!("{time}  {indent}{}", printable(line)).trim_end());
            lines.push('\n');
        }
        Some(lines)
    }

    /// Writes lines and pushes them out, so that whoever follows a log sees them at once.
    pub(super) fn write(&mut self, lines: &str) {
        // A reader that has gone must not end the deployment.
        let _ = self
            .out
            .write_all(lines.as_bytes())
            .and_then(|()| self.out.flush());
    }
}

impl<W: Write + Send> Report for Lines<W> {
    fn report(&mut self, event: &DeployEvent) {
        if let Some(lines) = self.lines(event) {
            self.write(&lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::progress::Progress;
    use super::*;
    use crate::rollout::event::{SCHEMA, WaitingOn};
    use crate::rollout::goal::{Outcome, Reason};
    use contract::digest::Digest;
    use indicatif::ProgressDrawTarget;

    fn event(seq: u64, kind: EventKind) -> DeployEvent {
        DeployEvent {
            schema: SCHEMA,
            deployment: "d-20261120-210000-abcdef".parse().unwrap(),
            seq,
            at: format!("2026-11-20T21:00:{seq:02}Z").parse().unwrap(),
            elapsed_ms: seq * 1000,
            planned: false,
            kind,
        }
    }

    fn failure() -> (EventKind, Reason) {
        let (instance, phase, cause) = ("i-1", "starting", "exit status 1");
        let failed = EventKind::MemberFailed {
            instance: instance.to_owned(),
            phase: phase.to_owned(),
            cause: cause.to_owned(),
            log: vec!["first".to_owned(), "pa\u{1b}[2Jnic\ntwo".to_owned()],
        };
        let reason = Reason::MemberFailed {
            instance: instance.to_owned(),
            phase: phase.to_owned(),
            cause: cause.to_owned(),
            failed: 1,
        };
        (failed, reason)
    }

    fn story() -> Vec<DeployEvent> {
        let (failed, reason) = failure();
        let settling = || EventKind::Waiting {
            on: WaitingOn::Settling {
                missing: "i-2 is not healthy".to_owned(),
                until: "2026-11-20T21:10:00Z".parse().unwrap(),
            },
        };
        let kinds = [
            EventKind::Addressed {
                account: "000000000000".to_owned(),
                region: "us-east-1".to_owned(),
                endpoint: Some("http://127.0.0.1:1".to_owned()),
            },
            EventKind::Started {
                service: "example".parse().unwrap(),
                environment: "prod".parse().unwrap(),
                version: "1.1.0".parse().unwrap(),
                manifest: Digest::of(b""),
                from_version: "1.0.0".parse().ok(),
                account: "000000000000".to_owned(),
                region: "us-east-1".to_owned(),
                endpoint: None,
                group: "g".to_owned(),
                resumed: false,
            },
            settling(),
            settling(),
            EventKind::Progress {
                updated: 1,
                total: 4,
                healthy_targets: 4,
                percent: 20,
                in_flight: 2,
            },
            failed,
            EventKind::RollbackStarted {
                reason: reason.clone(),
            },
            EventKind::Finished {
                outcome: Outcome::RolledBack { reason },
                seconds: 42,
            },
        ];
        (1..)
            .zip(kinds)
            .map(|(seq, kind)| event(seq, kind))
            .collect()
    }

    const TRANSCRIPT: &str = "\
21:00:01Z  account 000000000000, region us-east-1, endpoint http://127.0.0.1:1
21:00:02Z  deploying example 1.1.0 to prod (before: 1.0.0)
21:00:02Z    group g, manifest sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
21:00:03Z  waiting (until 21:10:00Z at the latest) for the group to settle: i-2 is not healthy
21:00:05Z  1 of 4 updated, 4 healthy targets, 2 coming or leaving (AWS: 20 %)
21:00:06Z  i-1 failed while starting: exit status 1
21:00:06Z    its last lines:
21:00:06Z      | first
21:00:06Z      | pa[2Jnic two
21:00:07Z  going back to 1.0.0: i-1 failed while starting: exit status 1
21:00:08Z  rolled back: prod serves 1.0.0 again, not example 1.1.0, after 42 s
21:00:08Z    reason: i-1 failed while starting: exit status 1
";

    #[test]
    fn a_rollback_reads_as_a_story_and_says_nothing_twice() {
        let mut lines = Lines::new(Vec::new());
        for event in story() {
            lines.report(&event);
        }
        assert_eq!(String::from_utf8(lines.out).unwrap(), TRANSCRIPT);
    }

    #[test]
    fn the_bar_takes_over_the_counts_and_the_waiting_and_leaves_the_rest() {
        let mut progress = Progress::new(ProgressDrawTarget::hidden(), Vec::new());
        for event in story() {
            progress.report(&event);
            progress.tick();
        }
        let expected: Vec<&str> = TRANSCRIPT
            .lines()
            .filter(|line| !line.contains("waiting (") && !line.contains("of 4 updated"))
            .collect();
        let written = String::from_utf8(progress.lines().out.clone()).unwrap();
        assert_eq!(written.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn json_lines_are_the_events_themselves() {
        let mut bytes = Vec::new();
        for event in story() {
            super::super::json::Json::new(&mut bytes).report(&event);
        }
        let read: Vec<DeployEvent> = bytes
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        assert_eq!(read, story());
    }

    #[test]
    fn the_end_of_a_plan_has_not_happened() {
        let (_, reason) = failure();
        let ends = [
            (
                Outcome::Done,
                "plan: then done: prod would serve example 1.1.0 (before: 1.0.0)\n",
            ),
            (
                Outcome::AlreadyRunning,
                "plan: nothing to do: prod serves example 1.1.0 already\n",
            ),
            (
                Outcome::RolledBack { reason },
                "plan: then rolled back: prod would serve 1.0.0 again, not example 1.1.0\n",
            ),
        ];
        for (outcome, words) in ends {
            let mut lines = Lines::new(Vec::new());
            lines.report(&story()[1]);
            let seconds = 0;
            let mut end = event(9, EventKind::Finished { outcome, seconds });
            end.planned = true;
            let said = lines.lines(&end).unwrap();
            assert!(said.contains(words), "{said}");
            assert!(!said.contains("after"), "{said}");
        }
    }

    #[test]
    fn a_plan_is_told_apart_from_what_happened() {
        let mut planned = story().remove(0);
        planned.planned = true;
        let mut lines = Lines::new(Vec::new());
        assert!(
            lines
                .lines(&planned)
                .unwrap()
                .starts_with("21:00:01Z  plan: account")
        );
    }
}

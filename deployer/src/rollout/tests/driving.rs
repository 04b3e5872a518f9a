//! The driver on a real journal in a folder: what it announces, keeps and resumes.

use super::goal;
use super::world::{Nature, OLD, World};
use crate::failure::Explain;
use crate::fleet::{Applied, Fleet, FleetError};
use crate::journal::{DeploymentId, Journal, Record, Tenure};
use crate::report::Report;
use crate::rollout::action::Action;
use crate::rollout::driver::{DriveError, Driver};
use crate::rollout::event::{DeployEvent, EventKind, EventSource, WaitingOn};
use crate::rollout::goal::{Outcome, Reason};
use crate::rollout::observation::FleetView;
use crate::rollout::pace::Pace;
use contract::digest::Digest;
use contract::store::{Access, Store};
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// The world behind the driver's seams; its time passes when the driver rests.
#[derive(Clone)]
struct Stage {
    world: Arc<Mutex<World>>,
    /// The run is killed in the middle of this action, counted from 1, after it took effect.
    killed_in: Option<usize>,
    actions: Arc<Mutex<usize>>,
    killed: Arc<Notify>,
    /// No look comes back, and after a while the operator presses Ctrl-C.
    hangs: Option<watch::Sender<bool>>,
    /// The store of which the second action leaves a folder in which nothing can be written.
    ruins: Option<PathBuf>,
}

#[async_trait::async_trait]
impl Fleet for Stage {
    async fn observe(&self, record: Option<&Record>) -> FleetView {
        if let Some(stop) = &self.hangs {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            stop.send_replace(true);
            std::future::pending::<()>().await;
        }
        self.world.lock().unwrap().view(record)
    }

    async fn apply(&self, action: &Action, record: &Record) -> Result<Applied, FleetError> {
        let applied = self.world.lock().unwrap().apply(action, record);
        let count = {
            let mut actions = self.actions.lock().unwrap();
            *actions += 1;
            *actions
        };
        if let Some(store) = self.ruins.as_ref().filter(|_| count == 2) {
            let deployments = store.join("deployments");
            std::fs::remove_dir_all(&deployments).unwrap();
            std::fs::write(&deployments, "no folder any more").unwrap();
        }
        if self.killed_in == Some(count) {
            self.killed.notify_one();
            std::future::pending::<()>().await;
        }
        Ok(applied)
    }
}

#[async_trait::async_trait]
impl Pace for Stage {
    fn now(&self) -> Timestamp {
        self.world.lock().unwrap().now
    }

    async fn rest(&self, length: Duration) {
        self.world.lock().unwrap().advance(length);
    }
}

#[derive(Default)]
struct Heard(Vec<DeployEvent>);

impl Report for Heard {
    fn report(&mut self, event: &DeployEvent) {
        self.0.push(event.clone());
    }
}

struct Theatre {
    folder: tempfile::TempDir,
    journal: Journal,
    stage: Stage,
    heard: Heard,
    tenure: watch::Sender<Tenure>,
    stop: watch::Sender<bool>,
    /// The manifest wanted, when it is not that of the new version.
    manifest: Option<Digest>,
    /// The finished deployment that this one undoes.
    undoes: Option<DeploymentId>,
}

impl Theatre {
    fn new(nature: Nature) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("file://{}", folder.path().display());
        let store = Store::open(&url, &Access::default()).unwrap();
        let world = World::new(nature);
        let until = world.now + Duration::from_secs(1_000_000);
        let goal = goal(world.now);
        Self {
            folder,
            journal: Journal::new(store, &goal.service, &goal.environment),
            stage: Stage {
                world: Arc::new(Mutex::new(world)),
                killed_in: None,
                actions: Arc::default(),
                killed: Arc::default(),
                hangs: None,
                ruins: None,
            },
            heard: Heard::default(),
            tenure: watch::channel(Tenure { until, lost: None }).0,
            stop: watch::channel(false).0,
            manifest: None,
            undoes: None,
        }
    }

    /// One run of the command; none when it was killed.
    async fn run(&mut self) -> Option<Result<Outcome, DriveError>> {
        let open = self.journal.open().await.unwrap();
        let now = self.stage.now();
        let mut goal = goal(now);
        goal.wanted.manifest = self.manifest.unwrap_or(goal.wanted.manifest);
        goal.undoes.clone_from(&self.undoes);
        if let Some(entry) = &open {
            goal.deployment = entry.record.id.clone();
        }
        let started = EventKind::Started {
            service: goal.service.clone(),
            environment: goal.environment.clone(),
            version: goal.wanted.version.clone(),
            manifest: goal.wanted.manifest,
            from_version: None,
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            endpoint: None,
            group: goal.group.clone(),
            resumed: open.is_some(),
        };
        let stage = self.stage.clone();
        let driver = Driver {
            goal: &goal,
            fleet: &stage,
            journal: &self.journal,
            tenure: self.tenure.subscribe(),
            stop: self.stop.subscribe(),
            pace: &stage,
            report: &mut self.heard,
            events: EventSource::new(goal.deployment.clone(), now),
            poll: Duration::from_secs(10),
        };
        tokio::select! {
            ended = driver.run(open, started) => Some(ended),
            () = stage.killed.notified() => None,
        }
    }

    fn transcript(&self) -> Vec<String> {
        let events = self.heard.0.iter();
        let mut lines: Vec<String> = events.filter_map(|event| line(&event.kind)).collect();
        lines.dedup();
        lines
    }
}

fn line(kind: &EventKind) -> Option<String> {
    Some(match kind {
        EventKind::Started { resumed: false, .. } => "started".to_owned(),
        EventKind::Started { resumed: true, .. } => "resumed".to_owned(),
        EventKind::ActionStarted { action } => format!("do     {action}"),
        EventKind::ActionDone { action } => format!("done   {action}"),
        EventKind::Waiting { on } => match on {
            WaitingOn::Refresh { status, .. } => format!("wait   refresh {status}"),
            WaitingOn::Rollback { status, .. } => format!("wait   way back {status}"),
            other => format!("wait   {other}"),
        },
        EventKind::MemberFailed {
            phase, cause, log, ..
        } => {
            format!("failed {phase}: {cause} | {}", log.join(" | "))
        }
        EventKind::RollbackStarted { .. } => "back".to_owned(),
        EventKind::Finished { outcome, .. } => match outcome {
            Outcome::Done => "end    done".to_owned(),
            Outcome::RolledBack { .. } => "end    rolled back".to_owned(),
            other => format!("end    {other:?}"),
        },
        _ => return None,
    })
}

#[tokio::test]
async fn the_story_of_a_failed_release() {
    let mut theatre = Theatre::new(Nature {
        broken: Some(OLD + 1),
        ..Nature::default()
    });
    let outcome = theatre.run().await.unwrap().unwrap();
    assert!(matches!(outcome, Outcome::RolledBack { .. }));
    let expected = "\
started
do     write the record
done   write the record
do     create a launch template version
done   create a launch template version
do     start an instance refresh to template version 8
done   start an instance refresh to template version 8
wait   refresh Pending
wait   refresh InProgress
failed starting: exited with status 101 | listening | panicked: no database
back
do     turn back
done   turn back
do     roll the instance refresh back
done   roll the instance refresh back
wait   way back RollbackInProgress
do     close the record
done   close the record
end    rolled back";
    assert_eq!(theatre.transcript().join("\n"), expected);
}

#[tokio::test]
async fn killed_in_any_action_it_resumes_under_the_same_id_and_makes_no_second_version() {
    for killed_in in 1..=4 {
        let mut theatre = Theatre::new(Nature::default());
        theatre.stage.killed_in = Some(killed_in);
        assert!(
            theatre.run().await.is_none(),
            "killed in action {killed_in}"
        );
        let open = theatre.journal.open().await.unwrap().expect("it is open");
        theatre.stage.killed_in = None;
        let outcome = theatre.run().await.unwrap().unwrap();
        assert_eq!(outcome, Outcome::Done, "killed in action {killed_in}");
        assert!(theatre.transcript().contains(&"resumed".to_owned()));
        assert_eq!(
            theatre.journal.ids().await.unwrap(),
            std::slice::from_ref(&open.record.id)
        );
        let world = theatre.stage.world.lock().unwrap().clone();
        assert_eq!((world.made.len(), world.refreshes.len()), (1, 1));
        let kept = theatre.journal.past(&open.record.id).await.unwrap().events;
        assert!(
            kept.windows(2).all(|two| two[0].seq < two[1].seq),
            "numbers count on"
        );
        assert!(
            theatre.journal.open().await.unwrap().is_none(),
            "it is closed"
        );
    }
}

#[tokio::test]
async fn every_lasting_event_is_in_the_journal_and_only_those() {
    let mut theatre = Theatre::new(Nature::default());
    theatre.run().await.unwrap().unwrap();
    let id = theatre.journal.ids().await.unwrap().remove(0);
    let kept = theatre.journal.past(&id).await.unwrap().events;
    let heard = theatre.heard.0.iter().filter(|event| event.kind.lasting());
    assert_eq!(kept, heard.cloned().collect::<Vec<_>>());
}

#[tokio::test]
async fn without_the_lease_nothing_more_is_done() {
    let mut theatre = Theatre::new(Nature::default());
    theatre
        .tenure
        .send_modify(|tenure| tenure.lost = Some("taken by other@host".to_owned()));
    let outcome = theatre.run().await.unwrap().unwrap();
    let reason = Reason::LeaseLost {
        detail: "taken by other@host".to_owned(),
    };
    assert_eq!(outcome, Outcome::InDoubt { reason });
    assert!(theatre.journal.ids().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lease_that_ran_out_is_waited_for_and_nothing_is_done_meanwhile() {
    let mut theatre = Theatre::new(Nature::default());
    let until = theatre.stage.now();
    theatre.tenure.send_modify(|tenure| tenure.until = until);
    let outcome = theatre.run().await.unwrap().unwrap();
    assert!(matches!(outcome, Outcome::InDoubt { .. }), "{outcome:?}");
    assert!(theatre.journal.ids().await.unwrap().is_empty());
    let told = theatre.transcript();
    assert!(told[1].contains("the lease ran out at"), "{told:?}");
    assert!(told[2].starts_with("end    InDoubt"), "{told:?}");
    let took = theatre.stage.now().duration_since(until);
    assert!(took.as_mins() >= 15 && took.as_mins() < 17, "{took}");
}

#[tokio::test]
async fn how_a_run_ended_is_said_though_the_store_can_no_longer_be_written() {
    let mut theatre = Theatre::new(Nature {
        broken: Some(OLD + 1),
        ..Nature::default()
    });
    theatre.stage.ruins = Some(theatre.folder.path().to_owned());
    let outcome = theatre.run().await.unwrap().unwrap();
    assert!(matches!(outcome, Outcome::InDoubt { .. }), "{outcome:?}");
    let told = theatre.transcript();
    assert!(
        told.iter()
            .any(|line| line.starts_with("wait   information, none since")),
        "{told:?}"
    );
    assert!(
        told.last().unwrap().starts_with("end    InDoubt"),
        "{told:?}"
    );
    let is_change = |event: &&DeployEvent| matches!(event.kind, EventKind::MemberChanged { .. });
    let changes = theatre.heard.0.iter().filter(is_change);
    let mut once = std::collections::BTreeSet::new();
    for event in changes {
        let news = format!("{:?}", event.kind);
        assert!(once.insert(news), "told again: {:?}", event.kind);
    }
}

#[tokio::test]
async fn a_run_that_finds_nothing_to_do_leaves_nothing_behind() {
    let mut theatre = Theatre::new(Nature::default());
    theatre.manifest = Some(super::world::old_manifest());
    let outcome = theatre.run().await.unwrap().unwrap();
    assert_eq!(outcome, Outcome::AlreadyRunning);
    assert!(theatre.journal.ids().await.unwrap().is_empty());
    let told = ["started", "end    AlreadyRunning"];
    assert_eq!(theatre.transcript(), told);
}

#[tokio::test]
async fn a_look_that_does_not_come_back_is_said_and_can_be_interrupted() {
    let mut theatre = Theatre::new(Nature::default());
    theatre.stage.hangs = Some(theatre.stop.clone());
    let ended = theatre.run().await.unwrap();
    assert!(matches!(ended, Err(DriveError::InterruptedEarly)));
    let told = theatre.transcript();
    assert!(told[1].ends_with("AWS takes long to answer"), "{told:?}");
}

#[tokio::test]
async fn a_signal_ends_the_run_and_leaves_the_deployment_open() {
    let mut theatre = Theatre::new(Nature::default());
    theatre.stop.send_replace(true);
    let ended = theatre.run().await.unwrap();
    assert!(
        matches!(ended, Err(DriveError::InterruptedEarly)),
        "there is nothing to undo"
    );
    theatre.stop.send_replace(false);
    theatre.stage.killed_in = Some(1);
    assert!(theatre.run().await.is_none());
    theatre.stage.killed_in = None;
    theatre.stop.send_replace(true);
    let ended = theatre.run().await.unwrap();
    assert!(matches!(ended, Err(DriveError::Interrupted)));
    theatre.stop.send_replace(false);
    assert_eq!(theatre.run().await.unwrap().unwrap(), Outcome::Done);
}

#[tokio::test]
async fn a_rollback_that_a_signal_ends_is_not_offered_another_one() {
    let mut theatre = Theatre::new(Nature::default());
    theatre.undoes = Some(goal(Timestamp::UNIX_EPOCH).deployment);
    theatre.stage.killed_in = Some(1);
    assert!(theatre.run().await.is_none());
    theatre.stage.killed_in = None;
    theatre.stop.send_replace(true);
    let ended = theatre.run().await.unwrap().unwrap_err();
    assert!(matches!(ended, DriveError::InterruptedGoingBack));
    let hint = ended.hint().unwrap();
    assert_eq!(hint, "run the same command again to finish it");
}

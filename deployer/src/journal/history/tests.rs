use super::*;
use crate::journal::record::Baseline;
use crate::journal::record::Previous;
use crate::rollout::goal::{Outcome, Reason, Wanted};
use contract::digest::Digest;
use contract::store::Access;
use jiff::Timestamp;
use tempfile::TempDir;

fn journal() -> (TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().display());
    let store = Store::open(&url, &Access::default()).unwrap();
    let (service, environment) = ("example".parse().unwrap(), "prod".parse().unwrap());
    (folder, Journal::new(store, &service, &environment))
}

fn record(second: i64, fence: u64) -> Record {
    let created = Timestamp::from_second(second).unwrap();
    Record {
        schema: SCHEMA,
        id: DeploymentId::new(created, 7),
        fence,
        service: "example".parse().unwrap(),
        environment: "prod".parse().unwrap(),
        group: "example".to_owned(),
        goal: Wanted {
            version: "1.1.0".parse().unwrap(),
            manifest: Digest::of(b"1.1.0"),
        },
        undoes: None,
        previous: Previous {
            template_id: "lt-1".to_owned(),
            template_version: 7,
            default_version: 1,
            version: None,
            manifest: None,
        },
        baseline: Baseline {
            min: 1,
            max: 4,
            desired: 2,
        },
        created,
        by: "ada@here".to_owned(),
    }
}

#[tokio::test]
async fn the_newest_deployment_is_open_until_it_has_an_outcome() {
    let (_folder, journal) = journal();
    assert_eq!(journal.open().await.unwrap(), None);
    let (older, newer) = (record(1_000_000_000, 1), record(1_000_000_001, 2));
    journal.begin(&newer).await.unwrap();
    journal.begin(&older).await.unwrap();
    let open = journal.open().await.unwrap().unwrap();
    assert_eq!(open.record, newer);
    let done = Closed::new(&Outcome::Done, newer.created);
    journal.close(&newer.id, &done).await.unwrap();
    assert_eq!(
        journal.open().await.unwrap(),
        None,
        "older ones are never open again"
    );
    assert_eq!(journal.ids().await.unwrap(), [older.id, newer.id]);
}

#[tokio::test]
async fn a_record_stands_against_a_run_with_another_lease() {
    let (_folder, journal) = journal();
    let mine = record(1_000_000_000, 1);
    journal.begin(&mine).await.unwrap();
    let retried = Record {
        by: "ada@elsewhere".to_owned(),
        ..mine.clone()
    };
    journal.begin(&retried).await.unwrap();
    let theirs = Record {
        fence: 2,
        ..mine.clone()
    };
    let refused = journal.begin(&theirs).await;
    assert!(matches!(refused, Err(JournalError::Overtaken { .. })));
    assert_eq!(journal.entry(&mine.id).await.unwrap().record, mine);
}

#[tokio::test]
async fn a_folder_without_a_record_and_the_lease_are_no_deployments() {
    let (_folder, journal) = journal();
    let begun = record(1_000_000_000, 1);
    journal.begin(&begun).await.unwrap();
    let base = &journal.folder;
    for stray in [
        format!("{base}lease/0000000001.json"),
        format!("{base}d-20990101-000000-00000a/events/000001.json"),
    ] {
        journal.store.create(&stray, "{}").await.unwrap();
    }
    let newest = journal.newest(1).await.unwrap();
    assert_eq!(newest[0].record, begun);
}

#[tokio::test]
async fn what_a_later_version_wrote_is_refused_and_not_guessed_at() {
    let (_folder, journal) = journal();
    let record = record(1_000_000_000, 1);
    journal.begin(&record).await.unwrap();
    let outcome = journal.path(&record.id, "outcome.json");
    let later = r#"{"schema":2,"outcome":{"result":"done"},"at":"2026-03-09T12:00:00Z"}"#;
    journal.store.create(&outcome, later).await.unwrap();
    let refused = journal.open().await;
    assert!(matches!(
        refused,
        Err(JournalError::LaterFormat { schema: 2, .. })
    ));
}

#[tokio::test]
async fn a_damaged_event_is_left_out_and_its_number_is_not_used_again() {
    let (_folder, journal) = journal();
    let id = record(1_000_000_000, 1).id;
    for number in [1, 7] {
        let path = journal.path(&id, &format!("events/{number:06}.json"));
        journal.store.create(&path, "{").await.unwrap();
    }
    let past = journal.past(&id).await.unwrap();
    assert_eq!((past.events, past.last_seq), (Vec::new(), 7));
}

#[tokio::test]
async fn the_first_reason_to_turn_back_and_the_first_outcome_stand() {
    let (_folder, journal) = journal();
    let record = record(1_000_000_000, 1);
    let (id, at) = (record.id.clone(), record.created);
    journal.begin(&record).await.unwrap();
    let first = TurnedBack::new(&Reason::Operator, at);
    let detail = "late".to_owned();
    let second = TurnedBack::new(&Reason::OutOfSight { detail }, at);
    journal.turn_back(&id, &first).await.unwrap();
    journal.turn_back(&id, &second).await.unwrap();
    journal
        .close(&id, &Closed::new(&Outcome::Done, at))
        .await
        .unwrap();
    journal
        .close(&id, &Closed::new(&Outcome::AlreadyRunning, at))
        .await
        .unwrap();
    let entry = journal.entry(&id).await.unwrap();
    assert_eq!(entry.turned_back, Some(first));
    assert_eq!(entry.closed.unwrap().outcome, Outcome::Done);
}

#[test]
fn going_back_twice_leads_to_the_same_release() {
    let wanted = |version: &str| Wanted {
        version: version.parse().unwrap(),
        manifest: Digest::of(version.as_bytes()),
    };
    let entry = |outcome: Option<Outcome>, undoes: Option<DeploymentId>| {
        let mut record = record(1_000_000_000, 1);
        record.goal = wanted("1.1.0");
        record.previous.version = Some(wanted("1.0.0").version);
        record.previous.manifest = Some(wanted("1.0.0").manifest);
        record.undoes = undoes;
        let closed = outcome.map(|outcome| Closed::new(&outcome, record.created));
        Entry {
            record,
            turned_back: None,
            closed,
        }
    };
    let undone: DeploymentId = "d-20261120-090000-000001".parse().unwrap();
    let reason = || Reason::Operator;
    let back = [
        (entry(None, None), None),
        (entry(Some(Outcome::Done), None), Some(wanted("1.0.0"))),
        (
            entry(Some(Outcome::Failed { reason: reason() }), None),
            Some(wanted("1.0.0")),
        ),
        (
            entry(Some(Outcome::RolledBack { reason: reason() }), None),
            Some(wanted("1.0.0")),
        ),
        // A deployment that undoes another one is the way back itself.
        (
            entry(Some(Outcome::Done), Some(undone.clone())),
            Some(wanted("1.1.0")),
        ),
        (
            entry(Some(Outcome::Failed { reason: reason() }), Some(undone)),
            Some(wanted("1.1.0")),
        ),
    ];
    for (entry, expected) in back {
        assert_eq!(entry.way_back(), expected, "{:?}", entry.closed);
    }
}

#[tokio::test]
async fn what_is_older_than_the_newest_is_not_read() {
    let (_folder, journal) = journal();
    let (older, newer) = (record(1_000_000_000, 1), record(1_000_000_001, 2));
    journal.begin(&newer).await.unwrap();
    let damaged = journal.path(&older.id, "record.json");
    journal.store.create(&damaged, "{").await.unwrap();
    let found = journal.newest(1).await.unwrap().pop();
    assert_eq!(found.unwrap().record, newer);
    assert!(journal.newest(2).await.is_err());
}

//! Reading and writing the files of deployments: record, turn, outcome, events. All are created once.
//!
//! ```text
//! deployments/<service>/<environment>/<id>/record.json          what was there before, and what is wanted
//! deployments/<service>/<environment>/<id>/abort.json           from here on it goes back
//! deployments/<service>/<environment>/<id>/outcome.json         closed
//! deployments/<service>/<environment>/<id>/events/<%06d>.json   lasting events, each before the action that it announces
//! ```

use crate::exit::Exit;
use crate::failure::Explain;
use crate::journal::record::SCHEMA;
use crate::journal::{Closed, DeploymentId, Entry, Record, TurnedBack};
use crate::rollout::event::DeployEvent;
use contract::layout;
use contract::names::Name;
use contract::store::{Created, Store, StoreError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The largest file of a journal that is read, in bytes: an event with forty log lines stays far below.
const MAX_BYTES: usize = 256 * 1024;

/// The deployments of one environment.
#[derive(Clone, Debug)]
pub struct Journal {
    store: Store,
    folder: String,
}

/// Why the journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody else wrote this file: two runs drive the same deployment.
    #[error("{path} was written by another run")]
    Overtaken {
        /// The file.
        path: String,
    },
    /// A file that should be there is not.
    #[error("{path} is missing from the store")]
    Missing {
        /// The file.
        path: String,
    },
    /// A file that cannot be understood: damaged, or written by a later version.
    #[error("{path} cannot be read")]
    Malformed {
        /// The file.
        path: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A file of a format that this version does not know.
    #[error("{path} has the format {schema}, which this deploy does not know")]
    LaterFormat {
        /// The file.
        path: String,
        /// Its format.
        schema: u32,
    },
}

/// The lasting events of a deployment. They are evidence for people: one that cannot be read is left out, because a damaged
/// line of history must keep nobody from going on or going back.
#[derive(Debug, Default)]
pub struct Past {
    /// The events, in order.
    pub events: Vec<DeployEvent>,
    /// The highest number used, also by one that cannot be read; 0 when there is none.
    pub last_seq: u64,
}

impl Journal {
    /// The journal of one environment.
    pub fn new(store: Store, service: &Name, environment: &Name) -> Self {
        let folder = layout::deployments(service, environment);
        Self { store, folder }
    }

    /// The folders of all deployments, oldest first. The lease lies beside them and grows without end: it is not listed.
    pub async fn ids(&self) -> Result<Vec<DeploymentId>, JournalError> {
        let folders = self.store.folders(&self.folder).await?;
        let mut ids: Vec<DeploymentId> = folders.iter().filter_map(|it| it.parse().ok()).collect();
        ids.sort();
        Ok(ids)
    }

    /// One deployment.
    pub async fn entry(&self, id: &DeploymentId) -> Result<Entry, JournalError> {
        let path = self.path(id, "record.json");
        let entry = self.find(id).await?;
        entry.ok_or(JournalError::Missing { path })
    }

    /// One deployment; `None` when it has not begun.
    async fn find(&self, id: &DeploymentId) -> Result<Option<Entry>, JournalError> {
        let Some(record) = self.read_known(&self.path(id, "record.json")).await? else {
            return Ok(None);
        };
        Ok(Some(Entry {
            record,
            turned_back: self.read_known(&self.path(id, "abort.json")).await?,
            closed: self.read_known(&self.path(id, "outcome.json")).await?,
        }))
    }

    /// The newest deployments, newest first.
    pub async fn newest(&self, limit: usize) -> Result<Vec<Entry>, JournalError> {
        let mut entries = Vec::new();
        for id in self.ids().await?.iter().rev() {
            if entries.len() == limit {
                break;
            }
            entries.extend(self.find(id).await?);
        }
        Ok(entries)
    }

    /// The newest of the last `limit` deployments that `is_it`. What is older than that one is not read.
    pub async fn newest_that(
        &self,
        limit: usize,
        is_it: impl Fn(&Entry) -> bool,
    ) -> Result<Option<Entry>, JournalError> {
        for id in self.ids().await?.iter().rev().take(limit) {
            let entry = self.find(id).await?;
            if let Some(entry) = entry.filter(&is_it) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// The open deployment: the newest one, while it has no outcome.
    pub async fn open(&self) -> Result<Option<Entry>, JournalError> {
        let newest = self.newest(1).await?.pop();
        Ok(newest.filter(Entry::is_open))
    }

    /// Writes a record. Written before under the same lease, it stands.
    pub async fn begin(&self, record: &Record) -> Result<(), JournalError> {
        let path = self.path(&record.id, "record.json");
        if self.create(&path, record).await? == Created::Yes {
            return Ok(());
        }
        match self.read_known::<Record>(&path).await? {
            Some(there) if there.fence == record.fence => Ok(()),
            _ => Err(JournalError::Overtaken { path }),
        }
    }

    /// Turns a deployment back. The first reason stands.
    pub async fn turn_back(
        &self,
        id: &DeploymentId,
        turn: &TurnedBack,
    ) -> Result<(), JournalError> {
        self.create(&self.path(id, "abort.json"), turn).await?;
        Ok(())
    }

    /// Closes a deployment. The first outcome stands.
    pub async fn close(&self, id: &DeploymentId, closed: &Closed) -> Result<(), JournalError> {
        self.create(&self.path(id, "outcome.json"), closed).await?;
        Ok(())
    }

    /// Keeps a lasting event.
    pub async fn append(&self, event: &DeployEvent) -> Result<(), JournalError> {
        let name = format!("events/{:06}.json", event.seq);
        let path = self.path(&event.deployment, &name);
        match self.create(&path, event).await? {
            Created::Yes => Ok(()),
            Created::ExistsWithOtherContent => Err(JournalError::Overtaken { path }),
        }
    }

    /// What earlier runs of a deployment have kept.
    pub async fn past(&self, id: &DeploymentId) -> Result<Past, JournalError> {
        let mut past = Past::default();
        for path in self.store.list(&self.path(id, "events/")).await? {
            past.last_seq = past.last_seq.max(seq_of(&path).unwrap_or(0));
            match self.read::<DeployEvent>(&path).await {
                Ok(event) => past.events.extend(event),
                Err(
                    JournalError::Malformed { .. }
                    | JournalError::Store(StoreError::TooLarge { .. }),
                ) => {
                    tracing::warn!(path, "an event cannot be read and is left out");
                }
                Err(error) => return Err(error),
            }
        }
        past.events.sort_by_key(|event| event.seq);
        Ok(past)
    }

    fn path(&self, id: &DeploymentId, name: &str) -> String {
        format!("{}{id}/{name}", self.folder)
    }

    async fn create(&self, path: &str, content: &impl Serialize) -> Result<Created, JournalError> {
        let mut bytes =
            serde_json::to_vec_pretty(content).map_err(|source| malformed(path, source))?;
        bytes.push(b'\n');
        Ok(self.store.create(path, bytes).await?)
    }

    /// Reads one of the files that decide what is done. A later format may mean something else by the same words, so it is
    /// refused; events are only looked at, and read as far as they are understood.
    async fn read_known<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, JournalError> {
        let Some(bytes) = self.store.read(path, MAX_BYTES).await? else {
            return Ok(None);
        };
        let Format { schema } = parse(path, &bytes)?;
        if schema != SCHEMA {
            let path = path.to_owned();
            return Err(JournalError::LaterFormat { path, schema });
        }
        parse(path, &bytes).map(Some)
    }

    async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, JournalError> {
        let Some(bytes) = self.store.read(path, MAX_BYTES).await? else {
            return Ok(None);
        };
        parse(path, &bytes).map(Some)
    }
}

fn seq_of(path: &str) -> Option<u64> {
    let (_, name) = path.rsplit_once('/')?;
    name.strip_suffix(".json")?.parse().ok()
}

/// The format of a file, whatever else is in it.
#[derive(Deserialize)]
struct Format {
    schema: u32,
}

fn parse<T: DeserializeOwned>(path: &str, bytes: &[u8]) -> Result<T, JournalError> {
    serde_json::from_slice(bytes).map_err(|source| malformed(path, source))
}

fn malformed(path: &str, source: serde_json::Error) -> JournalError {
    JournalError::Malformed {
        path: path.to_owned(),
        source,
    }
}

impl Explain for JournalError {
    fn exit(&self) -> Exit {
        match self {
            Self::Store(error) => error.exit(),
            Self::Overtaken { .. } => Exit::InDoubt,
            Self::Missing { .. } | Self::Malformed { .. } | Self::LaterFormat { .. } => {
                Exit::StoreUnusable
            }
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Store(error) => error.hint(),
            Self::Overtaken { .. } => Some("run `deploy status` to see who is at work".to_owned()),
            Self::LaterFormat { .. } => {
                Some("use a deploy as new as the one that wrote it".to_owned())
            }
            Self::Missing { .. } | Self::Malformed { .. } => Some(
                "it was damaged, or written by a later version of deploy: use one as new as that"
                    .to_owned(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Previous;
    use crate::journal::record::Baseline;
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
    async fn what_is_older_than_the_one_looked_for_is_not_read() {
        let (_folder, journal) = journal();
        let (older, newer) = (record(1_000_000_000, 1), record(1_000_000_001, 2));
        journal.begin(&newer).await.unwrap();
        let damaged = journal.path(&older.id, "record.json");
        journal.store.create(&damaged, "{").await.unwrap();
        let found = journal.newest_that(50, Entry::is_open).await.unwrap();
        assert_eq!(found.unwrap().record, newer);
        assert!(journal.newest(2).await.is_err());
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
}

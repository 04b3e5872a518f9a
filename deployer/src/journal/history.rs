//! Reading and writing the files of deployments: record, turn, outcome, events. All are created once.
//!
//! ```text
//! deployments/<service>/<environment>/<id>/record.json          what was there before, and what is wanted
//! deployments/<service>/<environment>/<id>/abort.json           from here on it goes back
//! deployments/<service>/<environment>/<id>/outcome.json         closed
//! deployments/<service>/<environment>/<id>/events/<%06d>.json   lasting events, each before the action that it announces
//! ```

use crate::journal::record::SCHEMA;
use crate::journal::{Closed, DeploymentId, Entry, JournalError, Record, TurnedBack};
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

#[cfg(test)]
mod tests;

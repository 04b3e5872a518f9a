//! Writes status documents to the store, beside everything else: a store that is down never holds up the agent.

use contract::status::StatusDocument;
use contract::store::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// The longest one write may take.
const WRITE: Duration = Duration::from_secs(10);

/// Tries after which a document counts as settled although the store does not have it: an instance whose failure cannot be
/// written down must still be given up.
const SETTLED_AFTER: u32 = 4;

/// The pauses between tries: doubling from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(30);

/// Takes documents and writes the newest.
#[derive(Debug)]
pub(crate) struct Reporter {
    newest: watch::Sender<Option<StatusDocument>>,
    settled: watch::Receiver<Option<StatusDocument>>,
    writer: JoinHandle<()>,
}

impl Reporter {
    /// Writes to `path` of `store` from now on; `changed` hears of each settled document.
    pub(crate) fn start(store: Store, path: String, changed: Arc<Notify>) -> Self {
        let (newest, documents) = watch::channel(None);
        let (settle, settled) = watch::channel(None);
        let writer = tokio::spawn(write_all(store, path, documents, settle, changed));
        Self {
            newest,
            settled,
            writer,
        }
    }

    /// Replaces what is still to be written.
    pub(crate) fn announce(&self, document: StatusDocument) {
        self.newest.send_replace(Some(document));
    }

    /// Whether the newest document is in the store, or was tried often enough.
    pub(crate) fn is_settled(&self) -> bool {
        *self.newest.borrow() == *self.settled.borrow()
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.writer.abort();
    }
}

async fn write_all(
    store: Store,
    path: String,
    mut documents: watch::Receiver<Option<StatusDocument>>,
    settled: watch::Sender<Option<StatusDocument>>,
    changed: Arc<Notify>,
) {
    while documents.changed().await.is_ok() {
        let document = documents.borrow_and_update().clone();
        let Some(document) = document else { continue };
        let settle = || {
            settled.send_replace(Some(document.clone()));
            changed.notify_one();
        };
        write(&store, &path, &document, &mut documents, settle).await;
    }
}

/// Tries until the document is written or a newer one is there. A try begun is always awaited: two writes on the way at once
/// could arrive in the wrong order.
async fn write(
    store: &Store,
    path: &str,
    document: &StatusDocument,
    documents: &mut watch::Receiver<Option<StatusDocument>>,
    settle: impl Fn(),
) {
    let mut pause = FIRST_PAUSE;
    for attempt in 1.. {
        let Err(cause) = try_write(store, path, document).await else {
            return settle();
        };
        tracing::warn!(phase = %document.phase, attempt, "cannot write the status document: {cause}");
        if attempt == SETTLED_AFTER {
            settle();
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = documents.changed() => return documents.mark_changed(),
        }
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

async fn try_write(store: &Store, path: &str, document: &StatusDocument) -> Result<(), String> {
    let bytes = serde_json::to_vec_pretty(document).map_err(|error| error.to_string())?;
    match tokio::time::timeout(WRITE, store.replace(path, bytes)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(crate::trouble::chain(&error)),
        Err(_) => Err(format!("no answer within {} s", WRITE.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::status::{Failure, Phase, SCHEMA};
    use contract::store::Access;
    use std::fs;

    fn document(phase: Phase) -> StatusDocument {
        StatusDocument {
            schema: SCHEMA,
            instance: "i-1".to_owned(),
            service: "example".parse().unwrap(),
            environment: "test".parse().unwrap(),
            version: None,
            manifest: None,
            phase,
            updated: "2026-11-20T10:00:00Z".parse().unwrap(),
            failure: Some(Failure::new(Phase::Fetching, "no luck", [])),
            agent: "0.1.0".to_owned(),
        }
    }

    async fn settled(reporter: &Reporter, changed: &Notify) {
        while !reporter.is_settled() {
            changed.notified().await;
        }
    }

    #[tokio::test]
    async fn a_store_that_is_down_holds_nothing_up_and_hears_the_last_word_when_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("file://{}", folder.path().display());
        let store = Store::open(&url, &Access::default()).unwrap();
        let blockade = folder.path().join("status");
        fs::write(&blockade, "a file where a folder must be").unwrap();
        let changed = Arc::new(Notify::new());
        let path = "status/i-1.json".to_owned();
        let reporter = Reporter::start(store, path, changed.clone());
        reporter.announce(document(Phase::Fetching));
        reporter.announce(document(Phase::Failed));
        assert!(!reporter.is_settled());
        settled(&reporter, &changed).await;

        fs::remove_file(&blockade).unwrap();
        reporter.announce(document(Phase::Left));
        settled(&reporter, &changed).await;
        let written = fs::read(blockade.join("i-1.json")).unwrap();
        let written: StatusDocument = serde_json::from_slice(&written).unwrap();
        assert_eq!(written, document(Phase::Left));
    }
}

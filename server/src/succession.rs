//! The generations before and after this one: takes in the predecessor's connections, waits for a
//! successor, and tells the run. Without a handoff socket nothing ever happens here.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::handle::{PhaseAt, Shared};
use crate::handoff::{Arrivals, Claim, Control, Gone, HandoffError, Parcel, Successor};
use crate::phase::{FORCE_PATIENCE, Phase};

/// Connections that have come and are not served yet; the predecessor waits for room.
const ARRIVALS: usize = 256;

/// What the run has to know.
#[derive(Debug)]
pub(crate) enum News {
    /// The predecessor has made way, and a successor would find this server.
    Settled,
    /// A connection came from the predecessor.
    Arrived(Parcel),
    /// The predecessor has nothing more to hand over.
    Gathered,
    /// A successor accepts from now on.
    Succeeded(Successor),
    /// It has died.
    Orphaned,
    /// It was told to leave: whoever wants this service stopped it.
    Left,
    /// The predecessor did not make way: it serves on, and this server is one too many.
    Rejected,
}

#[derive(Debug)]
pub(crate) struct Succession {
    news: mpsc::Receiver<News>,
    tasks: JoinSet<()>,
    /// Whether anybody may still succeed this server.
    open: watch::Sender<bool>,
}

impl Succession {
    /// To be called once this server accepts. `listener` is what a successor gets.
    pub(crate) fn begin(
        shared: Arc<Shared>,
        claim: Option<Claim>,
        path: Option<PathBuf>,
        listener: Option<OwnedFd>,
    ) -> Self {
        let (tell, news) = mpsc::channel(ARRIVALS);
        let (open, mut opened) = watch::channel(true);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let arrivals = match announce(claim).await {
                Ok(arrivals) => arrivals,
                Err(error) => {
                    tracing::error!(%error, "failed to take over");
                    let _ = tell.send(News::Rejected).await;
                    let _ = tell.send(News::Gathered).await;
                    return;
                }
            };
            let control = path
                .filter(|_| *opened.borrow())
                .and_then(|path| bind(&path));
            let _ = tell.send(News::Settled).await;
            let successors = async {
                if let (Some(control), Some(listener)) = (control, listener) {
                    tokio::select! {
                        _ = opened.wait_for(|open| !open) => {}
                        () = await_successors(control, &listener, &tell) => {}
                    }
                }
            };
            let gathered = async {
                take_in(arrivals, &shared, &tell).await;
                let _ = tell.send(News::Gathered).await;
            };
            tokio::join!(successors, gathered);
        });
        Self { news, tasks, open }
    }

    /// Lets go of the listener; nobody succeeds this server any more. What the predecessor still hands over is taken in.
    pub(crate) fn stop(&mut self) {
        self.open.send_replace(false);
    }

    /// Waits until nothing of it is left, the handoff socket included.
    pub(crate) async fn end(mut self) {
        // A handler that blocks a thread may keep the tasks from being told.
        let _ = timeout(FORCE_PATIENCE, self.tasks.shutdown()).await;
    }

    /// The next news; never returns if there is none to come. Safe to cancel.
    pub(crate) async fn next(&mut self) -> News {
        match self.news.recv().await {
            Some(news) => news,
            None => std::future::pending().await,
        }
    }
}

async fn announce(claim: Option<Claim>) -> Result<Option<Arrivals>, HandoffError> {
    match claim {
        Some(claim) => claim.ready().await.map(Some),
        None => Ok(None),
    }
}

async fn take_in(arrivals: Option<Arrivals>, shared: &Shared, tell: &mpsc::Sender<News>) {
    let Some(mut arrivals) = arrivals else {
        return;
    };
    let mut phases = shared.phases();
    let mut staying = true;
    loop {
        tokio::select! {
            biased;
            // A server that goes without a successor must not be sent any more.
            () = going_alone(&mut phases), if staying => {
                staying = false;
                arrivals.leaving().await;
            }
            parcel = arrivals.next() => match parcel {
                Some(parcel) => if tell.send(News::Arrived(parcel)).await.is_err() {
                    return;
                },
                None => return,
            },
        }
    }
}

async fn going_alone(phases: &mut watch::Receiver<PhaseAt>) {
    let gone = phases
        .wait_for(|now| now.phase >= Phase::Force || (now.phase > Phase::Ready && !now.succeeded));
    // The sender lives in `shared`, so this cannot fail.
    let _ = gone.await;
}

fn bind(path: &Path) -> Option<Control> {
    Control::bind(path)
        .inspect_err(|error| {
            tracing::error!(%error, "no successor can take over from this server");
        })
        .ok()
}

/// Asked for successors all the time, also while there is one: others have to be told so.
async fn await_successors(mut control: Control, listener: &OwnedFd, tell: &mpsc::Sender<News>) {
    let mut current: Option<Successor> = None;
    loop {
        let news = tokio::select! {
            biased;
            gone = gone(current.as_ref()) => {
                current = None;
                match gone {
                    Gone::Died => News::Orphaned,
                    Gone::Left => {
                        let _ = tell.send(News::Left).await;
                        return;
                    }
                }
            }
            successor = control.successor(listener.as_fd()) => {
                current = Some(successor.clone());
                News::Succeeded(successor)
            }
        };
        if tell.send(news).await.is_err() {
            return;
        }
    }
}

async fn gone(successor: Option<&Successor>) -> Gone {
    match successor {
        Some(successor) => successor.gone().await,
        None => std::future::pending().await,
    }
}

//! How a connection's owner gives it to the courier, and gets it back: an offer that is dropped on
//! whatever path answers with the connection, so none is lost.

use tokio::sync::{mpsc, oneshot, watch};

use super::message::MAX_PREFIX;
use super::parcel::Parcel;

/// How a successor went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// Its process ended, or spoke nonsense.
    Died,
    /// It said that it leaves.
    Left,
}

/// A process that accepts in this one's place, and takes this one's connections.
#[derive(Debug, Clone)]
pub(crate) struct Successor {
    offers: mpsc::UnboundedSender<Offer>,
    gone: watch::Receiver<Option<Gone>>,
}

impl Successor {
    pub(super) fn new(
        offers: mpsc::UnboundedSender<Offer>,
        gone: watch::Receiver<Option<Gone>>,
    ) -> Self {
        Self { offers, gone }
    }

    /// Moves one connection. An error brings it back untouched: the successor is gone, hangs, or
    /// could not take this one. If this is cancelled the connection moves all the same.
    pub(crate) async fn offer(&self, parcel: Parcel) -> Result<(), Parcel> {
        if parcel.prefix.len() > MAX_PREFIX {
            return Err(parcel);
        }
        let (offer, answer) = Offer::new(parcel);
        // A closed queue drops the offer, which answers it.
        let _ = self.offers.send(offer);
        match answer.await {
            Ok(answer) => answer,
            Err(_) => unreachable!("an offer is answered when it is dropped"),
        }
    }

    /// Waits until the successor is gone. An offer fails for that reason only after this is known.
    pub(crate) async fn gone(&self) -> Gone {
        let mut gone = self.gone.clone();
        let known = gone.wait_for(Option::is_some).await;
        known.ok().and_then(|gone| *gone).unwrap_or(Gone::Died)
    }
}

/// One connection's owner waits for the answer. Dropped without one, the connection goes back.
#[derive(Debug)]
pub(super) struct Offer(Option<(Parcel, oneshot::Sender<Result<(), Parcel>>)>);

impl Offer {
    fn new(parcel: Parcel) -> (Self, oneshot::Receiver<Result<(), Parcel>>) {
        let (reply, answer) = oneshot::channel();
        (Self(Some((parcel, reply))), answer)
    }

    pub(super) fn parcel(&self) -> Option<&Parcel> {
        self.0.as_ref().map(|(parcel, _)| parcel)
    }

    pub(super) fn taken(mut self) {
        if let Some((parcel, reply)) = self.0.take() {
            // This process's descriptor, before its owner goes on.
            drop(parcel);
            let _ = reply.send(Ok(()));
        }
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        if let Some((parcel, reply)) = self.0.take() {
            let _ = reply.send(Err(parcel));
        }
    }
}

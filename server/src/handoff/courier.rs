//! Moves connections to a successor in office: one task that sends, and hears what was taken.
//! Answers come in the order of the offers, so what is not answered is a queue.

use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::link::{Broken, Inbox, Link, Packet, Unsent};
use super::message::Message;
use super::offer::{Gone, Offer, Successor};

/// Connections sent ahead of their answers. It hides the other process's delay, and is small
/// against what bounds descriptors in flight (`RLIMIT_NOFILE`, 1024 at least).
const WINDOW: usize = 128;

/// A successor that answers no offer for this long hangs. Connections that are not sent yet are
/// served where they are then: their clients wait.
pub(super) const STALL: Duration = Duration::from_secs(5);

/// Starts to move connections over `link`. It ends with the successor, or when no one can offer
/// any more and all is answered.
pub(super) fn start(
    link: Link,
    inbox: Inbox,
    stall: Duration,
) -> (Successor, watch::Receiver<Option<Gone>>) {
    let (offers, incoming) = mpsc::unbounded_channel();
    let (tell, gone) = watch::channel(None);
    let courier = Courier {
        link,
        inbox,
        offers: incoming,
        exhausted: false,
        deaf: false,
        stall,
        stalled: false,
        heard_at: Instant::now(),
        next: None,
        bytes: Vec::new(),
        id: 0,
        unanswered: VecDeque::new(),
    };
    tokio::spawn(courier.run(tell));
    (Successor::new(offers, gone.clone()), gone)
}

struct Courier {
    link: Link,
    inbox: Inbox,
    offers: mpsc::UnboundedReceiver<Offer>,
    /// No one can offer any more.
    exhausted: bool,
    /// The successor receives no more; what it took before is still to be heard.
    deaf: bool,
    stall: Duration,
    /// It has answered nothing since `heard_at`, for `stall`: nothing is sent until it does.
    stalled: bool,
    heard_at: Instant,
    /// To be sent, as `bytes` and its descriptor.
    next: Option<Offer>,
    bytes: Vec<u8>,
    /// Of the last one sent.
    id: u32,
    unanswered: VecDeque<(u32, Offer)>,
}

impl Courier {
    async fn run(mut self, tell: watch::Sender<Option<Gone>>) {
        if let Some(gone) = self.deliver().await {
            tracing::info!(
                ?gone,
                unanswered = self.unanswered.len(),
                "the successor is gone"
            );
            tell.send_replace(Some(gone));
        } else {
            Message::Done.encode(&mut self.bytes);
            let _ = self.link.send_now(&self.bytes, None);
        }
        self.offers.close();
        // Only this waits for an offer that is just being put in.
        while let Some(offer) = self.offers.recv().await {
            drop(offer);
        }
    }

    /// `None`: all is delivered.
    async fn deliver(&mut self) -> Option<Gone> {
        loop {
            self.send_what_fits();
            if self.exhausted && self.next.is_none() && self.unanswered.is_empty() {
                return None;
            }
            let room = self.has_room() || (self.stalled && !self.exhausted);
            let waiting = self.next.is_some() && !self.deaf;
            let answers = !self.unanswered.is_empty() && !self.stalled;
            let descriptor = self.next.as_ref().and_then(Offer::parcel);
            let descriptor = descriptor.map(|parcel| parcel.stream.as_fd());
            tokio::select! {
                biased;
                heard = self.link.recv(&mut self.inbox) => {
                    if let Err(gone) = self.hear_all(heard) {
                        return Some(gone);
                    }
                }
                sent = self.link.send(&self.bytes, descriptor), if waiting => self.sent(sent),
                offer = self.offers.recv(), if room => match offer {
                    Some(offer) if self.stalled => drop(offer),
                    Some(offer) => self.load(offer),
                    None => self.exhausted = true,
                },
                () = sleep_until(self.heard_at + self.stall), if answers => {
                    tracing::warn!("the successor hangs; connections stay here until it goes on");
                    self.stalled = true;
                    self.next = None;
                }
            }
        }
    }

    fn has_room(&self) -> bool {
        let able = !self.exhausted && !self.deaf && !self.stalled;
        able && self.next.is_none() && self.unanswered.len() < WINDOW
    }

    fn send_what_fits(&mut self) {
        loop {
            if self.has_room()
                && let Ok(offer) = self.offers.try_recv()
            {
                self.load(offer);
            }
            let Some(parcel) = self.next.as_ref().and_then(Offer::parcel) else {
                return;
            };
            if self.deaf {
                return;
            }
            match self.link.send_now(&self.bytes, Some(parcel.stream.as_fd())) {
                Err(Unsent::Full | Unsent::Shortage) => return,
                sent => self.sent(sent),
            }
        }
    }

    fn load(&mut self, offer: Offer) {
        if let Some(parcel) = offer.parcel() {
            self.id = self.id.wrapping_add(1);
            let message = Message::Connection {
                id: self.id,
                facts: parcel.facts,
                prefix: parcel.prefix.clone(),
            };
            message.encode(&mut self.bytes);
            self.next = Some(offer);
        }
    }

    fn sent(&mut self, sent: Result<(), Unsent>) {
        match sent {
            Ok(()) => {
                if let Some(offer) = self.next.take() {
                    if self.unanswered.is_empty() {
                        self.heard_at = Instant::now();
                    }
                    self.unanswered.push_back((self.id, offer));
                }
            }
            Err(Unsent::Gone(_)) => self.deaf = true,
            // It goes back to its owner.
            Err(error) => {
                tracing::warn!(%error, "a connection does not fit into the handoff socket");
                self.next = None;
            }
        }
    }

    /// Hears all that is there before anything else is done: it makes room.
    fn hear_all(&mut self, first: Result<Option<Packet>, Broken>) -> Result<(), Gone> {
        let mut heard = Some(first);
        while let Some(one) = heard {
            self.hear(one)?;
            heard = self.link.try_recv(&mut self.inbox);
        }
        Ok(())
    }

    fn hear(&mut self, heard: Result<Option<Packet>, Broken>) -> Result<(), Gone> {
        (self.heard_at, self.stalled) = (Instant::now(), false);
        let front = self.unanswered.front().map(|(id, _)| *id);
        match heard.map(|packet| packet.map(|packet| packet.message)) {
            Ok(Some(Message::Taken { id })) if Some(id) == front => {
                if let Some((_, offer)) = self.unanswered.pop_front() {
                    offer.taken();
                }
                Ok(())
            }
            Ok(Some(Message::Declined { id })) if Some(id) == front => {
                self.unanswered.pop_front();
                Ok(())
            }
            Ok(Some(Message::Bye)) => Err(Gone::Left),
            Ok(None) => Err(Gone::Died),
            Ok(Some(message)) => {
                tracing::error!(?message, "the successor sent what makes no sense now");
                Err(Gone::Died)
            }
            Err(error) => {
                tracing::error!(%error, "lost the successor");
                Err(Gone::Died)
            }
        }
    }
}

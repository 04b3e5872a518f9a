//! What arrives at a successor in office. A connection is answered for before anyone here sees it.

use std::net::TcpStream;

use super::link::{Inbox, Link, Packet};
use super::message::Message;
use super::parcel::Parcel;

/// The connections of a predecessor.
#[derive(Debug)]
pub(crate) struct Arrivals {
    /// `None`: nothing more will arrive.
    link: Option<Link>,
    inbox: Inbox,
    /// Received and not answered yet: still the predecessor's.
    held: Option<Held>,
    bytes: Vec<u8>,
}

#[derive(Debug)]
struct Held {
    id: u32,
    /// `None`: its descriptor did not arrive.
    parcel: Option<Parcel>,
}

impl Arrivals {
    pub(super) fn new(link: Option<Link>, inbox: Inbox) -> Self {
        Self {
            link,
            inbox,
            held: None,
            bytes: Vec::new(),
        }
    }

    /// The next connection, which is this process's alone from here on. `None`: the predecessor has
    /// nothing more, or has ended. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Option<Parcel> {
        loop {
            let link = self.link.as_ref()?;
            let Some(held) = &self.held else {
                self.held = receive(link, &mut self.inbox).await;
                if self.held.is_none() {
                    self.link = None;
                }
                continue;
            };
            held.answer().encode(&mut self.bytes);
            // It fails only if the predecessor has died, and then nobody else has the connection.
            let _ = link.send(&self.bytes, None).await;
            if let Some(parcel) = self.held.take().and_then(|held| held.parcel) {
                return Some(parcel);
            }
        }
    }

    /// Tells the predecessor that this process leaves on purpose. What was not taken stays with it,
    /// and nothing arrives any more. Safe to cancel, and then to be called again.
    pub(crate) async fn leaving(&mut self) {
        if let Some(link) = &self.link {
            self.held = None;
            Message::Bye.encode(&mut self.bytes);
            let _ = link.send(&self.bytes, None).await;
            self.link = None;
        }
    }
}

impl Held {
    fn answer(&self) -> Message {
        let id = self.id;
        match self.parcel {
            Some(_) => Message::Taken { id },
            None => Message::Declined { id },
        }
    }
}

/// The next connection that the predecessor offers; `None` at the end.
async fn receive(link: &Link, inbox: &mut Inbox) -> Option<Held> {
    match link.recv(inbox).await {
        Ok(Some(Packet {
            message: Message::Connection { id, facts, prefix },
            descriptor,
        })) => {
            if descriptor.is_none() {
                tracing::warn!("out of descriptors; a connection stays with the predecessor");
            }
            let parcel = descriptor.map(|socket| Parcel {
                stream: TcpStream::from(socket),
                prefix,
                facts,
            });
            return Some(Held { id, parcel });
        }
        Ok(
            None
            | Some(Packet {
                message: Message::Done,
                ..
            }),
        ) => tracing::info!("the predecessor has nothing more to hand over"),
        Ok(Some(packet)) => {
            tracing::error!(message = ?packet.message, "the predecessor sent what makes no sense now");
        }
        Err(error) => tracing::error!(%error, "lost the predecessor"),
    }
    None
}

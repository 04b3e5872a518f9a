//! The messages of a handoff and their bytes. Pure: no sockets here. One message is one packet: a
//! byte for its kind, then its fields, little endian.
//!
//! Hello, Welcome, Busy and Refused keep their bytes in every version: they are how two versions
//! find out about each other. The others may change with [`VERSIONS`].

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::ops::RangeInclusive;
use std::time::Duration;

use bytes::Bytes;

use super::parcel::ParcelFacts;

/// The versions of the protocol that this program speaks.
pub(crate) const VERSIONS: RangeInclusive<u16> = 1..=1;

/// The longest prefix that moves with a connection. A packet must fit into the socket's send
/// buffer, which the kernel grants at 208 KiB by default; a header that is longer stays.
pub(crate) const MAX_PREFIX: usize = 60 * 1024;

/// The longest text of a refusal: one line of a log.
const MAX_TEXT: usize = 1024;

/// The longest message: a connection's fields are 54 bytes at most.
pub(crate) const MAX_MESSAGE: usize = MAX_PREFIX + 64;

/// Tells a successor from a program that connects by mistake.
const MAGIC: [u8; 4] = *b"BATN";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// A successor asks for the listener, and says which versions it speaks.
    Hello { oldest: u16, newest: u16, pid: u32 },
    /// The predecessor agrees; the listener comes with it.
    Welcome { version: u16, pid: u32 },
    /// Another successor came first.
    Busy,
    /// The predecessor does not agree, for a reason to show to a person.
    Refused { text: String },
    /// The successor accepts connections.
    Ready,
    /// The predecessor stops accepting: the successor is in office.
    Confirmed,
    /// A connection; its descriptor comes with it.
    Connection {
        id: u32,
        facts: ParcelFacts,
        prefix: Bytes,
    },
    /// The successor has the connection and is about to read from it.
    Taken { id: u32 },
    /// The successor could not receive the connection's descriptor: it stays.
    Declined { id: u32 },
    /// The predecessor has nothing more to give.
    Done,
    /// The successor leaves on purpose and takes nothing more.
    Bye,
}

/// Why bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("a message that breaks off")]
    Short,
    #[error("{0} bytes behind a message's end")]
    Trailing(usize),
    #[error("a message longer than {MAX_MESSAGE} bytes")]
    TooLong,
    #[error("a message of unknown kind {0}")]
    Kind(u8),
    #[error("a greeting in another protocol")]
    Magic,
    #[error("a field with an impossible value")]
    Value,
}

const HELLO: u8 = 1;
const WELCOME: u8 = 2;
const BUSY: u8 = 3;
const REFUSED: u8 = 4;
const READY: u8 = 5;
const CONFIRMED: u8 = 6;
const CONNECTION: u8 = 7;
const TAKEN: u8 = 8;
const DECLINED: u8 = 9;
const DONE: u8 = 10;
const BYE: u8 = 11;

/// The highest version that both speak.
pub(crate) fn common(ours: &RangeInclusive<u16>, theirs: &RangeInclusive<u16>) -> Option<u16> {
    let newest = *ours.end().min(theirs.end());
    let oldest = *ours.start().max(theirs.start());
    (oldest <= newest).then_some(newest)
}

/// A range of versions, for people.
pub(crate) fn span(versions: &RangeInclusive<u16>) -> String {
    format!("{} to {}", versions.start(), versions.end())
}

impl Message {
    /// This message's bytes, in place of what is in `into`. A text is cut to what fits; a prefix
    /// longer than [`MAX_PREFIX`] is the caller's to refuse.
    pub(crate) fn encode(&self, into: &mut Vec<u8>) {
        into.clear();
        match self {
            Self::Hello {
                oldest,
                newest,
                pid,
            } => {
                into.push(HELLO);
                into.extend(MAGIC);
                into.extend(oldest.to_le_bytes());
                into.extend(newest.to_le_bytes());
                into.extend(pid.to_le_bytes());
            }
            Self::Welcome { version, pid } => {
                into.push(WELCOME);
                into.extend(version.to_le_bytes());
                into.extend(pid.to_le_bytes());
            }
            Self::Busy => into.push(BUSY),
            Self::Refused { text } => {
                into.push(REFUSED);
                into.extend(&text.as_bytes()[..text.floor_char_boundary(MAX_TEXT)]);
            }
            Self::Ready => into.push(READY),
            Self::Confirmed => into.push(CONFIRMED),
            Self::Connection { id, facts, prefix } => {
                into.push(CONNECTION);
                into.extend(id.to_le_bytes());
                encode_facts(facts, into);
                into.extend_from_slice(prefix);
            }
            Self::Taken { id } => {
                into.push(TAKEN);
                into.extend(id.to_le_bytes());
            }
            Self::Declined { id } => {
                into.push(DECLINED);
                into.extend(id.to_le_bytes());
            }
            Self::Done => into.push(DONE),
            Self::Bye => into.push(BYE),
        }
    }
}

/// The message that `bytes`, one packet, are.
pub(crate) fn decode(bytes: &[u8]) -> Result<Message, Malformed> {
    if bytes.len() > MAX_MESSAGE {
        return Err(Malformed::TooLong);
    }
    let mut reader = Reader(bytes);
    let message = match reader.u8()? {
        HELLO => hello(&mut reader)?,
        WELCOME => Message::Welcome {
            version: reader.u16()?,
            pid: reader.u32()?,
        },
        BUSY => Message::Busy,
        REFUSED => refused(&mut reader)?,
        READY => Message::Ready,
        CONFIRMED => Message::Confirmed,
        CONNECTION => connection(&mut reader)?,
        TAKEN => Message::Taken { id: reader.u32()? },
        DECLINED => Message::Declined { id: reader.u32()? },
        DONE => Message::Done,
        BYE => Message::Bye,
        kind => return Err(Malformed::Kind(kind)),
    };
    match reader.0.len() {
        0 => Ok(message),
        left => Err(Malformed::Trailing(left)),
    }
}

fn hello(reader: &mut Reader<'_>) -> Result<Message, Malformed> {
    if reader.take()? != MAGIC {
        return Err(Malformed::Magic);
    }
    let (oldest, newest, pid) = (reader.u16()?, reader.u16()?, reader.u32()?);
    if oldest > newest {
        return Err(Malformed::Value);
    }
    Ok(Message::Hello {
        oldest,
        newest,
        pid,
    })
}

fn refused(reader: &mut Reader<'_>) -> Result<Message, Malformed> {
    let text = reader.rest(MAX_TEXT)?;
    let text = str::from_utf8(text).map_err(|_| Malformed::Value)?;
    Ok(Message::Refused {
        text: text.to_owned(),
    })
}

fn connection(reader: &mut Reader<'_>) -> Result<Message, Malformed> {
    Ok(Message::Connection {
        id: reader.u32()?,
        facts: decode_facts(reader)?,
        prefix: Bytes::copy_from_slice(reader.rest(MAX_PREFIX)?),
    })
}

fn encode_facts(facts: &ParcelFacts, into: &mut Vec<u8>) {
    match facts.peer {
        SocketAddr::V4(peer) => {
            into.push(4);
            into.extend(peer.ip().octets());
            into.extend(peer.port().to_le_bytes());
        }
        SocketAddr::V6(peer) => {
            into.push(6);
            into.extend(peer.ip().octets());
            into.extend(peer.port().to_le_bytes());
            into.extend(peer.flowinfo().to_le_bytes());
            into.extend(peer.scope_id().to_le_bytes());
        }
    }
    into.push(u8::from(facts.greeted));
    into.extend(facts.requests.to_le_bytes());
    into.push(u8::from(facts.header_age.is_some()));
    if let Some(age) = facts.header_age {
        // Nanoseconds in 64 bits last for 584 years.
        let nanos = u64::try_from(age.as_nanos()).unwrap_or(u64::MAX);
        into.extend(nanos.to_le_bytes());
    }
}

fn decode_facts(reader: &mut Reader<'_>) -> Result<ParcelFacts, Malformed> {
    Ok(ParcelFacts {
        peer: peer(reader)?,
        greeted: reader.flag()?,
        requests: reader.u32()?,
        header_age: if reader.flag()? {
            Some(Duration::from_nanos(u64::from_le_bytes(reader.take()?)))
        } else {
            None
        },
    })
}

fn peer(reader: &mut Reader<'_>) -> Result<SocketAddr, Malformed> {
    match reader.u8()? {
        4 => {
            let ip = Ipv4Addr::from(reader.take::<4>()?);
            Ok(SocketAddrV4::new(ip, reader.u16()?).into())
        }
        6 => {
            let ip = Ipv6Addr::from(reader.take::<16>()?);
            let (port, flow, scope) = (reader.u16()?, reader.u32()?, reader.u32()?);
            Ok(SocketAddrV6::new(ip, port, flow, scope).into())
        }
        _ => Err(Malformed::Value),
    }
}

/// What is left of a packet.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Malformed::Short)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8, Malformed> {
        self.take().map(|[byte]| byte)
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        self.take().map(u32::from_le_bytes)
    }

    fn flag(&mut self) -> Result<bool, Malformed> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed::Value),
        }
    }

    fn rest(&mut self, longest: usize) -> Result<&'b [u8], Malformed> {
        if self.0.len() > longest {
            return Err(Malformed::TooLong);
        }
        Ok(std::mem::take(&mut self.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts() -> impl Strategy<Value = ParcelFacts> {
        let v4 = (any::<[u8; 4]>(), any::<u16>())
            .prop_map(|(ip, port)| SocketAddr::from((Ipv4Addr::from(ip), port)));
        let v6 = (any::<[u8; 16]>(), any::<u16>(), any::<u32>(), any::<u32>()).prop_map(
            |(ip, port, flow, scope)| {
                SocketAddrV6::new(Ipv6Addr::from(ip), port, flow, scope).into()
            },
        );
        (
            prop_oneof![v4, v6],
            any::<bool>(),
            any::<u32>(),
            prop::option::of(any::<u64>().prop_map(Duration::from_nanos)),
        )
            .prop_map(|(peer, greeted, requests, header_age)| ParcelFacts {
                peer,
                greeted,
                requests,
                header_age,
            })
    }

    fn message() -> impl Strategy<Value = Message> {
        prop_oneof![
            (any::<u16>(), any::<u16>(), any::<u32>()).prop_map(|(a, b, pid)| Message::Hello {
                oldest: a.min(b),
                newest: a.max(b),
                pid
            }),
            (any::<u16>(), any::<u32>())
                .prop_map(|(version, pid)| Message::Welcome { version, pid }),
            "[ -~ä]{0,200}".prop_map(|text| Message::Refused { text }),
            Just(Message::Busy),
            Just(Message::Ready),
            Just(Message::Confirmed),
            Just(Message::Done),
            Just(Message::Bye),
            any::<u32>().prop_map(|id| Message::Taken { id }),
            any::<u32>().prop_map(|id| Message::Declined { id }),
            (
                any::<u32>(),
                facts(),
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..300),
                    (MAX_PREFIX - 2..=MAX_PREFIX).prop_map(|length| vec![7; length]),
                ]
            )
                .prop_map(|(id, facts, prefix)| Message::Connection {
                    id,
                    facts,
                    prefix: prefix.into()
                }),
        ]
    }

    fn encoded(message: &Message) -> Vec<u8> {
        let mut bytes = vec![0xFF; 3];
        message.encode(&mut bytes);
        bytes
    }

    /// Messages whose last field takes all that is left cannot have a tail.
    fn is_open_ended(message: &Message) -> bool {
        matches!(
            message,
            Message::Refused { .. } | Message::Connection { .. }
        )
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(message in message()) {
            let bytes = encoded(&message);
            prop_assert!(bytes.len() <= MAX_MESSAGE);
            prop_assert_eq!(decode(&bytes), Ok(message));
        }

        #[test]
        fn a_tail_is_refused(message in message(), tail in prop::collection::vec(any::<u8>(), 1..9)) {
            prop_assume!(!is_open_ended(&message));
            let mut bytes = encoded(&message);
            bytes.extend(&tail);
            prop_assert_eq!(decode(&bytes), Err(Malformed::Trailing(tail.len())));
        }

        #[test]
        fn a_message_that_breaks_off_is_refused(message in message(), missing in 1_usize..30) {
            prop_assume!(!is_open_ended(&message));
            let bytes = encoded(&message);
            let kept = bytes.len().saturating_sub(missing);
            prop_assert_eq!(decode(&bytes[..kept]), Err(Malformed::Short));
        }

        #[test]
        fn no_bytes_make_it_panic_and_what_passes_means_one_thing(
            kind in 0_u8..13, bytes in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let bytes = [&[kind], &bytes[..]].concat();
            if let Ok(message) = decode(&bytes) {
                prop_assert_eq!(encoded(&message), bytes);
            }
        }
    }

    #[test]
    fn oversize_is_refused() {
        let facts = ParcelFacts {
            peer: SocketAddr::from(([127, 0, 0, 1], 80)),
            greeted: true,
            requests: 1,
            header_age: None,
        };
        let long = Message::Connection {
            id: 1,
            facts,
            prefix: vec![0; MAX_PREFIX + 1].into(),
        };
        assert_eq!(decode(&encoded(&long)), Err(Malformed::TooLong));
        assert_eq!(
            decode(&vec![CONNECTION; MAX_MESSAGE + 1]),
            Err(Malformed::TooLong)
        );
        assert_eq!(
            decode(&vec![REFUSED; MAX_TEXT + 2]),
            Err(Malformed::TooLong)
        );
        assert_eq!(decode(&[]), Err(Malformed::Short));
    }

    #[test]
    fn the_highest_common_version_is_chosen() {
        assert_eq!(common(&(1..=3), &(2..=5)), Some(3));
        assert_eq!(common(&(2..=5), &(1..=3)), Some(3));
        assert_eq!(common(&(1..=1), &(1..=1)), Some(1));
        assert_eq!(common(&(1..=2), &(3..=4)), None);
        assert_eq!(common(&(3..=4), &(1..=2)), None);
    }
}

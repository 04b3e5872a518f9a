//! One direction's bytes cut into frames (RFC 9113, section 4.1), and nothing more: payloads are
//! skipped, HPACK is not decoded, a header block counts as one frame. hyper shows neither what is on the wire nor when a response has
//! left it; both are needed to leave without losing a request and to say what a cut has cost. No
//! I/O, no clock.

/// What a client sends before its first frame (section 3.4).
const PREFACE: u8 = 24;

const HEAD: usize = 9;

/// The first bytes of a payload that are kept: all of a PING, the last stream of a GOAWAY.
const KEPT: usize = 8;

/// The payload of the PING that h2 sends behind a graceful GOAWAY. Its ACK makes h2 send the final
/// GOAWAY.
pub(super) const SHUTDOWN_PING: [u8; 8] = [0x0b, 0x7b, 0xa2, 0xf0, 0x8b, 0x9b, 0xfe, 0x54];

/// The ACK of [`SHUTDOWN_PING`], as it is on the wire.
pub(super) const SHUTDOWN_ACK: [u8; HEAD + KEPT] = [
    0, 0, 8, 6, ACK, 0, 0, 0, 0, 0x0b, 0x7b, 0xa2, 0xf0, 0x8b, 0x9b, 0xfe, 0x54,
];

/// A GOAWAY without an error, as it is on the wire.
pub(super) fn goaway(last_stream: u32) -> [u8; HEAD + KEPT] {
    let mut bytes = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    bytes[HEAD..HEAD + 4].copy_from_slice(&last_stream.to_be_bytes());
    bytes
}

const ACK: u8 = 0x1;
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Data,
    Headers,
    Reset,
    Settings,
    Ping,
    GoAway,
    Continuation,
    /// Of no concern here.
    Other,
}

impl Kind {
    fn of(byte: u8) -> Self {
        match byte {
            0x0 => Self::Data,
            0x1 => Self::Headers,
            0x3 => Self::Reset,
            0x4 => Self::Settings,
            0x6 => Self::Ping,
            0x7 => Self::GoAway,
            0x9 => Self::Continuation,
            _ => Self::Other,
        }
    }
}

/// A frame that has passed in whole. HEADERS stand for the CONTINUATIONs behind them too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    flags: u8,
    pub(super) stream: u32,
    length: u32,
    kept: [u8; KEPT],
}

impl Frame {
    /// Whether it carries a part of a request or a response.
    pub(super) fn is_message(&self) -> bool {
        matches!(self.kind, Kind::Data | Kind::Headers | Kind::Continuation)
    }

    /// Of [`Kind::Data`] and [`Kind::Headers`] only.
    pub(super) fn ends_stream(&self) -> bool {
        matches!(self.kind, Kind::Data | Kind::Headers) && self.flags & END_STREAM != 0
    }

    /// Of [`Kind::Headers`] and [`Kind::Continuation`] only.
    fn ends_headers(&self) -> bool {
        self.flags & END_HEADERS != 0
    }

    pub(super) fn is_shutdown_ack(&self) -> bool {
        self.kind == Kind::Ping
            && self.flags & ACK != 0
            && self.length as usize == KEPT
            && self.kept == SHUTDOWN_PING
    }

    /// The last stream that a GOAWAY says has been or may yet be processed.
    pub(super) fn last_stream(&self) -> Option<u32> {
        (self.kind == Kind::GoAway && self.length as usize >= KEPT)
            .then(|| stream_id(&self.kept[..4]))
    }
}

/// Follows one direction.
#[derive(Debug)]
pub(super) struct Frames {
    place: Place,
    head: [u8; HEAD],
    frame: Frame,
    /// The HEADERS whose CONTINUATIONs have not all passed.
    block: Option<Frame>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// So many bytes of the preface are still to come.
    Preface(u8),
    /// So many bytes of a frame's head have come.
    Head(u8),
    /// So many bytes of a payload are still to come.
    Payload(u32),
}

impl Frames {
    /// What a client sends.
    pub(super) fn of_client() -> Self {
        Self::at(Place::Preface(PREFACE))
    }

    /// What a server sends.
    pub(super) fn of_server() -> Self {
        Self::at(Place::Head(0))
    }

    fn at(place: Place) -> Self {
        Self {
            place,
            head: [0; HEAD],
            frame: Frame {
                kind: Kind::Other,
                flags: 0,
                stream: 0,
                length: 0,
                kept: [0; KEPT],
            },
            block: None,
        }
    }

    /// Whether any frame may come next: nothing may come within a header block.
    pub(super) fn at_boundary(&self) -> bool {
        self.place == Place::Head(0) && self.block.is_none()
    }

    /// Whether what has come of the frame on its way may yet turn out to be a PING: its kind is not
    /// known, or it is one.
    pub(super) fn may_be_ping(&self) -> bool {
        match self.place {
            Place::Preface(_) => false,
            Place::Head(have) => have > 0,
            Place::Payload(_) => {
                self.frame.kind == Kind::Ping && self.frame.length as usize == KEPT
            }
        }
    }

    /// Whether a part of a request or a response is on its way.
    pub(super) fn is_in_message(&self) -> bool {
        matches!(self.place, Place::Payload(_)) && self.frame.is_message()
    }

    /// Whether a preface, a header block or any frame but DATA is on its way.
    pub(super) fn is_in_preamble(&self) -> bool {
        let in_data = matches!(self.place, Place::Payload(_)) && self.frame.kind == Kind::Data;
        !self.at_boundary() && !in_data
    }

    /// Whether a frame, or the preface, has just passed in whole.
    pub(super) fn between(&self) -> bool {
        self.place == Place::Head(0)
    }

    /// Takes bytes up to the end of a frame, or all of them: how many, and what they complete. Of a
    /// non-empty slice it takes at least one byte.
    pub(super) fn next(&mut self, bytes: &[u8]) -> (usize, Option<Frame>) {
        let mut taken = 0;
        loop {
            let rest = &bytes[taken..];
            if rest.is_empty() {
                return (taken, None);
            }
            let (more, ended) = match self.place {
                Place::Preface(left) => (self.preface(rest, left), false),
                Place::Head(have) => self.head(rest, usize::from(have)),
                Place::Payload(left) => self.payload(rest, left),
            };
            taken += more;
            if ended {
                return (taken, self.ended());
            }
        }
    }

    /// Takes all bytes, and gives each frame that they complete to `does`.
    pub(super) fn each(&mut self, mut bytes: &[u8], mut does: impl FnMut(&Frame)) {
        while !bytes.is_empty() {
            let (taken, frame) = self.next(bytes);
            frame.iter().for_each(&mut does);
            bytes = &bytes[taken..];
        }
    }

    fn ended(&mut self) -> Option<Frame> {
        match self.frame.kind {
            Kind::Headers if !self.frame.ends_headers() => {
                self.block = Some(self.frame);
                None
            }
            Kind::Continuation if self.frame.ends_headers() => self.block.take(),
            Kind::Continuation => None,
            _ => Some(self.frame),
        }
    }

    fn preface(&mut self, bytes: &[u8], left: u8) -> usize {
        let taken = bytes.len().min(usize::from(left));
        self.place = match left - low_byte(taken) {
            0 => Place::Head(0),
            left => Place::Preface(left),
        };
        taken
    }

    fn head(&mut self, bytes: &[u8], have: usize) -> (usize, bool) {
        let taken = bytes.len().min(HEAD - have);
        self.head[have..have + taken].copy_from_slice(&bytes[..taken]);
        if have + taken < HEAD {
            self.place = Place::Head(low_byte(have + taken));
            return (taken, false);
        }
        let [a, b, c, kind, flags, id @ ..] = self.head;
        self.frame = Frame {
            kind: Kind::of(kind),
            flags,
            stream: stream_id(&id),
            length: u32::from_be_bytes([0, a, b, c]),
            kept: [0; KEPT],
        };
        let empty = self.frame.length == 0;
        self.place = if empty {
            Place::Head(0)
        } else {
            Place::Payload(self.frame.length)
        };
        (taken, empty)
    }

    fn payload(&mut self, bytes: &[u8], left: u32) -> (usize, bool) {
        let taken = bytes.len().min(left as usize);
        let have = (self.frame.length - left) as usize;
        if have < KEPT && matches!(self.frame.kind, Kind::Ping | Kind::GoAway) {
            let kept = taken.min(KEPT - have);
            self.frame.kept[have..have + kept].copy_from_slice(&bytes[..kept]);
        }
        let left = left - u32::try_from(taken).unwrap_or(left);
        self.place = match left {
            0 => Place::Head(0),
            left => Place::Payload(left),
        };
        (taken, left == 0)
    }
}

/// The highest bit is reserved.
fn stream_id(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0_u32, |id, byte| (id << 8) | u32::from(*byte))
        & (u32::MAX >> 1)
}

/// Of numbers that are at most [`PREFACE`].
fn low_byte(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut bytes = length[1..].to_vec();
        bytes.extend([kind, flags]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(payload);
        bytes
    }

    /// Every frame that `bytes` end, given to it in pieces.
    fn cut(mut frames: Frames, bytes: &[u8], pieces: &[usize]) -> (Vec<Frame>, bool) {
        let mut seen = Vec::new();
        let mut rest = bytes;
        let mut pieces = pieces.iter().copied().cycle();
        while !rest.is_empty() {
            let size = pieces.next().unwrap_or(rest.len()).clamp(1, rest.len());
            let (mut piece, later) = rest.split_at(size);
            rest = later;
            while !piece.is_empty() {
                let (taken, frame) = frames.next(piece);
                assert!(taken > 0);
                seen.extend(frame);
                piece = &piece[taken..];
            }
        }
        (seen, frames.at_boundary())
    }

    #[test]
    fn the_shutdown_ack_is_known_in_any_company() {
        let mut bytes = frame(0, 0x1, 1, b"body");
        bytes.extend(SHUTDOWN_ACK);
        bytes.extend(frame(6, 0, 0, &SHUTDOWN_PING));
        bytes.extend(frame(6, ACK, 0, b"an other"));
        bytes.extend(frame(3, 0, 5, &[0; 4]));
        let (seen, at_boundary) = cut(Frames::of_server(), &bytes, &[1]);
        assert!(at_boundary);
        assert_eq!(
            seen.iter().map(Frame::is_shutdown_ack).collect::<Vec<_>>(),
            [false, true, false, false, false]
        );
        assert!(seen[0].ends_stream());
        assert_eq!((seen[4].kind, seen[4].stream), (Kind::Reset, 5));
    }

    #[test]
    fn a_goaway_names_its_last_stream() {
        let mut bytes = frame(7, 0, 0, &[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, b'w', b'y']);
        bytes.extend(goaway(5));
        let (seen, _) = cut(Frames::of_server(), &bytes, &[3]);
        let last = seen.iter().map(Frame::last_stream).collect::<Vec<_>>();
        assert_eq!(last, [Some(0x7fff_ffff), Some(5)]);
    }

    #[test]
    fn a_header_block_is_one_frame() {
        let mut bytes = frame(1, END_STREAM, 1, b"one");
        bytes.extend(frame(9, 0, 1, b"two"));
        let (seen, at_boundary) = cut(Frames::of_server(), &bytes, &[2]);
        assert_eq!((seen.len(), at_boundary), (0, false));
        bytes.extend(frame(9, END_HEADERS, 1, b""));
        let (seen, at_boundary) = cut(Frames::of_server(), &bytes, &[2]);
        assert_eq!((seen.len(), at_boundary), (1, true));
        assert!(seen[0].kind == Kind::Headers && seen[0].ends_stream());
    }

    #[test]
    fn a_preface_is_no_frame() {
        let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        bytes.extend(frame(4, 0, 0, &[]));
        let (seen, at_boundary) = cut(Frames::of_client(), &bytes, &[5]);
        assert_eq!(seen.len(), 1);
        assert_eq!((seen[0].kind, at_boundary), (Kind::Settings, true));
    }

    fn frames() -> impl Strategy<Value = Vec<(u8, u8, u32, Vec<u8>)>> {
        let payload = prop_oneof![
            Just(SHUTDOWN_PING.to_vec()),
            prop::collection::vec(any::<u8>(), 0..40),
        ];
        // Neither HEADERS nor CONTINUATION: how these become one is told above.
        let kind = prop_oneof![Just(0), 2..9_u8, 10..14_u8];
        let one = (kind, any::<u8>(), any::<u32>(), payload);
        prop::collection::vec(one, 0..12)
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_frames(
            frames in frames(),
            pieces in prop::collection::vec(1..30_usize, 1..10),
        ) {
            let bytes: Vec<u8> = frames
                .iter()
                .flat_map(|(kind, flags, stream, payload)| frame(*kind, *flags, *stream, payload))
                .collect();
            let whole = cut(Frames::of_server(), &bytes, &[usize::MAX]);
            prop_assert_eq!(whole.0.len(), frames.len());
            for (seen, (kind, _, stream, payload)) in whole.0.iter().zip(&frames) {
                prop_assert_eq!(seen.kind, Kind::of(*kind));
                prop_assert_eq!(seen.stream, stream & 0x7fff_ffff);
                prop_assert_eq!(seen.length as usize, payload.len());
            }
            prop_assert!(whole.1);
            prop_assert_eq!(cut(Frames::of_server(), &bytes, &pieces), whole);
        }

        #[test]
        fn any_bytes_are_followed(
            bytes in prop::collection::vec(any::<u8>(), 0..400),
            pieces in prop::collection::vec(1..30_usize, 1..10),
        ) {
            let whole = cut(Frames::of_client(), &bytes, &[usize::MAX]);
            prop_assert_eq!(cut(Frames::of_client(), &bytes, &pieces), whole);
        }
    }
}

//! Where a WebSocket's outgoing frames begin and end (RFC 6455, 5.2), followed byte by byte (pure).
//! Not a codec: it reads lengths and skips payloads, so that a Close frame can be put where the
//! peer takes it for one.

/// A Close frame with status 1001, "going away" (RFC 6455, 7.4.1): what a server that leaves sends.
pub(crate) const GOING_AWAY: [u8; 4] = [0x88, 0x02, 0x03, 0xE9];

const CLOSE: u8 = 0x8;

/// Two bytes, a 64-bit length and a mask.
const LONGEST_HEADER: usize = 14;

/// Follows the bytes that one side sends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outbound {
    state: State,
    close_sent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between frames.
    Boundary,
    /// The first bytes of a frame's header.
    Header {
        bytes: [u8; LONGEST_HEADER],
        have: usize,
    },
    /// This many bytes of payload are still to come.
    Payload(u64),
}

impl Outbound {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Boundary,
            close_sent: false,
        }
    }

    /// Whether the last frame is complete: a frame put here is read as one.
    pub(crate) fn at_boundary(&self) -> bool {
        self.state == State::Boundary
    }

    /// Whether a Close frame has begun: no frame may follow it.
    pub(crate) fn close_sent(&self) -> bool {
        self.close_sent
    }

    /// Bytes have been sent.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = &bytes[self.advance(bytes)..];
        }
    }

    /// How many of `bytes` belong to the frame that has begun; none between frames.
    pub(crate) fn rest_of_frame(&self, bytes: &[u8]) -> usize {
        let mut ahead = *self;
        let mut taken = 0;
        while !ahead.at_boundary() && taken < bytes.len() {
            taken += ahead.advance(&bytes[taken..]);
        }
        taken
    }

    /// Takes one or more bytes, never beyond the end of a frame. `bytes` are not empty.
    fn advance(&mut self, bytes: &[u8]) -> usize {
        match self.state {
            State::Boundary => self.header([0; LONGEST_HEADER], 0, bytes[0]),
            State::Header { bytes: seen, have } => self.header(seen, have, bytes[0]),
            State::Payload(left) => {
                let taken = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
                self.state = payload(left - taken as u64);
                taken
            }
        }
    }

    fn header(&mut self, mut bytes: [u8; LONGEST_HEADER], have: usize, byte: u8) -> usize {
        bytes[have] = byte;
        let have = have + 1;
        if have < header_length(&bytes[..have]) {
            self.state = State::Header { bytes, have };
        } else {
            self.close_sent |= bytes[0] & 0x0F == CLOSE;
            self.state = payload(payload_length(&bytes));
        }
        1
    }
}

fn payload(left: u64) -> State {
    match left {
        0 => State::Boundary,
        left => State::Payload(left),
    }
}

/// As far as the bytes of the header that are there tell.
fn header_length(bytes: &[u8]) -> usize {
    let [_, second, ..] = bytes else { return 2 };
    let length = match second & 0x7F {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    2 + length + mask
}

fn payload_length(header: &[u8; LONGEST_HEADER]) -> u64 {
    let big_endian = |bytes: &[u8]| bytes.iter().fold(0, |sum, b| sum << 8 | u64::from(*b));
    match header[1] & 0x7F {
        126 => big_endian(&header[2..4]),
        127 => big_endian(&header[2..10]),
        short => u64::from(short),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A frame as a server sends it, or masked as a client does.
    #[derive(Debug, Clone)]
    pub(crate) struct Frame {
        pub(crate) first: u8,
        pub(crate) payload: usize,
        pub(crate) masked: bool,
    }

    impl Frame {
        pub(crate) fn encode(&self) -> Vec<u8> {
            let mask = if self.masked { 0x80 } else { 0 };
            let mut bytes = vec![self.first];
            match self.payload {
                short @ ..126 => bytes.push(mask | u8::try_from(short).unwrap()),
                medium @ 126..65_536 => {
                    bytes.push(mask | 0x7E);
                    bytes.extend(u16::try_from(medium).unwrap().to_be_bytes());
                }
                long => {
                    bytes.push(mask | 0x7F);
                    bytes.extend((long as u64).to_be_bytes());
                }
            }
            if self.masked {
                bytes.extend([0x88; 4]);
            }
            // Payload that looks like a Close frame, so that a follower that is out of step trips.
            bytes.extend(GOING_AWAY.iter().cycle().take(self.payload));
            bytes
        }
    }

    pub(crate) fn frames() -> impl Strategy<Value = Vec<Frame>> {
        let payload = prop_oneof![
            0_usize..4,
            120_usize..130,
            65_530_usize..65_540,
            0_usize..2000
        ];
        let first = prop_oneof![
            Just(0x81_u8),
            Just(0x02),
            Just(0x80),
            Just(0x89),
            Just(0xC2)
        ];
        let frame = (first, payload, any::<bool>()).prop_map(|(first, payload, masked)| Frame {
            first,
            payload,
            masked,
        });
        prop::collection::vec(frame, 1..6)
    }

    fn feed_in_pieces(outbound: &mut Outbound, mut bytes: &[u8], cuts: &[usize]) {
        for cut in cuts.iter().copied().chain([usize::MAX]) {
            let (piece, rest) = bytes.split_at(cut.min(bytes.len()));
            outbound.feed(piece);
            bytes = rest;
        }
    }

    proptest! {
        #[test]
        fn a_boundary_is_where_a_frame_ends_and_nowhere_else(
            frames in frames(), cut in any::<prop::sample::Index>(), cuts in prop::collection::vec(1_usize..50, 0..20),
        ) {
            let encoded: Vec<_> = frames.iter().map(Frame::encode).collect();
            let ends: Vec<_> = encoded.iter().scan(0, |end, frame| { *end += frame.len(); Some(*end) }).collect();
            let bytes = encoded.concat();
            let cut = cut.index(bytes.len() + 1);
            let mut outbound = Outbound::new();
            feed_in_pieces(&mut outbound, &bytes[..cut], &cuts);
            let next_end = ends.iter().copied().find(|end| *end >= cut).unwrap();
            let between = cut == 0 || next_end == cut;
            prop_assert_eq!(outbound.at_boundary(), between);
            prop_assert!(!outbound.close_sent());
            let rest = outbound.rest_of_frame(&bytes[cut..]);
            prop_assert_eq!(rest, if between { 0 } else { next_end - cut });
        }

        #[test]
        fn a_close_frame_is_noticed_however_it_is_cut(
            frames in frames(), payload in 0_usize..125, cuts in prop::collection::vec(1_usize..50, 0..20),
        ) {
            let close = Frame { first: 0x88, payload, masked: false };
            let bytes: Vec<u8> = frames.iter().chain([&close]).flat_map(Frame::encode).collect();
            let mut outbound = Outbound::new();
            feed_in_pieces(&mut outbound, &bytes, &cuts);
            prop_assert!(outbound.close_sent() && outbound.at_boundary());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut outbound = Outbound::new();
            outbound.feed(&bytes);
            outbound.rest_of_frame(&bytes);
        }
    }

    #[test]
    fn the_farewell_is_a_close_frame() {
        let mut outbound = Outbound::new();
        outbound.feed(&GOING_AWAY);
        assert!(outbound.close_sent() && outbound.at_boundary());
        assert_eq!(u16::from_be_bytes([GOING_AWAY[2], GOING_AWAY[3]]), 1001);
    }
}

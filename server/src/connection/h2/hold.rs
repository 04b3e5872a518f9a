//! Keeps the ACK of h2's shutdown PING from h2 until the server wants the final GOAWAY to go out.
//! No I/O, no clock.
//!
//! h2 answers that ACK with a GOAWAY that names the last stream it knows, and ignores the streams
//! above it. A client's ACK overtakes the requests that the client has queued: they would be lost.
//! Everything but the ACK passes at once, so the requests that are on their way are served.

use bytes::{Buf, BytesMut};

use super::frames::{Frame, Frames, SHUTDOWN_ACK};

#[derive(Debug)]
pub(super) struct Hold {
    /// What may become the ACK; not passed on before it turns out not to be.
    doubtful: BytesMut,
    /// What hyper may read.
    out: BytesMut,
    /// Whether none of the frame on its way was passed on before the hold began.
    whole: bool,
    answered: bool,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Held,
    /// To be passed on where a frame may be.
    Released,
    PassedOn,
}

impl Hold {
    /// Begins where `frames`, the client's, now stands.
    pub(super) fn begin(frames: &Frames) -> Self {
        Self {
            doubtful: BytesMut::new(),
            out: BytesMut::new(),
            whole: frames.between(),
            answered: false,
            stage: Stage::Held,
        }
    }

    /// Whether the client has sent its ACK.
    pub(super) fn answered(&self) -> bool {
        self.answered
    }

    /// Whether nothing is left to do. Without the client's ACK it goes on: h2 has had one by then.
    pub(super) fn is_over(&self) -> bool {
        self.answered && self.stage == Stage::PassedOn && self.out.is_empty() && self.whole
    }

    /// Bytes have arrived.
    pub(super) fn take(
        &mut self,
        frames: &mut Frames,
        mut bytes: &[u8],
        mut each: impl FnMut(&Frame),
    ) {
        while !bytes.is_empty() {
            let (taken, frame) = frames.next(bytes);
            self.doubtful.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if self.whole && frame.is_some_and(|frame| frame.is_shutdown_ack()) {
                self.doubtful.clear();
                self.answered = true;
            } else if !self.whole || frames.between() || !frames.may_be_ping() {
                self.out.extend_from_slice(&self.doubtful);
                self.doubtful.clear();
            }
            self.whole |= frames.between();
            frame.iter().for_each(&mut each);
            self.pass_on(frames);
        }
    }

    /// Lets h2 have its ACK, whether the client has sent one or not.
    pub(super) fn release(&mut self, frames: &Frames) {
        if self.stage == Stage::Held {
            self.stage = Stage::Released;
        }
        self.pass_on(frames);
    }

    fn pass_on(&mut self, frames: &Frames) {
        if self.stage == Stage::Released && frames.at_boundary() {
            self.out.extend_from_slice(&SHUTDOWN_ACK);
            self.stage = Stage::PassedOn;
        }
    }

    /// No more bytes will arrive.
    pub(super) fn end(&mut self) {
        self.out.extend_from_slice(&self.doubtful);
        self.doubtful.clear();
    }

    /// At most `most` of the bytes that may be read.
    pub(super) fn give(&mut self, most: usize, to: impl FnOnce(&[u8])) -> usize {
        let given = self.out.len().min(most);
        to(&self.out[..given]);
        self.out.advance(given);
        given
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::frames::SHUTDOWN_PING;
    use super::super::frames::tests::frame;
    use super::*;

    fn given(hold: &mut Hold) -> Vec<u8> {
        let mut given = Vec::new();
        hold.give(usize::MAX, |bytes| given.extend(bytes));
        given
    }

    #[test]
    fn all_but_the_ack_passes_at_once_and_the_ack_when_released() {
        let mut frames = Frames::of_server();
        let mut hold = Hold::begin(&frames);
        let request = frame(1, 5, 1, b"request");
        hold.take(&mut frames, &[&SHUTDOWN_ACK[..], &request].concat(), |_| {});
        assert!(hold.answered());
        assert_eq!(given(&mut hold), request);
        hold.release(&frames);
        assert!(!hold.is_over());
        assert_eq!(given(&mut hold), SHUTDOWN_ACK);
        assert!(hold.is_over());
    }

    #[test]
    fn an_ack_that_never_came_is_made_up_and_a_late_one_is_dropped() {
        let mut frames = Frames::of_server();
        let mut hold = Hold::begin(&frames);
        hold.release(&frames);
        assert_eq!(given(&mut hold), SHUTDOWN_ACK);
        hold.take(&mut frames, &SHUTDOWN_ACK, |_| {});
        assert_eq!(given(&mut hold), b"");
        assert!(hold.is_over());
    }

    #[test]
    fn a_made_up_ack_does_not_come_between_the_frames_of_a_header_block() {
        let mut frames = Frames::of_server();
        let mut hold = Hold::begin(&frames);
        let (head, tail) = (frame(1, 0, 1, b"head"), frame(9, 4, 1, b"tail"));
        hold.take(&mut frames, &head, |_| {});
        hold.release(&frames);
        assert_eq!(given(&mut hold), head);
        hold.take(&mut frames, &tail, |_| {});
        assert_eq!(given(&mut hold), [&tail, &SHUTDOWN_ACK[..]].concat());
    }

    #[test]
    fn what_was_half_passed_on_is_passed_on_to_its_end() {
        let mut frames = Frames::of_server();
        frames.next(&SHUTDOWN_ACK[..11]);
        let mut hold = Hold::begin(&frames);
        hold.take(&mut frames, &SHUTDOWN_ACK[11..], |_| {});
        assert_eq!(given(&mut hold), SHUTDOWN_ACK[11..]);
        assert!(!hold.answered());
    }

    fn traffic() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let one = prop_oneof![
            Just(SHUTDOWN_ACK.to_vec()),
            Just(frame(6, 0, 0, &SHUTDOWN_PING)),
            (prop::collection::vec(any::<u8>(), 0..60), 0..9_u8)
                .prop_map(|(payload, kind)| frame(kind, 4, 1, &payload)),
        ];
        prop::collection::vec(one, 0..10)
    }

    proptest! {
        /// However the bytes come and whenever it is released: hyper reads the same frames in the
        /// same order, less the client's ACKs and plus one of the hold's.
        #[test]
        fn nothing_else_changes(
            traffic in traffic(),
            pieces in prop::collection::vec(1..20_usize, 1..10),
            release_after in 0..60_usize,
        ) {
            let bytes = traffic.concat();
            let mut frames = Frames::of_server();
            let mut hold = Hold::begin(&frames);
            let (mut read, mut rest) = (Vec::new(), &bytes[..]);
            let mut pieces = pieces.into_iter().cycle();
            let mut turn = 0;
            while !rest.is_empty() {
                if turn == release_after {
                    hold.release(&frames);
                }
                turn += 1;
                let (piece, later) = rest.split_at(pieces.next().unwrap_or(1).min(rest.len()));
                hold.take(&mut frames, piece, |_| {});
                hold.give(7, |bytes| read.extend(bytes));
                rest = later;
            }
            hold.release(&frames);
            hold.end();
            read.extend(given(&mut hold));
            let mut seen = Vec::new();
            let (mut frames, mut rest) = (Frames::of_server(), &read[..]);
            while !rest.is_empty() {
                let (taken, _) = frames.next(rest);
                seen.push(rest[..taken].to_vec());
                rest = &rest[taken..];
            }
            let acks = seen.iter().filter(|frame| **frame == SHUTDOWN_ACK).count();
            prop_assert_eq!(acks, 1);
            seen.retain(|frame| *frame != SHUTDOWN_ACK);
            let others: Vec<_> = traffic.into_iter().filter(|frame| *frame != SHUTDOWN_ACK).collect();
            prop_assert_eq!(seen, others);
        }
    }
}

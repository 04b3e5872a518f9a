//! What only the raw lines of a header show (pure). hyper drops Content-Length wherever there is a
//! Transfer-Encoding as well, so nobody behind it can tell that a request had two framings; and a
//! request with two framings is how one peer smuggles a second past another (RFC 9112, 11.2).

const SIZED: &[u8] = b"content-length:";
const CODED: &[u8] = b"transfer-encoding:";

/// Follows the lines of one header.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// How the line began, as much as tells the two names.
    start: [u8; CODED.len()],
    known: usize,
    sized: bool,
    coded: bool,
}

impl Lines {
    /// More bytes of the header, its end included if it is there.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let taken = piece.len().min(self.start.len() - self.known);
            self.start[self.known..self.known + taken].copy_from_slice(&piece[..taken]);
            self.known += taken;
            if piece.ends_with(b"\n") {
                self.end_line();
            }
        }
    }

    /// Whether both framings were given.
    pub(crate) fn two_framings(&self) -> bool {
        self.sized && self.coded
    }

    fn end_line(&mut self) {
        let start = &self.start[..self.known];
        let is = |name: &[u8]| {
            let given = start.get(..name.len());
            given.is_some_and(|given| given.eq_ignore_ascii_case(name))
        };
        self.sized |= is(SIZED);
        self.coded |= is(CODED);
        self.known = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn two_framings(header: &str, cuts: &[usize]) -> bool {
        let mut lines = Lines::default();
        let mut rest = header.as_bytes();
        for cut in cuts.iter().copied().chain([usize::MAX]) {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            lines.feed(piece);
            rest = after;
        }
        lines.two_framings()
    }

    proptest! {
        #[test]
        fn two_framings_are_seen_however_they_are_cut(cuts in prop::collection::vec(0_usize..30, 0..20)) {
            let both = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-encoding: chunked\r\n\r\n";
            let bare = "POST / HTTP/1.1\ntransfer-encoding:chunked\nX-A: b\nCONTENT-LENGTH:4\n\n";
            let one = "POST /transfer-encoding: HTTP/1.1\r\nX: transfer-encoding: a\r\nContent-Length: 4\r\n\r\n";
            let other = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX-Content-Length: 4\r\n\r\n";
            prop_assert!(two_framings(both, &cuts));
            prop_assert!(two_framings(bare, &cuts));
            prop_assert!(!two_framings(one, &cuts));
            prop_assert!(!two_framings(other, &cuts));
        }

        #[test]
        fn no_bytes_make_it_panic(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..9)) {
            let mut lines = Lines::default();
            for piece in pieces {
                lines.feed(&piece);
            }
        }
    }
}

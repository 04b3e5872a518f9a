//! How far the incoming request has come, followed byte by byte. Not a parser: it finds where a
//! header ends, and learns from hyper, which parses, how the body behind it is framed.
//!
//! hyper shows a body's end to the handler only, and a handler may be at work long after it.
//! Without this, a handler that computes could not be told from a client that stalls.

use super::lines::Lines;

/// How a request's body is delimited (RFC 9112, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    None,
    /// By Content-Length.
    Sized(u64),
    Chunked,
}

/// Follows one connection's incoming bytes.
#[derive(Debug)]
pub(crate) struct Inbound {
    state: State,
    /// Of the header that is arriving.
    lines: Lines,
    two_framings: bool,
    /// Bytes behind a header whose framing is not known yet: the rest of one read at most.
    held: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Header {
        line_empty: bool,
    },
    /// The header is complete; hyper has not said yet how its body is framed.
    Unframed,
    Sized(u64),
    Chunked(Chunk),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chunk {
    Size { value: u64, extension: bool },
    Data(u64),
    DataEnd,
    Trailer { line_empty: bool },
}

impl Inbound {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Between,
            lines: Lines::default(),
            two_framings: false,
            held: Vec::new(),
        }
    }

    /// Whether a header has begun and hyper has not taken the request yet.
    pub(crate) fn in_header(&self) -> bool {
        matches!(self.state, State::Header { .. } | State::Unframed)
    }

    /// Whether bytes of a body are still to come.
    pub(crate) fn in_body(&self) -> bool {
        matches!(self.state, State::Sized(_) | State::Chunked(_))
    }

    /// Whether the request that hyper has taken last says in two ways where its body ends.
    pub(crate) fn two_framings(&self) -> bool {
        self.two_framings
    }

    /// Bytes have arrived.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Between => self.skip_blank(bytes),
                State::Header { line_empty } => self.header(bytes, line_empty),
                State::Unframed => {
                    self.held.extend_from_slice(bytes);
                    &[]
                }
                State::Sized(left) => self.sized(bytes, left),
                State::Chunked(chunk) => self.chunked(bytes, chunk),
            };
        }
    }

    /// hyper has taken the request: its header is complete and its body is framed like this.
    pub(crate) fn framed(&mut self, framing: Framing) {
        self.two_framings = std::mem::take(&mut self.lines).two_framings();
        self.state = match framing {
            Framing::None | Framing::Sized(0) => State::Between,
            Framing::Sized(length) => State::Sized(length),
            Framing::Chunked => State::Chunked(Chunk::Size {
                value: 0,
                extension: false,
            }),
        };
        let held = std::mem::take(&mut self.held);
        self.feed(&held);
    }

    /// Empty lines before a request line are ignored (RFC 9112, 2.2).
    fn skip_blank<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'));
        match start {
            Some(start) => {
                self.state = State::Header { line_empty: false };
                &bytes[start..]
            }
            None => &[],
        }
    }

    fn header<'b>(&mut self, bytes: &'b [u8], line_empty: bool) -> &'b [u8] {
        let (end, line_empty) = blank_line(bytes, line_empty);
        self.lines.feed(&bytes[..end.unwrap_or(bytes.len())]);
        if let Some(end) = end {
            self.state = State::Unframed;
            &bytes[end..]
        } else {
            self.state = State::Header { line_empty };
            &[]
        }
    }

    fn sized<'b>(&mut self, bytes: &'b [u8], left: u64) -> &'b [u8] {
        let taken = take(bytes, left);
        self.state = match left - taken as u64 {
            0 => State::Between,
            left => State::Sized(left),
        };
        &bytes[taken..]
    }

    fn chunked<'b>(&mut self, bytes: &'b [u8], chunk: Chunk) -> &'b [u8] {
        let (next, taken) = match chunk {
            Chunk::Size { value, extension } => (size_byte(value, extension, bytes[0]), 1),
            Chunk::Data(left) => {
                let taken = take(bytes, left);
                let next = match left - taken as u64 {
                    0 => Chunk::DataEnd,
                    left => Chunk::Data(left),
                };
                (next, taken)
            }
            Chunk::DataEnd if bytes[0] == b'\n' => (
                Chunk::Size {
                    value: 0,
                    extension: false,
                },
                1,
            ),
            Chunk::DataEnd => (Chunk::DataEnd, 1),
            Chunk::Trailer { line_empty } => match blank_line(bytes, line_empty) {
                (Some(end), _) => {
                    self.state = State::Between;
                    return &bytes[end..];
                }
                (None, line_empty) => (Chunk::Trailer { line_empty }, bytes.len()),
            },
        };
        self.state = State::Chunked(next);
        &bytes[taken..]
    }
}

fn size_byte(value: u64, extension: bool, byte: u8) -> Chunk {
    match (byte, char::from(byte).to_digit(16)) {
        (b'\n', _) if value == 0 => Chunk::Trailer { line_empty: true },
        (b'\n', _) => Chunk::Data(value),
        (_, Some(digit)) if !extension => Chunk::Size {
            value: value.saturating_mul(16).saturating_add(u64::from(digit)),
            extension,
        },
        // hyper refuses what is no size; here it is enough to find the end of the line.
        (byte, _) => Chunk::Size {
            value,
            extension: extension || byte != b'\r',
        },
    }
}

/// The index behind the first line with nothing in it, or whether the line that `bytes` break off
/// in is empty so far.
fn blank_line(bytes: &[u8], mut line_empty: bool) -> (Option<usize>, bool) {
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' if line_empty => return (Some(index + 1), true),
            b'\n' => line_empty = true,
            b'\r' => {}
            _ => line_empty = false,
        }
    }
    (None, line_empty)
}

fn take(bytes: &[u8], left: u64) -> usize {
    usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SMALL: &[u8] = b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const SIZED: &[u8] = b"POST / HTTP/1.1\nContent-Length: 12\n\nGET / \r\n\r\nab";
    const CHUNKED: &[u8] =
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=a\r\n\r\n\r\n\r\r\n1\r\na\r\n0\r\nT: x\r\n\r\n";

    /// Feeds `bytes` in pieces; frames as hyper does, as soon as a header is complete. Returns the
    /// tracker and the headers seen.
    fn follow(requests: &[(&[u8], Framing)], cuts: &[usize]) -> (Inbound, usize) {
        let all: Vec<u8> = requests
            .iter()
            .flat_map(|(bytes, _)| bytes.iter().copied())
            .collect();
        let mut inbound = Inbound::new();
        let mut framed = 0;
        let mut rest = &all[..];
        for cut in cuts.iter().copied().chain([usize::MAX]) {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            rest = after;
            inbound.feed(piece);
            while inbound.state == State::Unframed {
                inbound.framed(requests[framed].1);
                framed += 1;
            }
        }
        (inbound, framed)
    }

    proptest! {
        #[test]
        fn requests_end_where_they_end_however_they_are_cut(cuts in prop::collection::vec(1_usize..40, 0..12)) {
            let requests = [
                (SMALL, Framing::None),
                (SIZED, Framing::Sized(12)),
                (CHUNKED, Framing::Chunked),
                (SIZED, Framing::Sized(12)),
            ];
            let (inbound, framed) = follow(&requests, &cuts);
            prop_assert_eq!(framed, 4);
            prop_assert_eq!(inbound.state, State::Between);
        }

        #[test]
        fn an_unfinished_request_is_never_taken_for_finished(
            which in 0_usize..3, missing in 1_usize..60, cuts in prop::collection::vec(1_usize..40, 0..12),
        ) {
            let (bytes, framing) = [(SMALL, Framing::None), (SIZED, Framing::Sized(12)), (CHUNKED, Framing::Chunked)][which];
            let kept = bytes.len().saturating_sub(missing).max(3);
            let (inbound, _) = follow(&[(&bytes[..kept], framing)], &cuts);
            prop_assert!(inbound.in_header() || inbound.in_body(), "{:?}", inbound);
        }

        #[test]
        fn two_framings_are_the_one_requests_that_has_them(cuts in prop::collection::vec(1_usize..40, 0..12)) {
            let both = &b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"[..];
            let requests = [(SMALL, Framing::None), (SIZED, Framing::Sized(12)), (both, Framing::Chunked), (CHUNKED, Framing::Chunked)];
            for which in 1..=requests.len() {
                let (inbound, _) = follow(&requests[..which], &cuts);
                prop_assert_eq!(inbound.two_framings(), which == 3);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), chunked in any::<bool>()) {
            let mut inbound = Inbound::new();
            if chunked {
                inbound.framed(Framing::Chunked);
            }
            inbound.feed(&bytes);
        }
    }
}

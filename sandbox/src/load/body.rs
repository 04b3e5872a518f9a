//! Follows a response body to its end without keeping it. Pure.

use super::head::Framing;

/// Where in the body the stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// This many bytes are to come.
    Remaining(u64),
    /// Between chunks, or inside of one.
    Chunk(Chunk),
    /// Only closing ends it.
    UntilClose,
    /// Complete.
    Done,
}

/// The states of the chunked coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunk {
    /// Reading hex digits; `digits` counts them.
    Size { size: u64, digits: u8 },
    /// After the size, up to the end of the line.
    Extension { size: u64 },
    /// Inside of a chunk, its closing CRLF included.
    Data { left: u64 },
    /// Behind the last chunk; `line` counts the characters of the current line.
    Trailer { line: usize },
}

impl Body {
    pub(super) fn new(framing: Framing) -> Self {
        match framing {
            Framing::Length(0) => Self::Done,
            Framing::Length(length) => Self::Remaining(length),
            Framing::Chunked => Self::Chunk(Chunk::Size { size: 0, digits: 0 }),
            Framing::UntilClose => Self::UntilClose,
        }
    }

    /// Takes the next bytes of the stream. An error means that they can't belong to the answer.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        let mut rest = bytes;
        while let Some((first, behind)) = rest.split_first() {
            match self {
                Self::Done => return Err("bytes follow the end of the body"),
                Self::UntilClose => return Ok(()),
                Self::Remaining(left) => {
                    rest = skip(left, rest);
                    if *left == 0 {
                        *self = Self::Done;
                    }
                }
                Self::Chunk(Chunk::Data { left }) => {
                    rest = skip(left, rest);
                    if *left == 0 {
                        *self = Self::Chunk(Chunk::Size { size: 0, digits: 0 });
                    }
                }
                Self::Chunk(chunk) => {
                    *self = chunk.step(*first)?;
                    rest = behind;
                }
            }
        }
        Ok(())
    }

    /// Whether the end of the stream here is the end of the body.
    pub(super) fn may_end(self) -> bool {
        matches!(self, Self::Done | Self::UntilClose)
    }
}

fn skip<'a>(left: &mut u64, bytes: &'a [u8]) -> &'a [u8] {
    let taken = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
    *left -= taken as u64;
    &bytes[taken..]
}

impl Chunk {
    fn step(self, byte: u8) -> Result<Body, &'static str> {
        let next = match (self, byte) {
            (Self::Size { size, digits }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F')
                if digits < 15 =>
            {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                Self::Size {
                    size: size * 16 + u64::from(digit),
                    digits: digits + 1,
                }
            }
            (Self::Size { size, digits: 1.. }, b'\r' | b';' | b' ' | b'\t') => {
                Self::Extension { size }
            }
            (Self::Size { .. }, _) => return Err("a chunk's size is not a number"),
            (Self::Extension { size: 0 }, b'\n') => Self::Trailer { line: 0 },
            (Self::Extension { size }, b'\n') => Self::Data { left: size + 2 },
            (Self::Trailer { line: 0 }, b'\n') => return Ok(Body::Done),
            (Self::Trailer { .. }, b'\n') => Self::Trailer { line: 0 },
            (Self::Extension { .. } | Self::Data { .. }, _) | (Self::Trailer { .. }, b'\r') => self,
            (Self::Trailer { line }, _) => Self::Trailer { line: line + 1 },
        };
        Ok(Body::Chunk(next))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_length_is_kept_to_the_byte() {
        let mut body = Body::new(Framing::Length(5));
        body.take(b"1234").expect("belongs");
        assert!(!body.may_end());
        body.take(b"5").expect("belongs");
        assert!(body.may_end());
        assert!(body.take(b"6").is_err());
    }

    #[test]
    fn a_chunk_size_must_be_one() {
        assert!(Body::new(Framing::Chunked).take(b"zz\r\n").is_err());
        assert!(Body::new(Framing::Chunked).take(b"\r\n").is_err());
        assert!(
            Body::new(Framing::Chunked)
                .take(b"fffffffffffffffff\r\n")
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn chunks_end_exactly_at_their_end_however_the_stream_is_cut(
            sizes in prop::collection::vec(1_usize..40, 0..6),
            trailer in any::<bool>(),
            pieces in prop::collection::vec(1_usize..9, 1..40),
        ) {
            let mut stream = Vec::new();
            for size in sizes {
                stream.extend_from_slice(format!("{size:x};a=b\r\n").as_bytes());
                stream.extend(std::iter::repeat_n(b'0', size));
                stream.extend_from_slice(b"\r\n");
            }
            stream.extend_from_slice(if trailer { b"0\r\nX-Sum: 1\r\n\r\n" } else { b"0\r\n\r\n" });
            let mut body = Body::new(Framing::Chunked);
            let mut rest = &stream[..];
            for piece in pieces.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                prop_assert!(!body.may_end());
                let (now, later) = rest.split_at((*piece).min(rest.len()));
                body.take(now).expect("belongs");
                rest = later;
            }
            prop_assert!(body.may_end());
        }
    }
}

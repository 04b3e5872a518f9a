//! The `aws-chunked` framing that SDKs put round a body which they sign or sum up while sending it. A state machine over
//! whatever pieces arrive; signatures are read past, as any signature is good. Pure.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>

/// Taken apart by `feed`, in pieces of any size.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
    line: Vec<u8>,
    trailers: Vec<(String, String)>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    /// In the line that says how long the next chunk is.
    #[default]
    Header,
    /// In the chunk, with so many bytes to come.
    Data(u64),
    /// In the line end after a chunk.
    DataEnd,
    /// In the trailer lines, which an empty line ends.
    Trailers,
    Done,
}

/// How the framing lies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ChunkError {
    #[error("the chunk header {0:?} has no length")]
    Header(String),
    #[error("a chunk is not followed by a line end")]
    NoLineEnd,
    #[error("a chunk header or trailer is longer than {MAX_LINE} bytes")]
    LongLine,
    #[error("the trailer {0:?} is no header")]
    Trailer(String),
    #[error("more than {MAX_TRAILERS} trailers")]
    ManyTrailers,
    #[error("bytes follow the last chunk")]
    AfterEnd,
    #[error("the body ends before its last chunk")]
    Truncated,
}

/// A chunk signature is 85 bytes, a trailer with a checksum less.
const MAX_LINE: usize = 1024;

/// S3 takes one checksum and one signature.
const MAX_TRAILERS: usize = 8;

impl Decoder {
    /// Takes the next piece of the body and appends what it holds of the payload.
    pub(super) fn feed(
        &mut self,
        mut input: &[u8],
        payload: &mut Vec<u8>,
    ) -> Result<(), ChunkError> {
        while !input.is_empty() {
            input = match self.state {
                State::Data(left) => self.data(left, input, payload),
                State::Header | State::DataEnd | State::Trailers => self.text(input)?,
                State::Done => return Err(ChunkError::AfterEnd),
            };
        }
        Ok(())
    }

    /// The trailers, once the body has ended as it should.
    pub(super) fn finish(self) -> Result<Vec<(String, String)>, ChunkError> {
        match self.state {
            State::Done => Ok(self.trailers),
            _ => Err(ChunkError::Truncated),
        }
    }

    fn data<'a>(&mut self, left: u64, input: &'a [u8], payload: &mut Vec<u8>) -> &'a [u8] {
        let taken = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        payload.extend_from_slice(&input[..taken]);
        self.state = match left - taken as u64 {
            0 => State::DataEnd,
            left => State::Data(left),
        };
        &input[taken..]
    }

    /// Collects a line; acts on it when it is complete.
    fn text<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], ChunkError> {
        let end = input.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(input.len(), |end| end + 1);
        self.line.extend_from_slice(&input[..taken]);
        if self.line.len() > MAX_LINE {
            return Err(ChunkError::LongLine);
        }
        if end.is_some() {
            let line = std::mem::take(&mut self.line);
            let line = line.strip_suffix(b"\r\n").ok_or(ChunkError::NoLineEnd)?;
            self.state = self.after_line(&String::from_utf8_lossy(line))?;
        }
        Ok(&input[taken..])
    }

    fn after_line(&mut self, line: &str) -> Result<State, ChunkError> {
        match self.state {
            State::Header => match chunk_length(line)? {
                0 => Ok(State::Trailers),
                length => Ok(State::Data(length)),
            },
            State::DataEnd if line.is_empty() => Ok(State::Header),
            State::Trailers if line.is_empty() => Ok(State::Done),
            State::Trailers => {
                self.trailers.push(trailer(line)?);
                match self.trailers.len() {
                    0..=MAX_TRAILERS => Ok(State::Trailers),
                    _ => Err(ChunkError::ManyTrailers),
                }
            }
            State::DataEnd | State::Data(_) | State::Done => Err(ChunkError::NoLineEnd),
        }
    }
}

fn chunk_length(line: &str) -> Result<u64, ChunkError> {
    let length = line.split(';').next().unwrap_or_default();
    let digits = length.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(length, 16)
        .ok()
        .filter(|_| digits)
        .ok_or_else(|| ChunkError::Header(line.to_owned()))
}

fn trailer(line: &str) -> Result<(String, String), ChunkError> {
    match line.split_once(':') {
        Some((name, value)) if !name.is_empty() => {
            Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        }
        _ => Err(ChunkError::Trailer(line.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Decoded = Result<(Vec<u8>, Vec<(String, String)>), ChunkError>;

    fn decode(body: &[u8], piece: usize) -> Decoded {
        let mut decoder = Decoder::default();
        let mut payload = Vec::new();
        for piece in body.chunks(piece) {
            decoder.feed(piece, &mut payload)?;
        }
        Ok((payload, decoder.finish()?))
    }

    fn encode(chunks: &[Vec<u8>], signed: bool) -> Vec<u8> {
        let signature = if signed {
            ";chunk-signature=0123abcd"
        } else {
            ""
        };
        let mut body = Vec::new();
        for chunk in chunks {
            body.extend_from_slice(format!("{:x}{signature}\r\n", chunk.len()).as_bytes());
            body.extend_from_slice(chunk);
            body.extend_from_slice(b"\r\n");
        }
        let end = format!("0{signature}\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n");
        body.extend_from_slice(end.as_bytes());
        body
    }

    #[test]
    fn lies_in_the_framing_are_named() {
        for (body, error) in [
            ("", ChunkError::Truncated),
            ("5\r\nhello", ChunkError::Truncated),
            ("5\r\nhello\r\n", ChunkError::Truncated),
            ("5\r\nhello\r\n0\r\n", ChunkError::Truncated),
            ("4\r\nhello\r\n0\r\n\r\n", ChunkError::NoLineEnd),
            ("6\r\nhello\r\n0\r\n\r\n", ChunkError::NoLineEnd),
            ("5\nhello\r\n0\r\n\r\n", ChunkError::NoLineEnd),
            ("x\r\n", ChunkError::Header("x".into())),
            ("+5\r\nhello\r\n", ChunkError::Header("+5".into())),
            ("-1\r\n", ChunkError::Header("-1".into())),
            ("\r\n", ChunkError::Header(String::new())),
            (
                "10000000000000000\r\n",
                ChunkError::Header("10000000000000000".into()),
            ),
            (
                "0\r\nnonsense\r\n\r\n",
                ChunkError::Trailer("nonsense".into()),
            ),
            ("0\r\n\r\nmore", ChunkError::AfterEnd),
        ] {
            for piece in [1, 3, 1000] {
                assert_eq!(
                    decode(body.as_bytes(), piece),
                    Err(error.clone()),
                    "{body:?}"
                );
            }
        }
        assert_eq!(decode(&[b'1'; 2000], 7), Err(ChunkError::LongLine));
        let trailers = format!("0\r\n{}\r\n", "a:b\r\n".repeat(9));
        assert_eq!(
            decode(trailers.as_bytes(), 7),
            Err(ChunkError::ManyTrailers)
        );
    }

    proptest! {
        #[test]
        fn any_payload_in_any_pieces_comes_out_whole(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6),
            signed: bool,
            piece in 1usize..50,
        ) {
            let (payload, trailers) = decode(&encode(&chunks, signed), piece).unwrap();
            prop_assert_eq!(payload, chunks.concat());
            let sum = ("x-amz-checksum-crc32".to_owned(), "AAAAAA==".to_owned());
            prop_assert_eq!(trailers, vec![sum]);
        }

        #[test]
        fn random_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..200), piece in 1usize..50) {
            let _any_answer = decode(&body, piece);
        }
    }
}

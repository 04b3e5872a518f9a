//! Bodies on their way out that do not arrive as they were sent.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;

use crate::wire::http::Body;

/// How many pieces a second's worth of bytes is sent in: fine enough to look like a slow line, coarse enough to cost nothing.
const PIECES: u64 = 20;

/// Flips one bit in the middle of each piece, which leaves the length as it was.
pub(super) fn corrupt(body: Body) -> Body {
    body.map_frame(|frame| frame.map_data(flip)).boxed()
}

fn flip(piece: Bytes) -> Bytes {
    let mut piece = BytesMut::from(piece);
    let middle = piece.len() / 2;
    if let Some(byte) = piece.get_mut(middle) {
        *byte ^= 1;
    }
    piece.freeze()
}

/// Lets `rate` bytes through per second.
pub(super) fn slow(body: Body, rate: u64) -> Body {
    let size = usize::try_from((rate / PIECES).max(1)).unwrap_or(usize::MAX);
    let frames = body.into_data_stream().flat_map(move |piece| {
        let pieces = match piece {
            Ok(piece) => split(piece, size).into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        };
        futures_util::stream::iter(pieces)
    });
    let paced = frames.then(move |piece| async move {
        if let Ok(piece) = &piece {
            tokio::time::sleep(due(piece.len(), rate)).await;
        }
        piece.map(Frame::data)
    });
    http_body_util::BodyExt::boxed(StreamBody::new(paced))
}

/// How long so many bytes take.
fn due(bytes: usize, rate: u64) -> Duration {
    let nanoseconds = u128::from(bytes as u64) * 1_000_000_000 / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

fn split(mut piece: Bytes, size: usize) -> Vec<Bytes> {
    let mut pieces = Vec::with_capacity(piece.len() / size + 1);
    while piece.len() > size {
        pieces.push(piece.split_to(size));
    }
    pieces.push(piece);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::http::full;

    async fn read(body: Body) -> Bytes {
        body.collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn one_bit_is_flipped_and_nothing_is_missing() {
        let sent = vec![7_u8; 1000];
        let read = read(corrupt(full(sent.clone()))).await;
        assert_eq!(read.len(), sent.len());
        assert_eq!(read.iter().filter(|byte| **byte != 7).count(), 1);
    }

    #[tokio::test]
    async fn bytes_arrive_as_they_were() {
        let sent: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        assert_eq!(read(slow(full(sent.clone()), 1_000_000)).await, sent);
    }

    #[test]
    fn bytes_take_their_time() {
        assert_eq!(due(500, 1000), Duration::from_millis(500));
        assert_eq!(split(Bytes::from_static(&[0; 10]), 4).len(), 3);
    }
}

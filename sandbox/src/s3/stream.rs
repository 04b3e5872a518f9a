//! A response body that is read from a file while it is sent.

use std::io;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::error::S3Error;
use super::range::Span;
use crate::wire::http::Body;

/// How much of a file is read at a time.
const PIECE: usize = 64 * 1024;

pub(super) async fn stream(mut file: File, span: Span) -> Result<Body, S3Error> {
    file.seek(io::SeekFrom::Start(span.start)).await?;
    let pieces =
        futures_util::stream::try_unfold((file, span.length), |(mut file, left)| async move {
            let piece = read_piece(&mut file, left).await?;
            let left = left - piece.len() as u64;
            Ok::<_, io::Error>((!piece.is_empty()).then(|| (Frame::data(piece), (file, left))))
        });
    Ok(BodyExt::boxed(StreamBody::new(pieces)))
}

/// Up to `left` bytes; none only when none are left. A file that got shorter breaks the answer off instead of filling it up.
async fn read_piece(file: &mut File, left: u64) -> io::Result<Bytes> {
    let size = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
    let mut piece = BytesMut::zeroed(size);
    let read = if size == 0 {
        0
    } else {
        file.read(&mut piece).await?
    };
    if read == 0 && left > 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    piece.truncate(read);
    Ok(piece.freeze())
}

//! What [`accept`](crate::tls::Tls::accept) says of its stream, held against it.

use std::future::poll_fn;
use std::io::ErrorKind;
use std::pin::Pin;
use std::task::Poll;

use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio_rustls::rustls::ALL_VERSIONS;
use tokio_rustls::{client, server};

use super::clients::{Folder, Identity, client, shake};

/// What the pipe between the two holds.
const ROOM: usize = 4096;
/// The buffer that `accept` promises, with the overhead of a few records.
const BEHIND: usize = 33 * 1024;

async fn pair() -> (
    client::TlsStream<DuplexStream>,
    server::TlsStream<DuplexStream>,
) {
    let identity = Identity::new();
    let tls = Folder::of(&identity).load().unwrap();
    let client = client(&identity, &["http/1.1"], ALL_VERSIONS);
    let (near, far) = shake(&tls, client, ROOM).await;
    (near.unwrap(), far.unwrap())
}

/// Writes until the stream takes no more; says how much it took.
async fn fill(stream: &mut (impl AsyncWrite + Unpin)) -> usize {
    let piece = [7; 5000];
    let mut taken = 0;
    poll_fn(|cx| {
        while let Poll::Ready(written) = Pin::new(&mut *stream).poll_write(cx, &piece) {
            taken += written.unwrap();
        }
        Poll::Ready(())
    })
    .await;
    taken
}

async fn flushes_now(stream: &mut (impl AsyncWrite + Unpin)) -> bool {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *stream).poll_flush(cx).is_ready())).await
}

#[tokio::test]
async fn a_client_that_reads_nothing_shows_after_the_buffer() {
    let (mut near, mut far) = pair().await;
    let taken = fill(&mut far).await;
    assert!((1..ROOM + BEHIND).contains(&taken), "{taken}");
    assert!(!flushes_now(&mut far).await);

    let mut received = vec![0; taken];
    let read = async { near.read_exact(&mut received).await.map(drop) };
    let (read, flushed) = tokio::join!(read, far.flush());
    read.unwrap();
    flushed.unwrap();
    assert!(received.iter().all(|byte| *byte == 7));
    assert!(flushes_now(&mut far).await);
}

#[tokio::test]
async fn a_write_that_was_taken_may_still_be_behind() {
    let (_near, mut far) = pair().await;
    let piece = [7; 2 * ROOM];
    let written = poll_fn(|cx| Poll::Ready(Pin::new(&mut far).poll_write(cx, &piece))).await;
    assert!(matches!(written, Poll::Ready(Ok(8192))), "{written:?}");
    assert!(!flushes_now(&mut far).await);
}

#[tokio::test]
async fn after_shutdown_the_client_reads_an_end_and_can_still_write() {
    let (mut near, mut far) = pair().await;
    far.write_all(b"bye").await.unwrap();
    far.shutdown().await.unwrap();
    let mut received = Vec::new();
    near.read_to_end(&mut received).await.unwrap();
    assert_eq!(received, b"bye");

    near.write_all(b"late").await.unwrap();
    near.shutdown().await.unwrap();
    let mut late = Vec::new();
    far.read_to_end(&mut late).await.unwrap();
    assert_eq!(late, b"late");
}

#[tokio::test]
async fn an_end_without_close_notify_is_told_from_one_with() {
    let (near, mut far) = pair().await;
    drop(near);
    let error = far.read(&mut [0; 8]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

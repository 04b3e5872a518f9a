//! HTTP/2 without TLS, by prior knowledge: few connections, several requests at a time on each.
//!
//! A client may not send on a connection whose GOAWAY it has seen; it opens another and sends
//! there. That is no retry: nothing had been sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, RecvStream};
use http::{Request, StatusCode};
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{AFTER_REFUSAL, Dice, Post, TOO_LONG};
use crate::support::outcome::Failure;

const CONNECTIONS: u64 = 8;
const STREAMS: u64 = 8;
const THINKS_UP_TO: Duration = Duration::from_millis(4);

/// A server that turns away this many connections in a row serves nobody.
const MOVES: u32 = 10;

pub(super) fn start(workers: &mut JoinSet<()>, runtime: &Handle, post: &Post) {
    for group in 0..CONNECTIONS {
        let pool = Arc::new(Pool::default());
        for stream in 0..STREAMS {
            let dice = Dice::new(1 + group * STREAMS + stream);
            workers.spawn_on(work(post.clone(), Arc::clone(&pool), dice), runtime);
        }
    }
}

async fn work(mut post: Post, pool: Arc<Pool>, mut dice: Dice) {
    while !post.is_over() {
        let asked = timeout(TOO_LONG, ask(&post, &pool));
        let outcome = asked.await.unwrap_or(Err(Failure::Timeout));
        post.ledger.record(outcome);
        if outcome.is_err() {
            post.think(AFTER_REFUSAL).await;
        }
        post.think(dice.up_to(THINKS_UP_TO)).await;
    }
}

async fn ask(post: &Post, pool: &Pool) -> Result<(), Failure> {
    for _ in 0..MOVES {
        let connection = pool.connection(post).await?;
        if let Some(response) = connection.send(post).await {
            return connection.finish(response).await;
        }
    }
    Err(Failure::Refused)
}

/// The connection that several workers share.
#[derive(Debug, Default)]
struct Pool(Mutex<Option<Connection>>);

impl Pool {
    /// The open connection, or a new one. Its frames are moved by a task of its own.
    async fn connection(&self, post: &Post) -> Result<Connection, Failure> {
        let mut slot = self.0.lock().await;
        if let Some(open) = slot.as_ref().filter(|open| !open.is_over()) {
            return Ok(open.clone());
        }
        *slot = None;
        let stream = super::connect(post.target.address).await?;
        let (sender, frames) = h2::client::handshake(stream)
            .await
            .map_err(|_| Failure::Fresh)?;
        let opened = Connection {
            sender,
            over: Arc::default(),
        };
        let over = Arc::clone(&opened.over);
        tokio::spawn(async move {
            // Its error is seen by the requests that it concerns.
            let _ = frames.await;
            over.store(true, Ordering::Release);
        });
        *slot = Some(opened.clone());
        Ok(opened)
    }
}

#[derive(Debug, Clone)]
struct Connection {
    sender: SendRequest<Bytes>,
    /// No new request may use it.
    over: Arc<AtomicBool>,
}

impl Connection {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    fn give_up(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// `None`: the connection takes no new request, and nothing was sent.
    async fn send(&self, post: &Post) -> Option<ResponseFuture> {
        let uri = format!("http://{}{}", post.target.address, post.target.path);
        let request = Request::get(uri).body(()).ok()?;
        let sent = match self.sender.clone().ready().await {
            Ok(mut sender) => sender.send_request(request, true),
            Err(error) => Err(error),
        };
        if sent.is_err() {
            self.give_up();
        }
        sent.ok().map(|(response, _)| response)
    }

    async fn finish(&self, response: ResponseFuture) -> Result<(), Failure> {
        match response.await {
            Ok(response) if response.status() == StatusCode::OK => {
                read_to_end(response.into_body()).await
            }
            Ok(_) => Err(Failure::Status),
            Err(error) => {
                self.give_up();
                Err(unanswered(&error))
            }
        }
    }
}

async fn read_to_end(mut body: RecvStream) -> Result<(), Failure> {
    while let Some(chunk) = body.data().await {
        let length = chunk.map_err(|_| Failure::BodyLost)?.len();
        // Fails only once the stream is over.
        let _ = body.flow_control().release_capacity(length);
    }
    Ok(())
}

/// A graceful GOAWAY and `REFUSED_STREAM` say that the request was not processed; anything else says
/// nothing.
fn unanswered(error: &h2::Error) -> Failure {
    let graceful =
        error.is_go_away() && error.is_remote() && error.reason() == Some(Reason::NO_ERROR);
    if graceful || error.reason() == Some(Reason::REFUSED_STREAM) {
        Failure::NotProcessed
    } else {
        Failure::Lost
    }
}

//! `/_sandbox/events`: a snapshot at once, and another whenever something has changed.
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use super::Control;
use crate::wire::http::Body;
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;

/// Five pictures a second look alive; more would only cost.
const BETWEEN: Duration = Duration::from_millis(200);
/// And so long after that when nothing changes: a load goes on when nothing else does, and silence means that the sandbox is
/// gone.
const IDLE: Duration = Duration::from_millis(800);

/// The stream. It ends when the reader leaves or the sandbox ends.
pub(super) fn stream(control: &Arc<Control>) -> Response<Body> {
    // One snapshot waits at most: a slow reader sees fewer, not older ones.
    let (sender, events) = mpsc::channel(1);
    tokio::spawn(follow(Arc::clone(control), sender));
    let mut response = Response::new(Events(events).boxed());
    let kind = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

async fn follow(control: Arc<Control>, events: mpsc::Sender<Bytes>) {
    let mut changes = control.changes();
    loop {
        let Ok(room) = events.reserve().await else {
            return;
        };
        room.send(event(&control));
        tokio::select! {
            () = events.closed() => return,
            () = tokio::time::sleep(BETWEEN) => {}
        }
        tokio::select! {
            () = events.closed() => return,
            () = changes.changed() => {}
            () = tokio::time::sleep(IDLE) => {}
        }
    }
}

fn event(control: &Control) -> Bytes {
    let mut event = b"data: ".to_vec();
    // A snapshot has no map with keys that are no strings, and no line break outside of its strings, where it is escaped.
    event.extend(serde_json::to_vec(&control.snapshot()).unwrap_or_default());
    event.extend(b"\n\n");
    event.into()
}

/// A body that is sent as it comes.
struct Events(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let next = self.0.poll_recv(context);
        next.map(|event| event.map(|event| Ok(Frame::data(event))))
    }
}

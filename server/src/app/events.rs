//! `/events`: a stream of server-sent events that lasts until the client goes or the server leaves.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::StreamBody;
use hyper::body::Frame;
use serde::Serialize;
use server::Leaving;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::api::Info;
use super::query;
use super::reply::{Reply, streamed, uncached};

/// Between two ticks, unless the query says otherwise: from often to just often enough that no
/// balancer takes the connection for idle.
const EVERY: Duration = Duration::from_secs(1);
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_secs(30);

/// How long a client waits before it connects again, to a successor most likely.
const RETRY: Duration = Duration::from_millis(500);

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Without it nginx would collect the events until a buffer is full.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

#[derive(Serialize)]
struct Data<'i> {
    tick: u64,
    version: &'i str,
    instance: &'i str,
    uptime_seconds: f64,
}

struct Ticks {
    info: Arc<Info>,
    leaving: Leaving,
    interval: Interval,
    last: u64,
}

/// `GET /events?every=MS`: a tick at once and then each second; `event: leaving` at the end, when
/// the server leaves. A client that comes back with `Last-Event-ID` goes on counting from there.
pub(super) fn reply(
    query: Option<&str>,
    headers: &HeaderMap,
    info: Arc<Info>,
    leaving: Leaving,
) -> Reply {
    let every = match query::milliseconds(query, "every") {
        Ok(every) => every.unwrap_or(EVERY).clamp(SHORTEST, LONGEST),
        Err(refusal) => return refusal.reply(),
    };
    let mut interval = interval(every);
    // A client that did not read for a while gets no burst of old ticks.
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let ticks = Ticks {
        info,
        leaving,
        interval,
        last: last_event_id(headers),
    };
    let frames = stream::unfold(Some(ticks), async |ticks| {
        let (event, more) = next(ticks?).await;
        Some((Ok::<_, Infallible>(Frame::data(event)), more))
    });
    let mut reply = uncached(streamed("text/event-stream", StreamBody::new(frames)));
    let headers = reply.headers_mut();
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    reply
}

/// Where the client's count stands; whatever is not one of our ids begins a new count.
fn last_event_id(headers: &HeaderMap) -> u64 {
    let given = headers.get(LAST_EVENT_ID);
    given
        .and_then(|id| id.to_str().ok()?.parse().ok())
        .unwrap_or_default()
}

async fn next(mut ticks: Ticks) -> (Bytes, Option<Ticks>) {
    tokio::select! {
        biased;
        () = ticks.leaving.wait() => (farewell(), None),
        _ = ticks.interval.tick() => {
            ticks.last = ticks.last.wrapping_add(1);
            (tick(&ticks), Some(ticks))
        }
    }
}

fn tick(ticks: &Ticks) -> Bytes {
    let identity = ticks.info.identity();
    let data = Data {
        tick: ticks.last,
        version: &identity.release,
        instance: &identity.instance,
        uptime_seconds: ticks.info.uptime().as_secs_f64(),
    };
    // JSON has no bare line breaks, so it is one line of data.
    let data = serde_json::to_string(&data).expect("text and numbers always serialise");
    format!("id: {}\ndata: {data}\n\n", ticks.last).into()
}

/// It has no id: the client keeps that of the last tick.
fn farewell() -> Bytes {
    let retry = RETRY.as_millis();
    format!("retry: {retry}\nevent: leaving\ndata: {{}}\n\n").into()
}

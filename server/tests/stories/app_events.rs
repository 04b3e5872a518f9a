//! `/events`: what a client of a stream sees while the server serves, and when it leaves.

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::client::soon;
use crate::process::Process;

struct Stream {
    response: Response<Incoming>,
    text: String,
}

impl Stream {
    async fn open(server: &Process, path: &str, last_event_id: &str) -> Self {
        let stream = TcpStream::connect(server.address).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = Request::get(path)
            .header("host", "test")
            .header("last-event-id", last_event_id)
            .body(Empty::<Bytes>::new())
            .unwrap();
        Self {
            response: sender.send_request(request).await.unwrap(),
            text: String::new(),
        }
    }

    /// The next event as field and value; `None` when the stream has come to a proper end.
    async fn event(&mut self) -> Option<Vec<(String, String)>> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let fields = event.lines().map(|line| line.split_once(": ").unwrap());
                let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
                let event = fields.collect();
                self.text = String::from(rest);
                return Some(event);
            }
            let frame = soon("an event", self.response.frame()).await?;
            let data = frame.unwrap().into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&data).unwrap());
        }
    }
}

fn tick(event: &[(String, String)]) -> u64 {
    let [(id, number), (data, json)] = event else {
        panic!("no tick: {event:?}")
    };
    assert_eq!((id.as_str(), data.as_str()), ("id", "data"));
    let json: Value = serde_json::from_str(json).unwrap();
    assert_eq!(json["tick"].to_string(), *number);
    assert!(json["uptime_seconds"].is_f64());
    number.parse().unwrap()
}

#[tokio::test]
async fn a_stream_counts_on_where_the_client_left_off() {
    let server = Process::start("").await;
    for (last, first) in [("", 1), ("41", 42), ("none of ours", 1)] {
        let mut stream = Stream::open(&server, "/events?every=10", last).await;
        let headers = stream.response.headers();
        assert_eq!(headers["content-type"], "text/event-stream");
        for expected in first..first + 3 {
            assert_eq!(tick(&stream.event().await.unwrap()), expected);
        }
    }
    let refused = Stream::open(&server, "/events?every=soon", "").await;
    assert_eq!(refused.response.status(), 400);
}

#[tokio::test]
async fn a_stream_says_so_when_the_server_leaves() {
    let server = Process::start("--unready 0s --idle-grace 1s").await;
    let mut stream = Stream::open(&server, "/events?every=30000", "").await;
    assert_eq!(tick(&stream.event().await.unwrap()), 1);
    server.terminate();
    let farewell = stream.event().await.unwrap();
    assert!(
        farewell.contains(&("event".to_owned(), "leaving".to_owned())),
        "{farewell:?}"
    );
    assert_eq!(stream.event().await, None);
    drop(stream);
    let (status, account) = server.departure().await;
    assert_eq!(status, Some(0), "{account}");
}

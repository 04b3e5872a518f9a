//! Clients that speak HTTP/2 from the first byte.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use sandbox::balancer::{Cause, TargetState};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::scripted::{OK, Scripted};
use crate::stage::{Settings, Stage, calm, draining, eventually, target};

type Sender = SendRequest<Empty<Bytes>>;

/// A connection, and the task that ends with it.
async fn connect(address: SocketAddr) -> (Sender, JoinHandle<()>) {
    let stream = TcpStream::connect(address).await.expect("a balancer");
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .expect("HTTP/2");
    let ended = tokio::spawn(async move {
        // A connection that is cut ends as well.
        let _ = connection.await;
    });
    (sender, ended)
}

fn get(path: &str) -> Request<Empty<Bytes>> {
    Request::get(format!("http://example.test{path}"))
        .body(Empty::new())
        .expect("a request")
}

async fn answer(sender: &mut Sender, path: &str) -> Response<Incoming> {
    sender.ready().await.expect("an open connection");
    sender.send_request(get(path)).await.expect("an answer")
}

async fn text(response: Response<Incoming>) -> String {
    let body = response.into_body().collect().await.expect("a body");
    String::from_utf8(body.to_bytes().to_vec()).expect("text")
}

#[tokio::test]
async fn requests_side_by_side_become_requests_one_by_one() {
    let (heads, mut arrived) = tokio::sync::mpsc::unbounded_channel();
    let server = Scripted::start(move |mut peer, head| {
        let heads = heads.clone();
        async move {
            // The test may be over already.
            let _ = heads.send(head);
            peer.send(OK).await;
            peer.hold().await;
        }
    })
    .await;
    let stage = Stage::with(server.address).await;
    let (sender, _ended) = connect(stage.address).await;
    let both = [sender.clone(), sender].map(|mut sender| async move {
        let response = answer(&mut sender, "/a?b=c").await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.version(), http::Version::HTTP_2);
        text(response).await
    });
    let [first, second] = both;
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first.as_str(), second.as_str()), ("ok", "ok"));
    let head = arrived
        .recv()
        .await
        .expect("a request")
        .to_ascii_lowercase();
    assert!(head.starts_with("get /a?b=c http/1.1\r\n"), "{head}");
    let host = format!("\r\nhost: example.test:{}\r\n", stage.address.port());
    assert!(head.contains(&host), "{head}");
    assert!(
        head.contains("\r\nx-forwarded-for: 127.0.0.1\r\n"),
        "{head}"
    );
    assert_eq!(stage.tally().requests, 2);
}

#[tokio::test]
async fn what_fails_fails_as_for_others() {
    let stage = Stage::new(calm(), Vec::new()).await;
    let (mut sender, _ended) = connect(stage.address).await;
    let response = answer(&mut sender, "/").await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        text(response).await.contains("503 Service Temporarily") || stage.tally().requests == 1
    );
    stage.failed_only_for(Cause::NoTargets);
}

#[tokio::test]
async fn a_body_cut_short_resets_its_stream_and_no_other() {
    let half = Scripted::saying("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").await;
    let stage = Stage::with(half.address).await;
    let (mut sender, _ended) = connect(stage.address).await;
    let response = answer(&mut sender, "/").await;
    stage.set(vec![draining("i-1", half.address, Duration::ZERO)]);
    assert!(response.into_body().collect().await.is_err());
    stage.failed_only_for(Cause::BodyDrainCut);
    let next = answer(&mut sender, "/").await;
    assert_eq!(next.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn an_old_connection_is_told_to_go_after_one_more_request() {
    let server = Scripted::well_behaved().await;
    let settings = Settings {
        client_keep_alive: Duration::ZERO,
        ..calm()
    };
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(settings, vec![healthy]).await;
    let (mut sender, ended) = connect(stage.address).await;
    assert_eq!(text(answer(&mut sender, "/").await).await, "ok");
    ended.await.expect("the connection ends");
}

#[tokio::test]
async fn an_idle_connection_is_told_to_go() {
    let server = Scripted::well_behaved().await;
    let settings = Settings {
        idle_timeout: Duration::from_millis(300),
        ..calm()
    };
    let healthy = target("i-1", server.address, TargetState::Healthy);
    let stage = Stage::new(settings, vec![healthy]).await;
    let (mut sender, ended) = connect(stage.address).await;
    assert_eq!(text(answer(&mut sender, "/").await).await, "ok");
    ended.await.expect("the connection ends");
}

#[tokio::test]
async fn a_request_that_is_given_up_is_the_clients_doing() {
    let server = Scripted::start(|peer, _| peer.hold()).await;
    let stage = Stage::with(server.address).await;
    let (mut sender, _ended) = connect(stage.address).await;
    sender.ready().await.expect("an open connection");
    let asking = tokio::spawn(sender.send_request(get("/")));
    eventually("the request at the target", || server.connections() == 1).await;
    asking.abort();
    eventually("the abort counted", || stage.tally().client_aborts == 1).await;
    assert!(stage.tally().failures.is_empty(), "{:?}", stage.tally());
}

#[tokio::test]
async fn where_it_is_switched_off_it_is_505() {
    let server = Scripted::well_behaved().await;
    let stage = Stage::with(server.address).await;
    stage.change(|routes| routes.attributes.http2 = false);
    // The change counts at once, but "at once" is when the balancer next runs.
    eventually_505(&stage).await;
    assert!(
        stage
            .tally()
            .failures
            .contains_key(Cause::BadVersion.name())
    );
}

async fn eventually_505(stage: &Stage) {
    loop {
        let mut client = stage.client().await;
        client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        if client.starts_with("HTTP/1.1 505").await {
            return;
        }
    }
}

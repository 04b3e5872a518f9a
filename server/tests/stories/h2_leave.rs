//! HTTP/2 connections of a server that leaves: every request that was on its way is answered.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use server::{Builder, Phase, Server};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::h2_client::{H2, MAX_STREAM, Seen, Wire, answer, chunk, request, shutdown_ack};
use crate::library::Library;

const LONG: Duration = Duration::from_mins(1);
/// Short enough to sit out, long enough for a busy machine to tell before from after.
const SHORT: Duration = Duration::from_millis(300);

fn lame_at_once() -> Builder {
    Server::builder()
        .unready(Duration::ZERO)
        .lame(LONG)
        .total(2 * LONG)
}

/// Two requests: one before the server leaves and one that is sent behind the acknowledgement of
/// its first GOAWAY, as a client does whose PING overtakes the requests it has queued.
async fn queue_behind_the_ack(wire: &mut Wire, leave: impl AsyncFnOnce()) {
    wire.send(&request(1)).await;
    assert_eq!(wire.next().await, Some(Seen::Answered(1)));
    leave().await;
    assert_eq!(wire.next().await, Some(Seen::GoAway(MAX_STREAM)));
    assert_eq!(wire.next().await, Some(Seen::ShutdownPing));
    wire.send(&[shutdown_ack(), request(3)].concat()).await;
}

#[tokio::test]
async fn a_request_behind_the_acknowledgement_is_answered() {
    let server = Library::serve(lame_at_once()).await;
    let mut wire = Wire::connect(server.address).await;
    queue_behind_the_ack(&mut wire, async || server.handle.leave()).await;
    assert_eq!(wire.rest().await, [Seen::Answered(3), Seen::GoAway(3)]);
    let departure = server.departure().await;
    assert!(departure.is_clean());
    assert_eq!(departure.drained, 1);
}

/// The control: what hyper does by itself.
#[tokio::test]
async fn without_the_hold_it_is_lost() {
    let (leave, left) = oneshot::channel();
    let mut wire = Wire::connect(plain_hyper(left).await).await;
    queue_behind_the_ack(&mut wire, async || leave.send(()).unwrap()).await;
    assert_eq!(wire.rest().await, [Seen::GoAway(1)]);
}

async fn plain_hyper(leave: oneshot::Receiver<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let hello = service_fn(async |_| {
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"hello\n"))))
        });
        let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), hello);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => ended.unwrap(),
            told = leave => {
                told.unwrap();
                connection.as_mut().graceful_shutdown();
                connection.await.unwrap();
            }
        }
    });
    address
}

/// Asks on `streams` streams at a time until the server says that it goes; how many were answered.
async fn ask_until_told(address: SocketAddr, streams: usize) -> u64 {
    let client = H2::connect(address).await;
    let mut askers = JoinSet::new();
    for _ in 0..streams {
        let mut requests = client.requests.clone();
        askers.spawn(async move {
            let mut answered = 0;
            // Who is refused before the request is sent knows where to go; only a request that was
            // sent can be lost.
            while let Ok(response) = requests.ask("/").await {
                let (status, body) = answer(response).await.expect("a request was lost");
                assert_eq!((status, body.as_str()), (200, "hello\n"));
                answered += 1;
            }
            answered
        });
    }
    drop(client);
    askers.join_all().await.into_iter().sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_is_lost_however_many_are_on_their_way() {
    const CONNECTIONS: usize = 4;
    for round in 0..20 {
        let server = Library::serve(lame_at_once()).await;
        let mut clients = JoinSet::new();
        for _ in 0..CONNECTIONS {
            clients.spawn(ask_until_told(server.address, 8));
        }
        server.has_answered(100 + 37 * round).await;
        server.handle.leave();
        let answered: u64 = clients.join_all().await.into_iter().sum();
        assert!(answered >= 100 + 37 * round);
        let departure = server.departure().await;
        assert!(departure.is_clean());
        assert_eq!(departure.drained, CONNECTIONS as u64);
    }
}

/// The server allows 100 streams at a time; what is above waits in the client, which has sent it
/// as far as its caller can tell.
#[tokio::test]
async fn requests_that_wait_for_a_stream_are_answered() {
    let server = Library::serve(lame_at_once()).await;
    let mut client = H2::connect(server.address).await;
    // By the answer, the client knows the server's limit.
    assert_eq!(client.requests.get("/").await.unwrap().0, 200);
    let mut askers = JoinSet::new();
    for _ in 0..130 {
        let mut requests = client.requests.clone();
        askers.spawn(async move { answer(requests.ask("/events").await?).await });
    }
    server.has(1, 100).await;
    server.handle.leave();
    for answered in askers.join_all().await {
        assert_eq!(answered.unwrap(), (200, "here\nbye\n".to_owned()));
    }
    client.end().await.unwrap();
    assert!(server.departure().await.is_clean());
}

#[tokio::test]
async fn a_client_that_never_answers_pings_is_not_waited_for() {
    let server = Library::serve(lame_at_once().pong_wait(SHORT)).await;
    let mut wire = Wire::connect(server.address).await;
    wire.send(&request(1)).await;
    assert_eq!(wire.next().await, Some(Seen::Answered(1)));
    server.handle.leave();
    let rest = [
        Seen::GoAway(MAX_STREAM),
        Seen::ShutdownPing,
        Seen::GoAway(1),
    ];
    assert_eq!(wire.rest().await, rest);
    assert!(server.departure().await.is_clean());
}

#[tokio::test]
async fn a_connection_that_is_new_while_the_server_leaves_is_answered() {
    let server = Library::serve(lame_at_once()).await;
    let held = H2::connect(server.address).await;
    server.has(1, 0).await;
    let mut busy = H2::connect(server.address).await;
    let (response, mut body) = busy.requests.post("/echo").await;
    server.has(2, 1).await;
    server.handle.leave();
    server.reaches(Phase::Lame).await;
    let mut late = H2::connect(server.address).await;
    assert_eq!(late.requests.get("/").await.unwrap().0, 200);
    late.end().await.unwrap();
    body.send_data(Bytes::from_static(b"and back"), true)
        .unwrap();
    assert_eq!(answer(response).await.unwrap().1, "and back");
    busy.end().await.unwrap();
    held.end().await.unwrap();
    assert!(server.departure().await.is_clean());
}

#[tokio::test]
async fn a_response_without_end_is_told_to_end() {
    let server = Library::serve(lame_at_once()).await;
    let mut client = H2::connect(server.address).await;
    let response = client.requests.ask("/events").await.unwrap().await.unwrap();
    let mut events = response.into_body();
    assert_eq!(chunk(&mut events).await.unwrap().as_deref(), Some("here\n"));
    server.handle.leave();
    assert_eq!(chunk(&mut events).await.unwrap().as_deref(), Some("bye\n"));
    assert_eq!(chunk(&mut events).await.unwrap(), None);
    client.end().await.unwrap();
    assert!(server.departure().await.is_clean());
}

#[tokio::test]
async fn an_idle_connection_is_told_and_closed_in_normal_service() {
    let server = Library::serve(Server::builder().keep_alive(SHORT)).await;
    let mut client = H2::connect(server.address).await;
    assert_eq!(client.requests.get("/").await.unwrap().0, 200);
    client.end().await.unwrap();
    server.has(0, 0).await;
    let counts = server.handle.counts();
    assert_eq!((counts.idle_closed, counts.cut.total()), (1, 0));
}

#[tokio::test]
async fn a_connection_that_has_had_its_requests_is_told_and_closed() {
    let server = Library::serve(Server::builder().max_requests(Some(2))).await;
    let mut wire = Wire::connect(server.address).await;
    wire.send(&[request(1), request(3), request(5)].concat())
        .await;
    let mut seen = Vec::new();
    while seen.last() != Some(&Seen::ShutdownPing) {
        seen.push(wire.next().await.unwrap());
    }
    wire.send(&shutdown_ack()).await;
    seen.extend(wire.rest().await);
    for expected in [
        Seen::Answered(1),
        Seen::Answered(3),
        Seen::Answered(5),
        Seen::GoAway(5),
    ] {
        assert!(seen.contains(&expected), "{expected:?} of {seen:?}");
    }
    assert_eq!(server.handle.counts().cut.total(), 0);
}

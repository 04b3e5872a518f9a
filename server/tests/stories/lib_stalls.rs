//! Peers and handlers that never finish: the server goes all the same, and says what it cut.

use std::sync::mpsc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::{Request, Response};
use server::{ByClass, Phase, RequestBody, Server};
use tokio::net::TcpListener;

use crate::client::{Client, request, soon};
use crate::library::Library;

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_mins(1);
const UPLOAD: &str = "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n12345";
const CHUNKS: &str =
    "POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n";

fn patient() -> server::Builder {
    Server::builder()
        .unready(Duration::ZERO)
        .lame(LONG)
        .idle_grace(LONG)
        .header_deadline(LONG)
        .body_stall(LONG)
        .write_stall(LONG)
        .total(LONG)
}

async fn client(server: &Library, sends: &str) -> Client {
    let mut client = Client::connect(server.address).await;
    client.send(sends).await.unwrap();
    client
}

#[tokio::test]
async fn at_the_total_deadline_everything_left_is_cut_and_classed() {
    let server = Library::serve(patient().total(SHORT)).await;
    let _clients = [
        client(&server, "").await,
        client(&server, "GET / HTTP/1.1\r\nHos").await,
        client(&server, UPLOAD).await,
        client(&server, CHUNKS).await,
        client(&server, &request("/hang")).await,
        client(&server, &request("/big")).await,
    ];
    server.has(6, 4).await;
    server.handle.leave();
    let departure = server.departure().await;
    let expected = ByClass {
        idle: 1,
        header: 1,
        body: 2,
        handler: 1,
        response: 1,
        upgrade: 0,
    };
    assert_eq!(departure.forced, expected);
    assert!(!departure.is_clean());
    assert!(u128::from(departure.ms) >= SHORT.as_millis());
}

#[tokio::test]
async fn each_stall_has_its_own_deadline_long_before_the_total() {
    let hurried = patient()
        .header_deadline(SHORT)
        .body_stall(SHORT)
        .write_stall(SHORT);
    let server = Library::serve(hurried).await;
    let held = client(&server, "").await;
    server.has(1, 0).await;
    server.handle.leave();
    server.reaches(Phase::Lame).await;
    let clients = [
        client(&server, "GET / HTTP/1.1\r\nHos").await,
        client(&server, UPLOAD).await,
        client(&server, CHUNKS).await,
        client(&server, &request("/big")).await,
    ];
    drop(held);
    let departure = server.departure().await;
    let expected = ByClass {
        header: 1,
        body: 2,
        response: 1,
        ..ByClass::default()
    };
    assert_eq!(departure.forced, expected);
    assert!(u128::from(departure.ms) < LONG.as_millis());
    drop(clients);
}

#[tokio::test]
async fn deadlines_hold_in_normal_service_too() {
    let server = Library::serve(patient().header_deadline(SHORT).body_stall(SHORT)).await;
    let mut half = client(&server, "GET / HTTP/1.1\r\nHos").await;
    let mut upload = client(&server, UPLOAD).await;
    for stalled in [&mut half, &mut upload] {
        let answer = stalled.answer().await.unwrap();
        assert_eq!((answer.status, answer.says_close()), (408, true));
        assert_eq!(stalled.rest().await.unwrap(), b"");
    }
    server.has(0, 0).await;
    assert_eq!(server.handle.phase(), Phase::Ready);
    server.handle.leave();
    assert!(
        server.departure().await.is_clean(),
        "cut before leaving, not by it"
    );
}

#[tokio::test]
async fn a_slow_but_moving_peer_is_served_to_the_end() {
    let server = Library::serve(patient().body_stall(5 * SHORT)).await;
    let upload = "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 12\r\n\r\n";
    let mut upload = client(&server, upload).await;
    server.has(1, 1).await;
    server.handle.leave();
    server.reaches(Phase::Lame).await;
    let begun = tokio::time::Instant::now();
    let mut tick = tokio::time::interval(SHORT / 2);
    for _ in 0..12 {
        tick.tick().await;
        upload.send("x").await.unwrap();
    }
    assert!(begun.elapsed() > 5 * SHORT);
    let answer = upload.answer().await.unwrap();
    assert_eq!(
        (answer.body.as_str(), answer.says_close()),
        ("xxxxxxxxxxxx", true)
    );
    drop(upload);
    assert!(server.departure().await.is_clean());
}

#[tokio::test]
async fn the_order_to_force_cuts_at_once() {
    let server = Library::serve(patient()).await;
    let _hanging = client(&server, &request("/hang")).await;
    server.has(1, 1).await;
    server.handle.leave_or_force();
    server.reaches(Phase::Lame).await;
    server.handle.leave_or_force();
    let departure = server.departure().await;
    assert_eq!(departure.forced.handler, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_handler_that_blocks_its_thread_cannot_hold_the_server() {
    let server = Server::builder().total(SHORT).build();
    let handle = server.handle();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let blocked = service_fn(move |_: Request<RequestBody>| {
        let _ = released.lock().unwrap().recv();
        async { Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default())) }
    });
    let departure = tokio::spawn(server.serve(listener, blocked));
    let mut client = Client::connect(address).await;
    client.send(request("/")).await.unwrap();
    crate::client::until("the handler", async || handle.counts().in_flight == 1).await;
    handle.leave();
    let departure = soon("the departure", departure).await.unwrap();
    drop(release);
    assert_eq!(departure.forced.handler, 1);
}

//! HTTP/2 clients that stop in the middle, and requests that are cut: each costs what it is, no
//! more.

use std::time::Duration;

use h2::client::Builder;
use hyper::body::Bytes;
use server::{Class, Phase, Server};

use crate::client::Client;
use crate::h2_client::{
    H2, PREFACE, Seen, Wire, answer, chunk, frame, more_window, request_of, window,
};
use crate::library::Library;

const LONG: Duration = Duration::from_mins(1);
/// Short enough to sit out, long enough for a busy machine to tell before from after.
const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn half_a_body_is_given_up_and_the_other_streams_go_on() {
    let server = Library::serve(Server::builder().body_stall(SHORT)).await;
    let mut client = H2::connect(server.address).await;
    let (stalled, mut body) = client.requests.post("/echo").await;
    body.send_data(Bytes::from_static(b"half of "), false)
        .unwrap();
    server.has(1, 1).await;
    assert_eq!(client.requests.get("/").await.unwrap().0, 200);
    assert_eq!(answer(stalled).await.unwrap().0, 408);
    assert_eq!(client.requests.get("/").await.unwrap().0, 200);
    let counts = server.handle.counts();
    assert_eq!((counts.open, counts.in_flight), (1, 0));
    assert_eq!((counts.cut.of(Class::Body), counts.cut.total()), (1, 1));
}

/// Windows so small that a client which takes nothing stops the server at once.
fn small_windows() -> Builder {
    let mut settings = Builder::new();
    settings.initial_window_size(10);
    settings
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_and_one_that_is_told_nothing_is_not() {
    let server = Library::serve(Server::builder().write_stall(SHORT)).await;
    let mut patient = H2::connect(server.address).await;
    let events = patient
        .requests
        .ask("/events")
        .await
        .unwrap()
        .await
        .unwrap();
    let mut reader = H2::connect_as(server.address, &small_windows()).await;
    let taken = reader.requests.ask("/big").await.unwrap().await.unwrap();
    let untaken = reader.requests.ask("/medium").await.unwrap().await.unwrap();
    server.has(2, 3).await;
    let _ = reader.end().await;
    server.has(1, 1).await;
    let counts = server.handle.counts();
    assert_eq!((counts.cut.of(Class::Response), counts.cut.total()), (2, 2));
    let mut events = events.into_body();
    assert_eq!(chunk(&mut events).await.unwrap().as_deref(), Some("here\n"));
    assert_eq!(patient.requests.get("/").await.unwrap().0, 200);
    for response in [taken, untaken] {
        let whole = rest(response.into_body()).await;
        assert!(
            whole.is_err(),
            "a cut response is not taken for a whole one"
        );
    }
}

/// It moves bytes in both directions, and none of a response.
#[tokio::test]
async fn a_client_that_takes_nothing_but_pings_is_cut() {
    let server = Library::serve(Server::builder().write_stall(SHORT)).await;
    let mut wire = Wire::connect(server.address).await;
    wire.send(&[window(0), request_of(1, "/medium")].concat())
        .await;
    while wire.ping().await {}
    server.has(0, 0).await;
    let counts = server.handle.counts();
    assert_eq!((counts.cut.of(Class::Response), counts.cut.total()), (1, 1));
}

#[tokio::test]
async fn a_client_that_does_not_read_its_socket_is_cut() {
    let server = Library::serve(Server::builder().write_stall(SHORT)).await;
    let mut wire = Wire::connect(server.address).await;
    let all = (1 << 30) - 1;
    wire.send(&[window(all), more_window(all), request_of(1, "/big")].concat())
        .await;
    server.has(1, 1).await;
    server.has(0, 0).await;
    let counts = server.handle.counts();
    assert_eq!((counts.cut.of(Class::Response), counts.cut.total()), (1, 1));
}

async fn rest(mut body: h2::RecvStream) -> Result<(), h2::Error> {
    while chunk(&mut body).await?.is_some() {}
    Ok(())
}

#[tokio::test]
async fn a_client_that_reads_slowly_is_served() {
    let server = Library::serve(Server::builder().write_stall(LONG)).await;
    let mut client = H2::connect_as(server.address, &small_windows()).await;
    let (status, body) = client.requests.get("/medium").await.unwrap();
    assert_eq!((status, body.len()), (200, 40_000));
}

#[tokio::test]
async fn a_client_that_does_not_go_on_before_its_first_request_is_cut() {
    let server = Library::serve(Server::builder().header_deadline(SHORT)).await;
    for beginning in [
        &PREFACE[..10],
        PREFACE,
        &[PREFACE, &frame(4, 0, 0, &[])[..5]].concat(),
        &[
            PREFACE,
            &frame(4, 0, 0, &[]),
            &frame(1, 0, 1, b"\x82\x86\x84"),
        ]
        .concat(),
    ] {
        let mut client = Client::connect(server.address).await;
        client.send(beginning).await.unwrap();
        // By a reset or in order: it ends.
        let _ = client.rest().await;
    }
    server.has(0, 0).await;
    let counts = server.handle.counts();
    assert_eq!((counts.cut.of(Class::Header), counts.cut.total()), (4, 4));
}

#[tokio::test]
async fn force_counts_each_request_by_what_it_is_cut_off_in() {
    let server = Library::serve(
        Server::builder()
            .unready(Duration::ZERO)
            .lame(LONG)
            .total(2 * LONG),
    )
    .await;
    let mut client = H2::connect_as(server.address, &small_windows()).await;
    let _body = client.requests.post("/echo").await;
    let handler = client.requests.ask("/hang").await.unwrap();
    let _response = client.requests.ask("/big").await.unwrap().await.unwrap();
    let _silent = Wire::connect(server.address).await;
    let mut wire = Wire::connect(server.address).await;
    wire.send(&request_of(1, "/hang")).await;
    server.has(3, 4).await;
    server.handle.leave();
    server.reaches(Phase::Lame).await;
    server.handle.force();
    assert!(answer(handler).await.is_err());
    let last_words = wire.rest().await.pop();
    assert_eq!(
        last_words,
        Some(Seen::GoAway(1)),
        "what is above is safe to ask again"
    );
    let departure = server.departure().await;
    let forced = |class| departure.forced_in(class);
    assert_eq!(
        [
            forced(Class::Body),
            forced(Class::Handler),
            forced(Class::Response),
            forced(Class::Idle),
        ],
        [1, 2, 1, 1]
    );
    assert_eq!(departure.forced.total(), 5);
}

#[tokio::test]
async fn a_handler_or_a_body_that_fails_costs_its_own_stream_only() {
    let server = Library::serve(Server::builder()).await;
    let mut client = H2::connect(server.address).await;
    let hanging = client.requests.ask("/hang").await.unwrap();
    assert_eq!(client.requests.get("/panic").await.unwrap().0, 500);
    assert_eq!(client.requests.get("/error").await.unwrap().0, 500);
    assert!(client.requests.get("/broken").await.unwrap_err().is_reset());
    assert_eq!(client.requests.get("/").await.unwrap().0, 200);
    server.has(1, 1).await;
    drop(hanging);
    server.has(1, 0).await;
    let counts = server.handle.counts();
    assert_eq!((counts.cut.of(Class::Response), counts.cut.total()), (1, 1));
}

#[tokio::test]
async fn a_tunnel_is_refused() {
    let server = Library::serve(Server::builder()).await;
    let client = H2::connect(server.address).await;
    let connect = hyper::Request::builder()
        .method(hyper::Method::CONNECT)
        .uri("test:80")
        .body(())
        .unwrap();
    let (response, _) = client
        .requests
        .0
        .clone()
        .send_request(connect, true)
        .unwrap();
    assert_eq!(answer(response).await.unwrap().0, 501);
}

//! One failure, one class.

use std::net::SocketAddr;
use std::time::Duration;

use sandbox::load::{Class, Plan, Samples};
use tokio::net::TcpListener;

use crate::run_until;
use crate::scripted::{OK, Scripted};

fn plan(target: SocketAddr) -> Plan {
    Plan {
        paths: vec!["/small".to_owned(), "/large".to_owned()],
        rate: 200.0,
        ..Plan::new(target)
    }
}

async fn run(target: SocketAddr) -> Samples {
    run_until(plan(target), 10).await
}

/// Asserts that every request ended like this, and that the account of it adds up.
fn all(samples: &Samples, class: Class, detail: &str) {
    let totals = &samples.totals;
    assert!(
        samples.samples.iter().all(|sample| sample.class() == class),
        "{samples:?}"
    );
    assert_eq!(totals.by_class, [(class.name(), totals.sent)].into());
    assert_eq!((totals.done, totals.failed), (totals.sent, totals.sent));
    assert_eq!(samples.samples.len() as u64, totals.sent);
    let failure = samples.failures.first().expect("kept");
    assert!(failure.detail.contains(detail), "{failure:?}");
    assert!(["/small", "/large"].contains(&failure.path.as_str()));
}

#[tokio::test]
async fn answers_are_ok_and_connections_shared() {
    let server = Scripted::well_behaved().await;
    let plan = Plan {
        fresh_connections: 0.0,
        ..plan(server.address)
    };
    let samples = run_until(plan, 40).await;
    assert_eq!(
        samples.totals.by_class,
        [("ok", samples.totals.sent)].into()
    );
    assert_eq!(samples.totals.failed, 0);
    assert!(samples.failures.is_empty());
    assert!((server.connections() as u64) < samples.totals.sent);
}

#[tokio::test]
async fn fresh_connections_are_each_used_once() {
    let server = Scripted::start(|mut peer, head| async move {
        let answer = if head.contains("Connection: close") {
            OK
        } else {
            "HTTP/1.1 500 Not Fresh\r\nContent-Length: 0\r\n\r\n"
        };
        peer.send(answer).await;
        peer.hold().await;
    })
    .await;
    let plan = Plan {
        fresh_connections: 1.0,
        ..plan(server.address)
    };
    let samples = run_until(plan, 20).await;
    assert_eq!(samples.totals.failed, 0, "{:?}", samples.failures);
    assert_eq!(server.connections() as u64, samples.totals.sent);
}

#[tokio::test]
async fn refused() {
    let unused = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = unused.local_addr().expect("an address");
    drop(unused);
    all(&run(address).await, Class::Refused, "failed to connect");
}

#[tokio::test]
async fn reset() {
    let server = Scripted::start(|peer, _| async move { peer.reset() }).await;
    all(
        &run(server.address).await,
        Class::Reset,
        "before the response's head",
    );
}

#[tokio::test]
async fn closed_without_a_word() {
    let server = Scripted::start(|peer, _| async move { drop(peer) }).await;
    all(
        &run(server.address).await,
        Class::Eof,
        "on a fresh connection",
    );
}

#[tokio::test]
async fn closed_inside_the_head() {
    let server =
        Scripted::start(|mut peer, _| async move { peer.send("HTTP/1.1 200 O").await }).await;
    all(
        &run(server.address).await,
        Class::Eof,
        "before the response's head",
    );
}

#[tokio::test]
async fn closed_inside_the_body() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            .await;
    })
    .await;
    all(
        &run(server.address).await,
        Class::Truncated,
        "in the middle of the body",
    );
}

#[tokio::test]
async fn reset_inside_the_body() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
            .await;
        peer.reset();
    })
    .await;
    all(
        &run(server.address).await,
        Class::Truncated,
        "in the middle of the body",
    );
}

#[tokio::test]
async fn an_error_of_the_server() {
    let server = Scripted::saying(
        "HTTP/1.1 502 Bad Gateway\r\nServer: awselb/2.0\r\nContent-Length: 3\r\n\r\nbad",
    )
    .await;
    all(
        &run(server.address).await,
        Class::ServerError(502),
        "status 502 from awselb/2.0",
    );
}

#[tokio::test]
async fn a_status_no_one_expects() {
    let server = Scripted::saying("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
    all(
        &run(server.address).await,
        Class::Unexpected(404),
        "status 404",
    );
}

#[tokio::test]
async fn nothing_in_time() {
    let server = Scripted::start(|peer, _| peer.hold()).await;
    let plan = Plan {
        timeout: Duration::from_millis(50),
        ..plan(server.address)
    };
    all(&run_until(plan, 10).await, Class::Timeout, "in time");
}

#[tokio::test]
async fn something_else_than_http() {
    let server = Scripted::saying("SSH-2.0-OpenSSH_9.2p1\r\n\r\n").await;
    all(&run(server.address).await, Class::Malformed, "not HTTP");
}

#[tokio::test]
async fn more_than_was_announced() {
    let server = Scripted::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokmore").await;
    all(
        &run(server.address).await,
        Class::Malformed,
        "follow the end",
    );
}

/// What the server has closed by then is noticed before it is used: no failure, as with ordinary clients.
#[tokio::test]
async fn a_connection_closed_while_idle_is_not_reused() {
    let server = Scripted::start(|mut peer, _| async move { peer.send(OK).await }).await;
    let plan = Plan {
        // Far apart: the close has all the time in the world to arrive.
        rate: 5.0,
        fresh_connections: 0.0,
        ..plan(server.address)
    };
    let samples = run_until(plan, 4).await;
    assert_eq!(samples.totals.failed, 0, "{:?}", samples.failures);
    assert_eq!(server.connections() as u64, samples.totals.sent);
}

/// No retry: a kept-alive connection that dies under a request is a failed request.
async fn dies_when_reused(server: Scripted, class: &str) {
    let plan = Plan {
        rate: 50.0,
        fresh_connections: 0.0,
        ..plan(server.address)
    };
    let samples = run_until(plan, 10).await;
    let classes = &samples.totals.by_class;
    assert!(classes.contains_key(class), "{classes:?}");
    let failure = samples.failures.first().expect("kept");
    let detail = &failure.detail;
    assert!(detail.contains("on a kept-alive connection"), "{detail}");
}

#[tokio::test]
async fn a_connection_closed_under_a_request_is_a_failure() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send(OK).await;
        peer.request().await;
    })
    .await;
    dies_when_reused(server, "eof").await;
}

#[tokio::test]
async fn a_connection_reset_under_a_request_is_a_failure() {
    let server = Scripted::start(|mut peer, _| async move {
        peer.send(OK).await;
        peer.arrival().await;
        peer.reset();
    })
    .await;
    dies_when_reused(server, "reset").await;
}

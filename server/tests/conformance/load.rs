//! Load generators. They count: a request that fails is in their report.

use tokio::process::Command;

use crate::leave::{AT_ONCE, through_a_leave};
use crate::programs::{printed, program};
use crate::protocol::Protocol;
use crate::server::Server;

const PATH: &str = "/api/v1/slow?ms=20";

#[tokio::test]
async fn wrk_sees_no_error_while_the_server_leaves() {
    for protocol in [Protocol::Http1, Protocol::Https1] {
        let Some(mut wrk) = program("wrk").await else {
            return;
        };
        let server = Server::start_over(protocol, &AT_ONCE).await;
        wrk.args(["--threads", "1", "--connections", "16", "--duration", "1s"]);
        wrk.arg(server.url(PATH));
        let report = through_a_leave(server, &mut wrk, 8).await;
        assert!(number(&report, "", "requests in") > 16, "{report}");
        // wrk prints these lines only if there is something to say.
        for fault in ["Socket errors", "Non-2xx"] {
            assert!(!report.contains(fault), "{protocol:?}: {report}");
        }
    }
}

#[tokio::test]
async fn ab_sees_no_error_while_the_server_leaves() {
    for flags in [&["-k"][..], &[]] {
        let Some(mut ab) = program("ab").await else {
            return;
        };
        let server = Server::start(&AT_ONCE).await;
        ab.args(flags)
            .args(["-q", "-c", "16", "-n", "400"])
            .arg(server.url(PATH));
        let report = through_a_leave(server, &mut ab, 8).await;
        assert_eq!(number(&report, "Complete requests:", ""), 400, "{report}");
        assert_eq!(number(&report, "Failed requests:", ""), 0, "{report}");
        assert!(!report.contains("Non-2xx"), "{report}");
    }
}

#[tokio::test]
async fn ab_keeps_its_connections_in_normal_service() {
    let Some(mut ab) = program("ab").await else {
        return;
    };
    let server = Server::start(&AT_ONCE).await;
    ab.args(["-k", "-q", "-c", "8", "-n", "2000"])
        .arg(server.url("/version"));
    let report = printed(&mut ab).await;
    assert_eq!(number(&report, "Failed requests:", ""), 0, "{report}");
    assert_eq!(
        number(&report, "Keep-Alive requests:", ""),
        2000,
        "{report}"
    );
}

#[tokio::test]
async fn h2load_is_answered_each_time() {
    for protocol in Protocol::ALL {
        let server = Server::start_over(protocol, &AT_ONCE).await;
        let Some(mut h2load) = h2load(&server, 2000).await else {
            return;
        };
        h2load.arg(server.url("/version"));
        all_succeed(&printed(&mut h2load).await, 2000);
    }
}

/// Every request is under way when the server is told to leave: h2load does not ask again for one
/// that a GOAWAY turned away.
#[tokio::test]
async fn h2load_is_answered_while_the_server_leaves() {
    for protocol in [Protocol::Http2, Protocol::Https2] {
        let server = Server::start_over(protocol, &AT_ONCE).await;
        let Some(mut h2load) = h2load(&server, 32).await else {
            return;
        };
        h2load.arg(server.url("/api/v1/slow?ms=500"));
        all_succeed(&through_a_leave(server, &mut h2load, 32).await, 32);
    }
}

/// Four connections, eight requests side by side on each if the protocol has that.
async fn h2load(server: &Server, requests: usize) -> Option<Command> {
    let mut h2load = program("h2load").await?;
    let count = requests.to_string();
    h2load.args([
        "--clients=4",
        "--max-concurrent-streams=8",
        "--requests",
        &count,
    ]);
    if !server.protocol.is_http2() {
        h2load.arg("--h1");
    }
    Some(h2load)
}

fn all_succeed(report: &str, requests: usize) {
    let line = format!(
        "requests: {requests} total, {requests} started, {requests} done, {requests} succeeded, \
         0 failed, 0 errored, 0 timeout"
    );
    assert!(report.contains(&line), "{report}");
    assert!(
        report.contains(&format!("status codes: {requests} 2xx, 0 3xx")),
        "{report}"
    );
}

/// The number between two words of a report.
fn number(report: &str, before: &str, behind: &str) -> usize {
    let line = report
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with(before) && line.contains(behind));
    let words = line.and_then(|line| line.strip_prefix(before));
    let number = words.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.unwrap_or_else(|| panic!("no {before:?} ... {behind:?} in\n{report}"))
}

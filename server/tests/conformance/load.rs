//! Load generators. They count: a request that fails is in their report.

use crate::leave::{AT_ONCE, through_a_leave};
use crate::programs::{printed, program};
use crate::server::Server;

const PATH: &str = "/api/v1/slow?ms=20";

#[tokio::test]
async fn wrk_sees_no_error_while_the_server_leaves() {
    let Some(mut wrk) = program("wrk").await else {
        return;
    };
    let server = Server::start(&AT_ONCE).await;
    wrk.args(["--threads", "1", "--connections", "16", "--duration", "1s"]);
    wrk.arg(server.url(PATH));
    let report = through_a_leave(server, &mut wrk, 8).await;
    assert!(number(&report, "", "requests in") > 16, "{report}");
    // wrk prints these lines only if there is something to say.
    for fault in ["Socket errors", "Non-2xx"] {
        assert!(!report.contains(fault), "{report}");
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

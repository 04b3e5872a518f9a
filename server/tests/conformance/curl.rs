//! curl, over every protocol that it speaks.

use tokio::process::Command;

use crate::echo::{self, SIZES, content};
use crate::leave::{AT_ONCE, through_a_leave};
use crate::programs::{printed, program};
use crate::protocol::Protocol;
use crate::server::Server;

/// One line for each transfer: status, version, connections that it opened.
const LINE: &str = "%{http_code} %{http_version} %{num_connects}\n";

/// curl 7.88 fails the second request on a connection of prior knowledge, whatever server it is to.
const REUSED: [Protocol; 3] = [Protocol::Http1, Protocol::Https1, Protocol::Https2];

const FLAGS: &str = "--silent --show-error --max-time 30 --noproxy * --output /dev/null";

/// curl with the flags that every run has.
async fn curl(server: &Server) -> Option<Command> {
    let mut curl = program("curl").await?;
    curl.args(FLAGS.split(' '))
        .args(["--write-out", LINE])
        .args(flags(server.protocol));
    if let Some(certificate) = &server.certificate {
        curl.arg("--cacert").arg(certificate.file());
    }
    Some(curl)
}

fn flags(protocol: Protocol) -> &'static [&'static str] {
    match protocol {
        Protocol::Http1 | Protocol::Https1 => &["--http1.1"],
        Protocol::Http2 => &["--http2-prior-knowledge"],
        Protocol::Https2 => &["--http2"],
    }
}

#[tokio::test]
async fn several_urls_share_a_connection() {
    for protocol in REUSED {
        let server = Server::start_over(protocol, &AT_ONCE).await;
        let Some(mut curl) = curl(&server).await else {
            return;
        };
        curl.arg(server.url("/{baton.svg,version,nowhere}"));
        let lines = printed(&mut curl).await;
        let version = version(protocol);
        let wanted = [("200", 1), ("200", 0), ("404", 0)]
            .map(|(status, opened)| format!("{status} {version} {opened}\n"));
        assert_eq!(lines, wanted.concat(), "{protocol:?}");
    }
}

#[tokio::test]
async fn a_request_under_way_is_answered_when_the_server_leaves() {
    for protocol in Protocol::ALL {
        let server = Server::start_over(protocol, &AT_ONCE).await;
        let Some(mut curl) = curl(&server).await else {
            return;
        };
        curl.arg(server.url("/api/v1/slow?ms=300"));
        let lines = through_a_leave(server, &mut curl, 1).await;
        assert_eq!(answered(&lines, protocol), 1, "{protocol:?}: {lines}");
    }
}

#[tokio::test]
async fn each_of_several_urls_is_answered_while_the_server_leaves() {
    for protocol in REUSED {
        let server = Server::start_over(protocol, &AT_ONCE).await;
        let Some(mut curl) = curl(&server).await else {
            return;
        };
        curl.arg(server.url("/api/v1/slow?ms=[100-105]"));
        let lines = through_a_leave(server, &mut curl, 1).await;
        assert_eq!(answered(&lines, protocol), 6, "{protocol:?}: {lines}");
    }
}

#[tokio::test]
async fn requests_side_by_side_are_answered_while_the_server_leaves() {
    for protocol in REUSED {
        let server = Server::start_over(protocol, &AT_ONCE).await;
        let Some(mut curl) = curl(&server).await else {
            return;
        };
        curl.args(["--parallel", "--parallel-max", "8"]);
        curl.arg(server.url("/api/v1/slow?ms=[100-123]"));
        let lines = through_a_leave(server, &mut curl, 4).await;
        assert_eq!(answered(&lines, protocol), 24, "{protocol:?}: {lines}");
    }
}

#[tokio::test]
async fn head_has_the_header_and_no_body() {
    for protocol in Protocol::ALL {
        let server = Server::start_over(protocol, &AT_ONCE).await;
        let Some(mut curl) = curl(&server).await else {
            return;
        };
        let line = "%{http_code} %header{content-length} %{size_download}\n";
        curl.args(["--head", "--write-out", line]);
        curl.arg(server.url("/version"));
        let lines = printed(&mut curl).await;
        let length = r#"{"version":"unreleased"}"#.len();
        assert_eq!(lines, format!("200 {length} 0\n"), "{protocol:?}");
    }
}

#[tokio::test]
async fn an_offer_of_h2c_is_ignored() {
    let server = Server::start(&AT_ONCE).await;
    let Some(mut curl) = curl(&server).await else {
        return;
    };
    curl.arg("--http2").arg(server.url("/{version,version}"));
    assert_eq!(printed(&mut curl).await, "200 1.1 1\n200 1.1 0\n");
}

#[tokio::test]
async fn http_1_0_is_answered_and_closed() {
    let server = Server::start(&AT_ONCE).await;
    let Some(mut curl) = curl(&server).await else {
        return;
    };
    curl.arg("--http1.0").arg(server.url("/{version,version}"));
    assert_eq!(printed(&mut curl).await, "200 1 1\n200 1 1\n");
}

#[tokio::test]
async fn bodies_come_back_unchanged() {
    for protocol in REUSED {
        come_back_unchanged(protocol, &SIZES, &[]).await;
    }
    for size in SIZES {
        come_back_unchanged(Protocol::Http2, &[size], &[]).await;
    }
    for header in ["Expect:", "Expect: 100-continue"] {
        come_back_unchanged(Protocol::Http1, &SIZES, &["--header", header]).await;
    }
    // curl 7.88 forgets the last chunk of an empty file.
    let chunked = ["--header", "Transfer-Encoding: chunked"];
    come_back_unchanged(Protocol::Http1, &SIZES[1..], &chunked).await;
}

/// Uploads bodies of these sizes in one run, and compares what came back.
async fn come_back_unchanged(protocol: Protocol, sizes: &[usize], extra: &[&str]) {
    let Some(mut curl) = program("curl").await else {
        return;
    };
    let echo = echo::serve(protocol).await;
    let folder = tempfile::tempdir().unwrap();
    for &size in sizes {
        let sent = folder.path().join(size.to_string());
        std::fs::write(&sent, content(size)).unwrap();
        curl.args("--silent --show-error --fail --fail-early --max-time 30 --noproxy *".split(' '))
            .args(flags(protocol))
            .args(extra)
            .arg("--upload-file")
            .arg(&sent)
            .arg("--output")
            .arg(sent.with_extension("back"))
            .arg(echo.url(&format!("/{size}")));
        if let Some(certificate) = &echo.certificate {
            curl.arg("--cacert").arg(certificate.file());
        }
        curl.arg("--next");
    }
    // Behind the last --next there has to be something.
    curl.args(["--silent", "--noproxy", "*", "file:///dev/null"]);
    printed(&mut curl).await;
    for &size in sizes {
        let back = folder.path().join(size.to_string()).with_extension("back");
        let back = std::fs::read(back).unwrap();
        let same = back == content(size);
        assert!(same, "{protocol:?} {extra:?}: {size} became {}", back.len());
    }
}

/// As curl prints it.
fn version(protocol: Protocol) -> &'static str {
    if protocol.is_http2() { "2" } else { "1.1" }
}

/// How many lines say that a request was answered over this protocol.
fn answered(lines: &str, protocol: Protocol) -> usize {
    let start = format!("200 {} ", version(protocol));
    lines
        .lines()
        .filter(|line| line.starts_with(&start))
        .count()
}

//! What `baton-server` serves.

use serde_json::Value;

use crate::client::Client;
use crate::process::{Process, command};

#[tokio::test]
async fn it_serves_a_page_an_image_and_its_identity() {
    let mut command = command("--listen 127.0.0.1:0");
    command
        .env("BATON_SERVICE", "example")
        .env("BATON_VERSION", "1.2.0")
        .env("BATON_INSTANCE", "i-<b>")
        .env("BATON_ZONE", "us-east-1b");
    let server = Process::spawn(command).await;
    let mut client = Client::connect(server.address).await;

    let page = client.get("/").await.unwrap();
    assert_eq!(page.status, 200);
    for expected in ["1.2.0", "us-east-1b", "i-&lt;b&gt;", "src=\"/baton.svg\""] {
        assert!(page.body.contains(expected), "{expected}: {}", page.body);
    }
    let image = client.get("/baton.svg").await.unwrap();
    assert_eq!(image.header("content-type"), Some("image/svg+xml"));
    assert!(image.body.starts_with("<svg"));

    let info: Value =
        serde_json::from_str(&client.get("/api/v1/info").await.unwrap().body).unwrap();
    assert_eq!(info["service"], "example");
    assert_eq!(info["version"], "1.2.0");
    assert_eq!(info["instance"], "i-<b>");
    assert_eq!(info["zone"], "us-east-1b");
    assert!(info["uptime_seconds"].as_f64().unwrap() >= 0.0);
    let version: Value = serde_json::from_str(&client.get("/version").await.unwrap().body).unwrap();
    assert_eq!(version["version"], "1.2.0");
}

#[tokio::test]
async fn content_is_tagged_and_not_sent_twice() {
    let server = Process::start("").await;
    let mut client = Client::connect(server.address).await;
    let image = client.get("/baton.svg").await.unwrap();
    let tag = image.header("etag").unwrap();
    let again = format!("GET /baton.svg HTTP/1.1\r\nHost: test\r\nIf-None-Match: {tag}\r\n\r\n");
    client.send(again).await.unwrap();
    let unchanged = client.answer().await.unwrap();
    assert_eq!((unchanged.status, unchanged.body.as_str()), (304, ""));
}

#[tokio::test]
async fn wrong_paths_and_methods_are_named_as_such() {
    let server = Process::start("").await;
    let mut client = Client::connect(server.address).await;
    assert_eq!(client.get("/nowhere").await.unwrap().status, 404);
    assert_eq!(
        client.get("/api/v1/slow?ms=soon").await.unwrap().status,
        400
    );
    let post = "POST /healthz HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n";
    client.send(post).await.unwrap();
    let refused = client.answer().await.unwrap();
    assert_eq!(
        (refused.status, refused.header("allow")),
        (405, Some("GET, HEAD"))
    );
    let malformed =
        "POST /api/v1/slow HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    client.send(malformed).await.unwrap();
    assert_eq!(client.answer().await.unwrap().status, 400);
}

#[tokio::test]
async fn metrics_count_what_was_served() {
    let server = Process::start("").await;
    let mut client = Client::connect(server.address).await;
    client.get("/").await.unwrap();
    client.get("/nowhere").await.unwrap();
    let metrics = client.get("/metrics").await.unwrap();
    for line in [
        "baton_requests_total{status=\"2xx\"} 1",
        "baton_requests_total{status=\"4xx\"} 1",
        "baton_requests_in_flight 1",
        "baton_connections 1",
        "baton_phase{phase=\"ready\"} 1",
        "baton_phase{phase=\"lame\"} 0",
        "# EOF",
    ] {
        assert!(
            metrics.body.lines().any(|given| given == line),
            "{line}\n{}",
            metrics.body
        );
    }
}

//! Flags of `baton-server`, by what they do.

use serde_json::Value;

use crate::client::{Client, request};
use crate::logged::Logged;
use crate::process::Process;

#[tokio::test]
async fn limits_answer_with_their_status() {
    let server = Process::start("--max-body 1KiB --max-header 8KiB --max-requests 2").await;
    let long = "x".repeat(16 << 10);
    for (request, status) in [
        (
            format!("GET / HTTP/1.1\r\nHost: test\r\nx: {long}\r\n\r\n"),
            431,
        ),
        (
            "POST /slow HTTP/1.1\r\nHost: test\r\nContent-Length: 1025\r\n\r\n".to_owned(),
            413,
        ),
    ] {
        let mut client = Client::connect(server.address).await;
        client.send(request).await.unwrap();
        assert_eq!(client.answer().await.unwrap().status, status);
    }
    let mut client = Client::connect(server.address).await;
    let first = client.get("/version").await.unwrap();
    let second = client.get("/version").await.unwrap();
    assert_eq!((first.says_close(), second.says_close()), (false, true));
}

/// The server cannot refuse it by its header.
#[tokio::test]
async fn a_body_that_turns_out_too_long_is_refused_and_logged_as_such() {
    let mut server = Logged::start("--listen 127.0.0.1:0 --access-log --max-body 1KiB");
    let mut client = server.client().await;
    let chunk = format!("800\r\n{}\r\n0\r\n\r\n", "x".repeat(0x800));
    let header = "POST /slow HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.send(format!("{header}{chunk}")).await.unwrap();
    let refused = client.answer().await.unwrap();
    assert_eq!(refused.status, 413);
    let error: Value = serde_json::from_str(&refused.body).unwrap();
    assert_eq!(error["error"], "the request body is larger than 1024 bytes");
    assert_eq!(server.entry().await["status"], 413);
}

#[tokio::test]
async fn connections_beyond_the_cap_are_told_so() {
    let server = Process::start("--max-connections 1").await;
    let mut held = Client::connect(server.address).await;
    assert_eq!(held.get("/").await.unwrap().status, 200);
    let mut beyond = Client::connect(server.address).await;
    beyond.send(request("/")).await.unwrap();
    assert_eq!(beyond.answer().await.unwrap().status, 503);
    assert_eq!(held.get("/").await.unwrap().status, 200);
}

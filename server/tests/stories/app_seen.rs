//! `baton-server` seen from outside: `/readyz`, ids of requests, logs.

use std::net::SocketAddr;

use serde_json::Value;

use crate::client::{Client, request, until};
use crate::logged::Logged;
use crate::process::Process;

#[tokio::test]
async fn readyz_tells_what_leaving_waits_for() {
    let server = Process::start("--unready 60s").await;
    let mut busy = Client::connect(server.address).await;
    let mut client = Client::connect(server.address).await;
    let ready = client.get("/readyz").await.unwrap();
    assert_eq!(ready.status, 200);
    let ready: Value = serde_json::from_str(&ready.body).unwrap();
    assert_eq!(ready["phase"], "ready");
    assert_eq!(
        (&ready["connections"], &ready["in_flight"]),
        (&2.into(), &1.into())
    );
    assert_eq!(ready["forced"]["handler"], 0);

    busy.send(request("/slow?ms=60000")).await.unwrap();
    server.terminate();
    until("a busy, leaving server", async || {
        let answer = client.get("/readyz").await.unwrap();
        let told: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(told["phase"] == "ready", answer.status == 200);
        told["phase"] == "unready" && told["in_flight"] == 2
    })
    .await;
}

#[tokio::test]
async fn every_answer_names_its_request() {
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    let server = Process::start("").await;
    let mut client = Client::connect(server.address).await;
    let mut id = async |fields: &str| {
        let request = format!("GET /version HTTP/1.1\r\nHost: test\r\n{fields}\r\n");
        client.send(request).await.unwrap();
        let answer = client.answer().await.unwrap();
        answer.header("x-request-id").unwrap().to_owned()
    };
    let root = "1-67891233-abcdef012345678912345678";
    let traceparent = format!("traceparent: 00-{TRACE}-b7ad6b7169203331-01\r\n");
    assert_eq!(id(&traceparent).await, TRACE);
    assert_eq!(
        id(&format!("{traceparent}X-Amzn-Trace-Id: Root={root}\r\n")).await,
        root
    );
    for strange in [
        "X-Amzn-Trace-Id: Root=<b>\r\n",
        "X-Request-Id: chosen\r\n",
        "",
    ] {
        let id = id(strange).await;
        assert!(
            id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()),
            "{id}"
        );
    }
}

#[tokio::test]
async fn requests_are_logged_as_json_and_cannot_forge_it() {
    let mut server = Logged::start("--listen 127.0.0.1:0 --access-log");
    let mut client = server.client().await;
    let forger = "GET /version?password=secret HTTP/1.1\r\nHost: test\r\n\
        User-Agent: x\", \"status\": 500, \"y\": \"\x1b[2J\r\n\r\n";
    client.send(forger.replace('\x1b', "\u{9b}")).await.unwrap();
    let id = client.answer().await.unwrap();
    let entry = server.entry().await;
    assert_eq!(entry["request_id"], id.header("x-request-id").unwrap());
    for (field, value) in [
        ("target", "server::access"),
        ("level", "INFO"),
        ("path", "/version"),
        ("outcome", "whole"),
        ("user_agent", "x\", \"status\": 500, \"y\": \"??[2J"),
    ] {
        assert_eq!(entry[field], value, "{entry}");
    }
    assert_eq!(entry["status"], 200);
    assert_eq!(
        entry["bytes"].to_string(),
        id.header("content-length").unwrap()
    );
    assert!(entry["timestamp"].is_string());
    let peer: SocketAddr = entry["peer"].as_str().unwrap().parse().unwrap();
    assert!(peer.ip().is_loopback());
    assert!(!entry.to_string().contains("secret"));

    client.send(request("/events")).await.unwrap();
    client.answer().await.unwrap();
    drop(client);
    let entry = server.entry().await;
    assert_eq!(
        (&entry["path"], &entry["outcome"]),
        (&"/events".into(), &"cut".into())
    );
}

#[tokio::test]
async fn without_the_flag_requests_are_not_logged() {
    let mut server = Logged::start("--listen 127.0.0.1:0");
    let mut client = server.client().await;
    client.get("/").await.unwrap();
    server.child.start_kill().unwrap();
    while let Some(line) = server.line().await {
        assert!(!line.contains("server::access"), "{line}");
    }
}

#[tokio::test]
async fn the_last_words_are_json_too() {
    let mut server = Logged::start("--listen 192.0.2.1:1");
    let mut last = server.event().await;
    while last["level"] != "ERROR" {
        last = server.event().await;
    }
    let error = last["error"].as_str().unwrap();
    assert!(
        error.starts_with("192.0.2.1:1 cannot be listened on: "),
        "{error}"
    );
    assert_eq!(server.line().await, None);
    assert!(!server.child.wait().await.unwrap().success());
}

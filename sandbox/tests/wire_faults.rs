//! Faults at the AWS port, put in force over `/_sandbox/faults` as a person would: what a client sees, and what was done.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod wire_support;

use http::StatusCode;
use sandbox::api::{CallLog, Edge, Port};
use sandbox::cloud::{Clock, Cloud};
use sandbox::control::{About, Control};
use sandbox::fault::Faults;
use sandbox::profile::Profile;
use sandbox::world::{Identity, Timings, World};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wire_support::{Answer, listener, raw, send};

struct Stage {
    address: SocketAddr,
    _store: tempfile::TempDir,
}

impl Stage {
    async fn start() -> Self {
        let (listener, address) = listener().await;
        let identity = Identity {
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            zones: vec!["us-east-1a".to_owned()],
        };
        let faults = Arc::new(Faults::new(1));
        let world = World::new(identity, Timings::fast(), 1);
        let (cloud, _) =
            Cloud::with_faults(world, Clock::start(), Arc::clone(&faults), Duration::ZERO);
        let store = tempfile::tempdir().unwrap();
        std::fs::create_dir(store.path().join("releases")).unwrap();
        let calls = Arc::new(CallLog::new());
        let about = About {
            profile: "fast",
            endpoint: String::new(),
            balancer: String::new(),
            region: String::new(),
            group: String::new(),
        };
        let edge = Edge::new(faults, cloud.clock(), Profile::fast().api);
        let control = Control::new(about, Arc::clone(&cloud), Arc::clone(&calls));
        let port = Port::new(cloud, store.path().to_owned(), calls)
            .with_control(Arc::new(control))
            .with_edge(edge);
        tokio::spawn(port.serve(listener));
        Self {
            address,
            _store: store,
        }
    }

    async fn control(&self, method: &str, path: &str, body: String) -> Answer {
        let path = format!("/_sandbox/faults{path}");
        let headers = [("content-type", "application/json")];
        send(self.address, method, &path, &headers, body).await
    }

    async fn inject(&self, fault: &str) -> u64 {
        let body = json!({ "fault": fault }).to_string();
        let answer = self.control("POST", "", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        let document: Value = serde_json::from_slice(&answer.body).unwrap();
        document["id"].as_u64().unwrap()
    }

    async fn list(&self) -> Value {
        let answer = self.control("GET", "", String::new()).await;
        serde_json::from_slice(&answer.body).unwrap()
    }

    async fn clear(&self, id: u64) -> StatusCode {
        let path = format!("/{id}");
        self.control("DELETE", &path, String::new()).await.status
    }

    async fn query(&self, service: &str, form: &'static str) -> Answer {
        let signature = signature("AKIAEXAMPLE", service);
        let headers = [
            ("authorization", signature.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        send(self.address, "POST", "/", &headers, form).await
    }

    async fn ssm(&self, operation: &str, body: Value) -> Answer {
        let signature = signature("AKIAEXAMPLE", "ssm");
        let target = format!("AmazonSSM.{operation}");
        let headers = [
            ("authorization", signature.as_str()),
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target.as_str()),
        ];
        send(self.address, "POST", "/", &headers, body.to_string()).await
    }

    async fn parameter(&self, name: &str) -> StatusCode {
        self.ssm("GetParameter", json!({ "Name": name }))
            .await
            .status
    }

    async fn put_parameter(&self, name: &str) -> StatusCode {
        let body = json!({ "Name": name, "Value": "1", "Type": "String" });
        self.ssm("PutParameter", body).await.status
    }

    async fn s3(&self, key: &str, method: &str, path: &str, body: &'static [u8]) -> Answer {
        let signature = signature(key, "s3");
        let headers = [
            ("authorization", signature.as_str()),
            ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ];
        send(self.address, method, path, &headers, body).await
    }
}

fn signature(key: &str, service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={key}/20261120/us-east-1/{service}/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=00"
    )
}

/// Sends a request and keeps its side of the connection open.
async fn until_closed(address: SocketAddr, request: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

const DESCRIBE_GROUPS: &str = "Action=DescribeAutoScalingGroups&Version=2011-01-01";
const DESCRIBE_INSTANCES: &str = "Action=DescribeInstances&Version=2016-11-15";

#[tokio::test]
async fn each_service_is_throttled_in_its_own_words() {
    let stage = Stage::start().await;
    let id = stage.inject("throttle").await;
    let ec2 = stage.query("ec2", DESCRIBE_INSTANCES).await;
    assert_eq!(ec2.status.as_u16(), 503);
    assert!(ec2.text().contains("<Code>RequestLimitExceeded</Code>"));
    let groups = stage.query("autoscaling", DESCRIBE_GROUPS).await;
    assert_eq!(groups.status.as_u16(), 400);
    assert!(
        groups.text().contains("<Code>Throttling</Code>"),
        "{}",
        groups.text()
    );
    let ssm = stage.ssm("GetParameter", json!({ "Name": "/x" })).await;
    assert_eq!(ssm.header("x-amzn-errortype"), "ThrottlingException");
    let s3 = stage.s3("AKIA", "GET", "/releases/x", b"").await;
    assert_eq!(s3.status.as_u16(), 503);
    assert!(s3.text().contains("<Code>SlowDown</Code>"), "{}", s3.text());
    assert_eq!(stage.list().await["faults"][0]["hits"], 4);

    assert_eq!(stage.clear(id).await, StatusCode::NO_CONTENT);
    let groups = stage.query("autoscaling", DESCRIBE_GROUPS).await;
    assert_eq!(groups.status, StatusCode::OK);
}

#[tokio::test]
async fn a_service_fails_as_often_as_it_should() {
    let stage = Stage::start().await;
    stage
        .inject("server-error:service=autoscaling,times=2")
        .await;
    for expected in [500, 500, 200] {
        let groups = stage.query("autoscaling", DESCRIBE_GROUPS).await;
        assert_eq!(groups.status.as_u16(), expected, "{}", groups.text());
    }
    let s3 = stage.inject("server-error:service=s3").await;
    let answer = stage.s3("AKIA", "PUT", "/releases/y", b"y").await;
    assert!(answer.text().contains("<Code>InternalError</Code>"));
    stage.clear(s3).await;
    let answer = stage.s3("AKIA", "GET", "/releases/y", b"").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "nothing was stored");
}

#[tokio::test]
async fn a_lost_reply_is_done_and_not_answered() {
    let stage = Stage::start().await;
    stage.inject("lost-reply").await;
    assert_eq!(
        stage.parameter("/a").await,
        StatusCode::BAD_REQUEST,
        "reads are answered"
    );
    let put = r#"{"Name":"/a","Value":"1","Type":"String"}"#;
    let request = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nX-Amz-Target: AmazonSSM.PutParameter\r\n\
         Content-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\r\n{put}",
        signature("AKIA", "ssm"),
        put.len()
    );
    assert_eq!(until_closed(stage.address, &request).await, "");
    assert_eq!(stage.parameter("/a").await, StatusCode::OK);
    assert_eq!(
        stage.put_parameter("/b").await,
        StatusCode::OK,
        "once is once"
    );
    assert_eq!(stage.list().await["faults"][0]["done"], true);
}

#[tokio::test]
async fn a_stale_read_does_not_see_what_was_just_written() {
    let stage = Stage::start().await;
    let id = stage.inject("stale-reads:delay=1m").await;
    assert_eq!(stage.parameter("/a").await, StatusCode::BAD_REQUEST);
    assert_eq!(stage.put_parameter("/a").await, StatusCode::OK);
    let again = stage.put_parameter("/a").await;
    assert_eq!(again, StatusCode::BAD_REQUEST, "writes see the present");
    assert_eq!(stage.parameter("/a").await, StatusCode::BAD_REQUEST);
    stage.clear(id).await;
    assert_eq!(stage.parameter("/a").await, StatusCode::OK);
}

#[tokio::test]
async fn blobs_arrive_damaged_and_the_store_is_intact() {
    let stage = Stage::start().await;
    let sent: &[u8] = b"a program";
    for path in ["/releases/blobs/sha256/00", "/releases/releases/manifest"] {
        let put = stage.s3("AKIA", "PUT", path, sent).await;
        assert_eq!(put.status, StatusCode::OK);
    }
    let id = stage.inject("corrupt-blob:from=instances").await;
    let blob = "/releases/blobs/sha256/00";
    let got = stage.s3("ASIAROLE", "GET", blob, b"").await;
    assert_eq!(got.body.len(), sent.len());
    assert_ne!(got.body, sent);
    assert_eq!(stage.s3("AKIA", "GET", blob, b"").await.body, sent);
    let manifest = "/releases/releases/manifest";
    assert_eq!(stage.s3("ASIAROLE", "GET", manifest, b"").await.body, sent);
    stage.clear(id).await;
    assert_eq!(stage.s3("ASIAROLE", "GET", blob, b"").await.body, sent);
}

#[tokio::test]
async fn a_slow_store_sends_everything() {
    let stage = Stage::start().await;
    let sent: &'static [u8] = &[3; 10_000];
    stage.s3("AKIA", "PUT", "/releases/x", sent).await;
    stage.inject("slow-store:rate=1M").await;
    assert_eq!(stage.s3("AKIA", "GET", "/releases/x", b"").await.body, sent);
    assert_eq!(stage.list().await["faults"][0]["hits"], 1);
}

#[tokio::test]
async fn faults_are_listed_and_what_is_wrong_is_told() {
    let stage = Stage::start().await;
    let kinds = &stage.list().await["kinds"];
    assert_eq!(kinds.as_array().unwrap().len(), 23);
    assert_eq!(kinds[0]["kind"], "throttle");
    assert!(
        kinds[0]["keys"]
            .as_array()
            .unwrap()
            .contains(&json!("chance"))
    );
    for (body, error) in [
        (json!({ "fault": "kill" }).to_string(), "there is no fault"),
        (
            json!({ "fault": "throttle:x=1" }).to_string(),
            "does not take",
        ),
        (json!({ "kind": "throttle" }).to_string(), "unknown field"),
        ("nonsense".to_owned(), "not understood"),
    ] {
        let answer = stage.control("POST", "", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let refusal: Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(
            refusal["error"].as_str().unwrap().contains(error),
            "{refusal}"
        );
        assert!(refusal["hint"].is_string());
    }
    assert_eq!(stage.clear(7).await, StatusCode::NOT_FOUND);
    let put = stage.control("PUT", "", String::new()).await;
    assert_eq!(put.status, StatusCode::METHOD_NOT_ALLOWED);
    let foreign = b"GET /_sandbox/faults HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    let refused = raw(stage.address, foreign).await;
    assert_eq!(refused, "HTTP/1.1 403 Forbidden");
    let head = stage.control("HEAD", "", String::new()).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    let nowhere = stage.control("GET", "/x", String::new()).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

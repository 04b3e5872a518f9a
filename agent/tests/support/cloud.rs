//! Instance metadata and the two hook operations, as small as a test of the agent can do with.

use contract::status::StatusDocument;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// How long a test waits for what must happen: far beyond what a busy machine needs.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until `condition` holds, and says what was awaited, with `context`, if it never does.
pub(crate) async fn eventually(
    what: &str,
    condition: impl Fn() -> bool,
    context: impl Fn() -> String,
) {
    let begin = Instant::now();
    while !condition() {
        assert!(
            begin.elapsed() < PATIENCE,
            "no sign of {what}\n{}",
            context()
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A cloud with one instance.
#[derive(Clone)]
pub(crate) struct Cloud {
    address: SocketAddr,
    status: PathBuf,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    tags: BTreeMap<String, String>,
    target: Option<&'static str>,
    waiting: Vec<&'static str>,
    calls: Vec<String>,
}

impl Cloud {
    /// `status` is where the agent's status document lies. The launch hook waits from the start.
    pub(crate) async fn start(status: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let cloud = Self {
            address: listener.local_addr().unwrap(),
            status,
            state: Arc::default(),
        };
        cloud.target("InService");
        cloud.let_wait("baton-launch");
        tokio::spawn(serve(listener, cloud.clone()));
        cloud
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn tag(&self, key: &str, value: &str) {
        let mut state = self.state.lock().unwrap();
        state.tags.insert(key.to_owned(), value.to_owned());
    }

    /// Sets the target lifecycle state.
    pub(crate) fn target(&self, state: &'static str) {
        self.state.lock().unwrap().target = Some(state);
    }

    /// A hook begins to wait.
    pub(crate) fn let_wait(&self, hook: &'static str) {
        self.state.lock().unwrap().waiting.push(hook);
    }

    /// Calls that a hook accepted, each with the phase of the status document at that moment.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.state.lock().unwrap().calls.clone()
    }

    pub(crate) fn status(&self) -> Option<StatusDocument> {
        serde_json::from_slice(&fs::read(&self.status).ok()?).ok()
    }

    fn metadata(&self, path: &str) -> Option<String> {
        let state = self.state.lock().unwrap();
        let path = path.strip_prefix("/latest/meta-data/")?;
        if let Some(tag) = path.strip_prefix("tags/instance/") {
            return state.tags.get(tag).cloned();
        }
        let text = match path {
            "instance-id" => super::INSTANCE,
            "placement/region" => "us-east-1",
            "placement/availability-zone" => "us-east-1a",
            "autoscaling/target-lifecycle-state" => state.target?,
            "iam/security-credentials/" => "role",
            "iam/security-credentials/role" => {
                r#"{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"AKIDTEST","SecretAccessKey":"secret",
                    "Token":"token","LastUpdated":"2026-11-20T10:00:00Z","Expiration":"2126-11-20T10:00:00Z"}"#
            }
            _ => return None,
        };
        Some(text.to_owned())
    }

    fn hook(&self, form: &str) -> Response<Full<Bytes>> {
        let field = |name: &str| {
            let mut pairs = form.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(key, _)| *key == name)
                .map_or("", |(_, value)| value)
        };
        assert_eq!(field("InstanceId"), super::INSTANCE);
        assert_eq!(field("AutoScalingGroupName"), "example-test");
        let (action, hook) = (field("Action"), field("LifecycleHookName"));
        let phase = self
            .status()
            .map_or_else(|| "-".to_owned(), |status| status.phase.to_string());
        let mut state = self.state.lock().unwrap();
        let Some(at) = state.waiting.iter().position(|waiting| *waiting == hook) else {
            return not_waiting();
        };
        let mut call = format!("{hook} heartbeat");
        if action == "CompleteLifecycleAction" {
            state.waiting.remove(at);
            call = format!("{hook} {} while {phase}", field("LifecycleActionResult"));
        }
        state.calls.push(call);
        let answer = format!("<{action}Response><{action}Result/></{action}Response>");
        Response::new(answer.into())
    }
}

fn not_waiting() -> Response<Full<Bytes>> {
    let id = super::INSTANCE;
    let answer = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>\
         <Message>No active Lifecycle Action found with instance ID {id}</Message></Error></ErrorResponse>"
    );
    Response::builder().status(400).body(answer.into()).unwrap()
}

async fn serve(listener: TcpListener, cloud: Cloud) {
    while let Ok((stream, _)) = listener.accept().await {
        let cloud = cloud.clone();
        let service = service_fn(move |request| {
            let cloud = cloud.clone();
            async move { Ok::<_, Infallible>(answer(&cloud, request).await) }
        });
        tokio::spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn answer(cloud: &Cloud, request: Request<Incoming>) -> Response<Full<Bytes>> {
    const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
    let path = request.uri().path().to_owned();
    if path == "/latest/api/token" {
        let token = Response::builder().header(TTL, "21600");
        return token.body("a-token".into()).unwrap();
    }
    if request.method() == Method::POST {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        return cloud.hook(&String::from_utf8_lossy(&body));
    }
    assert_eq!(request.headers()["x-aws-ec2-metadata-token"], "a-token");
    match cloud.metadata(&path) {
        Some(text) => Response::new(text.into()),
        None => Response::builder()
            .status(404)
            .body(Full::default())
            .unwrap(),
    }
}

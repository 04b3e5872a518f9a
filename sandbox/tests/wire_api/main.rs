//! The AWS port over real sockets: who is asked, in which protocol, and what is refused.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod credentials;
mod envelopes;
mod hostile;
#[path = "../wire_support/mod.rs"]
mod wire_support;

use std::net::SocketAddr;
use std::sync::Arc;

use sandbox::api::{self, Backend, CallLog};
use sandbox::wire::error::ApiError;
use sandbox::wire::protocol::{Protocol, Reply, Service};
use wire_support::{Answer, listener, send};

/// Answers with what it was asked, so that a test sees what arrived.
struct Echo;

impl Backend for Echo {
    fn call(
        &self,
        service: Service,
        _protocol: Protocol,
        action: &str,
        body: &[u8],
    ) -> Result<Reply, ApiError> {
        let size = body.len();
        match (service, action) {
            (_, "Fail") => Err(ApiError::new(400, "TestFault", "<no> & \u{1b}never")),
            (_, "Break") => Err(ApiError::new(500, "ResourceContention", "busy")),
            (_, "Panic") => panic!("a defect of the model"),
            (_, "Mistake") if service == Service::Ssm => Ok(Reply::Xml(None)),
            (_, "Mistake") => Ok(Reply::Json("{}".into())),
            (Service::Ssm, _) => Ok(Reply::Json(format!("{{\"Size\":{size}}}"))),
            (_, "Nothing") => Ok(Reply::Xml(None)),
            _ => Ok(Reply::Xml(Some(format!("<Size>{size}</Size>")))),
        }
    }
}

struct Port {
    address: SocketAddr,
    calls: Arc<CallLog>,
    _store: tempfile::TempDir,
}

impl Port {
    async fn start() -> Self {
        let (listener, address) = listener().await;
        let calls = Arc::new(CallLog::new());
        let store = tempfile::tempdir().unwrap();
        let folder = store.path().to_owned();
        tokio::spawn(api::serve(
            listener,
            Arc::new(Echo),
            folder,
            Arc::clone(&calls),
        ));
        Self {
            address,
            calls,
            _store: store,
        }
    }

    async fn query(&self, service: &str, form: &str) -> Answer {
        let authorization = signed_for(service);
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", FORM),
        ];
        send(self.address, "POST", "/", &headers, form.to_owned()).await
    }

    async fn json(&self, target: &str, body: &'static str) -> Answer {
        let authorization = signed_for("ssm");
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target),
        ];
        send(self.address, "POST", "/", &headers, body).await
    }
}

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

fn signed_for(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/{service}/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=00"
    )
}

/// The answer with its request id, which must be the header's, replaced by `ID`.
fn shown(answer: &Answer) -> String {
    let id = answer.header("x-amzn-requestid");
    assert_eq!(id.len(), 36, "request id {id:?}");
    answer.text().replace(id, "ID")
}

const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

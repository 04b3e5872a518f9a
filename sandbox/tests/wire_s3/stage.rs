//! A store to ask, and what its answers say.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use http::StatusCode;
use sandbox::api::{self, Backend, CallLog};
use sandbox::wire::error::ApiError;
use sandbox::wire::protocol::{Protocol, Reply, Service};

use crate::wire_support::{Answer, listener, send};

struct Nobody;

impl Backend for Nobody {
    fn call(
        &self,
        _service: Service,
        _protocol: Protocol,
        action: &str,
        _body: &[u8],
    ) -> Result<Reply, ApiError> {
        Err(ApiError::validation(format!(
            "{action} was not meant for a service"
        )))
    }
}

pub(crate) const SIGNED: (&str, &str) = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=AKID/20261120/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
);

pub(crate) struct Store {
    pub(crate) address: SocketAddr,
    pub(crate) folder: tempfile::TempDir,
}

impl Store {
    /// A store with the bucket `releases`.
    pub(crate) async fn start() -> Self {
        let (listener, address) = listener().await;
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        tokio::spawn(api::serve(
            listener,
            Arc::new(Nobody),
            root,
            Arc::new(CallLog::new()),
        ));
        let store = Self { address, folder };
        assert_eq!(
            store.ask("PUT", "/releases", &[], "").await.status,
            StatusCode::OK
        );
        store
    }

    pub(crate) async fn ask(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<bytes::Bytes>,
    ) -> Answer {
        let headers = [&[SIGNED], headers].concat();
        send(self.address, method, target, &headers, body).await
    }

    pub(crate) async fn put(&self, key: &str, body: &str) -> Answer {
        let target = format!("/releases/{key}");
        self.ask("PUT", &target, &[], body.to_owned()).await
    }

    pub(crate) async fn get(&self, key: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", &format!("/releases/{key}"), headers, "")
            .await
    }

    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.folder.path().join("releases").join(path)
    }

    /// Whatever was begun and not finished.
    pub(crate) fn leftovers(&self) -> usize {
        let staging = self.folder.path().join(".staging");
        std::fs::read_dir(staging).map_or(0, Iterator::count)
    }

    pub(crate) async fn keys(&self, query: &str) -> Vec<String> {
        let answer = self
            .ask("GET", &format!("/releases?list-type=2&{query}"), &[], "")
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        all(answer.text(), "Key")
    }
}

/// The texts of every element `name`.
pub(crate) fn all(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open)
        .skip(1)
        .map(|rest| rest.split(&close).next().unwrap_or_default().to_owned())
        .collect()
}

#[track_caller]
pub(crate) fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(all(answer.text(), "Code"), [code]);
    assert_eq!(
        all(answer.text(), "RequestId"),
        [answer.header("x-amz-request-id")]
    );
}

pub(crate) const HELLO_MD5: &str = "\"5d41402abc4b2a76b9719d911017c592\"";

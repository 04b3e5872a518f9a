//! CloudWatch's three protocols over real sockets: which one a request is in, and what its answers and errors look like.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod wire_support;

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use sandbox::api::{self, Backend, CallLog};
use sandbox::wire::error::ApiError;
use sandbox::wire::protocol::{Protocol, Reply, Service};
use wire_support::{Answer, listener, raw, send};

/// Answers in the protocol that it was asked in.
struct Echo;

impl Backend for Echo {
    fn call(
        &self,
        service: Service,
        protocol: Protocol,
        action: &str,
        body: &[u8],
    ) -> Result<Reply, ApiError> {
        assert_eq!(service, Service::CloudWatch);
        match (action, protocol) {
            ("Fail", _) => Err(ApiError::new(400, "InvalidFormat", "no")),
            ("Nothing", Protocol::RpcV2Cbor) => Ok(Reply::Cbor(None)),
            (_, Protocol::RpcV2Cbor) => Ok(Reply::Cbor(Some(body.to_vec()))),
            (_, Protocol::AwsJson10) => Ok(Reply::Json(String::from_utf8(body.to_vec()).unwrap())),
            _ => Ok(Reply::Xml(None)),
        }
    }
}

const SIGNED: (&str, &str) = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/monitoring/aws4_request, \
     SignedHeaders=host;x-amz-date, Signature=00",
);
const CBOR: (&str, &str) = ("smithy-protocol", "rpc-v2-cbor");

/// `{}` in CBOR.
const EMPTY: &[u8] = &[0xa0];

struct Port {
    address: SocketAddr,
    _store: tempfile::TempDir,
}

impl Port {
    async fn start() -> Self {
        let (listener, address) = listener().await;
        let store = tempfile::tempdir().unwrap();
        let folder = store.path().to_owned();
        let calls = Arc::new(CallLog::new());
        tokio::spawn(api::serve(listener, Arc::new(Echo), folder, calls));
        Self {
            address,
            _store: store,
        }
    }

    async fn cbor(&self, operation: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let path = format!("/service/GraniteServiceVersion20100801/operation/{operation}");
        let body = body.to_vec();
        send(self.address, "POST", &path, headers, body).await
    }
}

#[tokio::test]
async fn cbor_has_the_operation_in_its_path_and_the_protocol_in_a_header() {
    let port = Port::start().await;
    let answer = port.cbor("Ask", &[SIGNED, CBOR], EMPTY).await;
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, EMPTY));
    assert_eq!(answer.header("content-type"), "application/cbor");
    assert_eq!(answer.header("smithy-protocol"), "rpc-v2-cbor");

    let answer = port.cbor("Nothing", &[SIGNED, CBOR], EMPTY).await;
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b""[..]));
    assert_eq!(answer.header("content-type"), "");

    let answer = port.cbor("Fail", &[SIGNED, CBOR], EMPTY).await;
    assert_eq!(answer.status.as_u16(), 400);
    assert_eq!(answer.header("x-amzn-query-error"), "InvalidFormat;Sender");
    let error: serde_json::Value = ciborium::from_reader(&answer.body[..]).unwrap();
    let expected = "com.amazonaws.cloudwatch#InvalidFormatFault";
    assert_eq!(error["__type"], expected);

    let answer = port.cbor("Not/One", &[SIGNED, CBOR], EMPTY).await;
    assert_eq!(answer.status.as_u16(), 404);
    let answer = port.cbor("Ask", &[CBOR], EMPTY).await;
    assert_eq!(answer.status.as_u16(), 403);
    assert_eq!(answer.header("smithy-protocol"), "rpc-v2-cbor");
}

#[tokio::test]
async fn json_has_the_operation_in_its_target() {
    let port = Port::start().await;
    let ask = async |target: &str| {
        let headers = [SIGNED, ("x-amz-target", target)];
        send(port.address, "POST", "/", &headers, "{}").await
    };
    let answer = ask("GraniteServiceVersion20100801.Ask").await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, "{}"));
    let expected = "application/x-amz-json-1.0";
    assert_eq!(answer.header("content-type"), expected);
    let answer = ask("GraniteServiceVersion20100801.Fail").await;
    assert_eq!(answer.header("x-amzn-query-error"), "InvalidFormat;Sender");
    assert!(answer.text().contains("#InvalidFormatFault"));
    assert_eq!(ask("AmazonSSM.GetParameter").await.status.as_u16(), 400);
}

#[tokio::test]
async fn forms_go_on_being_answered_in_xml() {
    let port = Port::start().await;
    let form = "Action=Ask&Version=2010-08-01";
    let answer = send(port.address, "POST", "/", &[SIGNED], form).await;
    let root = "<AskResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">";
    assert!(answer.text().contains(root), "{}", answer.text());
}

#[tokio::test]
async fn compressed_bodies_are_read_but_not_beyond_the_limit() {
    let port = Port::start().await;
    let gzip = |body: &[u8]| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(body).unwrap();
        writer.finish().unwrap()
    };
    let headers = [SIGNED, CBOR, ("content-encoding", "gzip")];
    let answer = port.cbor("Ask", &headers, &gzip(EMPTY)).await;
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, EMPTY));
    let bomb = gzip(&vec![0; 2 * 1024 * 1024]);
    let answer = port.cbor("Ask", &headers, &bomb).await;
    assert_eq!(answer.status.as_u16(), 413);
    let answer = port.cbor("Ask", &headers, b"plain").await;
    assert_eq!(answer.status.as_u16(), 400);
    // A request that is not HTTP has no protocol at all.
    assert!(raw(port.address, b"?\r\n\r\n").await.contains("400"));
}

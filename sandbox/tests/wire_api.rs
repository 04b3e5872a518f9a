//! The AWS port over real sockets: who is asked, in which protocol, and what is refused.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod wire_support;

use std::net::SocketAddr;
use std::sync::Arc;

use http::StatusCode;
use sandbox::api::{self, Backend, CallLog};
use sandbox::wire::error::ApiError;
use sandbox::wire::protocol::{Protocol, Reply, Service};
use wire_support::{Answer, listener, raw, send};

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

#[tokio::test]
async fn each_query_service_answers_in_its_own_envelope() {
    let port = Port::start().await;
    for (service, version, expected) in [
        (
            "autoscaling",
            "2011-01-01",
            "<AskResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><AskResult><Size>29</Size>\
             </AskResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></AskResponse>",
        ),
        (
            "elasticloadbalancing",
            "2015-12-01",
            "<AskResponse xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\"><AskResult><Size>29</Size>\
             </AskResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></AskResponse>",
        ),
        (
            "sts",
            "2011-06-15",
            "<AskResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AskResult><Size>29</Size>\
             </AskResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></AskResponse>",
        ),
        (
            "ec2",
            "2016-11-15",
            "<AskResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>ID</requestId>\
             <Size>29</Size></AskResponse>",
        ),
    ] {
        let answer = port
            .query(service, &format!("Action=Ask&Version={version}"))
            .await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(shown(&answer), format!("{PROLOG}{expected}"));
        assert!(answer.header("content-type").starts_with("text/xml"));
    }
}

#[tokio::test]
async fn an_operation_without_a_result_still_answers_xml() {
    let port = Port::start().await;
    let answer = port
        .query("autoscaling", "Action=Nothing&Version=2011-01-01")
        .await;
    let expected = "<NothingResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\">\
        <ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></NothingResponse>";
    assert_eq!(shown(&answer), format!("{PROLOG}{expected}"));
}

#[tokio::test]
async fn errors_have_the_envelope_of_their_protocol() {
    let port = Port::start().await;
    let answer = port
        .query("autoscaling", "Action=Fail&Version=2011-01-01")
        .await;
    let expected = "<ErrorResponse xmlns=\"http://autoscaling.amazonaws.com/doc/2011-01-01/\"><Error>\
        <Type>Sender</Type><Code>TestFault</Code><Message>&lt;no&gt; &amp; \u{fffd}never</Message></Error>\
        <RequestId>ID</RequestId></ErrorResponse>";
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(shown(&answer), format!("{PROLOG}{expected}"));

    let answer = port.query("sts", "Action=Break&Version=2011-06-15").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        answer
            .text()
            .contains("<Type>Receiver</Type><Code>ResourceContention</Code>")
    );

    let answer = port.query("ec2", "Action=Fail&Version=2016-11-15").await;
    let expected = "<Response><Errors><Error><Code>TestFault</Code><Message>&lt;no&gt; &amp; \u{fffd}never\
        </Message></Error></Errors><RequestID>ID</RequestID></Response>";
    assert_eq!(shown(&answer), format!("{PROLOG}{expected}"));

    let answer = port.json("AmazonSSM.Fail", "{}").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.header("x-amzn-errortype"), "TestFault");
    let expected = serde_json::json!({"__type": "TestFault", "message": "<no> & \u{1b}never"});
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap(),
        expected
    );
}

#[tokio::test]
async fn json_services_go_by_their_target() {
    let port = Port::start().await;
    let answer = port
        .json("AmazonSSM.GetParameter", "{\"Name\":\"x\"}")
        .await;
    assert_eq!(answer.text(), "{\"Size\":12}");
    assert_eq!(answer.header("content-type"), "application/x-amz-json-1.1");
    for target in [
        "AmazonSSM",
        "AmazonSSM.",
        "Other.GetParameter",
        "AmazonSSM.Get<b>",
        "",
    ] {
        let answer = port.json(target, "{}").await;
        assert_eq!(
            answer.header("x-amzn-errortype"),
            "UnknownOperationException",
            "{target}"
        );
    }
}

#[tokio::test]
async fn a_defect_of_the_model_is_a_server_error_and_nothing_more() {
    let port = Port::start().await;
    for (answer, name) in [
        (
            port.query("autoscaling", "Action=Panic&Version=2011-01-01")
                .await,
            "panic",
        ),
        (
            port.query("autoscaling", "Action=Mistake&Version=2011-01-01")
                .await,
            "mistake",
        ),
        (port.json("AmazonSSM.Panic", "{}").await, "json panic"),
        (port.json("AmazonSSM.Mistake", "{}").await, "json mistake"),
    ] {
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{name}");
        assert!(answer.text().contains("InternalFailure"), "{name}");
    }
}

#[tokio::test]
async fn requests_that_name_no_operation_are_refused() {
    let port = Port::start().await;
    for (service, form, code) in [
        ("autoscaling", "Version=2011-01-01", "MissingAction"),
        ("autoscaling", "", "MissingAction"),
        ("autoscaling", "Action=&Version=2011-01-01", "MissingAction"),
        (
            "autoscaling",
            "Action=A%3CB%3E&Version=2011-01-01",
            "MissingAction",
        ),
        ("autoscaling", "Action=%", "MissingAction"),
        ("autoscaling", "Action=Ask", "InvalidAction"),
        (
            "elasticloadbalancing",
            "Action=Ask&Version=2012-06-01",
            "InvalidAction",
        ),
        ("ec2", "Action=Ask&Version=2011-01-01", "InvalidAction"),
    ] {
        let answer = port.query(service, form).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{form}");
        assert!(
            answer.text().contains(&format!("<Code>{code}</Code>")),
            "{form}: {}",
            answer.text()
        );
    }
    let headers = [("authorization", signed_for("ec2"))];
    let headers = headers
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let target = "/?Action=Ask&Version=2016-11-15";
    for method in ["PUT", "DELETE", "HEAD"] {
        let answer = send(port.address, method, target, &headers, "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn a_query_by_get_is_signed_in_its_head_or_in_its_url() {
    let port = Port::start().await;
    let presigned = "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256\
                     &X-Amz-Credential=AKID%2F20261120%2Fus-east-1%2Fsts%2Faws4_request\
                     &X-Amz-Date=20261120T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
    let answer = send(port.address, "GET", presigned, &[], "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let form = "Action=GetCallerIdentity&Version=2011-06-15".len();
    assert!(answer.text().contains(&format!("<Size>{form}</Size>")));
    let signed = signed_for("ec2");
    let headers = [("authorization", signed.as_str())];
    let target = "/?Action=Ask&Version=2016-11-15&InstanceId.1=a%20b";
    let answer = send(port.address, "GET", target, &headers, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let nothing = send(port.address, "GET", "/", &headers, "").await;
    assert_eq!(nothing.status, StatusCode::BAD_REQUEST);
    let signed = signed_for("ssm");
    let headers = [("authorization", signed.as_str())];
    let json = send(port.address, "GET", "/?Action=GetParameter", &headers, "").await;
    assert_eq!(json.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn what_is_signed_for_another_region_is_refused() {
    let port = Port::start().await;
    for (service, body, code) in [
        (
            "autoscaling",
            "Action=Ask&Version=2011-01-01",
            "SignatureDoesNotMatch",
        ),
        ("ec2", "Action=Ask&Version=2016-11-15", "AuthFailure"),
        (
            "sts",
            "Action=Ask&Version=2011-06-15",
            "SignatureDoesNotMatch",
        ),
        ("ssm", "{}", "InvalidSignatureException"),
    ] {
        let signed = signed_for(service).replace("us-east-1", "eu-west-1");
        let headers = [("authorization", signed.as_str()), ("content-type", FORM)];
        let answer = send(port.address, "POST", "/", &headers, body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{service}");
        assert!(answer.text().contains(code), "{}", answer.text());
        assert!(answer.text().contains("eu-west-1"), "{}", answer.text());
    }
    let signed = signed_for("s3").replace("us-east-1", "eu-west-1");
    let headers = [("authorization", signed.as_str())];
    let answer = send(port.address, "GET", "/", &headers, "").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        answer
            .text()
            .contains("<Code>AuthorizationHeaderMalformed</Code>")
    );
    assert!(answer.text().contains("<Region>us-east-1</Region>"));
    assert_eq!(answer.header("x-amz-bucket-region"), "us-east-1");
}

#[tokio::test]
async fn a_request_without_credentials_is_refused_in_its_own_protocol() {
    let port = Port::start().await;
    let form = [("content-type", FORM)];
    for (body, root) in [
        (
            "Action=Ask&Version=2011-01-01",
            "<ErrorResponse xmlns=\"http://autoscaling",
        ),
        ("Action=Ask&Version=2016-11-15", "<Response><Errors>"),
        ("Action=Ask&Version=1999-01-01", "<ErrorResponse>"),
        ("%%%", "<ErrorResponse>"),
    ] {
        let answer = send(port.address, "POST", "/", &form, body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.text().contains(root), "{}", answer.text());
        assert!(
            answer
                .text()
                .contains("<Code>MissingAuthenticationToken</Code>")
        );
    }
    let target = [("x-amz-target", "AmazonSSM.GetParameter")];
    let answer = send(port.address, "POST", "/", &target, "{}").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(
        answer.header("x-amzn-errortype"),
        "MissingAuthenticationToken"
    );
    assert!(port.calls.snapshot().is_empty());
}

#[tokio::test]
async fn a_service_that_is_not_modelled_is_refused_loudly() {
    let port = Port::start().await;
    let answer = port
        .query("sns", "Action=ListTopics&Version=2010-03-31")
        .await;
    assert_eq!(answer.status, StatusCode::NOT_IMPLEMENTED);
    assert!(answer.text().contains("<Code>UnknownService</Code>"));
    assert!(answer.text().contains("sns"));
}

#[tokio::test]
async fn the_scope_is_found_in_whatever_form_a_client_writes_it() {
    let port = Port::start().await;
    for authorization in [
        "AWS4-HMAC-SHA256 Credential=AKID/20261120/us-east-1/sts/aws4_request,SignedHeaders=host,Signature=0",
        "AWS4-HMAC-SHA256 Credential=AK/ID/20261120/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-ECDSA-P256-SHA256 SignedHeaders=host, Credential=AKID/20261120/sts/aws4_request",
    ] {
        let headers = [("authorization", authorization), ("content-type", FORM)];
        let answer = send(
            port.address,
            "POST",
            "/",
            &headers,
            "Action=Ask&Version=2011-06-15",
        )
        .await;
        assert_eq!(answer.status, StatusCode::OK, "{authorization}");
    }
}

#[tokio::test]
async fn every_call_is_counted_the_refused_ones_too() {
    let port = Port::start().await;
    for action in ["Ask", "Ask", "Fail"] {
        port.query(
            "autoscaling",
            &format!("Action={action}&Version=2011-01-01"),
        )
        .await;
    }
    port.json("AmazonSSM.GetParameter", "{}").await;
    let long = "A".repeat(300);
    port.query("sts", &format!("Action={long}&Version=2011-06-15"))
        .await;
    let authorization = signed_for("s3");
    let signed = [("authorization", authorization.as_str())];
    send(port.address, "PUT", "/some-bucket", &signed, "").await;
    send(port.address, "GET", "/some-bucket/nothing", &signed, "").await;
    let counts: Vec<_> = port.calls.snapshot().into_iter().collect();
    let counts: Vec<_> = counts
        .iter()
        .map(|(name, count)| (name.as_str(), *count))
        .collect();
    assert_eq!(
        counts,
        [
            ("autoscaling:Ask", 2),
            ("autoscaling:Fail", 1),
            ("s3:CreateBucket", 1),
            ("s3:GetObject", 1),
            ("ssm:GetParameter", 1),
            ("sts:?", 1),
        ]
    );
}

#[tokio::test]
async fn hostile_requests_are_refused_and_the_port_lives_on() {
    let port = Port::start().await;
    let large = format!(
        "Action=Ask&Version=2011-06-15&Pad={}",
        "x".repeat(2 * 1024 * 1024)
    );
    let answer = port.query("sts", &large).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);

    let huge = format!(
        "GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n",
        "y".repeat(200_000)
    );
    let many = format!(
        "GET / HTTP/1.1\r\nhost: a\r\n{}\r\n",
        "x: y\r\n".repeat(5000)
    );
    for (request, statuses) in [
        (huge.as_bytes(), ["431", "400"].as_slice()),
        (many.as_bytes(), &["431", "400"]),
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n".as_slice(),
            &["400"],
        ),
        (
            b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -5\r\n\r\n",
            &["400"],
        ),
        (
            b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
            &["400"],
        ),
    ] {
        let line = raw(port.address, request).await;
        let refused = line.is_empty() || statuses.iter().any(|status| line.contains(status));
        assert!(refused, "{line}");
    }
    let short = format!(
        "POST / HTTP/1.1\r\nhost: a\r\nauthorization: {}\r\ncontent-length: 50\r\n\r\nAction=Ask",
        signed_for("sts")
    );
    let line = raw(port.address, short.as_bytes()).await;
    assert!(line.is_empty() || line.contains("400"), "{line}");

    let answer = port.query("sts", "Action=Ask&Version=2011-06-15").await;
    assert_eq!(answer.status, StatusCode::OK);
}

/// A browser on this machine reaches the port from any page that is open in it, also by a name that was made to lead here.
#[tokio::test]
async fn what_a_page_of_the_web_sends_is_refused_before_anything_is_done() {
    let port = Port::start().await;
    let authorization = signed_for("sts");
    let ask = "Action=Ask&Version=2011-06-15";
    for (name, value) in [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", FORM),
            (name, value),
        ];
        let answer = send(port.address, "POST", "/", &headers, ask).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(answer.text().contains("AccessDenied"), "{}", answer.text());
    }
    let rebound = format!(
        "POST / HTTP/1.1\r\nhost: evil.example:1\r\nauthorization: {authorization}\r\ncontent-length: {}\r\n\r\n{ask}",
        ask.len()
    );
    let line = raw(port.address, rebound.as_bytes()).await;
    assert!(line.contains("403"), "{line}");
    let signed = "/releases?delete&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0";
    let headers = [
        ("origin", "http://evil.example"),
        ("content-type", "text/plain"),
    ];
    let answer = send(port.address, "POST", signed, &headers, "<Delete/>").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(
        port.calls.snapshot().is_empty(),
        "{:?}",
        port.calls.snapshot()
    );
    assert_eq!(port.query("sts", ask).await.status, StatusCode::OK);
}

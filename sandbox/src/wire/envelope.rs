//! What each protocol puts round an answer or an error: root element, namespace, request id, status, content type.
//! Pure: HTTP is added by `api`.

use bytes::Bytes;
use serde::Serialize;

use super::compatible;
use super::error::ApiError;
use super::protocol::{Protocol, Reply, Service};
use super::xml::{self, EncodeError, Items};

/// A finished response, all but the transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type`; none for a CBOR answer without a body.
    pub content_type: Option<&'static str>,
    /// What else the protocol says in headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Bytes,
}

/// Wraps the answer to `action`. A reply in another protocol's encoding is a defect of the service, and said to be one.
pub fn success(
    service: Service,
    protocol: Protocol,
    action: &str,
    reply: Reply,
    request_id: &str,
) -> Envelope {
    match (protocol, reply) {
        (Protocol::AwsQuery, Reply::Xml(result)) => {
            query_success(service, action, result.as_deref(), request_id)
        }
        (Protocol::Ec2Query, Reply::Xml(members)) => {
            let members = members.unwrap_or_default();
            let request_id = format!("<requestId>{request_id}</requestId>");
            let root = format!("{action}Response");
            Envelope::xml(200, &root, service.xmlns(), &[&request_id, &members])
        }
        (Protocol::AwsJson, Reply::Json(body)) => Envelope::new(200, JSON, body),
        (Protocol::AwsJson10, Reply::Json(body)) => Envelope::new(200, JSON_10, body),
        (Protocol::RpcV2Cbor, Reply::Cbor(body)) => cbor_success(body),
        (protocol, reply) => {
            let message = format!("{action} answered {reply:?}, which is not {protocol:?}");
            failure(
                protocol,
                service.xmlns(),
                &ApiError::internal(message),
                request_id,
            )
        }
    }
}

fn query_success(
    service: Service,
    action: &str,
    result: Option<&str>,
    request_id: &str,
) -> Envelope {
    let root = format!("{action}Response");
    let (opening, closing) = (format!("<{action}Result>"), format!("</{action}Result>"));
    let metadata =
        format!("<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>");
    let inner: &[&str] = match result {
        Some(xml) => &[&opening, xml, &closing, &metadata],
        None => &[&metadata],
    };
    Envelope::xml(200, &root, service.xmlns(), inner)
}

fn cbor_success(body: Option<Vec<u8>>) -> Envelope {
    let empty = body.is_none();
    let mut envelope = Envelope::cbor(200, body.unwrap_or_default());
    if empty {
        envelope.content_type = None;
    }
    envelope
}

/// Wraps an error. `xmlns` is that of the service; only awsQuery shows it.
pub fn failure(protocol: Protocol, xmlns: &str, error: &ApiError, request_id: &str) -> Envelope {
    let envelope = match protocol {
        Protocol::AwsQuery => query_failure(xmlns, error, request_id),
        Protocol::Ec2Query => ec2_failure(error, request_id),
        Protocol::AwsJson => Ok(json_failure(error)),
        Protocol::AwsJson10 => Ok(compatible_json_failure(error)),
        Protocol::RpcV2Cbor => Ok(cbor_failure(error)),
    };
    envelope.unwrap_or_else(|defect| {
        let body = format!("the error {error:?} could not be written: {defect}");
        Envelope::new(500, "text/plain", body)
    })
}

const PROLOGUE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const XML: &str = "text/xml;charset=UTF-8";
const JSON: &str = "application/x-amz-json-1.1";
const JSON_10: &str = "application/x-amz-json-1.0";
const CBOR: &str = "application/cbor";

impl Envelope {
    fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            content_type: Some(content_type),
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// Puts finished XML into a root element, and copies it once only: the members of a large group are megabytes. Names and
    /// namespaces are ours, or the name of an operation that was found to exist.
    fn xml(status: u16, root: &str, xmlns: &str, inner: &[&str]) -> Self {
        let mut parts = vec![PROLOGUE, "<", root];
        if !xmlns.is_empty() {
            parts.extend([" xmlns=\"", xmlns, "\""]);
        }
        parts.push(">");
        parts.extend(inner);
        parts.extend(["</", root, ">"]);
        Self::new(status, XML, parts.concat())
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Every answer in CBOR says so once more; clients check it.
    fn cbor(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, CBOR, body).with("smithy-protocol", "rpc-v2-cbor")
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QueryFailure<'a> {
    error: QueryError<'a>,
    request_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QueryError<'a> {
    r#type: &'static str,
    code: &'a str,
    message: String,
}

fn query_failure(xmlns: &str, error: &ApiError, request_id: &str) -> Result<Envelope, EncodeError> {
    let r#type = if error.is_sender() {
        "Sender"
    } else {
        "Receiver"
    };
    let failure = QueryFailure {
        error: QueryError {
            r#type,
            code: &error.code,
            message: xml::printable(&error.message),
        },
        request_id,
    };
    let inner = xml::encode(&failure, Items::Member)?;
    Ok(Envelope::xml(
        error.status,
        "ErrorResponse",
        xmlns,
        &[&inner],
    ))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ec2Failure<'a> {
    errors: Ec2Errors<'a>,
    #[serde(rename = "RequestID")]
    request_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ec2Errors<'a> {
    error: Ec2Error<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ec2Error<'a> {
    code: &'a str,
    message: String,
}

fn ec2_failure(error: &ApiError, request_id: &str) -> Result<Envelope, EncodeError> {
    let failure = Ec2Failure {
        errors: Ec2Errors {
            error: Ec2Error {
                code: &error.code,
                message: xml::printable(&error.message),
            },
        },
        request_id,
    };
    let inner = xml::encode(&failure, Items::Item)?;
    Ok(Envelope::xml(error.status, "Response", "", &[&inner]))
}

fn json_failure(error: &ApiError) -> Envelope {
    let body = serde_json::json!({ "__type": error.code, "message": error.message });
    Envelope::new(error.status, JSON, body.to_string()).with("x-amzn-errortype", &error.code)
}

fn compatible_json_failure(error: &ApiError) -> Envelope {
    let body = compatible::document(error);
    Envelope::new(error.status, JSON_10, body.to_string())
        .with(compatible::HEADER, compatible::header(error))
}

fn cbor_failure(error: &ApiError) -> Envelope {
    let mut body = Vec::new();
    // Writing into memory cannot fail; were it to, the header still says what is wrong.
    let _ = ciborium::into_writer(&compatible::document(error), &mut body);
    Envelope::cbor(error.status, body).with(compatible::HEADER, compatible::header(error))
}

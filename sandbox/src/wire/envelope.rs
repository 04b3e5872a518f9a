//! What each protocol puts round an answer or an error: root element, namespace, request id, status, content type.
//! Pure: HTTP is added by `api`.

use serde::Serialize;

use super::error::ApiError;
use super::protocol::{Protocol, Reply, Service};
use super::xml::{self, EncodeError, Items};

/// A finished response, all but the transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The error code for the `x-amzn-errortype` header, which JSON clients read first.
    pub error_type: Option<String>,
    /// The body.
    pub body: String,
}

/// Wraps the answer to `action`. A reply in another protocol's encoding is a defect of the service, and said to be one.
pub fn success(service: Service, action: &str, reply: Reply, request_id: &str) -> Envelope {
    match (service.protocol(), reply) {
        (Protocol::AwsQuery, Reply::Xml(result)) => {
            let result = result.map_or(String::new(), |xml| {
                element(&format!("{action}Result"), "", &xml)
            });
            let inner = format!(
                "{result}<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
            );
            Envelope::xml(
                200,
                &element(&format!("{action}Response"), service.xmlns(), &inner),
            )
        }
        (Protocol::Ec2Query, Reply::Xml(members)) => {
            let members = members.unwrap_or_default();
            let inner = format!("<requestId>{request_id}</requestId>{members}");
            Envelope::xml(
                200,
                &element(&format!("{action}Response"), service.xmlns(), &inner),
            )
        }
        (Protocol::AwsJson, Reply::Json(body)) => Envelope {
            status: 200,
            content_type: JSON,
            error_type: None,
            body,
        },
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

/// Wraps an error. `xmlns` is that of the service; only awsQuery shows it.
pub fn failure(protocol: Protocol, xmlns: &str, error: &ApiError, request_id: &str) -> Envelope {
    let envelope = match protocol {
        Protocol::AwsQuery => query_failure(xmlns, error, request_id),
        Protocol::Ec2Query => ec2_failure(error, request_id),
        Protocol::AwsJson => Ok(json_failure(error)),
    };
    envelope.unwrap_or_else(|defect| Envelope {
        status: 500,
        content_type: "text/plain",
        error_type: None,
        body: format!("the error {error:?} could not be written: {defect}"),
    })
}

const XML: &str = "text/xml;charset=UTF-8";
const JSON: &str = "application/x-amz-json-1.1";

impl Envelope {
    fn xml(status: u16, document: &str) -> Self {
        Self {
            status,
            content_type: XML,
            error_type: None,
            body: format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{document}"),
        }
    }
}

/// Puts finished XML into an element. Names and namespaces are ours, or the name of an operation that was found to exist.
fn element(name: &str, xmlns: &str, inner: &str) -> String {
    if xmlns.is_empty() {
        return format!("<{name}>{inner}</{name}>");
    }
    format!("<{name} xmlns=\"{xmlns}\">{inner}</{name}>")
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
        &element("ErrorResponse", xmlns, &inner),
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
    Ok(Envelope::xml(
        error.status,
        &element("Response", "", &inner),
    ))
}

fn json_failure(error: &ApiError) -> Envelope {
    let body = serde_json::json!({ "__type": error.code, "message": error.message });
    Envelope {
        status: error.status,
        content_type: JSON,
        error_type: Some(error.code.clone()),
        body: body.to_string(),
    }
}

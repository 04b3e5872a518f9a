//! What a request is for: the operation it names, the service and the region that it is signed for.

use crate::wire_support::send;
use crate::{FORM, Port, signed_for};
use http::StatusCode;

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

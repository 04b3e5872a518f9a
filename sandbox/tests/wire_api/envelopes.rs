//! In which protocol an answer is, an error too.

use crate::{PROLOG, Port, shown};
use http::StatusCode;

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

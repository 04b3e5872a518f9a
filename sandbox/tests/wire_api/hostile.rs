//! What is counted, and what nobody should send.

use crate::wire_support::{raw, send};
use crate::{FORM, Port, signed_for};
use http::StatusCode;

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

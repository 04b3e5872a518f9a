//! CloudWatch, in its three protocols.

use ciborium::Value as Cbor;
use ciborium::value::Value;
use serde_json::json;

use super::{Stage, all, one, refusal};
use crate::service::Service::CloudWatch;
use crate::service::{Protocol, Reply, handle_in};
use crate::wire::document;
use crate::world::tests::stage::Setting;

const PUT: &str = "AlarmName=errors&MetricName=Errors&Namespace=Example&Statistic=Sum&Period=60\
                   &EvaluationPeriods=2&Threshold=5&ComparisonOperator=GreaterThanThreshold\
                   &Dimensions.member.1.Name=Env&Dimensions.member.1.Value=prod\
                   &TreatMissingData=notBreaching";

fn stage() -> Stage {
    Stage::new(&Setting {
        desired: 0,
        ..Setting::default()
    })
}

fn query(stage: &mut Stage, action: &str, form: &str) -> String {
    super::answer(stage, CloudWatch, action, form)
}

fn cbor(stage: &mut Stage, action: &str, request: &serde_json::Value) -> Option<Cbor> {
    let mut body = Vec::new();
    ciborium::into_writer(request, &mut body).expect("CBOR");
    let service = (CloudWatch, Protocol::RpcV2Cbor);
    match handle_in(&mut stage.world, stage.now, service, action, &body) {
        Ok(Reply::Cbor(body)) => {
            body.map(|bytes| ciborium::from_reader(bytes.as_slice()).expect("CBOR"))
        }
        other => panic!("{action}: {other:?}"),
    }
}

fn member<'a>(map: &'a Cbor, name: &str) -> &'a Cbor {
    let members = map.as_map().expect("a map");
    let found = members.iter().find(|(key, _)| key.as_text() == Some(name));
    &found.unwrap_or_else(|| panic!("no {name} in {map:?}")).1
}

#[test]
fn an_alarm_is_put_described_set_and_deleted() {
    let mut stage = stage();
    query(&mut stage, "PutMetricAlarm", PUT);
    let xml = query(&mut stage, "DescribeAlarms", "AlarmNames.member.1=errors");
    assert_eq!(one(&xml, "StateValue"), "INSUFFICIENT_DATA");
    assert_eq!(one(&xml, "Threshold"), "5");
    assert_eq!(one(&xml, "Name"), "Env");
    assert_eq!(one(&xml, "TreatMissingData"), "notBreaching");
    assert_eq!(one(&xml, "StateUpdatedTimestamp"), "2030-01-01T00:00:00Z");
    let set = "AlarmName=errors&StateValue=ALARM&StateReason=a%20test";
    query(&mut stage, "SetAlarmState", set);
    let xml = query(&mut stage, "DescribeAlarms", "StateValue=ALARM");
    assert_eq!(all(&xml, "AlarmName"), ["errors"]);
    let history = query(&mut stage, "DescribeAlarmHistory", "AlarmName=errors");
    let summaries = all(&history, "HistorySummary");
    let expected = [
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        "Alarm \"errors\" created",
    ];
    assert_eq!(summaries, expected);
    query(&mut stage, "DeleteAlarms", "AlarmNames.member.1=errors");
    let xml = query(&mut stage, "DescribeAlarms", "");
    assert!(all(&xml, "AlarmName").is_empty());
}

#[test]
fn the_three_protocols_say_the_same() {
    let mut stage = stage();
    let put = json!({
        "AlarmName": "errors", "MetricName": "Errors", "Namespace": "Example", "Statistic": "Sum",
        "Period": 60, "EvaluationPeriods": 1, "Threshold": 2.5,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    });
    assert_eq!(cbor(&mut stage, "PutMetricAlarm", &put), None);
    let described = cbor(&mut stage, "DescribeAlarms", &json!({})).expect("an answer");
    let alarm = &member(&described, "MetricAlarms")
        .as_array()
        .expect("a list")[0];
    assert_eq!(member(alarm, "Threshold"), &Value::Float(2.5));
    let updated = Value::Tag(1, Box::new(Value::Float(1_893_456_000.0)));
    assert_eq!(member(alarm, "StateUpdatedTimestamp"), &updated);

    let service = (CloudWatch, Protocol::AwsJson10);
    let reply = handle_in(
        &mut stage.world,
        stage.now,
        service,
        "DescribeAlarms",
        b"{}",
    );
    let json = document::to_json(&described).expect("JSON").to_string();
    assert_eq!(reply, Ok(Reply::Json(json)));
    let xml = query(&mut stage, "DescribeAlarms", "");
    assert_eq!(one(&xml, "StateUpdatedTimestamp"), "2030-01-01T00:00:00Z");
}

#[test]
fn errors_and_refusals_are_cloudwatchs() {
    let mut stage = stage();
    let mut code = |action: &str, form: &str| refusal(&mut stage, CloudWatch, action, form).0;
    let set = "AlarmName=none&StateValue=ALARM&StateReason=x";
    assert_eq!(code("SetAlarmState", set), "ResourceNotFound");
    let set = "AlarmName=none&StateValue=ALARM&StateReason=x&StateReasonData=%7B";
    assert_eq!(code("SetAlarmState", set), "InvalidFormat");
    let both = "AlarmNames.member.1=a&AlarmNamePrefix=b";
    assert_eq!(code("DescribeAlarms", both), "InvalidParameterCombination");
    assert_eq!(code("DescribeAlarms", "NextToken=x"), "InvalidNextToken");
    let expression = format!("{PUT}&Metrics.member.1.Id=m1");
    assert_eq!(code("PutMetricAlarm", &expression), "ValidationError");
    let both = format!("{PUT}&ExtendedStatistic=p99");
    assert_eq!(code("PutMetricAlarm", &both), "InvalidParameterCombination");
    assert_eq!(code("PutCompositeAlarm", "AlarmName=x"), "InvalidAction");
}

#[test]
fn data_is_put_and_read_back_in_statistics() {
    let mut stage = stage();
    let put = "Namespace=Example\
               &MetricData.member.1.MetricName=Errors&MetricData.member.1.Value=3\
               &MetricData.member.2.MetricName=Errors&MetricData.member.2.Values.member.1=1\
               &MetricData.member.2.Values.member.2=5&MetricData.member.2.Counts.member.1=2\
               &MetricData.member.2.Counts.member.2=1";
    query(&mut stage, "PutMetricData", put);
    let span = "StartTime=2030-01-01T00:00:00Z&EndTime=2030-01-01T00:05:00Z";
    let asked = format!(
        "{span}&Namespace=Example&MetricName=Errors&Period=60&Statistics.member.1=Sum\
         &Statistics.member.2=SampleCount"
    );
    let xml = query(&mut stage, "GetMetricStatistics", &asked);
    assert_eq!((one(&xml, "Sum"), one(&xml, "SampleCount")), ("10", "4"));
    assert_eq!((one(&xml, "Unit"), one(&xml, "Label")), ("None", "Errors"));
    let asked = format!(
        "{span}&MetricDataQueries.member.1.Id=m1\
         &MetricDataQueries.member.1.MetricStat.Metric.Namespace=Example\
         &MetricDataQueries.member.1.MetricStat.Metric.MetricName=Errors\
         &MetricDataQueries.member.1.MetricStat.Period=300\
         &MetricDataQueries.member.1.MetricStat.Stat=p75"
    );
    let xml = query(&mut stage, "GetMetricData", &asked);
    assert_eq!(one(&xml, "Values"), "<member>3</member>");
    assert_eq!(
        one(&xml, "Timestamps"),
        "<member>2030-01-01T00:00:00Z</member>"
    );
    let xml = query(
        &mut stage,
        "ListMetrics",
        "Namespace=Example&RecentlyActive=PT3H",
    );
    assert_eq!(all(&xml, "MetricName"), ["Errors"]);
    let none = "Namespace=Example&Dimensions.member.1.Name=Env";
    assert!(all(&query(&mut stage, "ListMetrics", none), "MetricName").is_empty());
}

#[test]
fn data_that_aws_would_not_take_is_refused() {
    let mut stage = stage();
    let mut code = |action: &str, form: &str| refusal(&mut stage, CloudWatch, action, form).0;
    let mut put = |rest: &str| {
        let form = format!("Namespace=Example&MetricData.member.1.MetricName=Errors{rest}");
        code("PutMetricData", &form)
    };
    let value = "&MetricData.member.1.Value=1";
    assert_eq!(put(""), "MissingParameter");
    let both = format!("{value}&MetricData.member.1.Values.member.1=1");
    assert_eq!(put(&both), "InvalidParameterCombination");
    let old = format!("{value}&MetricData.member.1.Timestamp=2029-12-17T00:00:00Z");
    assert_eq!(put(&old), "InvalidParameterValue");
    assert_eq!(
        put("&MetricData.member.1.Value=NaN"),
        "InvalidParameterValue"
    );
    let resolution = format!("{value}&MetricData.member.1.StorageResolution=30");
    assert_eq!(put(&resolution), "InvalidParameterValue");
    let aws = "Namespace=AWS/EC2&MetricData.member.1.MetricName=CPUUtilization&MetricData.member.1.Value=1";
    assert_eq!(code("PutMetricData", aws), "InvalidParameterValue");
    let long = "Namespace=Example&MetricName=Errors&Period=60&Statistics.member.1=Sum\
                &StartTime=2030-01-01T00:00:00Z&EndTime=2030-01-03T00:00:00Z";
    assert_eq!(
        code("GetMetricStatistics", long),
        "InvalidParameterCombination"
    );
}

#[test]
fn documents_are_objects_without_what_xml_cannot_write() {
    let mut stage = stage();
    let mut code = |action: &str, body: &str| {
        let service = (CloudWatch, Protocol::AwsJson10);
        let (world, now) = (&mut stage.world, stage.now);
        handle_in(world, now, service, action, body.as_bytes())
            .err()
            .map(|error| error.code)
    };
    let put = json!({
        "AlarmName": "a\u{1}b", "MetricName": "Errors", "Namespace": "Example", "Statistic": "Sum",
        "Period": 60, "EvaluationPeriods": 1, "Threshold": 2.5,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    })
    .to_string();
    assert_eq!(
        code("PutMetricAlarm", &put).as_deref(),
        Some("ValidationError")
    );
    for body in [
        "[]",
        "{",
        "{\"AlarmNames\": [[\"a\"]]}",
        "{\"AlarmNames\": 1}",
    ] {
        let refused = code("DescribeAlarms", body);
        assert_eq!(refused.as_deref(), Some("SerializationException"), "{body}");
    }
    let data = |value: &str| {
        format!(
            "{{\"Namespace\": \"A\", \"MetricData\": [{{\"MetricName\": \"m\", \"Value\": {value}}}]}}"
        )
    };
    assert_eq!(code("PutMetricData", &data("1")), None);
    for value in ["\"NaN\"", "\"Infinity\"", "\"-Infinity\""] {
        let refused = code("PutMetricData", &data(value));
        assert_eq!(refused.as_deref(), Some("InvalidParameterValue"), "{value}");
    }
}

#[test]
fn actions_are_arns_and_queries_have_names_of_their_own() {
    let mut stage = stage();
    let foo = format!("{PUT}&AlarmActions.member.1=foo");
    let (code, message) = refusal(&mut stage, CloudWatch, "PutMetricAlarm", &foo);
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("ValidationError", "Invalid arn syntax: foo")
    );
    let topic =
        format!("{PUT}&AlarmActions.member.1=arn%3Aaws%3Asns%3Aus-east-1%3A000000000000%3At");
    query(&mut stage, "PutMetricAlarm", &topic);
    let ask = |ids: [&str; 2]| {
        let one = |(at, id): (usize, &str)| {
            let member = format!("MetricDataQueries.member.{}", at + 1);
            format!(
                "&{member}.Id={id}&{member}.MetricStat.Stat=Sum&{member}.MetricStat.Period=60\
                 &{member}.MetricStat.Metric.Namespace=A&{member}.MetricStat.Metric.MetricName=m"
            )
        };
        let queries: String = ids.into_iter().enumerate().map(one).collect();
        format!("StartTime=2030-01-01T00:00:00Z&EndTime=2030-01-01T01:00:00Z{queries}")
    };
    query(&mut stage, "GetMetricData", &ask(["a", "b_2"]));
    for ids in [["a", "a"], ["a", "B"], ["1", "a"], ["a", ""]] {
        let refused = refusal(&mut stage, CloudWatch, "GetMetricData", &ask(ids)).0;
        assert_eq!(refused, "ValidationError", "{ids:?}");
    }
}

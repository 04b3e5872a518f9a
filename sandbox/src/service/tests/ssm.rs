//! Parameter Store.

use serde_json::{Value, json};

use super::{Stage, refusal};
use crate::service::Service::Ssm;
use crate::world::tests::stage::Setting;

fn ask(stage: &mut Stage, action: &str, body: &Value) -> Value {
    let answer = super::answer(stage, Ssm, action, &body.to_string());
    serde_json::from_str(&answer).expect("JSON")
}

#[test]
fn a_parameter_is_put_read_and_its_history_paged() {
    let mut stage = Stage::new(&Setting {
        desired: 0,
        ..Setting::default()
    });
    let name = "/baton/example/prod/version";
    for version in ["1.0.0", "1.1.0"] {
        let put = json!({"Name": name, "Value": version, "Type": "String", "Overwrite": true});
        ask(&mut stage, "PutParameter", &put);
    }
    let get = ask(
        &mut stage,
        "GetParameter",
        &json!({"Name": name, "WithDecryption": true}),
    );
    assert_eq!(get["Parameter"]["Value"], "1.1.0");
    assert_eq!(get["Parameter"]["Version"], 2);
    assert_eq!(get["Parameter"]["LastModifiedDate"], 1_893_456_000.0);
    let arn = "arn:aws:ssm:us-east-1:000000000000:parameter/baton/example/prod/version";
    assert_eq!(get["Parameter"]["ARN"], arn);
    let many = ask(
        &mut stage,
        "GetParameters",
        &json!({"Names": [name, "/none"]}),
    );
    assert_eq!(many["InvalidParameters"], json!(["/none"]));
    let page = ask(
        &mut stage,
        "GetParameterHistory",
        &json!({"Name": name, "MaxResults": 1}),
    );
    assert_eq!(page["Parameters"][0]["Value"], "1.0.0");
    let next = json!({"Name": name, "MaxResults": 1, "NextToken": page["NextToken"]});
    let page = ask(&mut stage, "GetParameterHistory", &next);
    assert_eq!(page["Parameters"][0]["Value"], "1.1.0");
    assert!(page.get("NextToken").is_none());
}

#[test]
fn errors_are_ssms() {
    let mut stage = Stage::new(&Setting {
        desired: 0,
        ..Setting::default()
    });
    let mut code =
        |action: &str, body: Value| refusal(&mut stage, Ssm, action, &body.to_string()).0;
    assert_eq!(
        code("GetParameter", json!({"Name": "/none"})),
        "ParameterNotFound"
    );
    assert_eq!(
        code("PutParameter", json!({"Name": "/x", "Value": "1"})),
        "ValidationException"
    );
    let tier = json!({"Name": "/x", "Value": "1", "Type": "String", "Tier": "Advanced"});
    assert_eq!(code("PutParameter", tier), "ValidationException");
    assert_eq!(
        code("GetParameter", json!({"Name": "/x", "Colour": 1})),
        "ValidationException"
    );
    assert_eq!(
        code("DeleteParameter", json!({"Name": "/x"})),
        "ParameterNotFound"
    );
    assert_eq!(
        code(
            "GetParametersByPath",
            json!({"Path": "/", "MaxResults": 11})
        ),
        "ValidationException"
    );
    let filter = |key: &str, option: &str| json!({"ParameterFilters": [{"Key": key, "Option": option, "Values": ["x"]}]});
    assert_eq!(
        code("DescribeParameters", filter("Tier", "Equals")),
        "InvalidFilterKey"
    );
    assert_eq!(
        code("DescribeParameters", filter("Name", "Ends")),
        "InvalidFilterOption"
    );
    assert_eq!(
        code("AddTagsToResource", json!({})),
        "UnknownOperationException"
    );
}

#[test]
fn parameters_are_listed_labelled_and_deleted() {
    let mut stage = Stage::new(&Setting {
        desired: 0,
        ..Setting::default()
    });
    for name in ["/a/x", "/a/b/y"] {
        let put = json!({"Name": name, "Value": "1", "Type": "String", "Description": "d"});
        ask(&mut stage, "PutParameter", &put);
    }
    let labels = json!({"Name": "/a/x", "Labels": ["good"]});
    let labelled = ask(&mut stage, "LabelParameterVersion", &labels);
    assert_eq!(
        labelled,
        json!({"InvalidLabels": [], "ParameterVersion": 1})
    );
    let by_path = json!({"Path": "/a", "Recursive": true, "MaxResults": 1});
    let page = ask(&mut stage, "GetParametersByPath", &by_path);
    assert_eq!(page["Parameters"][0]["Name"], "/a/b/y");
    assert!(page["NextToken"].is_string());
    let of_label = json!({"ParameterFilters": [{"Key": "Label", "Values": ["good"]}]});
    let described = ask(&mut stage, "DescribeParameters", &of_label);
    assert_eq!(described["Parameters"].as_array().unwrap().len(), 1);
    assert_eq!(described["Parameters"][0]["Description"], "d");
    let history = ask(&mut stage, "GetParameterHistory", &json!({"Name": "/a/x"}));
    assert_eq!(history["Parameters"][0]["Labels"], json!(["good"]));
    let off = json!({"Name": "/a/x", "ParameterVersion": 1, "Labels": ["good"]});
    let unlabelled = ask(&mut stage, "UnlabelParameterVersion", &off);
    assert_eq!(unlabelled["RemovedLabels"], json!(["good"]));
    assert_eq!(
        ask(&mut stage, "DeleteParameter", &json!({"Name": "/a/x"})),
        json!({})
    );
    let names = json!({"Names": ["/a/b/y", "/none"]});
    let deleted = ask(&mut stage, "DeleteParameters", &names);
    assert_eq!(deleted["DeletedParameters"], json!(["/a/b/y"]));
    assert_eq!(deleted["InvalidParameters"], json!(["/none"]));
}

#[test]
fn a_request_is_an_object_with_members_of_the_right_types() {
    let mut stage = Stage::new(&Setting {
        desired: 0,
        ..Setting::default()
    });
    for body in ["[\"/p/a\",null]", "{\"Name\":", "{\"Name\":1}", "\"/p/a\""] {
        assert_eq!(
            refusal(&mut stage, Ssm, "GetParameter", body).0,
            "SerializationException"
        );
    }
    for body in ["{}", "{\"Name\":\"/a\",\"Nose\":1}"] {
        assert_eq!(
            refusal(&mut stage, Ssm, "GetParameter", body).0,
            "ValidationException"
        );
    }
}

#[test]
fn a_parameter_keeps_its_type_and_holds_no_other() {
    let mut stage = Stage::new(&Setting {
        desired: 0,
        ..Setting::default()
    });
    let put = |kind: &str, value: &str| json!({"Name": "/p/a", "Value": value, "Type": kind, "Overwrite": true});
    ask(&mut stage, "PutParameter", &put("String", "{{}"));
    for (kind, value, expected) in [
        ("SecureString", "1", "HierarchyTypeMismatchException"),
        ("StringList", "1", "HierarchyTypeMismatchException"),
        ("String", "{{x}}", "ValidationException"),
        ("String", "a {{ssm:x}} b", "ValidationException"),
    ] {
        let body = put(kind, value).to_string();
        assert_eq!(
            refusal(&mut stage, Ssm, "PutParameter", &body).0,
            expected,
            "{kind} {value}"
        );
    }
    ask(&mut stage, "PutParameter", &put("String", "2"));
    ask(
        &mut stage,
        "LabelParameterVersion",
        &json!({"Name": "/p/a", "Labels": ["good", "1st"]}),
    );
    let arn = "arn:aws:ssm:us-east-1:000000000000:parameter/p/a";
    for (name, value, selector) in [
        ("/p/a", "2", Value::Null),
        ("/p/a:1", "{{}", json!(":1")),
        ("/p/a:good", "2", json!(":good")),
        (arn, "2", Value::Null),
        (&format!("{arn}:1"), "{{}", json!(":1")),
    ] {
        let get = ask(&mut stage, "GetParameter", &json!({"Name": name}));
        let found = (&get["Parameter"]["Value"], &get["Parameter"]["Selector"]);
        assert_eq!(found, (&json!(value), &selector), "{name}");
    }
    for key in ["Name", "Path", "Tier", "tag:x", "DataType"] {
        let filters = json!([{"Key": key, "Values": ["/p"]}]);
        let body = json!({"Path": "/p", "ParameterFilters": filters}).to_string();
        let refused = refusal(&mut stage, Ssm, "GetParametersByPath", &body).0;
        assert_eq!(refused, "InvalidFilterKey", "{key}");
    }
}

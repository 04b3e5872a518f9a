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
        "UnknownOperationException"
    );
}

//! The operations through their wire encodings, over a played world.

mod autoscaling;
mod cloudwatch;
mod ec2;
mod elbv2;
mod elbv2_routes;
mod elbv2_targets;
mod group_admin;
mod policies;
mod refreshes;
mod ssm;
mod sts;

use super::{Reply, Service, handle};
use crate::wire::error::ApiError;
use crate::world::tests::stage::Stage;

/// Sends a request; the body is a form (or JSON) without `Action`.
fn send(stage: &mut Stage, service: Service, action: &str, body: &str) -> Result<String, ApiError> {
    let reply = handle(
        &mut stage.world,
        stage.now,
        service,
        action,
        body.as_bytes(),
    )?;
    stage.play();
    Ok(match reply {
        Reply::Xml(xml) => xml.unwrap_or_default(),
        Reply::Json(json) => json,
        Reply::Cbor(_) => panic!("{action} was not asked in CBOR"),
    })
}

/// Sends a request that must succeed.
fn answer(stage: &mut Stage, service: Service, action: &str, body: &str) -> String {
    send(stage, service, action, body).unwrap_or_else(|error| panic!("{action} {body}: {error}"))
}

/// Sends a request that must fail; code and message.
fn refusal(stage: &mut Stage, service: Service, action: &str, body: &str) -> (String, String) {
    match send(stage, service, action, body) {
        Ok(answer) => panic!("{action} {body} was answered: {answer}"),
        Err(error) => (error.code, error.message),
    }
}

/// The text of every element of that name, in order.
fn all<'a>(xml: &'a str, element: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    xml.split(open.as_str())
        .skip(1)
        .filter_map(|rest| rest.split(close.as_str()).next())
        .collect()
}

/// The text of the first element of that name.
fn one<'a>(xml: &'a str, element: &str) -> &'a str {
    all(xml, element)
        .first()
        .unwrap_or_else(|| panic!("no {element} in {xml}"))
}

//! `/_sandbox/cpu`: how busy the group's members are from now on. Nothing here has a CPU of its own; scaling policies and
//! alarms go by this figure.

use super::refusal::{Refusal, json};
use super::{Control, body};
use crate::wire::http::Body;
use crate::world::{Cpu, InstanceId};
use http::{Response, StatusCode};
use hyper::body::Incoming;
use serde::{Deserialize, Serialize};

/// How a figure is sent.
const FORM: &str =
    r#"{"each":75}, {"shared":300} (percent, over all members) or {"instance":"i-...","each":75}"#;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(skip_serializing_if = "Option::is_none")]
    each: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
}

/// Sets it, and says what was set.
pub(super) async fn answer(control: &Control, body: Incoming) -> Result<Response<Body>, Refusal> {
    let wanted: Wanted = body::document(body, FORM).await?;
    let refused =
        |error: String| Refusal::new(StatusCode::BAD_REQUEST, error, format!("send {FORM}"));
    let set = match (wanted.each, wanted.shared, &wanted.instance) {
        (Some(percent), None, Some(id)) => control.set_instance_cpu(&InstanceId::new(id), percent),
        (Some(percent), None, None) => control.set_group_cpu(Cpu::Each(percent)),
        (None, Some(percent), None) => control.set_group_cpu(Cpu::Shared(percent)),
        _ => {
            return Err(refused(
                "the figure is not one of the three forms".to_owned(),
            ));
        }
    };
    set.map_err(|error| refused(error.message))?;
    Ok(json(StatusCode::OK, &wanted))
}

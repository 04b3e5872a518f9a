//! Security Token Service: who the caller is.

use serde::Serialize;

use super::Reply;
use super::codec::{Nothing, query, unknown_action};
use crate::wire::error::ApiError;
use crate::world::World;

/// The same for every caller, since signatures are not checked.
const USER: &str = "sandbox";

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CallerIdentity {
    user_id: String,
    account: String,
    arn: String,
}

pub(super) fn handle(world: &World, action: &str, body: &[u8]) -> Result<Reply, ApiError> {
    match action {
        "GetCallerIdentity" => query(body, |_: Nothing| Ok(caller(world))),
        _ => Err(unknown_action(action)),
    }
}

fn caller(world: &World) -> CallerIdentity {
    let account = world.identity().account.clone();
    let arn = format!("arn:aws:iam::{account}:user/{USER}");
    CallerIdentity {
        user_id: "AIDASANDBOXSANDBOX000".to_owned(),
        account,
        arn,
    }
}

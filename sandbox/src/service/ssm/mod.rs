//! Systems Manager: Parameter Store. This file only says which operation is which function.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Operations.html>

mod change;
mod listing;
mod names;
mod parameters;

use jiff::Timestamp;

use super::Reply;
use super::codec::json;
use crate::wire::error::ApiError;
use crate::world::World;

pub(super) fn handle(
    world: &mut World,
    now: Timestamp,
    action: &str,
    body: &[u8],
) -> Result<Reply, ApiError> {
    match action {
        "PutParameter" => json(body, |q| parameters::put(world, now, q)),
        "GetParameter" => json(body, |q| parameters::get(world, &q)),
        "GetParameters" => json(body, |q| parameters::get_many(world, &q)),
        "GetParametersByPath" => json(body, |q| listing::by_path(world, &q)),
        "DescribeParameters" => json(body, |q| listing::describe(world, &q)),
        "DeleteParameter" => json(body, |q| change::delete(world, now, &q)),
        "DeleteParameters" => json(body, |q| change::delete_many(world, now, q)),
        "LabelParameterVersion" => json(body, |q| change::label(world, now, &q)),
        "UnlabelParameterVersion" => json(body, |q| change::unlabel(world, now, &q)),
        "GetParameterHistory" => json(body, |q| parameters::history(world, &q)),
        _ => {
            let message = format!("The sandbox does not model the operation {action}.");
            Err(ApiError::new(400, "UnknownOperationException", message))
        }
    }
}

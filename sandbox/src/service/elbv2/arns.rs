//! What cannot be an ARN is told apart from the ARN of something that is not there.

use crate::wire::error::ApiError;
use crate::wire::form;

/// Parameters that hold ARNs, of one thing or of a list of them, and what of.
const KINDS: [(&str, &str); 4] = [
    ("TargetGroupArn", "target group"),
    ("LoadBalancerArn", "load balancer"),
    ("ListenerArn", "listener"),
    ("RuleArn", "listener rule"),
];

/// Looks at each parameter of a request that should be one. What is no form is somebody else's to refuse.
pub(super) fn check(body: &[u8]) -> Result<(), ApiError> {
    for (name, value) in form::pairs(body).map_while(Result::ok) {
        let last = name
            .rsplit('.')
            .find(|part| *part != "member" && part.parse::<u32>().is_err());
        let last = last.unwrap_or_default();
        let of =
            |(parameter, _): &&(&str, &str)| last.strip_suffix('s').unwrap_or(last) == *parameter;
        let Some((_, kind)) = KINDS.iter().find(of) else {
            continue;
        };
        let empty_list = last.ends_with('s') && value.is_empty();
        if !empty_list && !value.starts_with("arn:") {
            let message = format!("'{value}' is not a valid {kind} ARN");
            return Err(ApiError::validation(message));
        }
    }
    Ok(())
}

//! Actions of listeners and rules, as they are asked for and shown.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html>

use serde::{Deserialize, Serialize};

use crate::routing::{self, Redirect, Share};
use crate::wire::error::ApiError;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Action {
    #[serde(rename = "Type")]
    kind: String,
    target_group_arn: Option<String>,
    order: Option<u32>,
    forward_config: Option<ForwardConfig>,
    redirect_config: Option<RedirectConfig>,
    fixed_response_config: Option<FixedResponseConfig>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ForwardConfig {
    target_groups: Vec<TargetGroupTuple>,
    target_group_stickiness_config: Option<Stickiness>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TargetGroupTuple {
    target_group_arn: String,
    weight: Option<u16>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Stickiness {
    enabled: Option<bool>,
    duration_seconds: Option<u32>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RedirectConfig {
    protocol: Option<String>,
    port: Option<String>,
    host: Option<String>,
    path: Option<String>,
    query: Option<String>,
    status_code: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct FixedResponseConfig {
    message_body: Option<String>,
    status_code: String,
    content_type: Option<String>,
}

/// The one action that a list must hold: what else may come before it (authentication) is not modelled.
pub(super) fn parsed(actions: Vec<Action>) -> Result<routing::Action, ApiError> {
    let mut actions = actions.into_iter();
    match (actions.next(), actions.next()) {
        (Some(action), None) => action.parsed(),
        (None, _) => Err(ApiError::validation("An action must be specified")),
        (Some(_), Some(_)) => Err(invalid(
            "Exactly one action, of type forward, redirect or fixed-response, must be specified",
        )),
    }
}

/// The same, shown.
pub(super) fn views(action: &routing::Action) -> Vec<Action> {
    vec![Action::of(action)]
}

impl Action {
    fn parsed(self) -> Result<routing::Action, ApiError> {
        let kind = self.kind.clone();
        let parsed = match kind.as_str() {
            "forward" => Some(self.forward()?),
            "redirect" => self
                .redirect_config
                .map(RedirectConfig::parsed)
                .transpose()?,
            "fixed-response" => {
                let config = self.fixed_response_config;
                config.map(FixedResponseConfig::parsed).transpose()?
            }
            other => {
                let message = format!("The sandbox does not model actions of type '{other}'");
                return Err(invalid(message));
            }
        };
        parsed.ok_or_else(|| {
            ApiError::validation(format!(
                "An action of type '{kind}' needs its configuration"
            ))
        })
    }

    /// One target group may be named in two places, if both name the same one.
    fn forward(self) -> Result<routing::Action, ApiError> {
        let Some(config) = self.forward_config else {
            let group = self
                .target_group_arn
                .ok_or_else(|| ApiError::validation("A target group ARN must be specified"))?;
            return Ok(routing::Action::forward(group));
        };
        let sticky = config.target_group_stickiness_config;
        if sticky.is_some_and(|sticky| sticky.enabled == Some(true)) {
            return Err(invalid(
                "The sandbox does not model target group stickiness",
            ));
        }
        let groups = config.target_groups;
        let alone = groups.len() == 1;
        if let Some(arn) = &self.target_group_arn
            && !(alone && groups[0].target_group_arn == *arn)
        {
            return Err(ApiError::validation(
                "TargetGroupArn and ForwardConfig must name the same target group",
            ));
        }
        if !alone && groups.iter().any(|group| group.weight.is_none()) {
            return Err(ApiError::validation(
                "Weights must be specified for every target group when there is more than one",
            ));
        }
        let share = |group: TargetGroupTuple| Share {
            target_group: group.target_group_arn,
            weight: group.weight.unwrap_or(1),
        };
        Ok(routing::Action::Forward(
            groups.into_iter().map(share).collect(),
        ))
    }

    fn of(action: &routing::Action) -> Self {
        match action {
            routing::Action::Forward(shares) => Self::of_shares(shares),
            routing::Action::Redirect(redirect) => Self {
                kind: "redirect".to_owned(),
                redirect_config: Some(RedirectConfig::of(redirect)),
                ..Self::default()
            },
            routing::Action::Fixed(fixed) => Self {
                kind: "fixed-response".to_owned(),
                fixed_response_config: Some(FixedResponseConfig {
                    message_body: fixed.body.clone(),
                    status_code: fixed.status.to_string(),
                    content_type: fixed.content_type.clone(),
                }),
                ..Self::default()
            },
        }
    }

    fn of_shares(shares: &[Share]) -> Self {
        let alone = shares.first().filter(|_| shares.len() == 1);
        let tuple = |share: &Share| TargetGroupTuple {
            target_group_arn: share.target_group.clone(),
            weight: Some(share.weight),
        };
        Self {
            kind: "forward".to_owned(),
            target_group_arn: alone.map(|share| share.target_group.clone()),
            forward_config: Some(ForwardConfig {
                target_groups: shares.iter().map(tuple).collect(),
                target_group_stickiness_config: Some(Stickiness {
                    enabled: Some(false),
                    duration_seconds: None,
                }),
            }),
            ..Self::default()
        }
    }
}

impl RedirectConfig {
    fn parsed(self) -> Result<routing::Action, ApiError> {
        let permanent = match self.status_code.as_str() {
            "HTTP_301" => true,
            "HTTP_302" => false,
            other => {
                let message =
                    format!("Redirect status code '{other}' must be HTTP_301 or HTTP_302");
                return Err(ApiError::validation(message));
            }
        };
        let or = |given: Option<String>, same: &str| given.unwrap_or_else(|| same.to_owned());
        let redirect = Redirect {
            protocol: or(self.protocol, "#{protocol}"),
            host: or(self.host, "#{host}"),
            port: or(self.port, "#{port}"),
            path: or(self.path, "/#{path}"),
            query: or(self.query, "#{query}"),
            permanent,
        };
        if !["HTTP", "HTTPS", "#{protocol}"].contains(&redirect.protocol.as_str()) {
            return Err(ApiError::validation(
                "Redirect protocol must be HTTP, HTTPS or #{protocol}",
            ));
        }
        let same = redirect.protocol == "#{protocol}"
            && redirect.host == "#{host}"
            && redirect.port == "#{port}"
            && redirect.path == "/#{path}";
        if same {
            return Err(invalid(
                "A redirect must change at least one of protocol, port, host and path",
            ));
        }
        Ok(routing::Action::Redirect(redirect))
    }

    fn of(redirect: &Redirect) -> Self {
        Self {
            protocol: Some(redirect.protocol.clone()),
            port: Some(redirect.port.clone()),
            host: Some(redirect.host.clone()),
            path: Some(redirect.path.clone()),
            query: Some(redirect.query.clone()),
            status_code: if redirect.permanent {
                "HTTP_301"
            } else {
                "HTTP_302"
            }
            .to_owned(),
        }
    }
}

impl FixedResponseConfig {
    /// 2XX, 4XX and 5XX, with up to 1024 characters.
    fn parsed(self) -> Result<routing::Action, ApiError> {
        const TYPES: [&str; 5] = [
            "text/plain",
            "text/css",
            "text/html",
            "application/javascript",
            "application/json",
        ];
        let status = self.status_code.parse().ok();
        let status = status.filter(|status| matches!(status, 200..=299 | 400..=599));
        let status: u16 = status.ok_or_else(|| {
            ApiError::validation("The status code of a fixed response must be 2XX, 4XX or 5XX")
        })?;
        if self
            .message_body
            .as_ref()
            .is_some_and(|body| body.len() > 1024)
        {
            return Err(ApiError::validation(
                "A message body has at most 1024 characters",
            ));
        }
        let kind = self.content_type.as_deref();
        if kind.is_some_and(|kind| !TYPES.contains(&kind)) {
            let message = format!("Content type must be one of {}", TYPES.join(", "));
            return Err(ApiError::validation(message));
        }
        Ok(routing::Action::Fixed(routing::FixedResponse {
            status,
            content_type: self.content_type,
            body: self.message_body,
        }))
    }
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidLoadBalancerAction", message)
}

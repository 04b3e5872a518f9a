//! Conditions of rules, as they are asked for and shown.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html>

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use crate::routing::{self, QueryPair};
use crate::wire::error::ApiError;

/// A rule holds at most so many values.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>
const MOST_VALUES: usize = 5;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Condition {
    #[serde(default)]
    field: String,
    values: Option<Vec<String>>,
    host_header_config: Option<Values>,
    path_pattern_config: Option<Values>,
    http_header_config: Option<HttpHeaderConfig>,
    query_string_config: Option<QueryStringConfig>,
    http_request_method_config: Option<Values>,
    source_ip_config: Option<Values>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Values {
    values: Vec<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct HttpHeaderConfig {
    http_header_name: String,
    values: Vec<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct QueryStringConfig {
    values: Vec<KeyValue>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct KeyValue {
    key: Option<String>,
    value: String,
}

/// All of a rule: at least one, of each kind but headers and query strings one at most.
pub(super) fn parsed(conditions: Vec<Condition>) -> Result<Vec<routing::Condition>, ApiError> {
    if conditions.is_empty() {
        return Err(ApiError::validation("A condition must be specified"));
    }
    let mut once = BTreeSet::new();
    let mut values = 0;
    let mut all = Vec::new();
    for condition in conditions {
        let field = condition.field.clone();
        let repeatable = ["http-header", "query-string"].contains(&field.as_str());
        if !repeatable && !once.insert(field.clone()) {
            let message = format!("A rule can only have one '{field}' condition");
            return Err(ApiError::validation(message));
        }
        let condition = condition.parsed()?;
        values += count(&condition);
        all.push(condition);
    }
    if values > MOST_VALUES {
        let message = format!("A rule can only have '{MOST_VALUES}' condition values");
        return Err(ApiError::validation(message));
    }
    Ok(all)
}

fn count(condition: &routing::Condition) -> usize {
    match condition {
        routing::Condition::Host(values)
        | routing::Condition::Path(values)
        | routing::Condition::Method(values)
        | routing::Condition::Header { values, .. } => values.len(),
        routing::Condition::Query(pairs) => pairs.len(),
        routing::Condition::SourceIp(blocks) => blocks.len(),
    }
}

impl Condition {
    /// Values are given in one way only.
    fn check_one_way(&self) -> Result<(), ApiError> {
        let configured = [
            self.host_header_config.is_some(),
            self.path_pattern_config.is_some(),
            self.http_header_config.is_some(),
            self.query_string_config.is_some(),
            self.http_request_method_config.is_some(),
            self.source_ip_config.is_some(),
        ];
        let ways = configured.into_iter().filter(|given| *given).count();
        if ways + usize::from(self.values.is_some()) > 1 {
            let field = &self.field;
            let message = format!("Condition '{field}' must have its values in one place only");
            return Err(ApiError::validation(message));
        }
        Ok(())
    }

    fn parsed(self) -> Result<routing::Condition, ApiError> {
        self.check_one_way()?;
        let texts = |config: Option<Values>| config.map(|c| c.values).or(self.values.clone());
        match self.field.as_str() {
            "host-header" => patterns(texts(self.host_header_config)).map(routing::Condition::Host),
            "path-pattern" => {
                patterns(texts(self.path_pattern_config)).map(routing::Condition::Path)
            }
            "http-request-method" => methods(patterns(texts(self.http_request_method_config))?),
            "source-ip" => source_ip(&patterns(texts(self.source_ip_config))?),
            "http-header" => header(self.http_header_config),
            "query-string" => query(self.query_string_config),
            other => Err(ApiError::validation(format!(
                "Condition field '{other}' must be one of '[path-pattern,host-header,http-header,http-request-method,query-string,source-ip]'"
            ))),
        }
    }

    pub(super) fn of(condition: &routing::Condition) -> Self {
        let (field, mut view) = Self::config_of(condition);
        field.clone_into(&mut view.field);
        view
    }

    fn config_of(condition: &routing::Condition) -> (&'static str, Self) {
        let mut view = Self::default();
        let field = match condition {
            routing::Condition::Host(values) => {
                view.values = Some(values.clone());
                view.host_header_config = Some(values.clone().into());
                "host-header"
            }
            routing::Condition::Path(values) => {
                view.values = Some(values.clone());
                view.path_pattern_config = Some(values.clone().into());
                "path-pattern"
            }
            routing::Condition::Method(values) => {
                view.http_request_method_config = Some(values.clone().into());
                "http-request-method"
            }
            routing::Condition::SourceIp(blocks) => {
                let blocks: Vec<_> = blocks.iter().map(ToString::to_string).collect();
                view.source_ip_config = Some(blocks.into());
                "source-ip"
            }
            routing::Condition::Header { name, values } => {
                view.http_header_config = Some(HttpHeaderConfig {
                    http_header_name: name.clone(),
                    values: values.clone(),
                });
                "http-header"
            }
            routing::Condition::Query(pairs) => {
                view.query_string_config = Some(QueryStringConfig::of(pairs));
                "query-string"
            }
        };
        (field, view)
    }
}

impl From<Vec<String>> for Values {
    fn from(values: Vec<String>) -> Self {
        Self { values }
    }
}

impl QueryStringConfig {
    fn of(pairs: &[QueryPair]) -> Self {
        let pair = |pair: &QueryPair| KeyValue {
            key: pair.key.clone(),
            value: pair.value.clone(),
        };
        Self {
            values: pairs.iter().map(pair).collect(),
        }
    }
}

fn patterns(values: Option<Vec<String>>) -> Result<Vec<String>, ApiError> {
    let values = values.filter(|values| !values.is_empty());
    let values =
        values.ok_or_else(|| ApiError::validation("A condition value must be specified"))?;
    match values.iter().find(|v| v.is_empty() || v.len() > 128) {
        None => Ok(values),
        Some(bad) => Err(ApiError::validation(format!(
            "Condition value '{bad}' must have 1 to 128 characters"
        ))),
    }
}

/// Upper case, hyphens and underscores, no wildcards; 40 characters at most.
fn methods(values: Vec<String>) -> Result<routing::Condition, ApiError> {
    let allowed = |byte: u8| byte.is_ascii_uppercase() || b"-_".contains(&byte);
    match values
        .iter()
        .find(|v| v.len() > 40 || !v.bytes().all(allowed))
    {
        None => Ok(routing::Condition::Method(values)),
        Some(bad) => Err(ApiError::validation(format!(
            "HTTP request method '{bad}' is not valid: the allowed characters are A-Z, hyphen (-) and underscore (_)"
        ))),
    }
}

fn source_ip(values: &[String]) -> Result<routing::Condition, ApiError> {
    let block = |text: &String| {
        text.parse().map_err(|()| {
            ApiError::validation(format!("'{text}' is not a block of IPv4 addresses (CIDR)"))
        })
    };
    let blocks: Result<Vec<_>, ApiError> = values.iter().map(block).collect();
    blocks.map(routing::Condition::SourceIp)
}

fn header(config: Option<HttpHeaderConfig>) -> Result<routing::Condition, ApiError> {
    let config = config.ok_or_else(|| ApiError::validation("An HTTP header must be specified"))?;
    let name = config.http_header_name;
    let parsed: Option<http::HeaderName> = name.parse().ok();
    if !parsed.is_some_and(|parsed| name.len() <= 40 && parsed != http::header::HOST) {
        let message = format!("HTTP header name '{name}' is not valid");
        return Err(ApiError::validation(message));
    }
    Ok(routing::Condition::Header {
        name,
        values: patterns(Some(config.values))?,
    })
}

fn query(config: Option<QueryStringConfig>) -> Result<routing::Condition, ApiError> {
    let config = config.filter(|config| !config.values.is_empty());
    let config = config.ok_or_else(|| ApiError::validation("A query string must be specified"))?;
    let pair = |pair: KeyValue| QueryPair {
        key: pair.key,
        value: pair.value,
    };
    Ok(routing::Condition::Query(
        config.values.into_iter().map(pair).collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_keep_their_spelling_and_say_their_values_once() {
        let condition = |document: serde_json::Value| -> Condition {
            serde_json::from_value(document).expect("a condition")
        };
        let header = condition(serde_json::json!({
            "Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-My-Header", "Values": ["a"]},
        }));
        let known = parsed(vec![header]).expect("good");
        let shown = serde_json::to_value(Condition::of(&known[0])).expect("JSON");
        assert_eq!(shown["HttpHeaderConfig"]["HttpHeaderName"], "X-My-Header");
        for bad in [
            serde_json::json!({"Field": "path-pattern", "Values": ["/a"], "PathPatternConfig": {"Values": ["/b"]}}),
            serde_json::json!({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["get"]}}),
            serde_json::json!({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["G*"]}}),
        ] {
            let message = bad.to_string();
            assert!(parsed(vec![condition(bad)]).is_err(), "{message}");
        }
    }
}

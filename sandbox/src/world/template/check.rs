//! What EC2 finds wrong with launch template data.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::LaunchTemplateData;
use crate::wire::error::ApiError;

/// User data may have so many bytes before it is encoded.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>
const LONGEST_USER_DATA: usize = 16 * 1024;

impl LaunchTemplateData {
    /// What EC2 checks when a version is made; most of the rest it checks at launch only.
    pub(super) fn check(&self) -> Result<(), ApiError> {
        self.check_user_data()?;
        let Some(options) = &self.metadata_options else {
            return Ok(());
        };
        if options
            .http_put_response_hop_limit
            .is_some_and(|hops| !(1..=64).contains(&hops))
        {
            return Err(invalid("HttpPutResponseHopLimit must be between 1 and 64"));
        }
        one_of(
            "HttpTokens",
            options.http_tokens.as_deref(),
            &["optional", "required"],
        )?;
        let switch = ["enabled", "disabled"];
        one_of("HttpEndpoint", options.http_endpoint.as_deref(), &switch)?;
        one_of(
            "HttpProtocolIpv6",
            options.http_protocol_ipv6.as_deref(),
            &switch,
        )?;
        one_of(
            "InstanceMetadataTags",
            options.instance_metadata_tags.as_deref(),
            &switch,
        )
    }

    fn check_user_data(&self) -> Result<(), ApiError> {
        let Some(text) = &self.user_data else {
            return Ok(());
        };
        let bytes = BASE64.decode(text).map_err(|_| {
            let message = "Invalid BASE64 encoding of user data.";
            ApiError::new(400, "InvalidUserData.Malformed", message)
        })?;
        if bytes.len() > LONGEST_USER_DATA {
            return Err(invalid("User data is limited to 16384 bytes"));
        }
        Ok(())
    }

    /// Tags that the metadata service cannot show fail the launch, wherever they come from.
    /// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/work-with-tags-in-imds.html>
    pub(in crate::world) fn check_tag_keys<'a>(
        &self,
        mut keys: impl Iterator<Item = &'a String>,
    ) -> Result<(), ApiError> {
        let fits = |key: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-_+=,.@:".contains(c);
            !matches!(key, "" | "." | ".." | "_index") && key.chars().all(allowed)
        };
        let bad = keys.find(|key| !fits(key));
        match bad.filter(|_| self.tags_in_metadata()) {
            None => Ok(()),
            Some(key) => Err(invalid(&format!(
                "'{key}' is not a valid tag key. Tag keys must match pattern \
                 ([0-9a-zA-Z\\-_+=,.@:]{{1,255}}), and must not be a reserved name ('.', '..', '_index')"
            ))),
        }
    }
}

fn invalid(message: &str) -> ApiError {
    ApiError::new(400, "InvalidParameterValue", message)
}

fn one_of(name: &str, value: Option<&str>, allowed: &[&str]) -> Result<(), ApiError> {
    match value {
        Some(value) if !allowed.contains(&value) => {
            Err(invalid(&format!("Invalid value '{value}' for {name}")))
        }
        _ => Ok(()),
    }
}

//! What EC2's requests have in common.

use serde::Deserialize;

use crate::routing::fits;
use crate::service::paging::{self, Page};
use crate::wire::error::ApiError;
use crate::world::{LaunchTemplateId, TemplateKey, VersionSpec};

/// A filter by name and values.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Filter {
    name: String,
    #[serde(default, rename = "Value")]
    values: Vec<String>,
}

/// Filter values in one request.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html>
const MOST_FILTER_VALUES: usize = 200;

/// Bounds what one request can ask to be compared.
pub(super) fn check_filters(filters: &[Filter]) -> Result<(), ApiError> {
    let values: usize = filters.iter().map(|filter| filter.values.len()).sum();
    if values > MOST_FILTER_VALUES {
        let message = format!(
            "The maximum number of filter values specified in a single call is {MOST_FILTER_VALUES}"
        );
        return Err(ApiError::new(400, "FilterLimitExceeded", message));
    }
    Ok(())
}

/// Whether everything is right with the request is what a dry run wants to know, so this comes last in AWS; here first,
/// because no permissions are checked.
pub(super) fn check_dry_run(dry_run: Option<bool>) -> Result<(), ApiError> {
    if dry_run == Some(true) {
        let message = "Request would have succeeded, but DryRun flag is set.";
        return Err(ApiError::new(412, "DryRunOperation", message));
    }
    Ok(())
}

/// Either the id or the name of a launch template.
pub(super) fn template_key(
    id: Option<String>,
    name: Option<String>,
) -> Result<TemplateKey, ApiError> {
    match (id, name) {
        (Some(id), None) => Ok(TemplateKey::Id(LaunchTemplateId::new(id))),
        (None, Some(name)) => Ok(TemplateKey::Name(name)),
        (Some(_), Some(_)) => {
            let message = "The request must contain either a LaunchTemplateId or a \
                           LaunchTemplateName, not both";
            Err(ApiError::new(400, "InvalidParameterCombination", message))
        }
        (None, None) => {
            let message = "The request must contain the parameter LaunchTemplateId or \
                           LaunchTemplateName";
            Err(ApiError::new(400, "MissingParameter", message))
        }
    }
}

/// A number, `$Latest` or `$Default`.
pub(super) fn version_spec(text: &str) -> Result<VersionSpec, ApiError> {
    VersionSpec::parse(text).ok_or_else(|| {
        let message = format!("Invalid launch template version: '{text}'");
        ApiError::new(400, "InvalidLaunchTemplateId.VersionNotFound", message)
    })
}

/// `MaxResults` and `NextToken` over a list.
pub(super) fn page<T>(
    items: impl Iterator<Item = T>,
    token: Option<&str>,
    max_results: Option<usize>,
    most: usize,
) -> Result<Page<T>, ApiError> {
    let size = max_results.unwrap_or(most);
    if !(1..=most).contains(&size) {
        let message = format!("MaxResults must be between 1 and {most}");
        return Err(ApiError::new(400, "InvalidParameterValue", message));
    }
    paging::page(items, token, size)
        .map_err(|_| ApiError::new(400, "InvalidNextToken", "The NextToken value is not valid"))
}

impl Filter {
    /// Whether one of the values (`*` and `?` are wildcards) is what the filtered thing has under this name. `lookup` answers
    /// `None` for a name that there is no filter for.
    pub(super) fn matches<'a>(
        &self,
        lookup: impl FnOnce(&str) -> Option<Vec<&'a str>>,
    ) -> Result<bool, ApiError> {
        let values = lookup(&self.name).ok_or_else(|| {
            let message = format!(
                "The filter '{}' is invalid, or the sandbox does not model it",
                self.name
            );
            ApiError::new(400, "InvalidParameterValue", message)
        })?;
        let fits = |value: &&str| self.values.iter().any(|pattern| fits(pattern, value));
        Ok(values.iter().any(fits))
    }
}

//! Labels: names for versions. A label is on one version at a time.
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html>

use jiff::Timestamp;

use super::store::{Parameter, ParameterVersion, not_found, version_not_found};
use crate::wire::error::ApiError;
use crate::world::World;

/// A version has at most so many.
const MOST_LABELS: usize = 10;
/// And none of them is longer than this, in characters.
const LONGEST_LABEL: usize = 100;

/// What became of a request to label a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    /// Which version has the labels now.
    pub version: u64,
    /// Labels that no version can have.
    pub invalid: Vec<String>,
}

/// What became of a request to take labels off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlabelled {
    /// Labels that are gone.
    pub removed: Vec<String>,
    /// Labels that the version did not have.
    pub invalid: Vec<String>,
}

impl World {
    /// `LabelParameterVersion`; without a version the latest is meant. Labels move here from other versions. Those
    /// that no version can have are told, the others given.
    ///
    /// # Errors
    /// `ParameterNotFound`, `ParameterVersionNotFound`, `ParameterVersionLabelLimitExceeded`.
    pub fn label_parameter(
        &mut self,
        now: Timestamp,
        name: &str,
        version: Option<u64>,
        labels: &[String],
    ) -> Result<Labelled, ApiError> {
        self.catch_up(now);
        let parameter = self.parameters.all.get_mut(name).ok_or_else(not_found)?;
        let number = match version {
            Some(number) => number,
            None => parameter.latest().map_or(0, |latest| latest.number),
        };
        let version = parameter.version_mut(number)?;
        let (labels, invalid): (Vec<String>, Vec<String>) =
            labels.iter().cloned().partition(|label| is_label(label));
        let new = labels.iter().filter(|l| !version.labels.contains(l));
        if version.labels.len() + new.count() > MOST_LABELS {
            let message = "A parameter version can have a maximum of ten labels.";
            return Err(ApiError::new(
                400,
                "ParameterVersionLabelLimitExceeded",
                message,
            ));
        }
        for version in &mut parameter.versions {
            version.labels.retain(|label| !labels.contains(label));
        }
        parameter.version_mut(number)?.labels.extend(labels);
        Ok(Labelled {
            version: number,
            invalid,
        })
    }

    /// `UnlabelParameterVersion`.
    ///
    /// # Errors
    /// `ParameterNotFound`, `ParameterVersionNotFound`.
    pub fn unlabel_parameter(
        &mut self,
        now: Timestamp,
        name: &str,
        version: u64,
        labels: &[String],
    ) -> Result<Unlabelled, ApiError> {
        self.catch_up(now);
        let parameter = self.parameters.all.get_mut(name).ok_or_else(not_found)?;
        let version = parameter.version_mut(version)?;
        let (removed, invalid) = labels
            .iter()
            .cloned()
            .partition(|label| version.labels.contains(label));
        version.labels.retain(|label| !labels.contains(label));
        Ok(Unlabelled { removed, invalid })
    }
}

impl Parameter {
    fn version_mut(&mut self, number: u64) -> Result<&mut ParameterVersion, ApiError> {
        let version = self.versions.iter_mut().find(|v| v.number == number);
        version.ok_or_else(|| version_not_found(&self.name, &number.to_string()))
    }
}

/// Letters, numbers and `.-_`; does not begin with a number, `aws` or `ssm`.
fn is_label(label: &str) -> bool {
    let lower = label.to_ascii_lowercase();
    let plain = label
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let begins_well = !label.starts_with(|c: char| c.is_ascii_digit());
    let own = !lower.starts_with("aws") && !lower.starts_with("ssm");
    plain && begins_well && own && (1..=LONGEST_LABEL).contains(&label.len())
}

//! The parameters that there are, and how a read names one.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::wire::error::ApiError;
use crate::world::World;

/// One parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The versions kept, oldest first; never empty.
    pub versions: Vec<ParameterVersion>,
}

/// One version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterVersion {
    /// From 1.
    pub number: u64,
    /// `String`, `StringList` or `SecureString`.
    pub kind: String,
    /// The value.
    pub value: String,
    /// For people.
    pub description: Option<String>,
    /// When it was written.
    pub modified: Timestamp,
    /// In the order in which they were given.
    pub labels: Vec<String>,
}

#[derive(Debug, Clone, Default)]
pub(in crate::world) struct Parameters {
    pub(super) all: BTreeMap<String, Parameter>,
    /// When each deleted parameter was deleted; those long gone are forgotten.
    pub(super) deleted: BTreeMap<String, Timestamp>,
}

impl Parameter {
    /// The version that a read without a number gets.
    pub fn latest(&self) -> Option<&ParameterVersion> {
        self.versions.last()
    }

    /// The version of that number or label.
    fn selected(&self, selector: &str) -> Option<&ParameterVersion> {
        let labelled = |version: &&ParameterVersion| version.labels.iter().any(|l| l == selector);
        match selector.parse::<u64>() {
            Ok(number) => self.versions.iter().find(|v| v.number == number),
            Err(_) => self.versions.iter().find(labelled),
        }
    }
}

impl World {
    /// The parameter of that name or ARN, and the version that a selector (`name:3`, `name:label`) names.
    ///
    /// # Errors
    /// `ParameterNotFound`, `ParameterVersionNotFound`.
    pub fn parameter(&self, name: &str) -> Result<(&Parameter, &ParameterVersion), ApiError> {
        let (plain, selector) = match selector(name) {
            Some(selector) => (&name[..name.len() - selector.len() - 1], Some(selector)),
            None => (name, None),
        };
        let parameter = self.find_parameter(plain).ok_or_else(not_found)?;
        let version = match selector {
            None => parameter.latest(),
            Some(wanted) => parameter.selected(wanted),
        };
        version
            .map(|version| (parameter, version))
            .ok_or_else(|| version_not_found(plain, selector.unwrap_or_default()))
    }

    fn find_parameter(&self, name: &str) -> Option<&Parameter> {
        if name.starts_with("arn:") {
            return self.parameters().find(|parameter| parameter.arn == name);
        }
        self.parameters.all.get(name)
    }

    /// Every parameter, by name.
    pub fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.all.values()
    }
}

/// What follows the last colon of a name, or of an ARN's resource: the number or the label of a version.
pub fn selector(name: &str) -> Option<&str> {
    let resource = match name.strip_prefix("arn:") {
        Some(arn) => arn.splitn(5, ':').nth(4)?,
        None => name,
    };
    resource.rsplit_once(':').map(|(_, selector)| selector)
}

pub(super) fn not_found() -> ApiError {
    ApiError::new(400, "ParameterNotFound", "")
}

pub(super) fn version_not_found(name: &str, wanted: &str) -> ApiError {
    let message = format!(
        "Systems Manager could not find version {wanted} of {name}. Verify the version and try again."
    );
    ApiError::new(400, "ParameterVersionNotFound", message)
}

//! Parameter Store: values with versions. Labels, policies, tags and deletion are not modelled.
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html>

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::World;
use crate::wire::error::ApiError;

/// The oldest version makes room for the 101st.
const VERSIONS_KEPT: usize = 100;

/// A standard parameter's limit, in bytes.
const LONGEST_VALUE: usize = 4096;

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
}

/// What `PutParameter` asks for.
#[derive(Debug, Clone, Default)]
pub struct PutParameter {
    /// Its name.
    pub name: String,
    /// The value.
    pub value: String,
    /// The type; needed to create.
    pub kind: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Whether there may be one already.
    pub overwrite: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Parameters(BTreeMap<String, Parameter>);

impl Parameter {
    /// The version that a read without a number gets.
    pub fn latest(&self) -> Option<&ParameterVersion> {
        self.versions.last()
    }
}

impl World {
    /// `PutParameter`. Returns the version written.
    ///
    /// # Errors
    /// `ParameterAlreadyExists` without `overwrite`, `ValidationException` for a bad name, type or value.
    pub fn put_parameter(&mut self, now: Timestamp, put: PutParameter) -> Result<u64, ApiError> {
        self.catch_up(now);
        let existing = self.parameters.0.get(&put.name).and_then(Parameter::latest);
        check(&put, existing.is_some())?;
        let kind = put
            .kind
            .or_else(|| existing.map(|v| v.kind.clone()))
            .unwrap_or_default();
        let version = ParameterVersion {
            number: existing.map_or(1, |v| v.number + 1),
            kind,
            value: put.value,
            description: put
                .description
                .or_else(|| existing.and_then(|v| v.description.clone())),
            modified: self.now,
        };
        let number = version.number;
        let path = put.name.trim_start_matches('/');
        let arn = self.identity.arn("ssm", &format!("parameter/{path}"));
        let name = put.name.clone();
        let fresh = || Parameter {
            name,
            arn,
            versions: Vec::new(),
        };
        let parameter = self.parameters.0.entry(put.name).or_insert_with(fresh);
        parameter.versions.push(version);
        if parameter.versions.len() > VERSIONS_KEPT {
            parameter.versions.remove(0);
        }
        Ok(number)
    }

    /// The parameter of that name, and the version that a selector (`name:3`) names.
    ///
    /// # Errors
    /// `ParameterNotFound`, `ParameterVersionNotFound`.
    pub fn parameter(&self, name: &str) -> Result<(&Parameter, &ParameterVersion), ApiError> {
        let (plain, selector) = match name.rsplit_once(':') {
            Some((plain, selector)) if !name.starts_with("arn:") => (plain, Some(selector)),
            _ => (name, None),
        };
        let not_found = || ApiError::new(400, "ParameterNotFound", "");
        let parameter = self.parameters.0.get(plain).ok_or_else(not_found)?;
        let version = match selector {
            None => parameter.latest(),
            Some(wanted) => parameter
                .versions
                .iter()
                .find(|v| v.number.to_string() == wanted),
        };
        version.map(|version| (parameter, version)).ok_or_else(|| {
            let wanted = selector.unwrap_or_default();
            let message = format!(
                "Systems Manager could not find version {wanted} of {plain}. Verify the version and \
                 try again."
            );
            ApiError::new(400, "ParameterVersionNotFound", message)
        })
    }
}

/// `aws` and `ssm` begin AWS's own names, in any case and behind a first slash, too.
fn reserved(name: &str) -> bool {
    let name = name.trim_start_matches('/').to_ascii_lowercase();
    name.starts_with("aws") || name.starts_with("ssm")
}

fn check(put: &PutParameter, exists: bool) -> Result<(), ApiError> {
    if exists && !put.overwrite {
        let message = "The parameter already exists. To overwrite this value, set the overwrite \
                       option in the request to true.";
        return Err(ApiError::new(400, "ParameterAlreadyExists", message));
    }
    let invalid = |message: String| Err(ApiError::new(400, "ValidationException", message));
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    if put.name.is_empty() || reserved(&put.name) || !put.name.chars().all(allowed) {
        return invalid(format!(
            "Parameter name: can't be prefixed with \"aws\" or \"ssm\" and must only contain \
             letters, numbers and _.-/ ({:?} is not such a name).",
            put.name
        ));
    }
    match put.kind.as_deref() {
        Some("String" | "StringList" | "SecureString") => {}
        None if exists => {}
        None => return invalid("A parameter type is required when you create a parameter.".into()),
        Some(kind) => return invalid(format!("Unknown parameter type {kind:?}.")),
    }
    if put.value.is_empty() || put.value.len() > LONGEST_VALUE {
        return invalid(format!(
            "Standard tier parameters support a maximum parameter value of {LONGEST_VALUE} \
             characters and must not be empty."
        ));
    }
    Ok(())
}

//! Writing a parameter.

use jiff::Timestamp;

use super::path::is_too_deep;
use super::store::{Parameter, ParameterVersion};
use crate::wire::error::ApiError;
use crate::world::World;

/// The oldest version makes room for the 101st.
const VERSIONS_KEPT: usize = 100;

/// A standard parameter's limit, in bytes.
const LONGEST_VALUE: usize = 4096;

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

impl World {
    /// `PutParameter`. Returns the version written.
    ///
    /// # Errors
    /// `ParameterAlreadyExists` without `overwrite`, `ValidationException` for a bad name, type or value,
    /// `HierarchyTypeMismatchException`, `ParameterMaxVersionLimitExceeded`, `TooManyUpdates`.
    pub fn put_parameter(&mut self, now: Timestamp, put: PutParameter) -> Result<u64, ApiError> {
        self.catch_up(now);
        let existing = self
            .parameters
            .all
            .get(&put.name)
            .and_then(Parameter::latest);
        check(&put, existing)?;
        self.check_not_just_deleted(&put.name)?;
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
            labels: Vec::new(),
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
        let parameter = self.parameters.all.entry(put.name).or_insert_with(fresh);
        parameter.make_room()?;
        parameter.versions.push(version);
        Ok(number)
    }
}

impl Parameter {
    /// The oldest version goes, unless somebody holds on to it by a label.
    fn make_room(&mut self) -> Result<(), ApiError> {
        if self.versions.len() < VERSIONS_KEPT {
            return Ok(());
        }
        if let Some(oldest) = self.versions.first().filter(|v| !v.labels.is_empty()) {
            let message = format!(
                "You attempted to create a new version of {} by calling the PutParameter API with the \
                 overwrite flag. Version {}, the oldest version, can't be deleted because it has a label \
                 associated with it. Move the label to another version of the parameter, and try again.",
                self.name, oldest.number
            );
            return Err(ApiError::new(
                400,
                "ParameterMaxVersionLimitExceeded",
                message,
            ));
        }
        self.versions.remove(0);
        Ok(())
    }
}

/// `aws` and `ssm` begin AWS's own names, in any case and behind a first slash, too.
fn reserved(name: &str) -> bool {
    let name = name.trim_start_matches('/').to_ascii_lowercase();
    name.starts_with("aws") || name.starts_with("ssm")
}

/// A name with a slash begins with one and has no empty part.
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html>
fn is_qualified(name: &str) -> bool {
    let parts = name.strip_prefix('/').unwrap_or(name);
    let hierarchical = name.contains('/');
    (name.starts_with('/') || !hierarchical) && parts.split('/').all(|part| !part.is_empty())
}

/// Nothing that looks like a reference to another parameter.
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>
fn is_nested(value: &str) -> bool {
    let after = value.split_once("{{").map(|(_, after)| after);
    after.is_some_and(|after| after.contains("}}"))
}

fn check(put: &PutParameter, existing: Option<&ParameterVersion>) -> Result<(), ApiError> {
    let exists = existing.is_some();
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
    if !is_qualified(&put.name) {
        return invalid("Parameter name must be a fully qualified name.".into());
    }
    if is_too_deep(&put.name) {
        let message = "A hierarchy can have a maximum of 15 levels.";
        return Err(ApiError::new(
            400,
            "HierarchyLevelLimitExceededException",
            message,
        ));
    }
    match put.kind.as_deref() {
        Some("String" | "StringList" | "SecureString") => {}
        None if exists => {}
        None => return invalid("A parameter type is required when you create a parameter.".into()),
        Some(kind) => return invalid(format!("Unknown parameter type {kind:?}.")),
    }
    let kinds = put.kind.as_ref().zip(existing.map(|version| &version.kind));
    if kinds.is_some_and(|(new, old)| new != old) {
        let message = "Parameter Store doesn't support changing a parameter type in a hierarchy. You must create a new, \
                       unique parameter.";
        return Err(ApiError::new(
            400,
            "HierarchyTypeMismatchException",
            message,
        ));
    }
    if is_nested(&put.value) {
        let message =
            "Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.";
        return invalid(message.into());
    }
    if put.value.is_empty() || put.value.len() > LONGEST_VALUE {
        return invalid(format!(
            "Standard tier parameters support a maximum parameter value of {LONGEST_VALUE} \
             characters and must not be empty."
        ));
    }
    Ok(())
}

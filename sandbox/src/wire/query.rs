//! Decodes the form bodies of awsQuery and ec2Query into typed requests: what a request may hold is said by its struct, not
//! here. The tree of names is built in `form`, serde's side of it lives in `query_de`.

use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::{form, query_de::ValueDeserializer};

/// How a protocol writes lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// awsQuery: `Name.member.1`.
    Members,
    /// ec2Query: `Name.1`.
    Flat,
}

/// Why a body does not fit the request. Paths are wire names from the top: `Tags.member.2.Key`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The body is no form at all, or beyond the bounds of one.
    #[error("malformed request: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// The request has no such parameter, or the sandbox does not model it.
    #[error("unknown or unmodelled parameter {path}")]
    Unknown {
        /// The parameter.
        path: String,
    },
    /// A required parameter is absent.
    #[error("missing required parameter {path}")]
    Missing {
        /// The parameter.
        path: String,
    },
    /// The value does not parse, or the shape is wrong.
    #[error("invalid parameter {path}: {reason}")]
    Invalid {
        /// The parameter; empty for the request as a whole.
        path: String,
        /// Why, including the text that did not parse.
        reason: String,
    },
}

/// Decodes an `application/x-www-form-urlencoded` body, dropping `Action` and `Version`. serde names are the wire names.
/// Numbers, booleans, enums and timestamps parse from their text, an `Option` is `None` when absent, and a list sent as
/// `Name=` is empty. Members that the struct does not have fail if it says `#[serde(deny_unknown_fields)]`.
///
/// ```
/// #[derive(serde::Deserialize)]
/// #[serde(rename_all = "PascalCase", deny_unknown_fields)]
/// struct Describe { instance_ids: Option<Vec<String>>, max_records: Option<u32> }
///
/// use sandbox::wire::query::{decode, Lists};
/// let body = b"Action=Describe&Version=2011-01-01&InstanceIds.member.1=i-1&MaxRecords=5";
/// let request: Describe = decode(body, Lists::Members)?;
/// assert_eq!(request.max_records, Some(5));
/// assert_eq!(request.instance_ids.as_deref(), Some(&["i-1".to_owned()][..]));
/// # Ok::<(), sandbox::wire::query::DecodeError>(())
/// ```
pub fn decode<T: DeserializeOwned>(body: &[u8], lists: Lists) -> Result<T, DecodeError> {
    let root = form::tree(body)?;
    T::deserialize(ValueDeserializer::new(&root, lists))
}

/// The operation that a form body asks for, if it is a form and names one.
pub fn action(body: &[u8]) -> Option<String> {
    parameter(body, "Action")
}

/// The API version that a form body asks for.
pub fn version(body: &[u8]) -> Option<String> {
    parameter(body, "Version")
}

/// One top-level parameter of a form.
pub(crate) fn parameter(body: &[u8], wanted: &str) -> Option<String> {
    form::pairs(body)
        .map_while(Result::ok)
        .find(|(name, _)| name == wanted)
        .map(|(_, value)| value)
}

impl DecodeError {
    /// The parameter that is at fault, if it is one.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Malformed { .. } => None,
            Self::Unknown { path } | Self::Missing { path } | Self::Invalid { path, .. } => {
                Some(path)
            }
        }
    }

    pub(super) fn malformed(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::Malformed { reason }
    }

    pub(super) fn invalid(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid {
            path: path.into(),
            reason: reason.into(),
        }
    }

    /// The same error seen from one level further up.
    pub(super) fn within(mut self, parent: &str) -> Self {
        if let Self::Unknown { path } | Self::Missing { path } | Self::Invalid { path, .. } =
            &mut self
        {
            let dot = if path.is_empty() { "" } else { "." };
            *path = format!("{parent}{dot}{path}");
        }
        self
    }
}

impl serde::de::Error for DecodeError {
    fn custom<T: std::fmt::Display>(reason: T) -> Self {
        Self::invalid("", reason.to_string())
    }

    fn unknown_field(field: &str, _expected: &'static [&'static str]) -> Self {
        Self::Unknown { path: field.into() }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing { path: field.into() }
    }
}

impl From<DecodeError> for ApiError {
    fn from(error: DecodeError) -> Self {
        Self::validation(error.to_string())
    }
}

//! The parameters in a request's query. Pure.

use std::collections::BTreeMap;

use super::error::S3Error;
use crate::wire::form;

/// Decoded, by name.
#[derive(Debug, Default)]
pub(super) struct Query(BTreeMap<String, String>);

impl Query {
    pub(super) fn parse(query: &str) -> Result<Self, S3Error> {
        form::pairs(query.as_bytes())
            .collect::<Result<_, _>>()
            .map(Self)
            .map_err(|error| S3Error::InvalidUri(error.to_string()))
    }

    #[cfg(test)]
    pub(super) fn of(name: &str, value: &str) -> Self {
        Self(BTreeMap::from([(name.to_owned(), value.to_owned())]))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Absent and empty are the same.
    pub(super) fn given(&self, name: &str) -> Option<String> {
        let value = self.get(name).filter(|value| !value.is_empty());
        value.map(str::to_owned)
    }

    pub(super) fn text(&self, name: &str) -> String {
        self.given(name).unwrap_or_default()
    }

    /// A number of things, `most` where there is none and at most that.
    pub(super) fn count(&self, name: &str, most: usize) -> Result<usize, S3Error> {
        match self.get(name).map(str::parse::<u32>) {
            None => Ok(most),
            Some(Ok(count)) => Ok(usize::try_from(count).map_or(most, |count| count.min(most))),
            Some(Err(_)) => {
                let message = format!("Provided {name} not an integer or within integer range");
                Err(S3Error::InvalidArgument(message))
            }
        }
    }

    pub(super) fn url_encoding(&self) -> Result<bool, S3Error> {
        match self.get("encoding-type") {
            None => Ok(false),
            Some("url") => Ok(true),
            Some(_) => Err(S3Error::InvalidArgument(
                "Invalid Encoding Method specified in Request".into(),
            )),
        }
    }

    /// Refuses parameters beyond `known` and those that do not concern the operation.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), S3Error> {
        let beyond = |name: &String| !known.contains(&name.as_str()) && !is_decoration(name);
        match self.0.keys().find(|name| beyond(name)) {
            None => Ok(()),
            Some(name) => Err(S3Error::NotImplemented(format!(
                "the sub-resource or parameter {name}"
            ))),
        }
    }
}

/// `x-id` is added by SDKs for their logs, the others are the signature of a presigned URL, version 4 or 2.
fn is_decoration(name: &str) -> bool {
    name.starts_with("X-Amz-") || ["x-id", "AWSAccessKeyId", "Expires", "Signature"].contains(&name)
}

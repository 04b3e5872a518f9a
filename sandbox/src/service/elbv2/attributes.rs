//! Attributes: a list of keys and values, some of which can be changed.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use crate::wire::error::ApiError;

/// A key and its value, both ways.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Attribute {
    pub(super) key: String,
    #[serde(default)]
    pub(super) value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attributes {
    attributes: Vec<Attribute>,
}

impl Attributes {
    pub(super) fn new<'a>(all: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let attribute = |(key, value): (&str, String)| Attribute {
            key: key.to_owned(),
            value,
        };
        Self {
            attributes: all.into_iter().map(attribute).collect(),
        }
    }
}

impl Attribute {
    /// `true` or `false`.
    pub(super) fn flag(&self) -> Result<bool, ApiError> {
        self.value
            .parse()
            .map_err(|_| self.bad("must be 'true' or 'false'"))
    }

    /// A number between two.
    pub(super) fn number(&self, least: u32, most: u32) -> Result<u32, ApiError> {
        let number = self.value.parse().ok();
        let number = number.filter(|n| (least..=most).contains(n));
        number.ok_or_else(|| self.bad(&format!("must be between {least} and {most}")))
    }

    /// A number of seconds between two.
    pub(super) fn seconds(&self, least: u32, most: u32) -> Result<Duration, ApiError> {
        let seconds = self.number(least, most)?;
        Ok(Duration::from_secs(u64::from(seconds)))
    }

    /// One of these, by its name.
    pub(super) fn one_of<T: Copy>(
        &self,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Result<T, ApiError> {
        let found = all.iter().copied().find(|one| name(*one) == self.value);
        let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
        found.ok_or_else(|| self.bad(&format!("must be one of {}", names.join(", "))))
    }

    /// What the sandbox has no other value for: the one that it has is accepted.
    pub(super) fn fixed(&self, known: &[(&str, &str)]) -> Result<(), ApiError> {
        match known.iter().find(|(key, _)| *key == self.key) {
            Some((_, only)) if *only == self.value => Ok(()),
            Some((_, only)) => {
                let message = format!(
                    "The sandbox models no other value of '{}' than '{only}'",
                    self.key
                );
                Err(ApiError::new(400, "InvalidConfigurationRequest", message))
            }
            None => {
                let message = format!("Attribute key '{}' is not recognized", self.key);
                Err(ApiError::validation(message))
            }
        }
    }

    fn bad(&self, rule: &str) -> ApiError {
        ApiError::validation(format!(
            "Invalid value '{}' for attribute '{}': it {rule}",
            self.value, self.key
        ))
    }
}

/// AWS counts in seconds, a rehearsal may be faster than that. Rounded up: no time is told shorter than it is.
pub(super) fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

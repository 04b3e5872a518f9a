//! Which versions `DescribeLaunchTemplateVersions` is about.

use super::{LaunchTemplate, LaunchTemplateVersion, VersionSpec};
use crate::wire::error::ApiError;

/// `MinVersion` and `MaxVersion`, both ends included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VersionRange {
    /// From here.
    pub min: Option<u64>,
    /// To here.
    pub max: Option<u64>,
}

impl VersionRange {
    fn contains(self, number: u64) -> bool {
        self.min.is_none_or(|min| min <= number) && self.max.is_none_or(|max| number <= max)
    }
}

impl LaunchTemplate {
    /// The versions named, or all within the range, newest first.
    ///
    /// # Errors
    /// `InvalidLaunchTemplateId.VersionNotFound` for a named one that does not exist.
    pub fn select(
        &self,
        named: &[VersionSpec],
        range: VersionRange,
    ) -> Result<Vec<&LaunchTemplateVersion>, ApiError> {
        if named.is_empty() {
            let within = self
                .versions
                .values()
                .rev()
                .filter(|v| range.contains(v.number));
            return Ok(within.collect());
        }
        named
            .iter()
            .map(|wanted| {
                let number = self
                    .number(*wanted)
                    .ok_or_else(|| self.no_version(*wanted))?;
                Ok(&self.versions[&number])
            })
            .collect()
    }
}

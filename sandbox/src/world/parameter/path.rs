//! Parameters by path.
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-hierarchies.html>

use super::Parameter;
use crate::wire::error::ApiError;
use crate::world::World;

/// How deep a hierarchy may be.
const MOST_LEVELS: usize = 15;

impl World {
    /// The parameters below a path, by name; without `recursive` only the next level.
    ///
    /// # Errors
    /// `ValidationException` for what is no path.
    pub fn parameters_below(
        &self,
        path: &str,
        recursive: bool,
    ) -> Result<Vec<&Parameter>, ApiError> {
        if !path.starts_with('/') || path.contains("//") {
            let message = format!(
                "The parameter doesn't meet the parameter name requirements. The parameter name must begin with \
                 a forward slash \"/\" ({path:?} does not)."
            );
            return Err(ApiError::new(400, "ValidationException", message));
        }
        let prefix = match path {
            "/" => "/".to_owned(),
            path => format!("{}/", path.trim_end_matches('/')),
        };
        let below = |parameter: &&Parameter| {
            let rest = parameter.name.strip_prefix(&prefix);
            rest.is_some_and(|rest| recursive || !rest.contains('/'))
        };
        Ok(self.parameters().filter(below).collect())
    }
}

/// Whether a name has more levels than there may be.
pub(super) fn is_too_deep(name: &str) -> bool {
    name.trim_start_matches('/').split('/').count() > MOST_LEVELS
}

//! The environment variables that the command line does not already read.

use std::ffi::OsStr;

/// The value of a variable that holds a secret; `None` when it is unset, empty or no text.
#[expect(
    clippy::disallowed_methods,
    reason = "this module owns the environment"
)]
pub fn secret(variable: &str) -> Option<String> {
    std::env::var(variable)
        .ok()
        .filter(|value| !value.is_empty())
}

/// Whether a variable is set to nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "this module owns the environment"
)]
pub fn is_empty(variable: &OsStr) -> bool {
    std::env::var_os(variable).is_some_and(|value| value.is_empty())
}

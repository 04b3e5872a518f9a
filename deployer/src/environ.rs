//! The environment variables that the command line does not already read.

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

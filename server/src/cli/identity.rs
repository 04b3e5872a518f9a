//! Who it says it is.

use clap::Args;

/// Who this server is; the agent sets these variables.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Identity")]
pub(crate) struct Identity {
    /// Name of the service.
    #[arg(long, env = "BATON_SERVICE")]
    pub(crate) service: Option<String>,

    /// Version of the release it runs.
    #[arg(
        long,
        value_name = "VERSION",
        env = "BATON_VERSION",
        default_value = "unreleased"
    )]
    pub(crate) release: String,

    /// Instance it runs on.
    #[arg(long, env = "BATON_INSTANCE", default_value = "local")]
    pub(crate) instance: String,

    /// Availability zone of that instance.
    #[arg(long, env = "BATON_ZONE", default_value = "local")]
    pub(crate) zone: String,
}

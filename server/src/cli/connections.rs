//! How many connections there may be, and how long one lasts.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use clap::Args;
use server::Settings;

use super::units::time;

#[derive(Debug, Args)]
#[command(next_help_heading = "Connections")]
pub(crate) struct Connections {
    /// Close an idle connection after this long. Must be longer than the balancer's idle timeout,
    /// or clients see 502s.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "75s")]
    keep_alive: Duration,

    /// Most connections at a time. Requests on further ones are answered 503, health checks
    /// included [default: no limit but that of descriptors].
    #[arg(long = "max-connections", value_name = "N")]
    most: Option<NonZeroUsize>,

    /// Most requests on one connection; then it closes as it would when the server leaves, without
    /// loss. Lets balancers and pools even out [default: no limit].
    #[arg(long, value_name = "N")]
    max_requests: Option<NonZeroU32>,
}

impl Connections {
    pub(super) fn apply(&self, settings: &mut Settings) {
        settings.keep_alive = self.keep_alive;
        settings.max_connections = self.most.map(NonZeroUsize::get);
        settings.max_requests = self.max_requests.map(NonZeroU32::get);
    }
}

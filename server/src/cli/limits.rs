//! What one request may cost.

use std::time::Duration;

use clap::Args;
use server::Settings;

use super::units::{Bound, header_bytes, time};

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// From the first byte of a request to the end of its header.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "10s")]
    header_deadline: Duration,

    /// Longest wait for the next byte of a request body.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "10s")]
    body_stall: Duration,

    /// Longest wait for a client to take the next byte of a response.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "10s")]
    write_stall: Duration,

    /// Longest header of a request; longer ones are answered 431. At least 8KiB. An Application
    /// Load Balancer passes on up to 64KiB.
    #[arg(long, value_name = "BYTES", value_parser = header_bytes, default_value = "64KiB")]
    max_header: usize,

    /// Longest body of a request; longer ones are answered 413. Or `none`.
    #[arg(long, value_name = "BYTES", default_value = "16MiB")]
    max_body: Bound,
}

impl Limits {
    pub(super) fn apply(&self, settings: &mut Settings) {
        settings.header_deadline = self.header_deadline;
        settings.body_stall = self.body_stall;
        settings.write_stall = self.write_stall;
        settings.max_header = self.max_header;
        settings.max_body = self.max_body.0;
    }
}

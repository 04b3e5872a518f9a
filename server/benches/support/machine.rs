//! The machine and the day, without which a figure means nothing; and its limits.

use std::num::NonZero;
use std::time::SystemTime;
use std::{fs, thread};

use anyhow::Context;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Date, cores, processor and kernel.
pub(crate) fn describe() -> String {
    let cores = thread::available_parallelism().map_or(0, NonZero::get);
    let kernel = rustix::system::uname();
    let kernel = kernel.release().to_string_lossy();
    format!(
        "{}, {cores} cores ({}), Linux {kernel}",
        date(),
        processor()
    )
}

/// Lets this process, and those that it starts, have as many descriptors as it may: at least
/// `needed`.
pub(crate) fn raise_descriptors(needed: u64) -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    anyhow::ensure!(
        limit.maximum.is_none_or(|maximum| maximum >= needed),
        "{needed} descriptors are needed, the hard limit is {:?} (ulimit -Hn)",
        limit.maximum
    );
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).context("failed to raise the limit on descriptors")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the day on which a figure was measured"
)]
fn date() -> String {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    now.split('T').next().unwrap_or_default().to_owned()
}

fn processor() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    model
        .map_or("unknown processor", |rest| {
            rest.trim_start_matches(['\t', ' ', ':'])
        })
        .to_owned()
}

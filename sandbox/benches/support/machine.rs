//! The machine and the day, without which a figure means nothing, and how much memory a process has had.

use std::num::NonZero;
use std::time::{Duration, SystemTime};
use std::{fs, thread};

use anyhow::Context;

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

/// The most memory that this process has had at any moment, in bytes.
pub(crate) fn peak_memory() -> anyhow::Result<u64> {
    let status =
        fs::read_to_string("/proc/self/status").context("failed to read /proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
    let kilobytes: u64 = kilobytes
        .context("no VmHWM in /proc/self/status")?
        .parse()?;
    Ok(1024 * kilobytes)
}

/// The processor time that this thread, the only one, has had, in seconds.
pub(crate) fn processor_time() -> anyhow::Result<f64> {
    let path = "/proc/thread-self/schedstat";
    let line = fs::read_to_string(path).with_context(|| format!("failed to read {path}"))?;
    let nanoseconds = line.split(' ').next().unwrap_or_default();
    Ok(Duration::from_nanos(nanoseconds.parse()?).as_secs_f64())
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

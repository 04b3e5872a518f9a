//! What processes use, as the kernel accounts for it.

use std::fs;

use anyhow::Context;
use rustix::param::clock_ticks_per_second;

/// Memory of several processes together, in KiB.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct MemoryUse {
    /// Proportional: pages that processes share are divided among them.
    pub(super) pss: f64,
    /// Resident.
    pub(super) rss: f64,
}

pub(super) fn memory(processes: &[u32]) -> anyhow::Result<MemoryUse> {
    let mut sum = MemoryUse::default();
    for id in processes {
        let path = format!("/proc/{id}/smaps_rollup");
        let text = fs::read_to_string(&path).with_context(|| format!("failed to read {path}"))?;
        sum.pss += kilobytes(&text, "Pss:").context("no Pss")?;
        sum.rss += kilobytes(&text, "Rss:").context("no Rss")?;
    }
    Ok(sum)
}

fn kilobytes(rollup: &str, field: &str) -> Option<f64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Seconds of processor time, user and system.
pub(super) fn processor(processes: &[u32]) -> anyhow::Result<f64> {
    let mut ticks = 0;
    for id in processes {
        let path = format!("/proc/{id}/stat");
        let text = fs::read_to_string(&path).with_context(|| format!("failed to read {path}"))?;
        ticks += ticks_used(&text).with_context(|| format!("{path} is not as expected"))?;
    }
    let per_second = u32::try_from(clock_ticks_per_second())?;
    Ok(f64::from(ticks) / f64::from(per_second))
}

/// `utime` and `stime`, the 14th and 15th field (`proc_pid_stat(5)`). The second, the name, may
/// hold anything, but no field after it holds a parenthesis.
fn ticks_used(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11);
    let user: u32 = times.next()?.parse().ok()?;
    let system: u32 = times.next()?.parse().ok()?;
    Some(user + system)
}

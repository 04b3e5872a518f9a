//! How many files, and so connections, this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the agent's unit asks systemd for (`LimitNOFILE=`). Many machines give 1,024 to whoever does not ask, too few for a
/// load balancer with a client and a target for each request; no more, because programs started here inherit it.
const WANTED: u64 = 65_536;

/// Asks for as many as are wanted, or as may be had.
pub fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    if let Some(current) = raised(limit.current, limit.maximum) {
        let raised = Rlimit {
            current: Some(current),
            ..limit
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "failed to raise the limit of open files");
        }
    }
}

/// The limit to ask for, if the present one is too low. `None` is no limit.
fn raised(current: Option<u64>, maximum: Option<u64>) -> Option<u64> {
    let allowed = maximum.unwrap_or(WANTED).min(WANTED);
    current
        .filter(|current| *current < allowed)
        .map(|_| allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_low_limit_is_raised_as_far_as_it_goes() {
        assert_eq!(raised(Some(1024), Some(1 << 30)), Some(WANTED));
        assert_eq!(raised(Some(1024), None), Some(WANTED));
        assert_eq!(raised(Some(1024), Some(4096)), Some(4096));
        assert_eq!(raised(Some(1024), Some(1024)), None);
        assert_eq!(raised(Some(1 << 20), None), None);
        assert_eq!(raised(None, None), None);
    }
}

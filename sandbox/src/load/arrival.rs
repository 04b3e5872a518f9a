//! The schedule: when each request is due and what kind it is. A pure function of the plan and the request's number.

use std::time::Duration;

use super::plan::Plan;

/// One scheduled request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrival {
    /// Since the start of the load.
    pub(super) due: Duration,
    /// Index into the plan's paths.
    pub(super) path: usize,
    /// On a connection of its own.
    pub(super) fresh: bool,
}

/// The request with this number, counted from 0.
pub(super) fn arrival(plan: &Plan, number: u32) -> Arrival {
    let paths = u32::try_from(plan.paths.len()).unwrap_or(u32::MAX);
    Arrival {
        due: Duration::from_secs_f64(f64::from(number) / plan.rate),
        path: number.checked_rem(paths).unwrap_or_default() as usize,
        fresh: scatter(number) < plan.fresh_connections,
    }
}

/// A number in [0, 1) that looks random, so that the share of fresh connections does not fall in step with the paths.
fn scatter(number: u32) -> f64 {
    // The mixing steps of MurmurHash3's finalizer.
    let mut hash = number.wrapping_add(0x9E37_79B9);
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85EB_CA6B);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xC2B2_AE35);
    f64::from(hash ^ (hash >> 16)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            rate: 250.0,
            ..Plan::new(([127, 0, 0, 1], 1).into())
        }
    }

    #[test]
    fn arrivals_are_evenly_spaced() {
        let due: Vec<Duration> = (0..3).map(|number| arrival(&plan(), number).due).collect();
        assert_eq!(due, [0, 4, 8].map(Duration::from_millis));
    }

    #[test]
    fn each_path_gets_its_share_of_fresh_connections() {
        let plan = plan();
        for path in 0..plan.paths.len() {
            let (mut fresh, mut all) = (0_u32, 0_u32);
            for arrival in (0..20_000).map(|number| arrival(&plan, number)) {
                all += u32::from(arrival.path == path);
                fresh += u32::from(arrival.path == path && arrival.fresh);
            }
            let share = f64::from(fresh) / f64::from(all);
            assert!((0.07..0.13).contains(&share), "path {path}: {share}");
        }
    }

    #[test]
    fn the_ends_of_the_share_are_exact() {
        let never = Plan {
            fresh_connections: 0.0,
            ..plan()
        };
        let always = Plan {
            fresh_connections: 1.0,
            ..plan()
        };
        assert!((0..5_000).all(|number| !arrival(&never, number).fresh));
        assert!((0..5_000).all(|number| arrival(&always, number).fresh));
    }
}

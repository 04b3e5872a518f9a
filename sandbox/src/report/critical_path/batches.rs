//! How many rounds of launching a rolling refresh takes, from the percentages alone. Written down once more here, apart from
//! the world, so that each can be held against the other.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>

/// The size of a group and how far a refresh may go at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// `DesiredCapacity`, all of it to be replaced.
    pub members: usize,
    /// `MinHealthyPercentage`
    pub min_healthy: u32,
    /// `MaxHealthyPercentage`; `None` if it is not given.
    pub max_healthy: Option<u32>,
}

/// The rounds of a refresh. A round is from a launch until what was launched counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rounds {
    /// All of them.
    pub(super) all: usize,
    /// After so many rounds the last old member is sent away.
    pub(super) until_last_departure: usize,
}

impl Bounds {
    /// So many stay healthy.
    fn floor(self) -> usize {
        share(self.members, self.min_healthy)
    }

    /// So many may be there. An explicit maximum that leaves no room makes room for one.
    fn ceiling(self) -> usize {
        let Some(max) = self.max_healthy else {
            return self.members;
        };
        let ceiling = share(self.members, max);
        if ceiling > self.floor() {
            ceiling
        } else {
            self.members + 1
        }
    }

    pub(super) fn rounds(self) -> Rounds {
        let (mut old, mut new) = (self.members, 0);
        let mut rounds = Rounds {
            all: 0,
            until_last_departure: 0,
        };
        loop {
            let leaving = self.leaving(old, new);
            old -= leaving;
            if leaving > 0 {
                rounds.until_last_departure = rounds.all;
            }
            let surge = old.min(self.ceiling().saturating_sub(self.members));
            let launched = (self.members + surge).saturating_sub(old + new);
            if launched == 0 {
                return rounds;
            }
            new += launched;
            rounds.all += 1;
        }
    }

    /// How many old members leave at the start of a round. Without a maximum it is always one at least.
    fn leaving(self, old: usize, new: usize) -> usize {
        let spare = (old + new).saturating_sub(self.floor());
        let spare = if self.max_healthy.is_none() {
            spare.max(1)
        } else {
            spare
        };
        spare.min(old)
    }
}

/// `percent` of `whole`, rounded up.
fn share(whole: usize, percent: u32) -> usize {
    (whole * percent as usize).div_ceil(100)
}

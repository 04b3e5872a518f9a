//! `--fault` and `--seed`, and the table of faults in the help.

use sandbox::fault::{Fault, FaultError, Faults, Key, Kind};
use sandbox::start::Talk;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

/// What is to go wrong.
#[derive(Debug, clap::Args)]
pub(crate) struct FaultArgs {
    /// Let something go wrong: KIND[:key=value,key=value...], as often as you like; --help lists the kinds. Time counts
    /// from the moment that the group is healthy (up) or that the deploy starts (rehearse)
    #[arg(long = "fault", value_name = "SPEC", value_parser = parse)]
    faults: Vec<Fault>,

    /// Decides whatever the faults and the sandbox leave to chance [default: another one each time]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl FaultArgs {
    /// The faults, waiting for their time. Whoever lets something go wrong is told the seed to see it again.
    pub(crate) fn planned(self, talk: Talk) -> Arc<Faults> {
        let seed = self.seed.unwrap_or_else(rand::random);
        for fault in &self.faults {
            talk.say(&format!("fault: {fault}"));
        }
        if !self.faults.is_empty() {
            talk.say(&format!(
                "seed {seed}: with --seed {seed} chance picks the same members and answers the n-th call of an operation alike"
            ));
        }
        Arc::new(Faults::planned(seed, self.faults))
    }
}

fn parse(text: &str) -> Result<Fault, String> {
    text.parse()
        .map_err(|error: FaultError| format!("{error}\nhint: {}", error.hint()))
}

/// The kinds and the keys, for the long help.
pub(crate) fn table() -> String {
    let mut text = String::from(
        "Faults (--fault KIND[:key=value,...]; in [brackets]: what holds unless said otherwise):\n",
    );
    for kind in Kind::ALL {
        let keys: Vec<_> = kind.keys().iter().map(|key| key.name()).collect();
        // Writing to a string can't fail.
        let _ = writeln!(text, "  {}: {}", kind.name(), kind.about());
        let _ = writeln!(text, "      {}", keys.join(" "));
    }
    text.push_str("\nKeys:\n");
    let used: BTreeSet<Key> = Kind::ALL
        .iter()
        .flat_map(|kind| kind.keys())
        .copied()
        .collect();
    for key in used {
        let _ = writeln!(text, "  {:9} {}; {}", key.name(), key.about(), key.form());
    }
    text.push_str(EXAMPLES);
    text
}

const EXAMPLES: &str = "
Examples:
  --fault throttle:service=autoscaling,chance=0.3
  --fault kill-instance:member=oldest,after=10s
  --fault crash-at-start:version=1.1.0
  --fault kill-deployer:action=4,when=before
While a sandbox runs, the same words work on it:
  curl -H 'Content-Type: application/json' -d '{\"fault\":\"lose-zone:zone=us-east-1a\"}' ENDPOINT/_sandbox/faults";

//! Plays one scenario: a sandbox of its own, a rehearsal in it, and what came of it in the words of the table.

use super::judge::{Seen, Serving};
use super::scenario::Scenario;
use crate::load::Samples;
use crate::names;
use crate::process::Ended;
use crate::rehearsal::{MemberVersion, Rehearsal, RehearsalError, Run};
use crate::report::Report;
use crate::start::{Options, Sandbox, outcome};
use std::time::Duration;

/// A scenario that was played to its end.
#[derive(Debug)]
pub struct Played {
    /// What was seen.
    pub seen: Seen,
    /// The report on the rehearsal, by the rehearsal's own, stricter verdict.
    pub report: Report,
}

/// Plays `scenario` in a new sandbox. `options` hold its faults already.
pub async fn play(
    scenario: &Scenario,
    rehearsal: &Rehearsal,
    options: Options,
) -> Result<Played, RehearsalError> {
    let sandbox = Sandbox::start(options).await?;
    sandbox.say(&format!("scenario: {}", scenario.name));
    let run = rehearsal.run(&sandbox).await;
    let played = run.map(|run| {
        let seen = seen(&run, rehearsal, &sandbox);
        let report = run.report(rehearsal, &sandbox);
        Played { seen, report }
    });
    sandbox.stop().await;
    played
}

fn seen(run: &Run, rehearsal: &Rehearsal, sandbox: &Sandbox) -> Seen {
    let (started, ended) = run.deployed;
    // The second half of what comes after the deploy: everything should be well again by then.
    let well_again = f64::midpoint(ended, run.ended);
    let faults = sandbox.options.faults.list(sandbox.cloud.clock().now());
    Seen {
        exit_code: run.deploy.ended.and_then(Ended::code),
        outcome: outcome(run.deploy.ended).to_owned(),
        runs: run.deploy.runs,
        serving: serving(&run.members, &rehearsal.version),
        sent: run.samples.totals.sent,
        lost: run.samples.totals.failed,
        lost_at_the_end: lost_since(&run.samples, Duration::from_secs_f64(well_again)),
        acted: faults.iter().map(|fault| fault.hits).sum(),
        seconds: ended - started,
    }
}

fn lost_since(samples: &Samples, moment: Duration) -> u64 {
    let late = samples.samples.iter().filter(|s| s.scheduled() >= moment);
    let lost = late.filter(|sample| !sample.class().is_ok()).count();
    u64::try_from(lost).unwrap_or(u64::MAX)
}

fn serving(members: &[MemberVersion], new: &str) -> Serving {
    let all = |version: &str| {
        let runs = |member: &MemberVersion| member.version.as_deref() == Ok(version);
        !members.is_empty() && members.iter().all(runs)
    };
    if all(new) {
        return Serving::New;
    }
    if all(names::FIRST_VERSION) {
        return Serving::Old;
    }
    let phrase = |member: &MemberVersion| match &member.version {
        Ok(version) => format!("{} runs {version}", member.instance),
        Err(why) => format!("{} does not say what it runs: {why}", member.instance),
    };
    Serving::Mixed(members.iter().map(phrase).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(versions: &[Result<&str, &str>]) -> Vec<MemberVersion> {
        let member = |version: &Result<&str, &str>| MemberVersion {
            instance: "i-1".to_owned(),
            version: version.map(str::to_owned).map_err(str::to_owned),
        };
        versions.iter().map(member).collect()
    }

    #[test]
    fn who_serves_is_everybody_or_nobody() {
        assert_eq!(
            serving(&members(&[Ok("1.1.0"), Ok("1.1.0")]), "1.1.0"),
            Serving::New
        );
        assert_eq!(serving(&members(&[Ok("1.0.0")]), "1.1.0"), Serving::Old);
        let mixed = members(&[Ok("1.1.0"), Err("refused")]);
        let Serving::Mixed(phrases) = serving(&mixed, "1.1.0") else {
            panic!("not mixed");
        };
        assert_eq!(
            phrases,
            ["i-1 runs 1.1.0", "i-1 does not say what it runs: refused"]
        );
        assert_eq!(serving(&[], "1.1.0"), Serving::Mixed(Vec::new()));
    }
}

//! `sandbox up`: brings a sandbox up and stays until it is told to end.

use super::application::ApplicationArgs;
use super::common::{self, BinariesArgs, StateArgs};
use super::failure::{Exit, Failure, Outcome};
use super::faults::{self, FaultArgs};
use super::release;
use sandbox::load::{Keep, Load};
use sandbox::profile::{Pace, Profile};
use sandbox::rehearsal::RehearsalError;
use sandbox::start::{Options, Sandbox, Talk};
use std::io::Write as _;
use std::process::ExitCode;

/// Start a sandbox and stay until Ctrl-C, SIGTERM or `sandbox down`
///
/// When the group is healthy, one line of JSON goes to stdout: where the AWS endpoint, the
/// load balancer and the live page are, what the group, its launch template and its target group are called, and where the store and the state
/// are. Everything else is talk on stderr. It goes on when nobody reads either any more. Nothing that it starts outlives it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = faults::table())]
pub(crate) struct Args {
    /// How many instances the group has
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=100))]
    instances: u8,

    /// How fast AWS is: fast takes seconds where aws takes minutes
    #[arg(long, default_value = "fast")]
    profile: Pace,

    /// Requests per second through the load balancer for as long as the sandbox is up, so that the live page shows what
    /// clients see; 0 for none
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(0..=1000))]
    rate: u16,

    #[command(flatten)]
    state: StateArgs,

    /// The port of the AWS endpoint [default: any free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    port: u16,

    /// The port of the load balancer [default: any free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    balancer_port: u16,

    #[command(flatten)]
    application: ApplicationArgs,

    #[command(flatten)]
    faults: FaultArgs,

    #[command(flatten)]
    binaries: BinariesArgs,
}

pub(crate) fn run(args: Args) -> Outcome {
    release::check_file(args.application.program())?;
    let profile = Profile::of(args.profile);
    let options = Options {
        binaries: args.binaries.find()?,
        held: args.state.folder()?.take()?,
        application: args.application.application(&profile.app),
        profile,
        instances: args.instances.into(),
        port: args.port,
        balancer_port: args.balancer_port,
        faults: args.faults.planned(Talk::Stderr),
        talk: Talk::Stderr,
    };
    common::block_on(async {
        let mut interrupted = common::Interrupted::listen()?;
        let sandbox = tokio::select! {
            started = Sandbox::start(options) => started?,
            () = interrupted.wait() => return Err(Failure::interrupted("before the sandbox was up")),
        };
        let _load = begin_load(&sandbox, args.rate)?;
        sandbox.open_to_deploys();
        sandbox.arm();
        if let Err(error) = announce(&sandbox) {
            // A reader that has gone is no reason to end what others may use by now.
            sandbox.say(&format!(
                "could not write to stdout: {error}; the sandbox goes on, and `sandbox env` tells how to reach it"
            ));
        }
        sandbox.say(&format!("live page: {}", sandbox.description.page));
        let eval = args.state.eval(sandbox.folder());
        sandbox.say(&format!("ready; in another terminal: {eval}"));
        interrupted.wait().await;
        sandbox.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// A load that remembers no single request, and ends when it is dropped.
fn begin_load(sandbox: &Sandbox, rate: u16) -> Result<Option<Load>, Failure> {
    let begun = (rate > 0).then(|| sandbox.load(rate.into(), Keep::None));
    begun
        .transpose()
        .map_err(|error| Failure::plain(Exit::NotStarted, RehearsalError::Load(error)))
}

fn announce(sandbox: &Sandbox) -> std::io::Result<()> {
    let mut line = serde_json::to_string(&sandbox.description)?;
    line.push('\n');
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(line.as_bytes())?;
    stdout.flush()
}

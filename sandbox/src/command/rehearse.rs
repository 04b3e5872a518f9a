//! `sandbox rehearse`: a whole deploy under load, and a verdict.

use super::application::ApplicationArgs;
use super::common::{self, BinariesArgs};
use super::failure::{Exit, Failure, Outcome};
use super::faults::{self, FaultArgs};
use super::release;
use super::report_files::ReportFiles;
use anyhow::Context as _;
use sandbox::profile::{App, Pace, Profile};
use sandbox::rehearsal::{Rehearsal, RehearsalError};
use sandbox::report::Report;
use sandbox::start::{Options, Sandbox, Talk};
use sandbox::state::{Held, StateFolder};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Run a whole deploy under load and fail if one request was lost
///
/// Starts a sandbox of its own with a group on version 1.0.0, sends requests at a fixed rate through the load balancer, runs
/// the real `deploy --version 1.1.0` and reports what the clients saw: as text on stdout, as JSON and as one HTML file.
///
/// With --naive the instances leave as most software does (the server dies on SIGTERM, and closes idle connections before the
/// load balancer does), so that you see the wrong answer, too.
#[derive(Debug, clap::Args)]
#[command(after_long_help = faults::table())]
pub(crate) struct Args {
    /// Leave as most software does: this rehearsal must fail
    #[arg(long)]
    naive: bool,

    /// How many instances the group has
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=50))]
    instances: u8,

    /// How fast AWS is: fast takes seconds where aws takes minutes
    #[arg(long, default_value = "fast")]
    profile: Pace,

    /// Requests per second, sent on schedule whatever becomes of the earlier ones
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,

    /// Go on after the deploy until so many requests were sent
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    min_requests: u64,

    /// The version to deploy; the group starts on 1.0.0
    #[arg(long, default_value = "1.1.0")]
    version: String,

    /// The program that the version is made of [default: what the group starts on]
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,

    /// The sandbox's folder [default: a fresh one below target/rehearsal, or below .sandbox/rehearsal, where
    /// the last five stay]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,

    /// Where report.json and report.html go [default: the folder `report` in the sandbox's folder]
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,

    /// The form of the report on stdout
    #[arg(long, value_enum, default_value = "text")]
    output: Output,

    #[command(flatten)]
    application: ApplicationArgs,

    #[command(flatten)]
    faults: FaultArgs,

    #[command(flatten)]
    binaries: BinariesArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// The whole report as one JSON document.
    Json,
}

pub(crate) fn run(args: Args) -> Outcome {
    let output = args.output;
    rehearse_as(args).map_err(|failure| match output {
        Output::Text => failure,
        Output::Json => failure.told_as_document(),
    })
}

fn rehearse_as(args: Args) -> Outcome {
    release::check_version(&args.version)?;
    release::check_file(args.file.as_deref())?;
    release::check_file(args.application.program())?;
    // A folder that somebody named is seen to before anything else, the build of the programs included.
    let named = args
        .report
        .as_deref()
        .map(ReportFiles::prepare)
        .transpose()?;
    let rehearsal = Rehearsal {
        version: args.version,
        file: args.file,
        rate: args.rate.into(),
        min_requests: args.min_requests,
    };
    let profile = Profile::of(args.profile);
    let app = if args.naive {
        App::naive()
    } else {
        profile.app.clone()
    };
    let binaries = args.binaries.find()?;
    let held = take(args.state.as_deref(), binaries.sandbox())?;
    let files = match named {
        Some(files) => files,
        None => ReportFiles::prepare(&held.folder.root().join("report"))?,
    };
    let options = Options {
        held,
        binaries,
        application: args.application.application(&app),
        profile,
        instances: args.instances.into(),
        port: 0,
        balancer_port: 0,
        faults: args.faults.planned(Talk::Stderr),
        talk: Talk::Stderr,
    };
    common::block_on(async {
        let mut interrupted = common::Interrupted::listen()?;
        let report = tokio::select! {
            report = rehearse(&rehearsal, options) => report?,
            () = interrupted.wait() => return Err(Failure::interrupted("before the verdict")),
        };
        publish(&report, &files, args.output)
            .map_err(|error| Failure::plain(Exit::NotStarted, error))?;
        Ok(if report.verdict.passed {
            ExitCode::SUCCESS
        } else {
            Exit::NotPassed.into()
        })
    })
}

async fn rehearse(rehearsal: &Rehearsal, options: Options) -> Result<Report, Failure> {
    let sandbox = Sandbox::start(options).await?;
    let run = rehearsal.run(&sandbox).await.map_err(|error| match error {
        RehearsalError::Start(error) => error.into(),
        error => Failure::plain(Exit::NotStarted, error),
    })?;
    let report = run.report(rehearsal, &sandbox);
    sandbox.stop().await;
    Ok(report)
}

fn take(state: Option<&Path>, program: &Path) -> Result<Held, Failure> {
    Ok(match state {
        Some(path) => common::folder(path)?.take()?,
        None => StateFolder::take_next(&StateFolder::rehearsals(program))?,
    })
}

/// Gives the report away in its three forms: first where it cannot be lost, and each whatever becomes of the other.
fn publish(report: &Report, files: &ReportFiles, output: Output) -> anyhow::Result<()> {
    let shown = show(report, output);
    for path in files.write(report)? {
        Talk::Stderr.say(&format!("report: {path}"));
    }
    shown.context("could not print the report")
}

fn show(report: &Report, output: Output) -> io::Result<()> {
    let text = match output {
        Output::Text => report.to_text(),
        Output::Json => report.to_json(),
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

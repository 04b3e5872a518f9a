//! `sandbox gameday`: the same deploy once for each fault, and a table.

use super::application::ApplicationArgs;
use super::common::{self, BinariesArgs, Interrupted};
use super::configuration::ConfigurationArgs;
use super::failure::{Exit, Failure, Outcome};
use super::release;
use super::report_files::ReportFiles;
use sandbox::binaries::Binaries;
use sandbox::fault::{Fault, FaultError, Faults};
use sandbox::gameday::{Row, Scenario, Table, matrix, play};
use sandbox::profile::{Pace, Profile};
use sandbox::rehearsal::Rehearsal;
use sandbox::start::{Application, Options, Talk};
use sandbox::state::{Held, StateFolder};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Run the same deploy once for each kind of fault, and print what became of each
///
/// Each scenario gets a sandbox of its own: a group on 1.0.0, load, the real `deploy`, and one thing that goes wrong. The
/// table says what a user is owed (the new version everywhere, or the old one back, and not one lost request unless a
/// process that served it died) and what happened. With --from, --file and --config it is your own release, under your own
/// settings, that is tried. All of it takes some ten minutes; --only takes a part.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only the scenarios whose name, or one of whose faults, contains this; repeat it for more
    #[arg(long, value_name = "WORD")]
    only: Vec<String>,

    /// Say which scenarios there are, and start nothing
    #[arg(long)]
    list: bool,

    /// The seed of whatever is left to chance [default: a random one, which the table tells]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// How many instances the group has
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(2..=20))]
    instances: u8,

    /// Requests per second
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,

    /// The version to deploy; the group starts on 1.0.0
    #[arg(long, default_value = "1.1.0")]
    version: String,

    /// The program that the version is made of [default: what the group starts on]
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,

    /// The gameday's folder [default: a fresh one below target/gameday, or below .sandbox/gameday, where the last five stay]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,

    /// The form of the table on stdout
    #[arg(long, value_enum, default_value = "text")]
    output: Output,

    #[command(flatten)]
    configuration: ConfigurationArgs,

    #[command(flatten)]
    application: ApplicationArgs,

    #[command(flatten)]
    binaries: BinariesArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// The whole table as one JSON document.
    Json,
}

pub(crate) fn run(args: Args) -> Outcome {
    let output = args.output;
    play_as(args).map_err(|failure| match output {
        Output::Text => failure,
        Output::Json => failure.told_as_document(),
    })
}

fn play_as(args: Args) -> Outcome {
    release::check_version(&args.version)?;
    release::check_file(args.file.as_deref())?;
    release::check_file(args.application.program())?;
    let scenarios = chosen(&args.only)?;
    if args.list {
        return list(&scenarios);
    }
    let gameday = Gameday::new(args)?;
    common::block_on(async {
        let mut interrupted = Interrupted::listen()?;
        let rows = tokio::select! {
            rows = gameday.play_all(scenarios) => rows?,
            () = interrupted.wait() => return Err(Failure::interrupted("before the last verdict")),
        };
        gameday.publish(&Table::new(gameday.seed, rows))
    })
}

/// What all scenarios of one gameday share.
struct Gameday {
    held: Held,
    binaries: Binaries,
    profile: Profile,
    application: Application,
    rehearsal: Rehearsal,
    instances: usize,
    seed: u64,
    output: Output,
}

impl Gameday {
    fn new(args: Args) -> Result<Gameday, Failure> {
        let mut profile = Profile::of(Pace::Fast);
        args.configuration.apply(&mut profile.deploy)?;
        let binaries = args.binaries.find()?;
        args.configuration.check(&binaries, &profile.deploy)?;
        let held = match args.state.as_deref() {
            Some(path) => common::folder(path)?.take()?,
            None => StateFolder::take_next(&StateFolder::gamedays(binaries.sandbox()))?,
        };
        Ok(Gameday {
            held,
            binaries,
            application: args.application.application(&profile.app),
            profile,
            rehearsal: Rehearsal {
                version: args.version,
                file: args.file,
                rate: args.rate.into(),
                min_requests: 0,
            },
            instances: args.instances.into(),
            seed: args.seed.unwrap_or_else(rand::random),
            output: args.output,
        })
    }

    async fn play_all(&self, scenarios: Vec<Scenario>) -> Result<Vec<Row>, Failure> {
        let count = scenarios.len();
        let mut rows = Vec::with_capacity(count);
        for (index, scenario) in scenarios.into_iter().enumerate() {
            let (number, name) = (index + 1, scenario.name);
            Talk::Stderr.say(&format!(
                "--- {number} of {count}: {name}: {}",
                scenario.story
            ));
            let row = self.play(number, scenario).await?;
            let verdict = if row.passed { "pass" } else { "FAIL" };
            Talk::Stderr.say(&format!("--- {number} of {count}: {name}: {verdict}"));
            rows.push(row);
        }
        Ok(rows)
    }

    /// Plays one; a sandbox that does not come up under its fault is a finding, not the end of the gameday.
    async fn play(&self, number: usize, scenario: Scenario) -> Result<Row, Failure> {
        let folder = self
            .held
            .folder
            .root()
            .join(format!("{number:02}-{}", slug(scenario.name)));
        let options = self.options(&scenario, &folder)?;
        let files = ReportFiles::prepare(&folder.join("report"))?;
        let played = match play(&scenario, &self.rehearsal, options).await {
            Ok(played) => played,
            Err(error) => return Ok(Row::unplayed(scenario, error.to_string())),
        };
        let [_, html] = files.write(&played.report)?;
        let row = Row::judge(scenario, played.seen, Some(html));
        if row.passed {
            // Of what went as it should the report is enough; what did not is kept whole, logs and all.
            drop(common::folder(&folder)?.take()?);
        }
        Ok(row)
    }

    fn options(&self, scenario: &Scenario, folder: &Path) -> Result<Options, Failure> {
        let faults = scenario.faults.iter().map(|spec| spec.parse());
        let faults: Vec<Fault> = faults
            .collect::<Result<_, FaultError>>()
            .map_err(|error| Failure::plain(Exit::Usage, error))?;
        Ok(Options {
            held: common::folder(folder)?.take()?,
            binaries: self.binaries.clone(),
            profile: self.profile.clone(),
            application: self.application.clone(),
            faults: Arc::new(Faults::planned(self.seed, faults)),
            instances: self.instances,
            port: 0,
            balancer_port: 0,
            talk: Talk::Stderr,
        })
    }

    /// The table on stdout and beside the scenarios' reports.
    fn publish(&self, table: &Table) -> Outcome {
        let path = self.held.folder.root().join("gameday.json");
        std::fs::write(&path, table.to_json())
            .map_err(|error| Failure::plain(Exit::NotStarted, error))?;
        Talk::Stderr.say(&format!(
            "table: {}",
            sandbox::start::nearby(&path).display()
        ));
        let text = match self.output {
            Output::Text => table.to_text(),
            Output::Json => table.to_json(),
        };
        print(&text)?;
        Ok(if table.passed {
            ExitCode::SUCCESS
        } else {
            Exit::NotPassed.into()
        })
    }
}

fn chosen(words: &[String]) -> Result<Vec<Scenario>, Failure> {
    let mentions = |scenario: &Scenario, word: &str| {
        scenario.name.contains(word) || scenario.faults.iter().any(|fault| fault.contains(word))
    };
    if let Some(unknown) = words
        .iter()
        .find(|word| !matrix().iter().any(|scenario| mentions(scenario, word)))
    {
        return Err(Failure {
            exit: Exit::Usage,
            error: anyhow::anyhow!("no scenario is about `{unknown}`"),
            hint: Some("see what there is with `sandbox gameday --list`".to_owned()),
        });
    }
    let wanted =
        |scenario: &Scenario| words.is_empty() || words.iter().any(|word| mentions(scenario, word));
    Ok(matrix().into_iter().filter(wanted).collect())
}

fn list(scenarios: &[Scenario]) -> Outcome {
    let width = scenarios.iter().map(|scenario| scenario.name.len()).max();
    let width = width.unwrap_or_default();
    let mut text = String::new();
    for scenario in scenarios {
        let faults = scenario.faults.join(" ");
        let (name, story, expected) = (scenario.name, scenario.story, scenario.expected());
        // Writing to a string can't fail.
        let _ = writeln!(text, "{name:width$}  {expected}; {story} ({faults})");
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(Failure::unwritten)
}

/// A name as part of a path.
fn slug(name: &str) -> String {
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    name.chars().map(plain).collect()
}

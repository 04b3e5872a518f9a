//! The whole bench: every size of every story, each in a process of its own, the tables, and the bounds that they are held to.

use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, ensure};

use super::figures::Figures;
use super::report::{publish, say};
use super::story::Story;
use super::table::Table;

/// The size that the bounds are for, and the bounds.
const LARGE: u32 = 10_000;
const MOST_SECONDS: f64 = 60.0;
const MOST_BYTES: u64 = 500_000_000;

/// Measures, prints and judges.
pub(crate) fn run(sizes: &[u32], stories: &[Story], write: bool) -> anyhow::Result<ExitCode> {
    let mut parts = Vec::new();
    let mut broken = Vec::new();
    for story in stories {
        let mut all = Vec::new();
        for size in sizes {
            let figures = measure(*story, *size)?;
            broken.extend(verdict(*story, &figures));
            all.push(figures);
        }
        parts.push(format!("{}:", title(*story)));
        parts.push(table(&all).to_markdown());
    }
    publish(parts, write)?;
    for line in &broken {
        say(&format!("error: {line}"));
    }
    Ok(ExitCode::from(u8::from(!broken.is_empty())))
}

fn measure(story: Story, members: u32) -> anyhow::Result<Figures> {
    let program = std::env::current_exe().context("failed to find this program")?;
    let output = Command::new(program)
        .args(["run", story.name(), &members.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .context("failed to run this program again")?;
    ensure!(
        output.status.success(),
        "{} with {members} members: {}",
        story.name(),
        output.status
    );
    let figures: Figures = serde_json::from_slice(&output.stdout).context("no figures")?;
    say(&format!(
        "{} with {members} members: {:.2} s, {} MB",
        story.name(),
        figures.deploying,
        figures.memory / 1_000_000
    ));
    Ok(figures)
}

fn verdict(story: Story, figures: &Figures) -> Option<String> {
    let slow = figures.deploying > MOST_SECONDS;
    let large = figures.memory > MOST_BYTES;
    (figures.members == LARGE && (slow || large)).then(|| {
        format!(
            "{} with {LARGE} members takes {:.0} s and {} MB; at most {MOST_SECONDS:.0} s and {} MB \
             are allowed",
            story.name(),
            figures.deploying,
            figures.memory / 1_000_000,
            MOST_BYTES / 1_000_000
        )
    })
}

fn title(story: Story) -> &'static str {
    match story {
        Story::Rolling => "**Rolling**, everything goes well",
        Story::Rollback => {
            "**Rollback**: one launch in twenty is abandoned by its agent, and the deployer turns back halfway"
        }
    }
}

fn table(all: &[Figures]) -> Table {
    let mut table = Table::new(&[
        "members",
        "wall s",
        "processor s",
        "answering / reading s",
        "peak memory",
        "simulated",
        "events",
        "looks",
        "calls",
        "answered",
        "µs per member",
        "against the smallest",
    ]);
    for figures in all {
        table.row(row(figures, &all[0]));
    }
    table
}

fn row(figures: &Figures, smallest: &Figures) -> Vec<String> {
    vec![
        figures.members.to_string(),
        format!("{:.3}", figures.deploying),
        format!("{:.3}", figures.processor),
        format!("{:.3} / {:.3}", figures.answering, figures.reading),
        format!("{} MB", figures.memory / 1_000_000),
        format!("{:.2} h", figures.simulated / 3600.0),
        figures.events.to_string(),
        figures.looks.to_string(),
        figures.calls.to_string(),
        format!("{} MB", figures.bytes / 1_000_000),
        format!("{:.0}", figures.cost()),
        format!("{:.2}", figures.cost() / smallest.cost()),
    ]
}

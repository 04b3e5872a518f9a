//! What people and programs see of a deployment: one consumer of events per form of output, and the words of each event.

mod json;
mod lines;
mod progress;
mod transfer;
mod words;

pub use transfer::Transfer;

use crate::cli::Output;
use crate::output;
use crate::rollout::event::DeployEvent;
use indicatif::ProgressDrawTarget;

/// A consumer of the events of one run.
pub trait Report: Send {
    /// Shows an event.
    fn report(&mut self, event: &DeployEvent);

    /// Time passes and nothing happens; called several times a second.
    fn tick(&mut self) {}
}

/// The reporter for a form of output. `Auto` draws a bar where stderr is a terminal that can show one; its lasting lines go to stdout, as
/// plain ones do.
pub fn reporter(form: Output) -> Box<dyn Report> {
    match (form, drawn(ProgressDrawTarget::stderr())) {
        (Output::Json, _) => Box::new(json::Json::new(output::stdout())),
        (Output::Auto, Some(target)) => Box::new(progress::Progress::on(target)),
        (Output::Auto | Output::Plain, _) => Box::new(lines::Lines::new(output::stdout())),
    }
}

/// Where a bar is drawn, if it is drawn at all: a bar that nobody sees must not take the place of the lines. It is hidden where
/// there is no terminal, and on one that cannot move its cursor (`TERM` is `dumb` or unset), as in many editors and pipelines.
fn drawn(target: ProgressDrawTarget) -> Option<ProgressDrawTarget> {
    (!target.is_hidden()).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_that_would_be_hidden_is_none() {
        assert!(drawn(ProgressDrawTarget::hidden()).is_none());
    }
}

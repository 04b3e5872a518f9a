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
use std::io::{self, IsTerminal};

/// A consumer of the events of one run.
pub trait Report: Send {
    /// Shows an event.
    fn report(&mut self, event: &DeployEvent);

    /// Time passes and nothing happens; called several times a second.
    fn tick(&mut self) {}
}

/// The reporter for a form of output. `Auto` draws a bar where stderr is a terminal; its lasting lines go to stdout, as
/// plain ones do.
pub fn reporter(form: Output) -> Box<dyn Report> {
    match form {
        Output::Json => Box::new(json::Json::new(output::stdout())),
        Output::Auto if io::stderr().is_terminal() => Box::new(progress::Progress::on_stderr()),
        Output::Auto | Output::Plain => Box::new(lines::Lines::new(output::stdout())),
    }
}

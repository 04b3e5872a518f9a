//! A gameday: the same deploy again and again, each time with another fault, and a table of what became of it.
//!
//! `matrix` holds the scenarios and what is expected of each, `judge` compares that with what was seen, `table` shows it.
//! Only `run` does anything: each scenario gets a sandbox of its own, so that none inherits what the last one broke.

mod judge;
mod matrix;
mod run;
mod scenario;
mod table;

pub use judge::{Row, Seen, Serving};
pub use matrix::matrix;
pub use run::{Played, play};
pub use scenario::{End, Losses, Scenario};
pub use table::Table;

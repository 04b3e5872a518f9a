//! The critical path of a rolling deploy: what AWS's rules and the release's own times add up to, term by term, when nobody
//! loses a second in between. What a deploy takes beyond that is overhead, and the report shows both beside each other.
//!
//! `batches` counts the rounds, `path` adds up, `measured` reads from a rehearsal how long the release itself took.

mod batches;
mod measured;
mod path;
#[cfg(test)]
mod tests;
mod text;

pub use batches::Bounds;
pub(super) use measured::outside;
pub use path::{CriticalPath, Outside, Rules, Term};

//! The live page in a real browser: a deploy that is started on it, a fault that is injected on it, and its end with the
//! sandbox. Without Chromium on this machine the story is skipped, and says so.
#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]
#![expect(clippy::print_stderr, reason = "what is skipped says so")]

mod browser;
mod page;
#[path = "../programs/mod.rs"]
mod programs;
mod story;
mod up;

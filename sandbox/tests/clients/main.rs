//! Clients that nobody here wrote, against the AWS port with a world behind it and no processes: their own parsers accept
//! every response, and another emulator of AWS answers the same script in the same way.
//!
//! The scripts are data: `python/stories/`. Python's packages come from `PyPI` into a virtual environment in the target folder.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]
#![expect(clippy::print_stderr, reason = "what is skipped is said")]

mod files;
mod moto;
mod port;
mod python;
mod walk;

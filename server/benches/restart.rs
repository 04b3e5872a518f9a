//! Requests lost per restart, under load, by this server and by others; see `BENCH.md`.

mod support;

use std::process::ExitCode;

fn main() -> ExitCode {
    support::main("restart")
}

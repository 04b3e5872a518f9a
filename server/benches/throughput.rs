//! Requests per second and memory per idle connection, beside other servers; see `BENCH.md`.

mod support;

use std::process::ExitCode;

fn main() -> ExitCode {
    support::main("throughput")
}

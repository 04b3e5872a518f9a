//! Deployments of fleets of up to 10,000 members, in virtual time; see `BENCH.md`.

mod support;

use std::process::ExitCode;

fn main() -> ExitCode {
    support::main()
}

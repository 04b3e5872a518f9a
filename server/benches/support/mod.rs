//! What the benches are made of. Both binaries hold all of it: each measures other servers by
//! running itself once more as one of them.

mod cli;
mod idle;
mod load;
mod machine;
mod outcome;
mod peers;
mod process;
mod report;
mod restart;
mod scale;
mod serve;
mod spread;
mod table;
mod throughput;
mod tool;

pub(crate) use cli::main;

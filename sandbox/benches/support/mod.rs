//! What the bench is made of: a world in virtual time (`aws`), those who are not AWS (`fleet`: machines, agents and probes;
//! `deployer`), one run of a story (`run`), and the tables (`bench`, `report`).

mod aws;
mod bench;
mod cli;
mod deployer;
mod dice;
mod figures;
mod fleet;
mod look;
mod machine;
mod read;
mod report;
mod run;
mod setting;
mod story;
mod table;

pub(crate) use cli::main;

//! From tags to files on this disk that are exactly what was published.

mod disk;
mod fetch;
mod keep;
mod links;
mod verify;

pub(crate) use disk::{Disk, DiskError, run};
pub(crate) use fetch::{Installed, Wanted, install, resolve};

//! The state folder of a sandbox: who runs there, and where everything in it lies.
//!
//! [`StateFolder`] is the layout and can be asked whether a sandbox runs there; [`Held`] is the one that does. A sandbox starts
//! afresh: what an earlier one left in the folder is removed, nothing else is.

mod description;
mod error;
mod folder;
mod held;
mod rehearsals;

pub use description::Description;
pub use error::{DISK_HINT, StateError};
pub use folder::StateFolder;
pub use held::Held;

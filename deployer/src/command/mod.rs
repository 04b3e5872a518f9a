//! One file per command: each reads its arguments, asks the parts that do the work, and says how it ended. [`session`],
//! [`rollout`] and [`signals`] are what several of them share.

pub mod deploy;
pub mod history;
pub mod keygen;
pub mod publish;
pub mod rollback;
mod rollout;
mod session;
mod signals;
pub mod status;

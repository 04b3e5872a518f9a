//! One file per command: each reads its arguments, asks the parts that do the work, and says how it ended.

pub mod keygen;
pub mod publish;

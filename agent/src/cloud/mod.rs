//! AWS, as far as an instance may touch it: its own metadata, its own two hooks, its role's credentials.

mod credentials;
mod hooks;
mod metadata;

pub(crate) use credentials::RoleCredentials;
pub(crate) use hooks::{Answer, HookError, Hooks};
pub(crate) use metadata::{Identity, Metadata};

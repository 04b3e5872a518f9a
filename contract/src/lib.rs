//! What the deployer and the agent agree on.
//!
//! A release is a [`manifest::Manifest`] with a minisign [`signature`] over its exact bytes, and one blob per file
//! ([`blob`]). Both live in a [`store::Store`] under the paths of [`layout`]. The deployer tells an instance which release
//! it wants through [`tags`]; the instance's agent answers with a [`status::StatusDocument`].
//!
//! No AWS API is called here and no process is started; the only I/O is the store's.

pub mod blob;
pub mod digest;
pub mod layout;
pub mod manifest;
pub mod names;
pub mod release;
pub mod signature;
pub mod status;
pub mod store;
pub mod tags;

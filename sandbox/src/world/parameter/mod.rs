//! Parameter Store: values with versions and labels, in paths. Policies, the advanced tier and tags are not modelled.
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html>

mod delete;
mod label;
mod path;
mod put;
mod store;

pub use label::{Labelled, Unlabelled};
pub use put::PutParameter;
pub(super) use store::Parameters;
pub use store::{Parameter, ParameterVersion, selector};

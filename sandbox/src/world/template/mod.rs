//! Launch templates: their data and what can be wrong with it, their versions, how new ones come about and how references to them resolve.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html>

mod check;
mod create;
mod data;
mod delete;
mod resolve;
mod select;
mod store;

pub use create::{CreateTemplate, CreateVersion};
pub use data::{
    BlockDevice, CreditSpecification, EbsBlockDevice, InstanceProfile, LaunchTemplateData,
    MetadataOptions, Monitoring, Tag, TagSpecification,
};
pub use delete::Kept;
pub(super) use resolve::Image;
pub use resolve::ResolvedVersion;
pub use select::VersionRange;
pub(super) use store::Templates;
pub use store::{LaunchTemplate, LaunchTemplateVersion, TemplateKey, TemplateRef, VersionSpec};

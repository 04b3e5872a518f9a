//! The sandbox's own launch template, made from the files of the folder `launch-templates/` that an account would use.
//!
//! `placeholder` fills `${name}`, `data` knows what with. What a template *means* (tags, user data, defaults) is the
//! world's business; what an instance does with its user data is [`crate::instance`]'s.

mod data;
mod placeholder;

pub use data::{AgentSettings, Release, launch_template_data, user_data};
pub use placeholder::TemplateError;

//! Identifiers as types, and the seeded mint that makes them. No identifier is ever made elsewhere.

use std::fmt;
use std::sync::Arc;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};
use uuid::Builder;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        /// Cheap to clone: a fleet has many holders of each.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a text for an identifier; whether the thing exists is for the world to say.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(text.as_ref().into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether the text has the form that AWS gives such identifiers.
            pub fn is_well_formed(&self) -> bool {
                self.0.strip_prefix($prefix).is_some_and(|digits| {
                    matches!(digits.len(), 8 | 17)
                        && digits.bytes().all(|b| b.is_ascii_hexdigit())
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// `i-` and 17 hexadecimal digits.
    InstanceId,
    "i-"
);
id!(
    /// `lt-` and 17 hexadecimal digits.
    LaunchTemplateId,
    "lt-"
);

/// The source of every identifier: the same seed gives the same story.
#[derive(Debug, Clone)]
pub(super) struct Mint(Xoshiro256PlusPlus);

impl Mint {
    pub(super) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    pub(super) fn instance(&mut self) -> InstanceId {
        InstanceId::new(format!("i-{}", self.hex()))
    }

    pub(super) fn launch_template(&mut self) -> LaunchTemplateId {
        LaunchTemplateId::new(format!("lt-{}", self.hex()))
    }

    /// The last part of a load balancer's or target group's ARN.
    pub(super) fn short(&mut self) -> String {
        format!("{:016x}", self.0.random::<u64>())
    }

    pub(super) fn uuid(&mut self) -> String {
        Builder::from_random_bytes(self.0.random())
            .into_uuid()
            .to_string()
    }

    /// The 17 digits of a resource id: AWS starts the long ids with a zero.
    fn hex(&mut self) -> String {
        format!("0{:016x}", self.0.random::<u64>())
    }
}

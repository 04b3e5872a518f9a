//! What a listener's rules say, as plain data: conditions, actions, how a target group spreads its requests. The world keeps
//! them, `service` reads and shows them, `balancer` acts on them; here is only what they mean.

mod attributes;
mod condition;
mod rule;
mod spread;
mod wildcard;

pub use attributes::{Attributes, ForwardedFor};
pub use condition::{Asked, Cidr, Condition, QueryPair};
pub use rule::{Action, FixedResponse, Redirect, Rule, Share};
pub use spread::{Algorithm, MinimumHealthy};
pub(crate) use wildcard::fits;

//! The balancer against targets that misbehave to the byte: what exactly does the client see?

mod client;
mod drains;
mod faults;
mod headers;
mod http2;
mod pool;
mod probes;
mod refusals;
mod routing;
mod scripted;
mod stage;
mod streams;
mod unread;
mod upgrades;
mod weights;

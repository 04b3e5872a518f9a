//! The balancer against targets that misbehave to the byte: what exactly does the client see?

mod client;
mod drains;
mod faults;
mod headers;
mod pool;
mod probes;
mod routing;
mod scripted;
mod stage;
mod streams;

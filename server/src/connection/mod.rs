//! One connection: its bytes, what it is busy with, when it has to go.
//!
//! - `greet`: from the first byte to the protocol: PROXY header, TLS, HTTP/1.1 or HTTP/2
//! - `h1`, `h2`: one connection of either protocol, to its end
//! - `upgrade`: what becomes of an HTTP/1.1 connection when it is upgraded
//! - `judge`, `farewell`, `refusal`: decisions, pure
//! - `service`: the application, as every protocol asks it
//! - `transport`: the bytes below HTTP
//! - `seat`: a connection's place in the counters

mod arrival;
mod farewell;
mod greet;
mod h1;
mod h2;
mod judge;
mod refusal;
mod seat;
mod service;
mod transport;
mod upgrade;

pub use farewell::STAGGER_FROM;
pub use judge::Class;

pub(crate) use arrival::Arrival;
pub(crate) use greet::serve;
pub(crate) use seat::Seat;
pub(crate) use service::Application;

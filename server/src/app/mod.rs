//! The example application: routes and their handlers, one file per concern. It knows the server
//! only by its handle.

mod api;
mod events;
mod health;
mod metrics;
mod page;
mod query;
mod reply;
mod routes;
mod websocket;

pub(crate) use routes::App;

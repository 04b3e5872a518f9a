//! The example application: routes and their handlers, one file per concern. It knows the server
//! only by its handle.

mod api;
mod health;
mod metrics;
mod page;
mod reply;
mod routes;

pub(crate) use routes::App;

//! Stories of servers that serve and leave, over real sockets. `lib_*` run the library in this
//! process with a service made for the story, `process_*` run `baton-server` itself.

#![expect(clippy::unwrap_used, reason = "a story fails by panicking")]

mod client;
mod h2_client;
mod library;
mod logged;
mod process;

mod app;
mod app_events;
mod app_flags;
mod app_seen;
#[cfg(feature = "tls")]
mod app_tls;
mod app_ws;
mod h2_leave;
mod h2_stalls;
#[cfg(feature = "tls")]
mod h2_tls;
mod lib_failures;
mod lib_idle;
mod lib_stalls;
mod phases;
mod process_inherit;
mod process_leave;
mod process_load;
mod restart;
mod restart_kills;
mod restart_load;
mod upgrade_axum;
mod upgrade_offered;
mod upgrade_process;
mod upgrade_raw;
#[cfg(feature = "tls")]
mod upgrade_tls;
mod upgrade_websocket;
mod upgrades;

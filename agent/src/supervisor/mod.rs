//! Running the server without systemd, by systemd's rules: the listening socket is inherited as descriptor 3, READY=1 comes
//! over `NOTIFY_SOCKET`, SIGTERM means drain. The server cannot tell the difference.

mod health;
mod life;
mod listener;
mod output;
mod process;
mod ready;
mod runnable;
pub(crate) mod shim;

mod keeper;

pub(crate) use keeper::Supervisor;
pub(crate) use process::Program;

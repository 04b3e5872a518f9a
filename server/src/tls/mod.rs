//! TLS: a certificate and its key out of PEM files, read again on request, and the handshake.
//!
//! TLS 1.2 and 1.3 by rustls with ring's cryptography, named explicitly: a process-wide default
//! provider is whatever other crates of the same build have made of it.

mod pair;
mod terminator;

#[cfg(test)]
mod tests;

pub use pair::TlsError;
pub use terminator::Tls;
pub(crate) use terminator::chose_h2;

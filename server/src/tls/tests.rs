//! Handshakes with rustls and openssl clients, replaced and broken files, and what a stream over a
//! full socket answers.

mod clients;
mod files;
mod handshake;
mod stream;

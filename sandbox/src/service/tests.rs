//! The operations through their wire encodings.

//! The first bytes of a connection behind a TCP load balancer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| server::fuzzing::proxy_header(bytes));

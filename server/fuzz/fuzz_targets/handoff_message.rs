//! A packet from the other process of a handoff.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| server::fuzzing::handoff_message(bytes));

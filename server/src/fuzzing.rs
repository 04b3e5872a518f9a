//! What the fuzz targets of `server/fuzz` run: one function per reader of foreign bytes, which
//! panics if the reader breaks a promise. No part of the library: hidden, behind a feature.
//!
//! The inputs that a fuzzer once found worth keeping are run by the tests here, so that every build
//! holds the promises against them, with no fuzzer at hand.

use crate::handoff;
use crate::proxy::{self, Parsed};

/// A PROXY header is found at its last byte and not before, names a peer if it is one for IPv4 or
/// IPv6, and what is refused stays refused.
pub fn proxy_header(bytes: &[u8]) {
    let mut wanted = 0;
    for cut in 0..=bytes.len() {
        match proxy::parse(&bytes[..cut]) {
            Ok(Parsed::NeedMore { at_least }) => {
                assert!(cut < at_least && at_least <= proxy::MAX_HEADER);
                wanted = wanted.max(at_least);
            }
            settled => {
                if let Ok(Parsed::Header { source, len }) = settled {
                    let rest = u16::from_be_bytes([bytes[14], bytes[15]]);
                    assert!(len == 16 + usize::from(rest) && len == cut && wanted <= len);
                    let names_a_peer = matches!(bytes[12..14], [0x21, 0x11 | 0x21]);
                    assert_eq!(source.is_some(), names_a_peer);
                }
                assert_eq!(proxy::parse(bytes), settled);
                return;
            }
        }
    }
}

/// What passes as a message is written by just these bytes.
pub fn handoff_message(bytes: &[u8]) {
    if let Ok(message) = handoff::decode(bytes) {
        let mut encoded = Vec::new();
        message.encode(&mut encoded);
        assert_eq!(encoded, bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn replay(target: &str, run: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fuzz/corpus")
            .join(target);
        let mut count = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            run(&fs::read(path).unwrap());
            count += 1;
        }
        assert!(count > 0, "no inputs are kept for {target}");
    }

    #[test]
    fn kept_proxy_headers_keep_the_promises() {
        replay("proxy_header", proxy_header);
    }

    #[test]
    fn kept_handoff_messages_keep_the_promises() {
        replay("handoff_message", handoff_message);
    }
}

//! What strangers wrote, made fit for a log: ASCII on one line, of bounded length (pure).

use std::fmt::Write;

/// Longest path, and longest user agent, in bytes. What is longer ends in `...`.
const LONGEST_PATH: usize = 1024;
const LONGEST_AGENT: usize = 200;
const LONGEST_METHOD: usize = 32;

/// A path; bytes beyond visible ASCII are percent-encoded, as a browser would have done.
pub(super) fn path(path: &str) -> String {
    clipped(path.as_bytes(), LONGEST_PATH, |text, byte| {
        if byte.is_ascii_graphic() {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("a string takes what it is given");
        }
    })
}

/// A user agent; bytes that are no visible ASCII become `?`.
pub(super) fn agent(agent: &[u8]) -> String {
    clipped(agent, LONGEST_AGENT, |text, byte| {
        let visible = byte.is_ascii_graphic() || byte == b' ';
        text.push(if visible { char::from(byte) } else { '?' });
    })
}

/// A method: a token, which HTTP does not bound.
pub(super) fn method(method: &str) -> String {
    clipped(method.as_bytes(), LONGEST_METHOD, |text, byte| {
        text.push(char::from(byte));
    })
}

fn clipped(bytes: &[u8], longest: usize, mut push: impl FnMut(&mut String, u8)) -> String {
    let mut text = String::with_capacity(bytes.len().min(longest + 3));
    for byte in bytes.iter().take(longest) {
        push(&mut text, *byte);
    }
    if bytes.len() > longest {
        text.push_str("...");
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_plain_stays_and_what_is_long_is_clipped() {
        assert_eq!(path("/api/v1/slow"), "/api/v1/slow");
        assert_eq!(path("/ä\u{202e}"), "/%C3%A4%E2%80%AE");
        assert_eq!(agent(b"curl/8.5 (x)"), "curl/8.5 (x)");
        assert_eq!(agent(b"\x1b[31mred\x7f\xff"), "?[31mred??");
        assert_eq!(method(&"X".repeat(40)), format!("{}...", "X".repeat(32)));
    }

    proptest! {
        #[test]
        fn nothing_breaks_the_line(bytes in prop::collection::vec(any::<u8>(), 0..2000), text in "\\PC{0,1200}|(\\n|\\r|.){0,40}") {
            for shown in [agent(&bytes), path(&text)] {
                prop_assert!(shown.bytes().all(|b| b.is_ascii_graphic() || b == b' '));
                prop_assert!(shown.len() <= 3 * LONGEST_PATH + 3);
            }
        }
    }
}

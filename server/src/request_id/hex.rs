//! Lower case hexadecimal digits of an exact number: what trace ids are made of. Upper case is
//! refused, as the W3C's trace context demands.

/// The number that `text` writes with exactly `digits` (at most 32) lower case digits.
pub(super) fn number(text: &str, digits: usize) -> Option<u128> {
    let lower = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let well_formed = text.len() == digits && text.bytes().all(lower);
    well_formed
        .then(|| u128::from_str_radix(text, 16).ok())
        .flatten()
}

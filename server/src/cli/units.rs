//! How times and sizes are written on the command line.

use std::str::FromStr;
use std::time::Duration;

/// hyper needs this much to parse a header at all.
const SMALLEST_HEADER: usize = 8 << 10;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SizeError {
    #[error("write it as 65536, 64KiB, 16MiB or 1GiB")]
    Form,
    #[error("at least {SMALLEST_HEADER} bytes are needed")]
    TooSmall,
}

/// A number of bytes, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bound(pub(super) Option<u64>);

impl FromStr for Bound {
    type Err = SizeError;

    fn from_str(text: &str) -> Result<Self, SizeError> {
        let bytes = (text != "none").then(|| bytes(text));
        bytes.transpose().map(Self)
    }
}

/// For ever, as far as a server is concerned; the clock cannot count much further.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// `10s` and the like.
pub(super) fn time(text: &str) -> Result<Duration, humantime::DurationError> {
    humantime::parse_duration(text).map(|time| time.min(LONGEST))
}

/// The room for a request's header.
pub(super) fn header_bytes(text: &str) -> Result<usize, SizeError> {
    let bytes = usize::try_from(bytes(text)?).map_err(|_| SizeError::Form)?;
    match bytes {
        SMALLEST_HEADER.. => Ok(bytes),
        _ => Err(SizeError::TooSmall),
    }
}

fn bytes(text: &str) -> Result<u64, SizeError> {
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
    let (number, unit) = units
        .into_iter()
        .find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))
        .unwrap_or((text, 1));
    let number: u64 = number.parse().map_err(|_| SizeError::Form)?;
    number.checked_mul(unit).ok_or(SizeError::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_numbers_with_a_unit() {
        assert_eq!(bytes("0"), Ok(0));
        assert_eq!(bytes("65536"), Ok(65536));
        assert_eq!(bytes("64KiB"), Ok(65536));
        assert_eq!(bytes("1GiB"), Ok(1 << 30));
        for text in ["", "KiB", "64kb", "-1", "1.5MiB", "99999999999999GiB"] {
            assert_eq!(bytes(text), Err(SizeError::Form), "{text}");
        }
        assert_eq!("none".parse(), Ok(Bound(None)));
        assert_eq!("16MiB".parse(), Ok(Bound(Some(16 << 20))));
        assert_eq!(header_bytes("4KiB"), Err(SizeError::TooSmall));
    }
}

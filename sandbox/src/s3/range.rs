//! The `Range` header: which bytes of an object are asked for. Pure.
//! <https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2>

use super::error::S3Error;

/// Bytes `start..start + length` of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) length: u64,
}

impl Span {
    /// All of an object.
    pub(super) fn whole(size: u64) -> Self {
        Self {
            start: 0,
            length: size,
        }
    }
}

/// The span that `range` selects of `size` bytes; `None` for all of them, also when the header is no byte range, as RFC 9110
/// wants it. Several ranges at once are not supported by S3 either.
pub(super) fn select(range: Option<&str>, size: u64) -> Result<Option<Span>, S3Error> {
    let Some(spec) = range.and_then(|range| range.trim().strip_prefix("bytes=")) else {
        return Ok(None);
    };
    if spec.contains(',') {
        return Err(S3Error::NotImplemented(
            "several ranges in one request".into(),
        ));
    }
    let Some((first, last)) = spec.split_once('-') else {
        return Ok(None);
    };
    let span = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => between(first, last, size),
        (Some(first), None) if last.is_empty() => between(first, u64::MAX, size),
        (None, Some(suffix)) if first.is_empty() => suffix_of(suffix, size),
        _ => return Ok(None),
    };
    span.map(Some).ok_or(S3Error::InvalidRange { size })
}

/// Numbers beyond u64 are cut off there: no object is that long.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

fn between(first: u64, last: u64, size: u64) -> Option<Span> {
    let end = last.saturating_add(1).min(size);
    let length = end.checked_sub(first).filter(|length| *length > 0)?;
    Some(Span {
        start: first,
        length,
    })
}

fn suffix_of(suffix: u64, size: u64) -> Option<Span> {
    let length = suffix.min(size);
    (length > 0).then_some(Span {
        start: size - length,
        length,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_range_selects_the_bytes_it_names() {
        let span = |start, length| Ok(Some(Span { start, length }));
        let whole = Ok(None);
        let none = Err("InvalidRange");
        for (range, expected) in [
            ("bytes=0-0", span(0, 1)),
            ("bytes=2-5", span(2, 4)),
            ("bytes=2-500", span(2, 8)),
            ("bytes=9-", span(9, 1)),
            ("bytes=-3", span(7, 3)),
            ("bytes=-30", span(0, 10)),
            ("bytes=0-99999999999999999999999", span(0, 10)),
            ("bytes=10-", none),
            ("bytes=10-12", none),
            ("bytes=-0", none),
            ("bytes=5-2", whole),
            ("bytes=-", whole),
            ("bytes=a-b", whole),
            ("bytes=+1-2", whole),
            ("lines=0-1", whole),
            ("bytes=0-1,3-4", Err("NotImplemented")),
        ] {
            let selected = select(Some(range), 10).map_err(|error| error.code());
            assert_eq!(selected, expected, "{range}");
        }
        assert!(matches!(select(None, 10), Ok(None)));
    }

    #[test]
    fn an_empty_object_has_no_satisfiable_range() {
        assert!(select(Some("bytes=0-"), 0).is_err());
        assert!(select(Some("bytes=-1"), 0).is_err());
    }
}

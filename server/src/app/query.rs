//! What is asked behind the question mark.

use std::time::Duration;

use http::StatusCode;
use serde::Serialize;

use super::reply::{Reply, json};

#[derive(Serialize)]
pub(super) struct Refused<'e> {
    pub(super) error: &'e str,
}

/// Something else was given.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is not a number of milliseconds")]
pub(super) struct NotMilliseconds {
    name: &'static str,
}

impl NotMilliseconds {
    pub(super) fn reply(&self) -> Reply {
        let error = &self.to_string();
        json(StatusCode::BAD_REQUEST, &Refused { error })
    }
}

/// `name=250` as milliseconds. `None`: not given.
pub(super) fn milliseconds(
    query: Option<&str>,
    name: &'static str,
) -> Result<Option<Duration>, NotMilliseconds> {
    let given = query
        .unwrap_or_default()
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    given
        .map(|text| text.parse().map(Duration::from_millis))
        .transpose()
        .map_err(|_| NotMilliseconds { name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_by_its_whole_name() {
        let found = |query| milliseconds(query, "ms");
        assert_eq!(found(None), Ok(None));
        assert_eq!(found(Some("msec=1")), Ok(None));
        assert_eq!(
            found(Some("a=b&ms=250")),
            Ok(Some(Duration::from_millis(250)))
        );
        for nonsense in ["ms=", "ms=soon", "ms=-1", "ms=99999999999999999999"] {
            assert_eq!(
                found(Some(nonsense)),
                Err(NotMilliseconds { name: "ms" }),
                "{nonsense}"
            );
        }
    }
}

//! The id that names one request in logs and towards its client.

use std::fmt;

use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::amzn::{AmznTrace, XrayId};
use super::traceparent::TraceParent;

/// The field that responses carry their request's id in. No standard defines it; proxies, platforms
/// and frameworks agree on it.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const X_AMZN_TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A caller's own id that is longer than this is not kept: a log line has to stay a line.
const LONGEST_CALLER_ID: usize = 128;

/// Names a request. Found in the extensions of a request that came through
/// [`AccessLog`](crate::AccessLog).
///
/// The id is, in this order: the `Root` of `X-Amzn-Trace-Id`, which is what an Application Load
/// Balancer logs; the trace id of `traceparent`; or 32 random hexadecimal digits. A trace may hold
/// several requests, so requests may share an id. What the headers say is kept as numbers: nothing
/// malformed reaches a log or a header.
///
/// An `X-Request-Id` of the request never becomes the id, and is never sent back: anybody could
/// make two requests look like one. It is kept beside the id ([`caller`](Self::caller)) if it is
/// fit for a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId {
    id: Id,
    amzn: Option<AmznTrace>,
    parent: Option<TraceParent>,
    caller: Option<HeaderValue>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Id {
    Xray(XrayId),
    Trace(u128),
}

impl RequestId {
    /// The id that a request's header gives it, or a new one.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        Self::read(headers, rand::random)
    }

    fn read(headers: &HeaderMap, fresh: impl FnOnce() -> u128) -> Self {
        let amzn = only(headers, &X_AMZN_TRACE_ID).and_then(AmznTrace::parse);
        let parent = only(headers, &TRACEPARENT).and_then(TraceParent::parse);
        let id = match (&amzn, &parent) {
            (Some(amzn), _) => Id::Xray(amzn.root()),
            (None, Some(parent)) => Id::Trace(parent.trace_id()),
            (None, None) => Id::Trace(fresh()),
        };
        let caller = headers.get(X_REQUEST_ID).filter(|value| is_fit(value));
        Self {
            id,
            amzn,
            parent,
            caller: caller.cloned(),
        }
    }

    /// The ids of a well-formed `X-Amzn-Trace-Id`.
    pub fn amzn(&self) -> Option<&AmznTrace> {
        self.amzn.as_ref()
    }

    /// A well-formed `traceparent`.
    pub fn traceparent(&self) -> Option<&TraceParent> {
        self.parent.as_ref()
    }

    /// The request's `X-Request-Id`: whatever the caller chose, if it is at most 128 letters, digits
    /// and `-._~+/=:`.
    pub fn caller(&self) -> Option<&str> {
        self.caller.as_ref()?.to_str().ok()
    }

    /// The id as a header's value.
    pub fn to_header(&self) -> HeaderValue {
        HeaderValue::try_from(self.to_string()).expect("digits and hyphens are a header value")
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id {
            Id::Xray(id) => id.fmt(f),
            Id::Trace(id) => write!(f, "{id:032x}"),
        }
    }
}

/// A field that comes twice could mean either, so it means nothing.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}

fn is_fit(value: &HeaderValue) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=:".contains(byte);
    (1..=LONGEST_CALLER_ID).contains(&value.len()) && value.as_bytes().iter().all(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROOT: &str = "1-67891233-abcdef012345678912345678";
    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn headers(fields: &[(&HeaderName, &str)]) -> HeaderMap {
        fields
            .iter()
            .map(|(name, value)| ((*name).clone(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn read(fields: &[(&HeaderName, &str)]) -> RequestId {
        RequestId::read(&headers(fields), || 7)
    }

    #[test]
    fn the_balancers_id_comes_before_the_callers_and_both_are_kept() {
        let root = format!("Root={ROOT}");
        let both = read(&[(&TRACEPARENT, PARENT), (&X_AMZN_TRACE_ID, &root)]);
        assert_eq!(both.to_string(), ROOT);
        assert_eq!(both.to_header(), ROOT);
        assert_eq!(both.traceparent().unwrap().to_string(), PARENT);
        let traced = read(&[(&TRACEPARENT, PARENT), (&X_AMZN_TRACE_ID, "Root=evil")]);
        assert_eq!(traced.to_string(), PARENT[3..35]);
        assert_eq!(traced.amzn(), None);
        assert_eq!(read(&[]).to_string(), "00000000000000000000000000000007");
    }

    #[test]
    fn new_ids_differ() {
        let new = || RequestId::from_headers(&HeaderMap::new());
        assert_ne!(new(), new());
        assert_eq!(new().to_string().len(), 32);
    }

    #[test]
    fn a_field_that_comes_twice_names_nothing() {
        let mut twice = headers(&[(&TRACEPARENT, PARENT)]);
        twice.append(TRACEPARENT, HeaderValue::from_static(PARENT));
        assert_eq!(RequestId::read(&twice, || 7), read(&[]));
    }

    #[test]
    fn a_callers_id_is_kept_beside_ours_if_it_is_fit_for_a_log() {
        assert_eq!(read(&[(&X_REQUEST_ID, "b 1\"=2")]).caller(), None);
        assert_eq!(read(&[(&X_REQUEST_ID, "b-1/2")]).caller(), Some("b-1/2"));
        assert_eq!(
            read(&[(&X_REQUEST_ID, "b-1")]).to_string(),
            read(&[]).to_string()
        );
        let long = "x".repeat(LONGEST_CALLER_ID + 1);
        assert_eq!(read(&[(&X_REQUEST_ID, &long)]).caller(), None);
    }

    proptest! {
        #[test]
        fn no_header_is_too_hostile(
            values in prop::collection::vec((0..3_usize, prop::collection::vec(any::<u8>(), 0..60)), 0..4)
        ) {
            let names = [X_AMZN_TRACE_ID, TRACEPARENT, X_REQUEST_ID];
            let mut headers = HeaderMap::new();
            for (name, bytes) in values {
                if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                    headers.append(names[name].clone(), value);
                }
            }
            let id = RequestId::read(&headers, || 7);
            let shown = [Some(id.to_string()), id.caller().map(str::to_owned)];
            for text in shown.into_iter().flatten() {
                prop_assert!(text.len() <= LONGEST_CALLER_ID);
                prop_assert!(text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\'));
            }
        }
    }
}

//! `X-Amzn-Trace-Id`, as Application Load Balancers and X-Ray write it:
//! `Root=1-67891233-abcdef012345678912345678`, with other parts before and behind it.
//!
//! A balancer keeps the `Root` that a client sends and puts its own id beside it as `Self`. So
//! `Root` may be a stranger's choice; it is the id nevertheless, because it is what the balancer's
//! own access log names the request by.

use std::fmt;

use super::hex;

/// An id as X-Ray writes it: `1-`, 8 hexadecimal digits (the time), `-`, 24 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct XrayId {
    time: u32,
    unique: u128,
}

impl XrayId {
    fn parse(text: &str) -> Option<Self> {
        let (time, unique) = text.strip_prefix("1-")?.split_once('-')?;
        let id = Self {
            time: u32::try_from(hex::number(time, 8)?).ok()?,
            unique: hex::number(unique, 24)?,
        };
        (id.unique != 0).then_some(id)
    }
}

impl fmt::Display for XrayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1-{:08x}-{:024x}", self.time, self.unique)
    }
}

/// The ids of an `X-Amzn-Trace-Id`; its other parts (`Parent`, `Sampled`, a caller's own) are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmznTrace {
    root: XrayId,
    hop: Option<XrayId>,
}

impl AmznTrace {
    /// Reads the header's value. `None` if no well-formed id is in it.
    pub fn parse(value: &str) -> Option<Self> {
        let hop = part(value, "Self=");
        let root = part(value, "Root=").or(hop)?;
        Some(Self { root, hop })
    }

    /// `Root`: the trace, which may hold many requests. `Self` if there is no well-formed `Root`.
    pub fn root(&self) -> XrayId {
        self.root
    }

    /// `Self`: this request's passage through the last balancer before us.
    pub fn hop(&self) -> Option<XrayId> {
        self.hop
    }
}

/// The id behind `key`. A key that comes twice could mean either, so it means nothing.
fn part(value: &str, key: &str) -> Option<XrayId> {
    let mut found = value
        .split(';')
        .filter_map(|part| part.trim().strip_prefix(key));
    let id = XrayId::parse(found.next()?)?;
    found.next().is_none().then_some(id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROOT: &str = "1-67891233-abcdef012345678912345678";
    const HOP: &str = "1-67891234-12456789abcdef012345678a";

    fn read(value: &str) -> Option<(String, Option<String>)> {
        let trace = AmznTrace::parse(value)?;
        Some((
            trace.root().to_string(),
            trace.hop().map(|id| id.to_string()),
        ))
    }

    #[test]
    fn root_and_self_are_found_among_other_parts() {
        let (root, hop) = (ROOT.to_owned(), HOP.to_owned());
        let both = Some((root.clone(), Some(hop.clone())));
        assert_eq!(read(&format!("Root={ROOT}")), Some((root.clone(), None)));
        assert_eq!(read(&format!("Self={HOP};Root={ROOT}")), both);
        assert_eq!(
            read(&format!("Self={HOP}; Root={ROOT};CalledFrom=app;Sampled=1")),
            both
        );
        assert_eq!(
            read(&format!("Root=evil;Self={HOP}")),
            Some((hop.clone(), Some(hop)))
        );
        assert_eq!(read(&format!("Root={ROOT};Self=evil")), Some((root, None)));
    }

    #[test]
    fn what_is_malformed_is_nothing() {
        for value in [
            "",
            "Root=",
            "Root=1-67891233-abcdef01234567891234567",
            "Root=1-67891233-abcdef0123456789123456789",
            "Root=1-6789123-abcdef012345678912345678",
            "Root=2-67891233-abcdef012345678912345678",
            "Root=1-67891233-ABCDEF012345678912345678",
            "Root=1-67891233-000000000000000000000000",
            "Root=1-+7891233-abcdef012345678912345678",
            "root=1-67891233-abcdef012345678912345678",
            "1-67891233-abcdef012345678912345678",
            "Root=1-67891233-abcdef012345678912345678;Root=1-67891233-abcdef012345678912345679",
        ] {
            assert_eq!(read(value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn ids_survive_the_journey(time in any::<u32>(), unique in 1..1_u128 << 96) {
            let id = XrayId { time, unique };
            prop_assert_eq!(XrayId::parse(&id.to_string()), Some(id));
        }

        #[test]
        fn hostile_text_never_shows(value in "(Root=|Self=|;|1-|-|[0-9a-f]{8}|[0-9a-f]{24}|\\PC|\\n){0,12}") {
            if let Some(trace) = AmznTrace::parse(&value) {
                for id in [Some(trace.root()), trace.hop()].into_iter().flatten() {
                    let shown = id.to_string();
                    prop_assert_eq!(shown.len(), ROOT.len());
                    prop_assert!(shown.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-')));
                    prop_assert!(value.contains(&shown));
                }
            }
        }
    }
}

//! `traceparent` of the W3C's trace context (<https://www.w3.org/TR/trace-context/>, 3.2):
//! `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`.

use std::fmt;

use super::hex;

/// Length of version 00, and of what later versions begin with.
const LENGTH: usize = "vv-tttttttttttttttttttttttttttttttt-pppppppppppppppp-ff".len();

/// A well-formed `traceparent`. Shown, it is one of version 00.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    trace_id: u128,
    parent_id: u64,
    flags: u8,
}

impl TraceParent {
    /// Reads the header's value. A version above 00 is read as far as version 00 goes, as the
    /// recommendation asks; version ff and ids of zeros are invalid.
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim_matches([' ', '\t']);
        let (known, more) = value.split_at_checked(LENGTH)?;
        let mut fields = known.splitn(4, '-');
        let version = hex::number(fields.next()?, 2)?;
        let parent = Self {
            trace_id: hex::number(fields.next()?, 32)?,
            parent_id: u64::try_from(hex::number(fields.next()?, 16)?).ok()?,
            flags: u8::try_from(hex::number(fields.next()?, 2)?).ok()?,
        };
        let ends_well = match version {
            0 => more.is_empty(),
            0xff => false,
            _ => more.is_empty() || more.starts_with('-'),
        };
        (ends_well && parent.trace_id != 0 && parent.parent_id != 0).then_some(parent)
    }

    /// The trace, which may hold many requests.
    pub fn trace_id(&self) -> u128 {
        self.trace_id
    }

    /// The caller's span.
    pub fn parent_id(&self) -> u64 {
        self.parent_id
    }

    /// Whether the caller may have recorded the trace.
    pub fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "00-{:032x}-{:016x}-{:02x}",
            self.trace_id, self.parent_id, self.flags
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXAMPLE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const REST: &str = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn the_recommendations_example_is_read() {
        let parent = TraceParent::parse(EXAMPLE).unwrap();
        assert_eq!(parent.trace_id(), 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
        assert_eq!(parent.parent_id(), 0xb7ad_6b71_6920_3331);
        assert!(parent.is_sampled());
        assert_eq!(parent.to_string(), EXAMPLE);
        assert_eq!(
            TraceParent::parse(&format!(" {EXAMPLE}\t")).unwrap(),
            parent
        );
    }

    #[test]
    fn later_versions_are_read_as_far_as_this_one_goes() {
        for later in [
            format!("cc-{REST}"),
            format!("01-{REST}-what-the-future-brings"),
            format!("fe-{REST}-"),
        ] {
            let shown = TraceParent::parse(&later).map(|parent| parent.to_string());
            assert_eq!(shown.as_deref(), Some(EXAMPLE), "{later}");
        }
    }

    #[test]
    fn what_is_malformed_is_nothing() {
        let upper = EXAMPLE.to_uppercase();
        for value in [
            "",
            &EXAMPLE[1..],
            &EXAMPLE[..54],
            &upper,
            &format!("{EXAMPLE}-"),
            &format!("{EXAMPLE}-01"),
            &format!("ff-{REST}"),
            &format!("0x-{REST}"),
            &format!("cc-{REST}.what-the-future-will-not-bring"),
            &format!("00_{REST}"),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-.1",
            "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-101",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0ü",
        ] {
            assert_eq!(TraceParent::parse(value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn parents_survive_the_journey(trace_id in 1_u128.., parent_id in 1_u64.., flags: u8) {
            let parent = TraceParent { trace_id, parent_id, flags };
            prop_assert_eq!(TraceParent::parse(&parent.to_string()), Some(parent));
        }

        #[test]
        fn one_wrong_byte_is_never_taken_for_another_id(at in 0..LENGTH, byte in any::<char>()) {
            let mut changed: Vec<char> = EXAMPLE.chars().collect();
            changed[at] = byte;
            let changed: String = changed.into_iter().collect();
            if let Some(parent) = TraceParent::parse(&changed) {
                prop_assert_eq!(&parent.to_string()[3..], &changed[3..]);
            }
        }

        #[test]
        fn no_text_is_too_strange(value in "\\PC{0,80}") {
            let _ = TraceParent::parse(&value);
        }
    }
}

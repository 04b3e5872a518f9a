//! What machine the entrypoint is built for, from the first bytes of its ELF header.

use super::error::PublishError;
use std::env::consts::ARCH;

/// How much of a file tells its machine.
pub(super) const HEADER_BYTES: usize = 20;

/// The target triple of a release: `asked`, or the one that the entrypoint's header tells, or this machine's for what is
/// not ELF, such as a script. A header that contradicts `asked` is an error.
pub(super) fn triple(asked: Option<&str>, header: &[u8]) -> Result<String, PublishError> {
    let found = machine(header);
    let Some(asked) = asked else {
        return Ok(format!("{}-unknown-linux-gnu", found.unwrap_or(ARCH)));
    };
    if !is_triple(asked) {
        return Err(PublishError::BadTarget {
            text: asked.to_owned(),
        });
    }
    match found {
        Some(found) if !asked.starts_with(&format!("{found}-")) => {
            Err(PublishError::OtherMachine {
                found: found.to_owned(),
                wanted: asked.to_owned(),
            })
        }
        _ => Ok(asked.to_owned()),
    }
}

/// The architecture in an ELF header, of those that EC2 has; see `elf(5)`, `e_machine`.
fn machine(header: &[u8]) -> Option<&'static str> {
    const LITTLE_ENDIAN: u8 = 1;
    if !header.starts_with(b"\x7fELF") || *header.get(5)? != LITTLE_ENDIAN {
        return None;
    }
    match u16::from_le_bytes([*header.get(18)?, *header.get(19)?]) {
        62 => Some("x86_64"),
        183 => Some("aarch64"),
        _ => None,
    }
}

fn is_triple(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
    };
    (3..=4).contains(&text.split('-').count()) && text.split('-').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf(machine: u16) -> Vec<u8> {
        let mut header = b"\x7fELF\x02\x01".to_vec();
        header.resize(18, 0);
        header.extend(machine.to_le_bytes());
        header
    }

    #[test]
    fn the_header_tells_the_machine_and_contradicts_a_wrong_target() {
        assert_eq!(
            triple(None, &elf(183)).unwrap(),
            "aarch64-unknown-linux-gnu"
        );
        let musl = "x86_64-unknown-linux-musl";
        assert_eq!(triple(Some(musl), &elf(62)).unwrap(), musl);
        assert!(matches!(
            triple(Some(musl), &elf(183)),
            Err(PublishError::OtherMachine { .. })
        ));
    }

    #[test]
    fn a_script_or_a_stump_is_for_this_machine_unless_said_otherwise() {
        let here = format!("{ARCH}-unknown-linux-gnu");
        for header in [
            &b"#!/bin/sh\n"[..],
            b"",
            b"\x7fELF",
            &elf(62)[..19],
            &elf(9999),
        ] {
            assert_eq!(triple(None, header).unwrap(), here);
            assert_eq!(triple(Some("arm-a-b"), header).unwrap(), "arm-a-b");
        }
    }

    #[test]
    fn refuses_what_is_no_triple() {
        for bad in ["", "x86_64", "x86_64-linux", "a--b", "a-b-c/d", "a-b-c-d-e"] {
            assert!(
                matches!(triple(Some(bad), b""), Err(PublishError::BadTarget { .. })),
                "{bad}"
            );
        }
    }
}

//! What machine the entrypoint is built for, from the first bytes of its ELF header.

use super::error::PublishError;
use std::env::consts::ARCH;

/// How much of a file tells its machine.
pub(super) const HEADER_BYTES: usize = 20;

/// The target triple of a release: `asked`, or the one that the entrypoint's header tells, or this machine's for a script.
/// A header that contradicts `asked` is an error, and so is one that tells nothing when nothing was asked for.
pub(super) fn triple(asked: Option<&str>, header: &[u8]) -> Result<String, PublishError> {
    let found = machine(header);
    let Some(asked) = asked else {
        let script = header.starts_with(b"#!").then_some(ARCH);
        let machine = found.filter(|_| is_program(header)).or(script);
        let machine = machine.ok_or(PublishError::UnknownMachine)?;
        return Ok(format!("{machine}-unknown-linux-gnu"));
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

/// Whether an ELF header is that of something that can be started, not of an object file or a core dump; see `elf(5)`,
/// `e_type`. Programs that can be loaded anywhere are shared objects to ELF.
fn is_program(header: &[u8]) -> bool {
    const EXECUTABLE: [u8; 2] = 2_u16.to_le_bytes();
    const SHARED_OBJECT: [u8; 2] = 3_u16.to_le_bytes();
    header
        .get(16..18)
        .is_some_and(|kind| kind == EXECUTABLE || kind == SHARED_OBJECT)
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

    fn elf(kind: u16, machine: u16) -> Vec<u8> {
        let mut header = b"\x7fELF\x02\x01".to_vec();
        header.resize(16, 0);
        header.extend(kind.to_le_bytes());
        header.extend(machine.to_le_bytes());
        header
    }

    #[test]
    fn the_header_tells_the_machine_and_contradicts_a_wrong_target() {
        assert_eq!(
            triple(None, &elf(3, 183)).unwrap(),
            "aarch64-unknown-linux-gnu"
        );
        let musl = "x86_64-unknown-linux-musl";
        assert_eq!(triple(Some(musl), &elf(2, 62)).unwrap(), musl);
        assert!(matches!(
            triple(Some(musl), &elf(3, 183)),
            Err(PublishError::OtherMachine { .. })
        ));
    }

    #[test]
    fn a_script_is_for_this_machine_unless_said_otherwise() {
        let script = b"#!/bin/sh\n";
        let here = format!("{ARCH}-unknown-linux-gnu");
        assert_eq!(triple(None, script).unwrap(), here);
        assert_eq!(triple(Some("arm-a-b"), script).unwrap(), "arm-a-b");
    }

    #[test]
    fn no_target_is_invented_for_what_tells_none() {
        let (object, core, foreign) = (elf(1, 62), elf(4, 62), elf(2, 9999));
        let program = elf(2, 62);
        for header in [
            &b"\x9f\x02random"[..],
            b"MZ",
            b"#",
            b"",
            b"\x7fELF",
            &program[..19],
            &object,
            &core,
            &foreign,
        ] {
            assert!(
                matches!(triple(None, header), Err(PublishError::UnknownMachine)),
                "{header:?}"
            );
            let asked = "x86_64-a-b";
            assert_eq!(triple(Some(asked), header).unwrap(), asked, "{header:?}");
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

//! Whether the kernel can run a file. Asked before exec, because the C library hands what the kernel refuses to `/bin/sh`,
//! and a release that is no program must not be run as a list of commands.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// As much of a file as tells what it is: ELF's machine field ends at byte 20
/// (<https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>).
const HEAD: usize = 20;

/// Why a file cannot be run here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unrunnable {
    #[error("it is neither an ELF program nor a script that begins with `#!`")]
    NotAProgram,
    #[error(
        "it is built for another processor than this one ({})",
        std::env::consts::ARCH
    )]
    OtherMachine,
    #[error("it cannot be read")]
    Unreadable(#[source] io::Error),
}

/// Refuses what the kernel could not run.
pub(crate) fn check(program: &Path) -> Result<(), Unrunnable> {
    let mut head = Vec::new();
    File::open(program)
        .and_then(|file| file.take(HEAD as u64).read_to_end(&mut head))
        .map_err(Unrunnable::Unreadable)?;
    judge(&head)
}

fn judge(head: &[u8]) -> Result<(), Unrunnable> {
    if head.starts_with(b"#!") {
        return Ok(());
    }
    match head {
        [0x7f, b'E', b'L', b'F', _, order, .., low, high] if head.len() == HEAD => {
            let bytes = [*low, *high];
            let machine = match order {
                2 => u16::from_be_bytes(bytes),
                _ => u16::from_le_bytes(bytes),
            };
            let same = this_machine().is_none_or(|this| this == machine);
            if same {
                Ok(())
            } else {
                Err(Unrunnable::OtherMachine)
            }
        }
        _ => Err(Unrunnable::NotAProgram),
    }
}

/// ELF's number for the processor that this agent is built for, where EC2 has such instances.
fn this_machine() -> Option<u16> {
    match std::env::consts::ARCH {
        "x86_64" => Some(62),
        "aarch64" => Some(183),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_very_program_and_scripts_can_be_run() {
        assert!(check(&std::env::current_exe().unwrap()).is_ok());
        assert!(judge(b"#!/bin/sh\nexit 0\n").is_ok());
    }

    #[test]
    fn commands_without_an_interpreter_and_noise_are_refused() {
        for head in [
            &b"touch /tmp/ran; exit 0"[..],
            b"",
            b"\x7fELF",
            &[0; 20],
            b"#",
        ] {
            assert!(
                matches!(judge(head), Err(Unrunnable::NotAProgram)),
                "{head:?}"
            );
        }
    }

    #[test]
    fn a_program_for_another_processor_is_refused() {
        let mut head = [0; 20];
        File::open(std::env::current_exe().unwrap())
            .unwrap()
            .read_exact(&mut head)
            .unwrap();
        head[18] ^= 0xff;
        assert!(matches!(judge(&head), Err(Unrunnable::OtherMachine)));
    }

    #[test]
    fn what_cannot_be_read_is_said_to_be_unreadable() {
        let nothing = check(Path::new("/nonexistent/program"));
        assert!(matches!(nothing, Err(Unrunnable::Unreadable(_))));
    }
}

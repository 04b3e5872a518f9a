//! The exit codes of `deploy`: the one table that `--help`, the README and the code share.
//!
//! What ends a command with which code is said by each error type, through [`crate::failure::Explain`].

/// How `deploy` ended. The discriminant is the process's exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything asked for is done.
    Done = 0,
    /// A defect of this program, or words that were asked for and that stdout does not take.
    Internal = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The new version failed, and the old one serves everywhere.
    RolledBack = 3,
    /// Neither the new nor verifiably the old version serves everywhere.
    Failed = 4,
    /// The deployment is still open: a deadline passed, or the view of it was lost.
    InDoubt = 5,
    /// Another deployment holds the environment's lease.
    LeaseHeld = 6,
    /// `deploy.toml` is malformed, or does not know the environment.
    BadConfig = 10,
    /// The store cannot be read or written.
    StoreUnusable = 11,
    /// The version is not published.
    UnknownVersion = 12,
    /// The version's manifest has no signature.
    Unsigned = 13,
    /// The version's manifest must not be trusted.
    Tampered = 14,
    /// A file of the release is not in the store, or is not what the manifest says.
    BadBlob = 15,
    /// The credentials are those of another account.
    WrongAccount = 16,
    /// The endpoint and the environment's `sandbox` setting do not fit.
    EndpointRefused = 17,
    /// The Auto Scaling group does not exist.
    NoGroup = 18,
    /// The group has no launch template, or none pinned to a number.
    NotPinned = 19,
    /// The group is not in a state to begin from.
    GroupNotReady = 20,
    /// A deployment of another version is unfinished.
    OtherUnfinished = 21,
    /// The version is already published with other content.
    AlreadyPublished = 22,
    /// The signing key cannot be used.
    KeyUnusable = 23,
    /// AWS refused, or could not be reached.
    AwsRefused = 24,
    /// SIGINT or SIGTERM arrived.
    Interrupted = 130,
}

impl Exit {
    /// Every way to end, by code.
    pub const ALL: [Self; 23] = [
        Self::Done,
        Self::Internal,
        Self::Usage,
        Self::RolledBack,
        Self::Failed,
        Self::InDoubt,
        Self::LeaseHeld,
        Self::BadConfig,
        Self::StoreUnusable,
        Self::UnknownVersion,
        Self::Unsigned,
        Self::Tampered,
        Self::BadBlob,
        Self::WrongAccount,
        Self::EndpointRefused,
        Self::NoGroup,
        Self::NotPinned,
        Self::GroupNotReady,
        Self::OtherUnfinished,
        Self::AlreadyPublished,
        Self::KeyUnusable,
        Self::AwsRefused,
        Self::Interrupted,
    ];

    /// The process's exit status.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What the code means, in one line for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Internal => {
                "internal error: a defect of deploy itself, or stdout cannot be written"
            }
            Self::Usage => "wrong usage",
            Self::RolledBack => "rolled back: the old version serves everywhere",
            Self::Failed => {
                "failed: neither the new nor verifiably the old version serves; a person must look"
            }
            Self::InDoubt => "in doubt: the deployment is still open; run the same command again",
            Self::LeaseHeld => "another deployment holds the lease",
            Self::BadConfig => "deploy.toml is malformed, or the environment is unknown",
            Self::StoreUnusable => "the store cannot be read or written",
            Self::UnknownVersion => "the version is not published",
            Self::Unsigned => "the manifest is not signed",
            Self::Tampered => {
                "the manifest is tampered with, signed by another key, misplaced or of a refused form"
            }
            Self::BadBlob => "a file of the release is missing or tampered with",
            Self::WrongAccount => "the credentials belong to another account",
            Self::EndpointRefused => {
                "the endpoint is refused: not AWS without sandbox = true, or the reverse"
            }
            Self::NoGroup => "the group does not exist",
            Self::NotPinned => {
                "the group is not pinned to a numeric launch template version ($Latest, $Default), or has none"
            }
            Self::GroupNotReady => {
                "the group is not ready: another refresh, no headroom, unhealthy, no hooks, suspended"
            }
            Self::OtherUnfinished => "a deployment of another version is unfinished",
            Self::AlreadyPublished => "the version is already published with other content",
            Self::KeyUnusable => "the signing key cannot be used",
            Self::AwsRefused => {
                "AWS refused or cannot be reached: credentials, permissions, throttling"
            }
            Self::Interrupted => {
                "interrupted by SIGINT or SIGTERM; run the same command again to resume"
            }
        }
    }

    /// The table of all codes as shown by `--help`.
    pub fn table() -> String {
        let line = |exit: &Self| format!("  {:>3}  {}\n", exit.code(), exit.meaning());
        Self::ALL.iter().map(line).collect()
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_exactly_these_codes() {
        let readme = include_str!("../README.md");
        let rows: Vec<&str> = readme
            .lines()
            .skip_while(|line| *line != "| code | meaning |")
            .skip(2)
            .take_while(|line| line.starts_with('|'))
            .collect();
        let expected: Vec<String> = Exit::ALL
            .iter()
            .map(|exit| format!("| {} | {} |", exit.code(), exit.meaning()))
            .collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn every_code_is_listed_once_and_in_order() {
        assert!(
            Exit::ALL
                .windows(2)
                .all(|two| two[0].code() < two[1].code())
        );
    }
}

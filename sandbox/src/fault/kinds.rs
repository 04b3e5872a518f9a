//! The table of kinds: name, one line of explanation, keys, and how often it strikes by itself.

use super::Key::{
    self, Action, After, Chance, Delay, For, From, Member, Name, Op, Rate, Requests, Service, Size,
    Times, Version, When, Zone,
};
use super::Kind;

/// What is known of a kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) keys: &'static [Key],
    pub(super) times: Option<u64>,
}

/// Faults of a call.
const CALL: &[Key] = &[After, For, Times, Chance, Service, Op, From];

/// Faults that pick members.
const MEMBER: &[Key] = &[After, Times, Chance, Member, Zone, Version, Delay];

/// Faults that belong to what is launched from now on.
const LAUNCHED: &[Key] = &[After, For, Times, Chance, Member, Zone, Version];

const ONCE: Option<u64> = Some(1);
const ALWAYS: Option<u64> = None;

const fn new(
    name: &'static str,
    times: Option<u64>,
    keys: &'static [Key],
    about: &'static str,
) -> Row {
    Row {
        name,
        about,
        keys,
        times,
    }
}

/// The row of a kind.
pub(super) fn row(kind: Kind) -> Row {
    match kind {
        Kind::Throttle | Kind::ServerError | Kind::LostReply | Kind::StaleReads => call(kind),
        Kind::LaunchFailure
        | Kind::LoseZone
        | Kind::LoseHook
        | Kind::SpotNotice
        | Kind::RaiseAlarm => world(kind),
        Kind::CorruptBlob | Kind::SlowStore | Kind::KillDeployer => around(kind),
        Kind::SlowBoot | Kind::StuckBoot | Kind::SlowDisk | Kind::FullDisk => machine(kind),
        _ => program(kind),
    }
}

fn call(kind: Kind) -> Row {
    match kind {
        Kind::ServerError => new(
            "server-error",
            ALWAYS,
            CALL,
            "calls are not performed and answered with the service's 5xx",
        ),
        Kind::LostReply => new(
            "lost-reply",
            ONCE,
            CALL,
            "a call is performed, then the connection is closed without an answer (without op=: of those that change something)",
        ),
        Kind::StaleReads => new(
            "stale-reads",
            ALWAYS,
            &[After, For, Times, Chance, Service, Op, From, Delay],
            "reads are answered with what was true delay= ago [2s]; S3 and STS never are",
        ),
        _ => new(
            "throttle",
            ALWAYS,
            CALL,
            "calls are refused in each service's own words for \"too many\"",
        ),
    }
}

fn world(kind: Kind) -> Row {
    match kind {
        Kind::LoseZone => new(
            "lose-zone",
            ONCE,
            &[After, For, Zone],
            "every instance of a zone [zone=: any] dies, and launches there fail from then on [for=: for ever]",
        ),
        Kind::LoseHook => new(
            "lose-hook",
            ONCE,
            &[After, For, Times, Chance, Zone, Version, Name],
            "the completion of a lifecycle hook [name=: of any] is accepted and lost: the hook runs into its timeout",
        ),
        Kind::SpotNotice => new(
            "spot-notice",
            ONCE,
            MEMBER,
            "an instance is told that EC2 takes it back, and loses power delay= later [2m; 5s in profile fast]",
        ),
        Kind::RaiseAlarm => new(
            "raise-alarm",
            ONCE,
            &[After, For, Name],
            "the CloudWatch alarm name= goes to ALARM [for=: for ever]",
        ),
        _ => new(
            "launch-failure",
            ONCE,
            &[After, For, Times, Chance, Zone],
            "launches fail with InsufficientInstanceCapacity",
        ),
    }
}

fn around(kind: Kind) -> Row {
    match kind {
        Kind::SlowStore => new(
            "slow-store",
            ALWAYS,
            &[After, For, From, Rate],
            "objects come from S3 at rate= bytes per second [256K]",
        ),
        Kind::KillDeployer => new(
            "kill-deployer",
            ONCE,
            &[Action, When],
            "`rehearse`: deploy is killed before or after [when=: after] its action=th changing call [1], then run again",
        ),
        _ => new(
            "corrupt-blob",
            ALWAYS,
            &[After, For, Times, Chance, From],
            "blobs of releases arrive with a flipped byte; the store itself stays intact",
        ),
    }
}

fn machine(kind: Kind) -> Row {
    match kind {
        Kind::SlowBoot => new(
            "slow-boot",
            ALWAYS,
            &[After, For, Times, Chance, Member, Zone, Version, Delay],
            "instances launched from now on take delay= longer [10s] before their first program starts",
        ),
        Kind::SlowDisk => new(
            "slow-disk",
            ALWAYS,
            &[After, For, Times, Chance, Member, Zone, Version, Rate],
            "programs of instances launched from now on write rate= bytes per second [1M] (they stand still in between)",
        ),
        Kind::FullDisk => new(
            "full-disk",
            ALWAYS,
            &[After, For, Times, Chance, Member, Zone, Version, Size],
            "the disk of instances launched from now on has room for size= bytes [64K]",
        ),
        _ => new(
            "stuck-boot",
            ONCE,
            LAUNCHED,
            "an instance launched from now on runs, but nothing in it ever starts",
        ),
    }
}

fn program(kind: Kind) -> Row {
    match kind {
        Kind::KillAgent => new(
            "kill-agent",
            ONCE,
            MEMBER,
            "the agent of a member is killed (SIGKILL)",
        ),
        Kind::HangAgent => new(
            "hang-agent",
            ONCE,
            &[After, For, Times, Chance, Member, Zone, Version, Delay],
            "the agent of a member stands still (SIGSTOP) [for=: for ever]; the server goes on",
        ),
        Kind::CrashAtStart => new(
            "crash-at-start",
            ALWAYS,
            LAUNCHED,
            "the server of instances launched from now on dies as soon as it is started (version=: of that release only)",
        ),
        Kind::CrashAfter => new(
            "crash-after",
            ONCE,
            MEMBER,
            "the server of a member dies delay= after its start, or after the fault's [5s]",
        ),
        Kind::CrashAtRequest => new(
            "crash-at-request",
            ONCE,
            &[After, Times, Chance, Member, Zone, Version, Requests],
            "the server of a member dies when the load balancer sends it its requests=th request [100]",
        ),
        Kind::FlapHealth => new(
            "flap-health",
            ONCE,
            &[After, For, Times, Chance, Member, Zone, Version, Requests],
            "health checks of a member fail requests= times [3], then succeed as often, and so on",
        ),
        _ => new(
            "kill-instance",
            ONCE,
            MEMBER,
            "an instance loses power: every process in it is killed at once",
        ),
    }
}

//! All flags together, and the settings that they make.

use clap::Parser;
use server::Settings;

use super::connections::Connections;
use super::identity::Identity;
use super::leaving::Leaving;
use super::limits::Limits;
use super::listening::Listening;
use super::logs::Logs;

/// A web server that stops without dropping a request.
///
/// SIGTERM or SIGINT makes it leave: first it fails its health checks while it serves on
/// (--unready), then it answers whatever still arrives with `Connection: close` and waits for its
/// peers to close (--lame, --idle-grace), and only at --drain-total does it cut what is left. A
/// second signal cuts at once. It prints `ready` when it serves and one line of JSON when it has
/// left; the exit status is 0 only if nothing was cut.
///
/// Times are written as 250ms, 10s or 1m30s, sizes as 65536, 64KiB or 16MiB.
#[derive(Debug, Parser)]
#[command(name = "baton-server", version)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) listening: Listening,

    #[command(flatten)]
    pub(crate) leaving: Leaving,

    #[command(flatten)]
    pub(crate) connections: Connections,

    #[command(flatten)]
    pub(crate) limits: Limits,

    #[command(flatten)]
    pub(crate) logs: Logs,

    #[command(flatten)]
    pub(crate) identity: Identity,
}

impl Args {
    /// The library's settings.
    pub(crate) fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        self.listening.apply(&mut settings);
        self.leaving.apply(&mut settings);
        self.connections.apply(&mut settings);
        self.limits.apply(&mut settings);
        settings
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn defaults_are_the_librarys() {
        let args = Args::parse_from(["baton-server"]);
        assert_eq!(args.settings(), Settings::default());
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
        for refused in [
            &["--unready", "10"][..],
            &["--max-header", "1KiB"],
            &["--max-requests", "0"],
        ] {
            assert!(parse(refused).is_err(), "{refused:?}");
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn a_certificate_needs_its_key() {
        let tls = |flags| parse(flags).map(|args| args.listening.tls.is_some());
        assert!(matches!(tls(&[]), Ok(false)));
        assert!(matches!(
            tls(&["--tls-cert", "c.pem", "--tls-key", "k.pem"]),
            Ok(true)
        ));
        assert!(tls(&["--tls-cert", "c.pem"]).is_err());
        assert!(tls(&["--tls-key", "k.pem"]).is_err());
    }

    fn parse(flags: &[&str]) -> clap::error::Result<Args> {
        Args::try_parse_from([&["baton-server"], flags].concat())
    }
}

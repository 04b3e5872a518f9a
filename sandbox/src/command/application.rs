//! The options that say which service a sandbox runs, shared by the commands that start one.

use sandbox::profile::App;
use sandbox::start::Application;
use std::path::PathBuf;

/// Whose service, and how it is started and asked.
#[derive(Debug, clap::Args)]
pub(crate) struct ApplicationArgs {
    /// The program that the group starts on: your own service instead of the example's. It takes its listening socket from
    /// `LISTEN_FDS`, says READY=1 to `NOTIFY_SOCKET`, and goes on serving for some seconds after SIGTERM: "Your own service"
    /// in README.md has all of it, and docs/own-service.py an example
    #[arg(long, value_name = "PATH")]
    from: Option<PathBuf>,

    /// An argument of the program; repeat it for more [default: the example service's own; none with --from]
    #[arg(long = "app-arg", value_name = "ARG", allow_hyphen_values = true)]
    app_args: Vec<String>,

    /// Where the agent and the load balancer ask for health
    #[arg(long, value_name = "PATH", default_value = sandbox::names::HEALTH_PATH, value_parser = path)]
    health_path: String,

    /// What the load requests; repeat it for more, in turn [default: the example service's API and page; / with --from]
    #[arg(long = "request", value_name = "PATH", value_parser = path)]
    requests: Vec<String>,
}

impl ApplicationArgs {
    /// The program of the first version, if it is somebody's own.
    pub(crate) fn program(&self) -> Option<&std::path::Path> {
        self.from.as_deref()
    }

    /// The service, the example's leaving as `app` says.
    pub(crate) fn application(self, app: &App) -> Application {
        let example = Application::example(app);
        let own = self.from.is_some();
        let or = |given: Vec<String>, own_default: Vec<String>, example: Vec<String>| match given {
            given if !given.is_empty() => given,
            _ if own => own_default,
            _ => example,
        };
        Application {
            args: or(self.app_args, Vec::new(), example.args),
            paths: or(self.requests, vec!["/".to_owned()], example.paths),
            program: self.from,
            health_path: self.health_path,
        }
    }
}

/// A path as it stands in a request line.
fn path(text: &str) -> Result<String, String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if text.starts_with('/') && plain {
        Ok(text.to_owned())
    } else {
        Err("a path begins with / and has no spaces, such as /healthz".to_owned())
    }
}

//! The service under rehearsal: the example service, or somebody's own.

use crate::names;
use crate::profile::App;
use std::path::PathBuf;

/// What the group serves, and how it is started and asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// What [`names::FIRST_VERSION`] is made of; the example service's own server if `None`.
    pub program: Option<PathBuf>,
    /// The arguments of every version's program.
    pub args: Vec<String>,
    /// Where the agent and the load balancer ask for its health, with its leading slash.
    pub health_path: String,
    /// What the load requests in turn, each with its leading slash; never empty.
    pub paths: Vec<String>,
}

impl Application {
    /// The example service, leaving as `app` says.
    pub fn example(app: &App) -> Application {
        // Nine small JSON answers to one page.
        let mut paths = vec!["/api/v1/info".to_owned(); 9];
        paths.push("/".to_owned());
        Application {
            program: None,
            args: app.args(),
            health_path: names::HEALTH_PATH.to_owned(),
            paths,
        }
    }

    /// Whether members can be asked for their version at `/version`, as the example service can.
    pub fn tells_its_version(&self) -> bool {
        self.program.is_none()
    }
}

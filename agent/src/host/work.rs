//! The work that a [`Machine`] begins: what each piece takes along, and how its errors count.

use super::machine::Machine;
use crate::install;
use crate::supervisor::Program;
use crate::trouble::Trouble;
use std::sync::PoisonError;
use std::time::Duration;

impl Machine {
    pub(super) fn begin_resolve(&mut self) {
        let (config, disk, store) = (self.config.clone(), self.disk.clone(), self.store.clone());
        let (metadata, wanted) = (self.metadata.clone(), self.wanted.clone());
        let limit = config.install_timeout;
        let work = async move {
            let found = metadata.wanted().await;
            let found = found.map_err(|error| Trouble::new(&error, error.is_transient()))?;
            *wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
            install::resolve(&*disk?, &store, &config.public_key, &config.service, &found)
                .await
                .map_err(|error| Trouble::new(&error, error.is_transient()))
        };
        self.resolve
            .begin(self.changed.clone(), within(limit, work));
    }

    pub(super) fn begin_install(&mut self) {
        let Some(release) = self.resolve.done().cloned() else {
            return;
        };
        let (disk, store) = (self.disk.clone(), self.store.clone());
        let work = async move {
            install::install(disk?, &store, release)
                .await
                .map_err(|error| Trouble::new(&error, error.is_transient()))
        };
        let limit = self.config.install_timeout;
        self.install
            .begin(self.changed.clone(), within(limit, work));
    }

    pub(super) fn start_server(&mut self) {
        let Some(installed) = self.install.done() else {
            return;
        };
        let program = Program {
            path: installed.entrypoint(),
            args: self.config.app.args.clone(),
            folder: installed.files(),
            environment: vec![
                ("BATON_SERVICE", self.config.service.to_string()),
                ("BATON_VERSION", installed.manifest.version.to_string()),
                ("BATON_INSTANCE", self.identity.instance.clone()),
                ("BATON_ZONE", self.identity.zone.clone()),
            ],
            die_with_parent: self.die_with_parent,
        };
        tracing::info!("starting {}", program.path.display());
        self.supervisor.start(&program);
    }

    /// The links are for people: trouble with them must not keep a healthy server out of service.
    pub(super) fn link(&mut self) {
        self.linked = true;
        if let (Some(installed), Ok(disk)) = (self.install.done(), &self.disk)
            && let Err(error) = installed.link(disk)
        {
            tracing::warn!("cannot tidy up the releases: {error}");
        }
    }
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done,
        Err(_) => Err(Trouble {
            cause: format!("not done within {}", humantime::format_duration(limit)),
            transient: false,
        }),
    }
}

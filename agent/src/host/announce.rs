//! What a [`Machine`] says of itself: to the store, to the log and to the service manager.

use super::machine::Machine;
use contract::status::{self, Failure, Phase, StatusDocument};
use std::sync::PoisonError;

impl Machine {
    pub(super) fn announce(&mut self, phase: Phase) {
        tracing::info!("{phase}");
        tell_service_manager(phase);
        let wanted = self
            .wanted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let news = self.news(phase);
        if let Some(news) = &news {
            tracing::error!("failed while {}: {}", news.during, news.cause);
        }
        // A death stays in the document while the server that came after it serves: whoever looks now and then must not miss
        // it.
        if news.is_some() {
            self.death.clone_from(&news);
        }
        self.reporter.announce(StatusDocument {
            schema: status::SCHEMA,
            instance: self.identity.instance.clone(),
            service: self.config.service.clone(),
            environment: self.config.environment.clone(),
            version: wanted.as_ref().map(|wanted| wanted.version.clone()),
            manifest: wanted.map(|wanted| wanted.manifest),
            phase,
            updated: crate::clock::now(),
            failure: self.death.clone(),
            agent: env!("CARGO_PKG_VERSION").to_owned(),
        });
        self.announced = Some(phase);
    }

    /// What goes wrong with the step to this phase: the release is given up, or a server that has served is dead.
    fn news(&self, phase: Phase) -> Option<Failure> {
        let died = self.announced == Some(Phase::Serving)
            && phase == Phase::Starting
            && self.supervisor.cause_of_death().is_some();
        (phase == Phase::Failed || died).then(|| self.failure())
    }

    fn failure(&self) -> Failure {
        let trouble = self.resolve.trouble().or(self.install.trouble());
        let cause = trouble
            .map(|trouble| trouble.cause.clone())
            .or_else(|| self.supervisor.cause_of_death())
            .unwrap_or_else(|| "unknown".to_owned());
        let during = self.announced.unwrap_or(Phase::Resolving);
        Failure::new(during, cause, self.supervisor.last_lines())
    }
}

/// Tells systemd, where the agent runs under it; elsewhere this does nothing.
fn tell_service_manager(phase: Phase) {
    let text = phase.to_string();
    let state = [sd_notify::NotifyState::Status(&text)];
    if let Err(error) = sd_notify::notify(&state) {
        tracing::debug!("the service manager does not listen: {error}");
    }
}

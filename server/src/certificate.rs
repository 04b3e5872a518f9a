//! The certificate: read at the start, and again on SIGHUP.

use std::io;

use anyhow::Context;
use futures_util::StreamExt;
use server::Tls;
use signal_hook::consts::SIGHUP;
use signal_hook_tokio::Signals;

use crate::cli;

/// Must be called within a tokio runtime.
pub(crate) fn load(files: &cli::Tls) -> anyhow::Result<Tls> {
    let tls = Tls::load(&files.tls_cert, &files.tls_key).context("failed to set up TLS")?;
    let hangups = Signals::new([SIGHUP]).context("failed to install a signal handler")?;
    tokio::spawn(reload(tls.clone(), hangups));
    Ok(tls)
}

async fn reload(tls: Tls, mut hangups: Signals) {
    while hangups.next().await.is_some() {
        let tls = tls.clone();
        let read = tokio::task::spawn_blocking(move || tls.reload()).await;
        match read.map_err(io::Error::from) {
            Ok(Ok(())) => tracing::info!("the certificate has been read again"),
            Ok(Err(error)) => keep(&error.into()),
            Err(error) => keep(&error.into()),
        }
    }
}

fn keep(error: &anyhow::Error) {
    let error = format!("{error:#}");
    tracing::error!(
        error,
        "failed to read the certificate; the one in use stays"
    );
}

//! One request: what the rules say, whose turn it is, the connection, the wait for the response. Once, never again on
//! another target.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use http::header::{CONNECTION, HeaderValue};
use http::{Request, Response, StatusCode, request};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;

use super::answer::{self, Answer};
use super::backend::{Backend, Lease};
use super::carrier::Carrier;
use super::connect::{Conn, connect, exchange_cause};
use super::counters::{Cause, Counters};
use super::plane::{Plane, Table};
use super::relay::Relay;
use super::settings::Settings;
use super::tunnel::{self, Tunnel, TunnelSlot};
use super::upload::{Progress, Upload};
use super::{forwarded, headers};
use crate::routing::{Action, Attributes, Share};

/// What every request of a balancer shares.
#[derive(Debug)]
pub(super) struct Forwarder {
    pub(super) plane: Arc<Plane>,
    pub(super) counters: Arc<Counters>,
    pub(super) settings: Settings,
    pub(super) listener: SocketAddr,
}

/// Who asks, and where a connection that changes its protocol is taken from there.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) address: SocketAddr,
    /// `None` where no such change is possible (HTTP/2).
    pub(super) tunnel: Option<TunnelSlot>,
    /// What the answer goes out on.
    pub(super) carrier: Arc<Carrier>,
}

/// A request taken apart.
struct Asking<'a> {
    head: request::Parts,
    upload: Upload,
    progress: &'a Progress,
    attributes: Attributes,
}

impl Forwarder {
    /// The answer to one request, whatever happens.
    pub(super) async fn answer(
        &self,
        asker: &Asker,
        request: Request<Incoming>,
    ) -> Response<Answer> {
        self.counters.count_request();
        let unanswered = Unanswered(Some(&self.counters));
        let (head, body) = request.into_parts();
        let (upload, progress) = Upload::new(body);
        let table = self.plane.table();
        let asking = Asking {
            head,
            upload,
            progress: &progress,
            attributes: table.attributes,
        };
        let outcome = self.act(&table, asker, asking).await;
        if !matches!(outcome, Err(Cause::ClientLeft)) {
            unanswered.answered();
        }
        let mut response = outcome.unwrap_or_else(|cause| self.failure(cause));
        if !progress.complete() {
            // Nobody waits for the rest of the request, so the connection ends with the answer.
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        response
    }

    /// Counts an answer of the balancer's own to a client that has not made a request.
    pub(super) fn count_refusal(&self, cause: Cause) {
        self.counters.count_failure(cause);
        if let Some(status) = cause.status() {
            self.counters.count_own(self.listener.port(), status);
        }
    }

    fn failure(&self, cause: Cause) -> Response<Answer> {
        if cause != Cause::ClientLeft {
            self.counters.count_failure(cause);
        }
        // Every cause that comes before the response has a status.
        let status = cause.status().unwrap_or(StatusCode::BAD_GATEWAY);
        self.counters.count_own(self.listener.port(), status);
        answer::own(status)
    }

    async fn act(
        &self,
        table: &Table,
        asker: &Asker,
        asking: Asking<'_>,
    ) -> Result<Response<Answer>, Cause> {
        headers::within_limits(&asking.head)?;
        headers::well_formed(&asking.head)?;
        forwarded::within_limits(&asking.head.headers)?;
        let seen = headers::asked(&asking.head, asker.address);
        match table.action(&seen) {
            None => Err(Cause::NoTargets),
            Some(Action::Fixed(fixed)) => Ok(answer::fixed(fixed)),
            Some(Action::Redirect(redirect)) => {
                let location = redirect.location(&seen, self.listener.port());
                Ok(answer::redirect(&location, redirect.permanent))
            }
            Some(Action::Forward(shares)) => self.forward(table, shares, asker, asking).await,
        }
    }

    async fn forward(
        &self,
        table: &Table,
        shares: &[Share],
        asker: &Asker,
        mut asking: Asking<'_>,
    ) -> Result<Response<Answer>, Cause> {
        let (group, turn) = self.plane.next(table, shares).ok_or(Cause::NoTargets)?;
        self.counters.count_chosen(group);
        let began = Instant::now();
        if turn.fail_open {
            self.counters.count_fail_open();
        }
        let tunnel = asker.tunnel.as_ref();
        let tunnel = tunnel.filter(|_| tunnel::asked_for(&asking.head));
        let (attributes, progress) = (asking.attributes, asking.progress);
        forwarded::prepare(&mut asking.head, asker.address, self.listener, &attributes);
        if tunnel.is_some() {
            tunnel::ask(&mut asking.head.headers);
        }
        let request = Request::from_parts(asking.head, asking.upload);
        self.counters.forwarded(turn.lease.address);
        let exchange = self.exchange(&turn.lease, request, progress, &attributes);
        let (sender, response) = exchange.await?;
        self.counters
            .count_response(group, response.status(), began.elapsed());
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let slot = tunnel.ok_or(Cause::Malformed)?;
            let (response, target) = tunnel::switch(response);
            self.counters.count_upgrade();
            slot.set(Tunnel::new(target, turn.lease, attributes.idle_timeout));
            return Ok(response);
        }
        Ok(self.relay(response, sender, turn.lease, &attributes, asker))
    }

    async fn exchange(
        &self,
        backend: &Backend,
        request: Request<Upload>,
        progress: &Progress,
        attributes: &Attributes,
    ) -> Result<(SendRequest<Upload>, Response<Incoming>), Cause> {
        let exchange = async {
            let (mut sender, conn) = self.connection(backend).await?;
            let response = send(&mut sender, request, progress, conn, attributes).await?;
            Ok((sender, response))
        };
        tokio::select! {
            biased;
            done = exchange => done,
            () = backend.cut.cancelled() => Err(Cause::DrainCut),
        }
    }

    async fn connection(&self, backend: &Backend) -> Result<(SendRequest<Upload>, Conn), Cause> {
        if let Some(sender) = backend.pool.take() {
            return Ok((sender, Conn::Reused));
        }
        let sender = connect(backend.address, self.settings.connect_timeout).await?;
        self.counters.count_connection();
        Ok((sender, Conn::Fresh))
    }

    fn relay(
        &self,
        response: Response<Incoming>,
        sender: SendRequest<Upload>,
        lease: Lease,
        attributes: &Attributes,
        asker: &Asker,
    ) -> Response<Answer> {
        let (mut head, body) = response.into_parts();
        headers::remove_hop_by_hop(&mut head.headers);
        head.version = http::Version::HTTP_11;
        let relay = Relay::new(
            body,
            sender,
            lease,
            attributes.idle_timeout,
            Arc::clone(&asker.carrier),
            Arc::clone(&self.counters),
        );
        Response::from_parts(head, Answer::Relayed(Box::new(relay)))
    }
}

/// Waits for the response's head for as long as the idle timeout after the last byte of the request.
async fn send(
    sender: &mut SendRequest<Upload>,
    request: Request<Upload>,
    progress: &Progress,
    conn: Conn,
    attributes: &Attributes,
) -> Result<Response<Incoming>, Cause> {
    let mut response = std::pin::pin!(sender.send_request(request));
    loop {
        let last = progress.last();
        tokio::select! {
            biased;
            done = &mut response => return done.map_err(|error| {
                progress.broken().unwrap_or_else(|| exchange_cause(&error, conn))
            }),
            () = tokio::time::sleep_until(last + attributes.idle_timeout) => {}
        }
        if progress.last() > last {
            continue;
        }
        // A target that does not take the request has not answered it either.
        return Err(if progress.waits_for_client() {
            Cause::ClientStalled
        } else {
            Cause::AnswerTimeout
        });
    }
}

/// Counts a client that left before its answer began: its request is then dropped where it stands.
struct Unanswered<'a>(Option<&'a Counters>);

impl Unanswered<'_> {
    fn answered(mut self) {
        self.0 = None;
    }
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(counters) = self.0 {
            counters.count_client_abort();
        }
    }
}

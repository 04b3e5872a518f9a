//! One request: whose turn it is, the connection, the wait for the response. Once, never again on another target.

use std::net::SocketAddr;
use std::sync::Arc;

use http::header::{CONNECTION, HeaderValue};
use http::{Request, Response, StatusCode, request};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;

use super::answer::{self, Answer};
use super::backend::Backend;
use super::connect::{Conn, connect, exchange_cause};
use super::counters::{Cause, Counters};
use super::headers;
use super::plane::Plane;
use super::relay::Relay;
use super::settings::Settings;
use super::upload::{Progress, Upload};

/// What every request of a balancer shares.
#[derive(Debug)]
pub(super) struct Forwarder {
    pub(super) plane: Arc<Plane>,
    pub(super) counters: Arc<Counters>,
    pub(super) settings: Settings,
    pub(super) listener: SocketAddr,
}

impl Forwarder {
    /// The answer to one request, whatever happens.
    pub(super) async fn answer(
        &self,
        client: SocketAddr,
        request: Request<Incoming>,
    ) -> Response<Answer> {
        self.counters.count_request();
        let unanswered = Unanswered(Some(&self.counters));
        let (head, body) = request.into_parts();
        let (upload, progress) = Upload::new(body);
        let outcome = self.forward(client, head, upload, &progress).await;
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

    fn failure(&self, cause: Cause) -> Response<Answer> {
        if cause != Cause::ClientLeft {
            self.counters.count_failure(cause);
        }
        // Every cause that comes before the response has a status.
        answer::own(cause.status().unwrap_or(StatusCode::BAD_GATEWAY))
    }

    async fn forward(
        &self,
        client: SocketAddr,
        mut head: request::Parts,
        upload: Upload,
        progress: &Progress,
    ) -> Result<Response<Answer>, Cause> {
        headers::within_limits(&head)?;
        headers::well_formed(&head)?;
        let turn = self.plane.next().ok_or(Cause::NoTargets)?;
        if turn.fail_open {
            self.counters.count_fail_open();
        }
        headers::prepare(&mut head, client, self.listener);
        let request = Request::from_parts(head, upload);
        let (sender, response) = self.exchange(&turn.backend, request, progress).await?;
        Ok(self.relay(response, sender, turn.backend))
    }

    async fn exchange(
        &self,
        backend: &Backend,
        request: Request<Upload>,
        progress: &Progress,
    ) -> Result<(SendRequest<Upload>, Response<Incoming>), Cause> {
        let exchange = async {
            let (mut sender, conn) = self.connection(backend).await?;
            let response = self.send(&mut sender, request, progress, conn).await?;
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

    /// Waits for the response's head for as long as the idle timeout after the last byte of the request.
    async fn send(
        &self,
        sender: &mut SendRequest<Upload>,
        request: Request<Upload>,
        progress: &Progress,
        conn: Conn,
    ) -> Result<Response<Incoming>, Cause> {
        let mut response = std::pin::pin!(sender.send_request(request));
        loop {
            let last = progress.last();
            tokio::select! {
                biased;
                done = &mut response => return done.map_err(|error| {
                    progress.broken().unwrap_or_else(|| exchange_cause(&error, conn))
                }),
                () = tokio::time::sleep_until(last + self.settings.idle_timeout) => {}
            }
            if progress.last() > last {
                continue;
            }
            let answer_is_due = progress.complete();
            return Err(if answer_is_due {
                Cause::AnswerTimeout
            } else {
                Cause::ClientStalled
            });
        }
    }

    fn relay(
        &self,
        response: Response<Incoming>,
        sender: SendRequest<Upload>,
        backend: Arc<Backend>,
    ) -> Response<Answer> {
        let (mut head, body) = response.into_parts();
        headers::remove_hop_by_hop(&mut head.headers);
        head.version = http::Version::HTTP_11;
        let relay = Relay::new(
            body,
            sender,
            backend,
            self.settings.idle_timeout,
            Arc::clone(&self.counters),
        );
        Response::from_parts(head, Answer::Relayed(Box::new(relay)))
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

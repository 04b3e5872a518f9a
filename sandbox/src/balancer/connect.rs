//! A new connection to a target, and what an error on one means.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustix::io::Errno;
use tokio::net::TcpStream;

use super::counters::Cause;
use super::upload::Upload;

/// An ALB answers 502 for a response whose headers take more than this.
const RESPONSE_HEAD_LIMIT: usize = 32 * 1024;
/// A head that never ends is given up at this; also the read buffer of a body.
const READ_BUFFER_LIMIT: usize = 2 * RESPONSE_HEAD_LIMIT;

/// An ALB limits the size of the headers, not their number.
const MOST_HEADERS: usize = 1024;

/// Opens a connection that stays with its driver until either side closes it.
pub(super) async fn connect(
    address: SocketAddr,
    timeout: Duration,
) -> Result<SendRequest<Upload>, Cause> {
    let stream = match tokio::time::timeout(timeout, TcpStream::connect(address)).await {
        Err(_elapsed) => return Err(Cause::ConnectTimeout),
        Ok(Err(error)) => return Err(connect_cause(&error)),
        Ok(Ok(stream)) => stream,
    };
    // Failing to set it only costs latency.
    let _ = stream.set_nodelay(true);
    let (sender, connection) = http1::Builder::new()
        .max_buf_size(READ_BUFFER_LIMIT)
        .max_header_size(RESPONSE_HEAD_LIMIT)
        .max_headers(MOST_HEADERS)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| exchange_cause(&error, Conn::Fresh))?;
    // Ends when the sender is dropped or the target closes; errors reach whoever waits for the response.
    tokio::spawn(connection.with_upgrades());
    Ok(sender)
}

/// Whether a connection has carried a request before: decides how its end is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conn {
    /// Opened for this request.
    Fresh,
    /// Taken from the pool.
    Reused,
}

fn connect_cause(error: &io::Error) -> Cause {
    let full = [Errno::MFILE, Errno::NFILE].map(|errno| Some(errno.raw_os_error()));
    if full.contains(&error.raw_os_error()) {
        return Cause::OutOfFiles;
    }
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Cause::Refused,
        ErrorKind::TimedOut => Cause::ConnectTimeout,
        _ => Cause::Unreachable,
    }
}

/// Why an exchange ended before the response began.
pub(super) fn exchange_cause(error: &hyper::Error, conn: Conn) -> Cause {
    if error.is_parse() {
        return Cause::Malformed;
    }
    match (was_reset(error), conn) {
        (true, Conn::Fresh) => Cause::Reset,
        (true, Conn::Reused) => Cause::ReusedReset,
        (false, Conn::Fresh) => Cause::Eof,
        (false, Conn::Reused) => Cause::ReusedEof,
    }
}

fn was_reset(error: &hyper::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return matches!(
                io.kind(),
                ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe
            );
        }
        source = cause.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_without_descriptors_does_not_blame_the_target() {
        let error = |errno: Errno| io::Error::from_raw_os_error(errno.raw_os_error());
        assert_eq!(connect_cause(&error(Errno::MFILE)), Cause::OutOfFiles);
        assert_eq!(connect_cause(&error(Errno::NFILE)), Cause::OutOfFiles);
        assert_eq!(
            connect_cause(&error(Errno::HOSTUNREACH)),
            Cause::Unreachable
        );
    }
}

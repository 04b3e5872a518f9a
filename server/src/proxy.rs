//! The PROXY protocol header, version 2: what a TCP load balancer sends ahead of a connection's own
//! bytes to tell whom it stands in for
//! (<https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt>).
//!
//! The crate `ppp` knows the layout of the addresses. Here is what it leaves open: how long a
//! header may get, what a LOCAL header is spared, and which transports make sense on a TCP socket.
//! The extensions behind the addresses (TLVs) are skipped unread, a checksum among them.

use std::io;
use std::net::SocketAddr;

use ppp::v2::{Addresses, Header, PROTOCOL_PREFIX, ParseError};
use tokio::io::{AsyncRead, AsyncReadExt};

/// The part of fixed length: signature, version and command, family and transport, length.
const FIXED: usize = 16;

/// Longest header taken, extensions included. The protocol allows 64 KiB, which would be held per
/// connection before anything is known of the peer. Addresses take 36 bytes (unix: 216) and the
/// extensions of load balancers tens to hundreds.
pub(crate) const MAX_HEADER: usize = 4096;

/// How version 1 begins, the one in text.
const TEXT_PREFIX: &[u8] = b"PROXY ";

/// What is known after some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// Nothing can be said before there are `at_least` bytes from the start, and none of these lies
    /// behind the header.
    NeedMore { at_least: usize },
    /// The header is complete.
    Header {
        /// Whom the connection comes from. `None`: the balancer speaks for itself (LOCAL) or for a
        /// peer without an address (UNSPEC, unix), and the socket's own address holds.
        source: Option<SocketAddr>,
        /// The connection's own bytes begin here.
        len: usize,
    },
}

/// Why bytes are refused as a header.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum ProxyError {
    #[error("the connection does not begin with a PROXY protocol header")]
    Absent,
    #[error("PROXY protocol version 1 (text) is not spoken here, only version 2")]
    TextVersion,
    #[error("PROXY protocol version {version} is not spoken here, only version 2")]
    Version { version: u8 },
    #[error("PROXY header with the unknown command {command}")]
    Command { command: u8 },
    #[error("PROXY header for a datagram peer on a stream connection")]
    Datagram,
    #[error("PROXY header with the unknown family and transport {byte:#04x}")]
    Family { byte: u8 },
    #[error("PROXY header of {len} bytes, at most {MAX_HEADER} are taken")]
    TooLong { len: usize },
    #[error("PROXY header with addresses that cannot be read")]
    Addresses(#[source] ParseError),
}

/// Why no header could be read from a connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Refused(#[from] ProxyError),
    /// `after` is 0 for a peer that only looked whether the port is open.
    #[error("the peer closed after {after} bytes of a PROXY header")]
    Closed { after: usize },
    #[error("failed to read a PROXY header")]
    Io(#[from] io::Error),
}

/// Reads the header and not a byte behind it. Not safe to cancel, without a deadline of its own.
pub(crate) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
) -> Result<Option<SocketAddr>, ReadError> {
    let mut bytes = Vec::new();
    loop {
        let missing = match parse(&bytes)? {
            Parsed::Header { source, .. } => return Ok(source),
            Parsed::NeedMore { at_least } => at_least - bytes.len(),
        };
        let mut limited = (&mut *stream).take(missing as u64);
        if limited.read_buf(&mut bytes).await? == 0 {
            return Err(ReadError::Closed { after: bytes.len() });
        }
    }
}

/// Looks for a header at the start of `bytes`. Refuses as soon as they cannot become one.
pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed, ProxyError> {
    let Some(fixed) = bytes.first_chunk::<FIXED>() else {
        return incomplete(bytes);
    };
    if !fixed.starts_with(PROTOCOL_PREFIX) {
        return Err(not_a_signature(bytes));
    }
    let [.., version_command, family, high, low] = *fixed;
    let len = FIXED + usize::from(u16::from_be_bytes([high, low]));
    if len > MAX_HEADER {
        return Err(ProxyError::TooLong { len });
    }
    match (version_command >> 4, version_command & 0x0f) {
        (2, 0) => Ok(local(bytes, len)),
        (2, 1) => proxied(bytes, family, len),
        (2, command) => Err(ProxyError::Command { command }),
        (version, _) => Err(ProxyError::Version { version }),
    }
}

/// Fewer bytes than the fixed part.
fn incomplete(bytes: &[u8]) -> Result<Parsed, ProxyError> {
    if bytes.starts_with(PROTOCOL_PREFIX) || PROTOCOL_PREFIX.starts_with(bytes) {
        Ok(Parsed::NeedMore { at_least: FIXED })
    } else if TEXT_PREFIX.starts_with(bytes) && bytes.len() < TEXT_PREFIX.len() {
        // Refused in any case; a few bytes more tell why.
        Ok(Parsed::NeedMore {
            at_least: TEXT_PREFIX.len(),
        })
    } else {
        Err(not_a_signature(bytes))
    }
}

fn not_a_signature(bytes: &[u8]) -> ProxyError {
    if bytes.starts_with(TEXT_PREFIX) {
        ProxyError::TextVersion
    } else {
        ProxyError::Absent
    }
}

/// The balancer's own connection, a health check mostly. Family and addresses mean nothing, and
/// need not be there: `ppp` would insist on them.
fn local(bytes: &[u8], len: usize) -> Parsed {
    if bytes.len() < len {
        return Parsed::NeedMore { at_least: len };
    }
    Parsed::Header { source: None, len }
}

fn proxied(bytes: &[u8], family: u8, len: usize) -> Result<Parsed, ProxyError> {
    match family {
        // UNSPEC, or a stream over IPv4, IPv6 or a unix socket. Any other pair is to be rejected,
        // says section 2.2; `ppp` takes half a pair too (0x10).
        0x00 | 0x11 | 0x21 | 0x31 => {}
        0x12 | 0x22 | 0x32 => return Err(ProxyError::Datagram),
        byte => return Err(ProxyError::Family { byte }),
    }
    match Header::try_from(&bytes[..bytes.len().min(len)]) {
        Ok(header) => Ok(Parsed::Header {
            source: source(&header.addresses),
            len,
        }),
        Err(ParseError::Partial(..)) => Ok(Parsed::NeedMore { at_least: len }),
        Err(error) => Err(ProxyError::Addresses(error)),
    }
}

fn source(addresses: &Addresses) -> Option<SocketAddr> {
    match addresses {
        Addresses::Unspecified | Addresses::Unix(_) => None,
        Addresses::IPv4(pair) => Some((pair.source_address, pair.source_port).into()),
        Addresses::IPv6(pair) => Some((pair.source_address, pair.source_port).into()),
    }
}

#[cfg(test)]
mod tests;

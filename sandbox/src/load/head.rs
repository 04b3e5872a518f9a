//! Just enough of an HTTP/1.1 response head: status, framing, whether the connection lives on. Pure.

/// A head beyond this is not waited for.
pub(super) const HEAD_LIMIT: usize = 64 * 1024;

/// The parsed head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// Its size in bytes, the empty line included.
    pub(super) size: usize,
    pub(super) status: u16,
    pub(super) framing: Framing,
    pub(super) keep_alive: bool,
    /// The `Server` header: tells the balancer's answers from a target's.
    pub(super) server: Option<String>,
}

/// How the body's end is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
    UntilClose,
}

/// The head at the start of `bytes`; `Ok(None)` when more bytes are needed.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<Head>, &'static str> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return match bytes.len() {
            0..HEAD_LIMIT => Ok(None),
            _ => Err("the response's head is too large"),
        };
    };
    let text = std::str::from_utf8(&bytes[..end]).map_err(|_| "the response's head is not text")?;
    let mut lines = text.split("\r\n");
    let (status, http11) = status_line(lines.next().unwrap_or_default())?;
    let mut head = Head {
        size: end + 4,
        status,
        framing: Framing::UntilClose,
        keep_alive: http11,
        server: None,
    };
    for line in lines {
        let (name, value) = line.split_once(':').ok_or("a header has no colon")?;
        head.header(name, value.trim())?;
    }
    if matches!(status, 100..=199 | 204 | 304) {
        head.framing = Framing::Length(0);
    }
    head.keep_alive &= head.framing != Framing::UntilClose;
    Ok(Some(head))
}

fn status_line(line: &str) -> Result<(u16, bool), &'static str> {
    const ERROR: &str = "the status line is not HTTP/1";
    let (version, rest) = line.split_once(' ').ok_or(ERROR)?;
    let http11 = match version {
        "HTTP/1.1" => true,
        "HTTP/1.0" => false,
        _ => return Err(ERROR),
    };
    let digits = rest.split(' ').next().unwrap_or_default();
    match digits.parse() {
        Ok(status @ 100..=999) if digits.len() == 3 => Ok((status, http11)),
        _ => Err(ERROR),
    }
}

impl Head {
    fn header(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        if name.eq_ignore_ascii_case("content-length") {
            let length = value
                .parse()
                .map_err(|_| "Content-Length is not a number")?;
            // With both, the transfer coding wins (RFC 9112, 6.3).
            if self.framing != Framing::Chunked {
                self.framing = Framing::Length(length);
            }
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            if !value.eq_ignore_ascii_case("chunked") {
                return Err("an unknown transfer coding");
            }
            self.framing = Framing::Chunked;
        } else if name.eq_ignore_ascii_case("connection") {
            self.keep_alive &= !lists(value, "close");
        } else if name.eq_ignore_ascii_case("server") {
            self.server = Some(value.to_owned());
        }
        Ok(())
    }
}

fn lists(value: &str, option: &str) -> bool {
    value
        .split(',')
        .any(|item| item.trim().eq_ignore_ascii_case(option))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Head {
        parse(text.as_bytes()).expect("valid").expect("complete")
    }

    #[test]
    fn reads_status_framing_and_connection() {
        let head = parsed("HTTP/1.1 200 OK\r\ncontent-length: 12\r\nServer: x\r\n\r\nbody");
        assert_eq!((head.status, head.framing), (200, Framing::Length(12)));
        assert!(head.keep_alive);
        assert_eq!(head.server.as_deref(), Some("x"));
        let closing =
            parsed("HTTP/1.1 502 Bad Gateway\r\nConnection: a, Close\r\nContent-Length: 0\r\n\r\n");
        assert!(!closing.keep_alive);
    }

    #[test]
    fn knows_the_ways_a_body_ends() {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n";
        assert_eq!(parsed(chunked).framing, Framing::Chunked);
        assert_eq!(
            parsed("HTTP/1.1 204 No Content\r\n\r\n").framing,
            Framing::Length(0)
        );
        let unframed = parsed("HTTP/1.1 200 OK\r\n\r\n");
        assert_eq!(
            (unframed.framing, unframed.keep_alive),
            (Framing::UntilClose, false)
        );
    }

    #[test]
    fn asks_for_more_until_the_head_is_complete() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        for length in 0..whole.len() {
            assert_eq!(parse(&whole[..length]), Ok(None), "{length} bytes");
        }
    }

    #[test]
    fn refuses_what_is_not_http() {
        assert!(parse(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").is_err());
        assert!(parse(b"HTTP/1.1 2000 OK\r\n\r\n").is_err());
        assert!(parse(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n").is_err());
        assert!(parse(&vec![b'a'; HEAD_LIMIT]).is_err());
    }
}

//! What the server prints: passed on to the agent's own stderr, and the last lines kept for a failure report.

use contract::status::MAX_LOG_LINES;
use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

/// The longest line read in one piece, in bytes; what is longer continues on a new line.
const MAX_PIECE: u64 = 16 * 1024;

/// The last lines of the server, shared by its two streams.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    lines: Arc<Mutex<VecDeque<String>>>,
}

impl Tail {
    /// The lines, oldest first.
    pub(super) fn lines(&self) -> Vec<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }

    fn push(&self, line: String) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == MAX_LOG_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

/// Reads a stream to its end and repeats it on `out`.
pub(super) async fn follow(stream: impl AsyncRead + Unpin, tail: Tail, mut out: impl Write) {
    let mut reader = BufReader::new(stream);
    let mut piece = Vec::new();
    loop {
        piece.clear();
        let mut bounded = (&mut reader).take(MAX_PIECE);
        match bounded.read_until(b'\n', &mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let line = String::from_utf8_lossy(&piece).trim_end().to_owned();
        // Nobody listening to the agent is no reason to stop reading: the server would block on a full pipe.
        let _ = writeln!(out, "app: {line}");
        tail.push(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_the_last_lines_of_any_bytes() {
        let mut text: Vec<u8> = (0..MAX_LOG_LINES + 5)
            .flat_map(|n| format!("line {n}\n").into_bytes())
            .collect();
        text.extend(b"not utf-8: \xff, no newline");
        let tail = Tail::default();
        let mut out = Vec::new();
        follow(text.as_slice(), tail.clone(), &mut out).await;
        let lines = tail.lines();
        assert_eq!(lines.len(), MAX_LOG_LINES);
        assert_eq!(lines[0], "line 6");
        assert_eq!(lines.last().unwrap(), "not utf-8: \u{fffd}, no newline");
        assert!(out.starts_with(b"app: line 0\napp: line 1\n"));
    }

    #[tokio::test]
    async fn an_endless_line_is_cut() {
        let text = vec![b'x'; 40 * 1024];
        let tail = Tail::default();
        follow(text.as_slice(), tail.clone(), std::io::sink()).await;
        assert_eq!(tail.lines().len(), 3);
    }
}

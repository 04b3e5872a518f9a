//! Requests that are well formed and too large.

use crate::row::Want::{Kept, Refused};
use crate::row::{Row, check, get, row};

#[tokio::test]
async fn too_large_headers_are_refused() {
    check(headers()).await;
}

fn headers() -> Vec<Row> {
    let section = "RFC 6585, 5; RFC 9112, 3; RFC 9110, 15.5.15";
    let target = |length| format!("GET /{} HTTP/1.1\r\nHost: test\r\n\r\n", "a".repeat(length));
    let name = format!("{}: 1", "n".repeat(1 << 20));
    vec![
        row(
            "a field of 1 MiB",
            section,
            Refused(&[431]),
            get(format!("X-A: {}", "a".repeat(1 << 20))),
        ),
        row("a name of 1 MiB", section, Refused(&[400, 431]), get(name)),
        row(
            "fields of 1 MiB together",
            section,
            Refused(&[431]),
            get(["X-A: 1"; 1 << 17].join("\r\n")),
        ),
        row(
            "1000 fields",
            section,
            Refused(&[431]),
            get(["X-A: 1"; 1000].join("\r\n")),
        ),
        row(
            "a target of 1 MiB",
            section,
            Refused(&[414, 431]),
            target(1 << 20),
        ),
        row(
            "a target of 64 KiB",
            section,
            Refused(&[414, 431]),
            target(64 << 10),
        ),
        row(
            "a method of 1 MiB",
            section,
            Refused(&[400, 431]),
            format!("{} / HTTP/1.1\r\n\r\n", "A".repeat(1 << 20)),
        ),
        // RFC 9112, 3: at least 8000 bytes are recommended.
        row(
            "a target of 8000 bytes",
            section,
            Kept(&[404]),
            target(8000),
        ),
        row(
            "50 fields",
            section,
            Kept(&[200]),
            get(["X-A: 1"; 50].join("\r\n")),
        ),
        row(
            "a field of 8 KiB",
            section,
            Kept(&[200]),
            get(format!("X-A: {}", "a".repeat(8 << 10))),
        ),
    ]
}

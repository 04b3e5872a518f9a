//! Numbers as people read them.

/// 1234567 as `1,234,567`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 request`, `2 requests`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// Milliseconds with three significant digits, in seconds from 10 s on.
pub(super) fn millis(ms: f64) -> String {
    match ms {
        10_000.0.. => format!("{:.1} s", ms / 1e3),
        100.0.. => format!("{ms:.0} ms"),
        10.0.. => format!("{ms:.1} ms"),
        _ => format!("{ms:.2} ms"),
    }
}

/// Seconds with one digit behind the point, in minutes from two on.
pub(super) fn seconds(seconds: f64) -> String {
    if seconds < 120.0 {
        return format!("{seconds:.1} s");
    }
    let minutes = (seconds / 60.0).floor();
    format!("{minutes:.0} min {:.0} s", seconds - minutes * 60.0)
}

/// A rate without a needless point.
pub(super) fn rate(per_second: f64) -> String {
    format!("{per_second}/s")
}

/// How often a fault has struck, in words.
pub(super) fn struck(hits: u64) -> String {
    match hits {
        0 => "did not strike".to_owned(),
        1 => "struck once".to_owned(),
        hits => format!("struck {} times", count(hits)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        let told: Vec<String> = [0, 999, 1_000, 21_345, 1_234_567].map(count).into();
        assert_eq!(told, ["0", "999", "1,000", "21,345", "1,234,567"]);
        assert_eq!(counted(1, "request"), "1 request");
        assert_eq!(counted(0, "request"), "0 requests");
    }

    #[test]
    fn times_keep_three_digits() {
        let told: Vec<String> = [0.0, 1.234, 12.34, 123.4, 12_340.0].map(millis).into();
        assert_eq!(told, ["0.00 ms", "1.23 ms", "12.3 ms", "123 ms", "12.3 s"]);
        assert_eq!(seconds(59.95), "60.0 s");
        assert_eq!(seconds(150.0), "2 min 30 s");
    }
}

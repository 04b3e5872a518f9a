//! Text from elsewhere, made safe to print.

/// Freed of control characters: what instances and AWS say must not drive the operator's terminal.
pub fn printable(line: &str) -> String {
    line.chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .filter(|c| !c.is_control())
        .collect()
}

//! Patterns with `*` (any number of characters) and `?` (one), as in the conditions of a rule and in EC2's filters.

/// Whether the whole text fits the pattern. Pattern and text come from outside, so the time is bounded by the product of
/// their lengths: only the last star is ever tried again.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to go on when what follows the last `*` does not fit: the star takes one more character.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after, taken)) => {
                    retry = Some((after, taken + 1));
                    p = after;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// The same for ASCII in any case.
pub(super) fn fits_any_case(pattern: &str, text: &str) -> bool {
    fits(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("/img/*", "/img/a/b.png", true),
            ("/img/*", "/img", false),
            ("/img/*/pics", "/img/a/b/pics", true),
            ("/img/*/pics", "/img/a/pics2", false),
            ("/a?c", "/abc", true),
            ("/a?c", "/ac", false),
            ("*", "", true),
            ("**a*b", "xxaxxab", true),
            ("/A", "/a", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
        assert!(!fits(&"*a".repeat(64).repeat(2), &"a".repeat(127)));
        assert!(!fits(&format!("{}b", "*a".repeat(60)), &"a".repeat(128)));
        assert!(fits_any_case("*.Example.com", "WWW.example.COM"));
    }
}

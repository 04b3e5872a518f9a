//! Pages of a list. A token holds the number of items that earlier pages have shown, encoded so that nobody counts on it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

/// One page.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

/// The token is none of ours. Each service has its own error for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InvalidToken;

pub(super) fn page<T>(
    items: impl Iterator<Item = T>,
    token: Option<&str>,
    size: usize,
) -> Result<Page<T>, InvalidToken> {
    let start = token.map_or(Ok(0), decode)?;
    let mut rest = items.skip(start);
    let items: Vec<T> = rest.by_ref().take(size).collect();
    let next = rest.next().map(|_| encode(start + size));
    Ok(Page { items, next })
}

fn encode(position: usize) -> String {
    BASE64.encode(format!("position:{position}"))
}

fn decode(token: &str) -> Result<usize, InvalidToken> {
    let bytes = BASE64.decode(token).map_err(|_| InvalidToken)?;
    let text = String::from_utf8(bytes).map_err(|_| InvalidToken)?;
    let position = text.strip_prefix("position:").ok_or(InvalidToken)?;
    position.parse().map_err(|_| InvalidToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_the_list_once_and_foreign_tokens_are_refused() {
        let mut token = None;
        let mut seen = Vec::new();
        loop {
            let page = page(0..5, token.as_deref(), 2).expect("own token");
            seen.extend(page.items);
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, [0, 1, 2, 3, 4]);
        assert_eq!(page(0..5, Some("bm9wZQ"), 2).err(), Some(InvalidToken));
    }
}

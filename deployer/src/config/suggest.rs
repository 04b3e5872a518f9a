//! "Did you mean": the known word nearest to an unknown one.

/// The known word that `word` is most likely a misspelling of: at most a third of it differs.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, nearest) = known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .min()?;
    (distance <= word.chars().count().max(3) / 3).then_some(nearest)
}

/// The Levenshtein distance: how many characters to insert, remove or replace.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, from) in left.chars().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (column, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_misspellings_and_leaves_other_words_alone() {
        let known = ["region", "account", "group", "sandbox"];
        assert_eq!(nearest("acount", known), Some("account"));
        assert_eq!(nearest("gruop", known), None);
        assert_eq!(nearest("regoin", known), Some("region"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!((distance("", "abc"), distance("abc", "")), (3, 3));
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}

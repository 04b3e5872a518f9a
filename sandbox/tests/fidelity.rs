//! The table of what is kept of AWS's behaviour: every test that it names is there.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own crate has failed"
)]

use std::collections::BTreeSet;
use std::path::Path;

/// The names of all functions below `folder`, modules that hold tests among them.
fn names(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.insert(path.file_stem().unwrap().to_string_lossy().into_owned());
            found.extend(text.lines().filter_map(declared));
        }
    }
}

fn declared(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("fn ").or_else(|| line.split_once("mod "))?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    Some(rest[..end].to_owned())
}

/// What stands between backticks in a row's last cell.
fn named_tests(row: &str) -> Vec<&str> {
    let cell = row.trim_end_matches(['|', ' ']).rsplit('|').next();
    cell.into_iter()
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

/// `*`, `…` and `...` stand for anything.
fn exists(test: &str, names: &BTreeSet<String>) -> bool {
    let last = test.rsplit("::").next().unwrap_or(test);
    let last = last.rsplit('/').next().unwrap_or(last);
    let pattern = last.trim_end_matches(".rs").replace("...", "*");
    let pieces: Vec<&str> = pattern.split(['*', '…']).collect();
    names.iter().any(|name| matches(name, &pieces))
}

fn matches(name: &str, pieces: &[&str]) -> bool {
    let [first, middle @ .., last] = pieces else {
        return pieces.iter().all(|piece| *piece == name);
    };
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    for piece in middle {
        let Some((_, after)) = rest.split_once(piece) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    names(&root.join("src"), &mut found);
    names(&root.join("tests"), &mut found);
    let table = std::fs::read_to_string(root.join("FIDELITY.md")).unwrap();
    let rows = table
        .lines()
        .filter(|line| line.starts_with("| ") && line.matches('|').count() == 4);
    let rows: Vec<&str> = rows.collect();
    assert!(rows.len() > 100, "only {} rows were found", rows.len());
    let missing: Vec<&str> = rows
        .into_iter()
        .flat_map(named_tests)
        .filter(|test| !exists(test, &found))
        .collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
}

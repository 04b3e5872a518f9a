//! The table of what is kept of AWS's behaviour: every test that it names is there, in the file that it names.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own crate has failed"
)]

use std::collections::BTreeMap;
use std::path::Path;

/// The tests of each file, by its path below the crate without `.rs`.
type Tests = BTreeMap<String, Vec<String>>;

fn tests_of_the_crate() -> Tests {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = Tests::new();
    for folder in ["src", "tests"] {
        read(&root.join(folder), folder, &mut tests);
    }
    tests
}

fn read(folder: &Path, name: &str, tests: &mut Tests) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy();
        let name = format!("{name}/{stem}");
        if path.is_dir() {
            read(&path, &name, tests);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let declared = declared(&std::fs::read_to_string(&path).unwrap());
            if !declared.is_empty() {
                tests.insert(name, declared);
            }
        }
    }
}

/// The functions below `#[test]` or `#[tokio::test]`, whatever other attributes stand between.
fn declared(text: &str) -> Vec<String> {
    let mut tests = Vec::new();
    let mut marked = false;
    for line in text.lines().map(str::trim_start) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| marked) {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            tests.push(rest[..end.unwrap_or(rest.len())].to_owned());
            marked = false;
        }
    }
    tests
}

/// What stands between backticks in a row's last cell, each spelled out: `…/file::` is in the folder of the one before,
/// `…` alone in its file.
fn named_tests(row: &str) -> Vec<String> {
    let cell = row.trim_end_matches(['|', ' ']).rsplit('|').next();
    let mut names: Vec<String> = Vec::new();
    for name in cell
        .into_iter()
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
    {
        let before = names.last().map_or("", String::as_str);
        let file = before.rsplit_once("::").map_or(before, |(file, _)| file);
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        names.push(match name.strip_prefix('…') {
            Some(rest) if rest.starts_with('/') => format!("{folder}{rest}"),
            Some(rest) => format!("{file}::{rest}"),
            None => name.to_owned(),
        });
    }
    names
}

/// Whether a file of that name has such a test; `*` and `…` stand for anything. A name is looked for where FIDELITY.md says
/// that its tests are: among the stories, else beside the code, and there it must mean one file only.
fn find(name: &str, tests: &Tests) -> Result<(), String> {
    let (place, pattern) = name.rsplit_once("::").unwrap_or((name, "*"));
    let place = place.trim_end_matches("::tests").replace("::", "/");
    let place = place.trim_end_matches(".rs");
    let pieces: Vec<&str> = pattern.split(['*', '…']).collect();
    let declared = &tests[&file(place, tests)?];
    if declared.iter().any(|test| matches(test, &pieces)) {
        return Ok(());
    }
    Err(format!("{name}: no such test in {place}"))
}

fn file(place: &str, tests: &Tests) -> Result<String, String> {
    let service = place.strip_prefix("service/");
    let stories = [
        service.map(|file| format!("src/service/tests/{file}")),
        Some(format!("src/world/tests/{place}")),
        Some(format!("tests/{place}")),
    ];
    let story = stories.into_iter().flatten();
    if let Some(story) = story.into_iter().find(|path| tests.contains_key(path)) {
        return Ok(story);
    }
    let ends = [format!("/{place}"), format!("/{place}/tests")];
    let beside = tests.keys().filter(|path| path.starts_with("src/"));
    let beside = beside.filter(|path| ends.iter().any(|end| path.ends_with(end)));
    match beside.collect::<Vec<_>>()[..] {
        [path] => Ok(path.clone()),
        [] => Err(format!("{place}: no such file with tests")),
        ref several => Err(format!("{place} may be any of {several:?}")),
    }
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
    let tests = tests_of_the_crate();
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("FIDELITY.md");
    let table = std::fs::read_to_string(table).unwrap();
    let rows = table
        .lines()
        .filter(|line| line.starts_with("| ") && line.matches('|').count() == 4);
    let rows: Vec<&str> = rows.collect();
    assert!(rows.len() > 100, "only {} rows were found", rows.len());
    let missing: Vec<String> = rows
        .into_iter()
        .flat_map(named_tests)
        .filter_map(|name| find(&name, &tests).err())
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_test_is_not_found_under_another_files_name() {
    let tests = tests_of_the_crate();
    let found = |name| find(name, &tests).is_ok();
    assert!(found("health::a_dead_machine_*"));
    assert!(!found("hooks::a_dead_machine_*"), "another file's");
    assert!(!found("health::first"), "a function, but no test");
    assert!(!found("nowhere::*"));
    assert!(found("service/ec2::errors_are_ec2s"));
    assert!(!found("errors::errors_are_ec2s"), "a name is no file");
    assert!(found("refresh::plan::tests::*") && found("alarm::tests::*"));
    assert!(!found("headers::*"), "two files beside the code");
    let row = "| a | b | `wire_s3/objects::a`, `…b`, `…/copies::c` |";
    let spelled = [
        "wire_s3/objects::a",
        "wire_s3/objects::b",
        "wire_s3/copies::c",
    ];
    assert_eq!(named_tests(row), spelled);
}

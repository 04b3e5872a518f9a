//! What a manifest may say. Every refusal is an error of its own, because an operator does something else about each.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use contract::digest::Digest;
use contract::manifest::{File, MAX_FILES, Manifest, ManifestError, Mode, SCHEMA};
use proptest::prelude::*;

fn file(path: &str) -> File {
    File {
        path: path.to_owned(),
        mode: Mode::Executable,
        size: 3,
        sha256: Digest::of(b"abc"),
    }
}

fn manifest(files: Vec<File>) -> Manifest {
    Manifest {
        schema: SCHEMA,
        service: "example".parse().unwrap(),
        version: "1.4.2".parse().unwrap(),
        target: "x86_64-unknown-linux-gnu".to_owned(),
        entrypoint: files
            .first()
            .map(|file| file.path.clone())
            .unwrap_or_default(),
        files,
        created: "2026-11-20T10:00:00Z".parse().unwrap(),
        git_revision: None,
    }
}

fn text(manifest: &Manifest) -> String {
    String::from_utf8(manifest.to_bytes().unwrap()).unwrap()
}

fn refusal(text: &str) -> ManifestError {
    Manifest::parse(text.as_bytes()).expect_err("must be refused")
}

#[test]
fn what_is_written_is_read_back() {
    let mut written = manifest(vec![file("app"), file("static/logo.svg")]);
    written.files[1].mode = Mode::Data;
    written.git_revision = Some("3f1c".to_owned());
    assert_eq!(
        Manifest::parse(&written.to_bytes().unwrap()).unwrap(),
        written
    );
    assert!(text(&written).contains("\"mode\": \"0644\""));
}

#[test]
fn fields_of_later_versions_are_tolerated_and_other_schemas_are_not() {
    let good = text(&manifest(vec![file("app")]));
    let with_extra = good.replacen('{', "{ \"sbom\": {\"any\": 1},", 1);
    assert!(Manifest::parse(with_extra.as_bytes()).is_ok());

    let later = "{\"schema\": 2, \"artifacts\": []}";
    assert!(matches!(
        refusal(later),
        ManifestError::UnknownSchema { schema: 2 }
    ));
}

#[test]
fn a_doubled_key_is_refused_even_when_both_values_agree() {
    let good = text(&manifest(vec![file("app")]));
    for key in [
        "\"schema\": 1,",
        "\"version\": \"1.4.2\",",
        "\"service\": \"example\",",
    ] {
        let doubled = good.replacen('{', &format!("{{ {key}"), 1);
        assert!(
            matches!(refusal(&doubled), ManifestError::Malformed(_)),
            "{key}"
        );
    }
    let in_a_file = good.replacen("\"size\": 3,", "\"size\": 3, \"size\": 3,", 1);
    assert!(matches!(refusal(&in_a_file), ManifestError::Malformed(_)));
}

#[test]
fn paths_that_leave_the_release_or_hide_are_refused() {
    let good = text(&manifest(vec![file("app")]));
    for path in [
        "",
        "/app",
        "../app",
        "a/../app",
        "a//b",
        "a/",
        "./app",
        "a\\\\b",
        "a b",
        "a\\u0000b",
        "caf\u{e9}",
        "~/app",
    ] {
        let bad = good.replace("\"app\"", &format!("\"{path}\""));
        assert!(
            matches!(refusal(&bad), ManifestError::BadPath { .. }),
            "{path:?}"
        );
    }
}

#[test]
fn two_files_in_one_place_are_refused() {
    for files in [
        vec![file("a"), file("a")],
        vec![file("a"), file("a/b")],
        vec![file("a/b"), file("a")],
    ] {
        let error = manifest(files).to_bytes().expect_err("collides");
        assert!(matches!(error, ManifestError::PathCollision { .. }));
    }
}

#[test]
fn the_entrypoint_is_an_executable_file_of_the_release() {
    let mut data_only = manifest(vec![file("app")]);
    data_only.files[0].mode = Mode::Data;
    let mut elsewhere = manifest(vec![file("app")]);
    elsewhere.entrypoint = "other".to_owned();
    for wrong in [data_only, elsewhere] {
        assert!(matches!(
            wrong.to_bytes(),
            Err(ManifestError::BadEntrypoint { .. })
        ));
    }
}

#[test]
fn sizes_and_counts_are_bounded() {
    assert!(matches!(
        manifest(vec![]).to_bytes(),
        Err(ManifestError::BadFileCount { count: 0 })
    ));
    let many = (0..=MAX_FILES).map(|n| file(&format!("f{n}"))).collect();
    assert!(matches!(
        manifest(many).to_bytes(),
        Err(ManifestError::BadFileCount { .. })
    ));
    let mut huge = manifest(vec![file("app")]);
    huge.files[0].size = u64::MAX;
    assert!(matches!(
        huge.to_bytes(),
        Err(ManifestError::FileTooLarge { .. })
    ));
    let long = format!("{{\"pad\": \"{}\"}}", "x".repeat(300_000));
    assert!(matches!(refusal(&long), ManifestError::TooLarge { .. }));
}

#[test]
fn other_modes_cannot_be_expressed() {
    let good = text(&manifest(vec![file("app")]));
    for mode in ["4755", "0777", "755"] {
        let bad = good.replace("\"0755\"", &format!("\"{mode}\""));
        assert!(
            matches!(refusal(&bad), ManifestError::Malformed(_)),
            "{mode}"
        );
    }
}

proptest! {
    /// Whatever bytes arrive, the answer is a manifest or an error, never a panic; and what is accepted is within the rules.
    #[test]
    fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = Manifest::parse(&bytes);
    }

    #[test]
    fn accepted_paths_stay_inside(path in "[a-z./_-]{1,20}") {
        if let Ok(bytes) = manifest(vec![file(&path)]).to_bytes() {
            let parsed = Manifest::parse(&bytes).unwrap();
            let folder = std::path::Path::new("/release");
            let joined = folder.join(&parsed.files[0].path);
            let plain = joined.components().all(|part| part.as_os_str() != "..");
            prop_assert!(plain && joined.starts_with(folder) && joined != folder);
        }
    }
}

//! `deploy publish` and `deploy keygen` by the real binary, into a `file://` store.

mod common;

use common::{Bench, Deploy, Run, full, json_lines};
use contract::manifest::Mode;
use contract::release::Release;
use contract::store::{Access, Store};
use contract::{blob, names::Name, signature::PublicKey};
use semver::Version;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const MANIFEST: &str = "store/releases/example/1.0.0/manifest.json";
const SIGNATURE: &str = "store/releases/example/1.0.0/manifest.json.minisig";

/// `deploy publish --version 1.0.0` with the folder's key.
fn publish(bench: &Bench, files: &[&str]) -> Deploy {
    let files = files.iter().flat_map(|file| ["--file", file]);
    bench
        .deploy()
        .args([
            "publish",
            "--version",
            "1.0.0",
            "--key",
            "deploy.key",
            "--output",
            "json",
        ])
        .args(files)
}

fn line(run: &Run) -> Value {
    let mut lines = json_lines(&run.stdout);
    assert_eq!(lines.len(), 1, "{run:?}");
    lines.remove(0)
}

/// The run was refused with this code, a message and a hint, and the store is empty.
fn assert_refused(bench: &Bench, run: &Run, code: i32, words: &str) {
    assert_eq!(run.code, code, "{run:?}");
    let line = line(run);
    assert_eq!(
        (&line["event"], &line["code"]),
        (&"error".into(), &code.into())
    );
    assert!(
        line["message"]
            .as_str()
            .expect("a sentence")
            .contains(words),
        "{run:?}"
    );
    assert!(line["hint"].is_string(), "{run:?}");
    assert_eq!(bench.store_files(), [""; 0]);
}

async fn fetch(bench: &Bench) -> (Store, Release) {
    let url = format!("file://{}", bench.path("store").display());
    let store = Store::open(&url, &Access::default()).expect("the store opens");
    let config: toml::Table = bench.read("deploy.toml").parse().expect("a configuration");
    let key = config["public_key"].as_str().expect("a public key");
    let key: PublicKey = key.parse().expect("a public key");
    let service: Name = "example".parse().expect("a name");
    let release = Release::fetch(&store, &key, &service, &Version::new(1, 0, 0)).await;
    (store, release.expect("a release that verifies"))
}

#[tokio::test]
async fn what_is_published_verifies_and_unpacks_as_it_was() {
    let bench = Bench::new();
    bench.write("app", "#!/bin/sh\nexec true\n");
    bench.write("page.html", vec![b'x'; 100_000]);
    let run = publish(&bench, &["app", "static/index.html=page.html"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let (store, release) = fetch(&bench).await;
    let manifest = &release.manifest;
    assert_eq!(manifest.entrypoint, "app");
    assert_eq!(
        manifest.target,
        format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
    );
    let listed: Vec<_> = manifest
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.mode))
        .collect();
    assert_eq!(
        listed,
        [("app", Mode::Executable), ("static/index.html", Mode::Data)]
    );
    for (file, local) in manifest.files.iter().zip(["app", "page.html"]) {
        let bytes = blob::fetch(&store, file, Vec::new()).await.unwrap();
        assert_eq!(bytes, fs::read(bench.path(local)).unwrap());
    }
    let line = line(&run);
    assert_eq!(line["event"], "published");
    assert_eq!(line["manifest"], release.digest.to_string());
    assert_eq!(
        (&line["already"], &line["files"][0]["uploaded"]),
        (&false.into(), &true.into())
    );
}

#[test]
fn the_same_files_again_are_fine_and_change_nothing() {
    let bench = Bench::new();
    bench.write("app", "#!one");
    let first = line(&publish(&bench, &["app"]).run());
    let before = (
        bench.store_files(),
        bench.read(MANIFEST),
        bench.read(SIGNATURE),
    );
    let again = publish(&bench, &["app"]).run();
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(line(&again)["already"], true);
    assert_eq!(line(&again)["manifest"], first["manifest"]);
    assert_eq!(
        (
            bench.store_files(),
            bench.read(MANIFEST),
            bench.read(SIGNATURE)
        ),
        before
    );
}

#[test]
fn other_content_under_a_published_version_is_refused_and_changes_nothing() {
    let bench = Bench::new();
    bench.write("app", "#!one");
    assert_eq!(publish(&bench, &["app"]).run().code, 0);
    let before = (
        bench.store_files(),
        bench.read(MANIFEST),
        bench.read(SIGNATURE),
    );
    bench.write("other", "#!two");
    let variants: [(&[&str], &[&str], &str); 4] = [
        (&["app=other"], &[], "`app` is another file"),
        (&["app", "other"], &[], "`other` is another file"),
        (
            &["app", "other"],
            &["--entrypoint", "other"],
            "it starts `app`",
        ),
        (
            &["app"],
            &["--target", "riscv64gc-unknown-linux-gnu"],
            "it is built for",
        ),
    ];
    for (files, more, words) in variants {
        let run = publish(&bench, files).args(more).run();
        assert_eq!(run.code, 22, "{run:?}");
        assert!(
            line(&run)["message"].as_str().unwrap().contains(words),
            "{run:?}"
        );
        assert_eq!(
            (
                bench.store_files(),
                bench.read(MANIFEST),
                bench.read(SIGNATURE)
            ),
            before
        );
    }
}

#[test]
fn a_publish_cut_short_is_completed_by_the_same_files() {
    let bench = Bench::new();
    bench.write("app", "#!one");
    let first = line(&publish(&bench, &["app"]).run());
    let signature = bench.read(SIGNATURE);

    // Cut short before the manifest: the signature has claimed the version, nobody sees it as published.
    fs::remove_file(bench.path(MANIFEST)).unwrap();
    bench.write("other", "#!two");
    let other = publish(&bench, &["app=other"]).run();
    assert_eq!(other.code, 22, "{other:?}");
    assert!(!bench.path(MANIFEST).exists());
    let same = publish(&bench, &["app"]).run();
    assert_eq!(same.code, 0, "{same:?}");
    assert_eq!(line(&same)["manifest"], first["manifest"]);
    assert_eq!(bench.read(SIGNATURE), signature);

    // Cut short before the signature: only the blob is there.
    fs::remove_file(bench.path(MANIFEST)).unwrap();
    fs::remove_file(bench.path(SIGNATURE)).unwrap();
    let run = publish(&bench, &["app"]).run();
    assert_eq!(
        (run.code, &line(&run)["files"][0]["uploaded"]),
        (0, &false.into()),
        "{run:?}"
    );
}

#[test]
fn of_many_publishers_at_once_all_succeed_with_the_same_files() {
    let bench = Bench::new();
    bench.write("app", "#!one");
    let running: Vec<_> = (0..6).map(|_| publish(&bench, &["app"]).start()).collect();
    let manifests: Vec<Value> = running
        .into_iter()
        .map(|running| {
            let run = running.wait();
            assert_eq!(run.code, 0, "{run:?}");
            line(&run)["manifest"].clone()
        })
        .collect();
    assert!(
        manifests.windows(2).all(|two| two[0] == two[1]),
        "{manifests:?}"
    );
}

#[tokio::test]
async fn of_two_publishers_with_different_files_one_wins_and_the_release_is_whole() {
    for _ in 0..5 {
        let bench = Bench::new();
        bench.write("one", "#!one");
        bench.write("two", "#!two");
        let running = ["app=one", "app=two"].map(|file| publish(&bench, &[file]).start());
        let mut codes = running.map(|running| running.wait().code);
        codes.sort_unstable();
        assert_eq!(codes, [0, 22]);
        let (store, release) = fetch(&bench).await;
        blob::fetch(&store, &release.manifest.files[0], Vec::new())
            .await
            .unwrap();
    }
}

#[test]
fn a_store_that_was_tampered_with_is_told_by_its_own_code() {
    type Tamper = fn(&Bench);
    let tamper: [(&str, Tamper, i32); 4] = [
        (
            "unsigned",
            |bench| fs::remove_file(bench.path(SIGNATURE)).unwrap(),
            13,
        ),
        (
            "changed manifest",
            |bench| bench.write(MANIFEST, bench.read(MANIFEST).replace("\"app\"", "\"sh\"")),
            14,
        ),
        ("no signature", |bench| bench.write(SIGNATURE, "hello"), 14),
        (
            "other bytes in the blob",
            |bench| {
                let blob = bench
                    .store_files()
                    .into_iter()
                    .find(|path| path.starts_with("blobs/"))
                    .unwrap();
                bench.write(&format!("store/{blob}"), "not zstd");
            },
            15,
        ),
    ];
    for (name, tamper, code) in tamper {
        let bench = Bench::new();
        bench.write("app", "#!one");
        assert_eq!(publish(&bench, &["app"]).run().code, 0);
        tamper(&bench);
        let run = publish(&bench, &["app"]).run();
        assert_eq!(run.code, code, "{name}: {run:?}");
    }
}

#[test]
fn only_the_configured_key_can_publish() {
    let bench = Bench::new();
    bench.write("app", "#!one");
    let other = bench
        .deploy()
        .args(["keygen", "--secret", "other.key", "--public", "other.pub"])
        .run();
    assert_eq!(other.code, 0, "{other:?}");
    bench.write("garbage.key", "untrusted comment: x\nRWQ=\n");
    let keys = [
        ("other.key", "does not belong to `public_key`"),
        ("garbage.key", "cannot be used"),
        ("absent.key", "cannot read the signing key absent.key"),
    ];
    for (key, words) in keys {
        let arguments = [
            "publish",
            "--version",
            "1.0.0",
            "--file",
            "app",
            "--output",
            "json",
            "--key",
            key,
        ];
        assert_refused(&bench, &bench.deploy().args(arguments).run(), 23, words);
    }
    let unnamed = [
        "publish",
        "--version",
        "1.0.0",
        "--file",
        "app",
        "--output",
        "json",
    ];
    assert_refused(
        &bench,
        &bench.deploy().args(unnamed).run(),
        23,
        "no signing key is named",
    );
    let by_environment = bench
        .deploy()
        .args(unnamed)
        .env("DEPLOY_SIGNING_KEY", "deploy.key")
        .run();
    assert_eq!(by_environment.code, 0, "{by_environment:?}");
}

#[test]
fn files_that_cannot_be_a_release_are_refused_before_anything_is_written() {
    let bench = Bench::new();
    bench.write("app", "#!one");
    bench.write("empty", "");
    fs::create_dir(bench.path("folder")).unwrap();
    let pipe = Command::new("mkfifo")
        .arg(bench.path("pipe"))
        .status()
        .unwrap();
    assert!(pipe.success());
    let refused: [(&[&str], &str); 16] = [
        (&[""], "--file `` names no file"),
        (&["x="], "--file `x=` names no file"),
        (&["="], "--file `=` names no file"),
        (&["absent"], "cannot read absent"),
        (&["folder"], "folder is not a regular file"),
        (&["pipe"], "pipe is not a regular file"),
        (&["/dev/zero"], "/dev/zero is not a regular file"),
        (&["empty"], "the entrypoint empty is empty"),
        (&[".."], "has no file name"),
        (&["../app=app"], "`../app` is not allowed"),
        (&["/etc/app=app"], "`/etc/app` is not allowed"),
        (&["a b=app"], "`a b` is not allowed"),
        (&["=app"], "`` is not allowed"),
        (&["x\u{1b}[2J=app"], "is not allowed"),
        (&["app", "app"], "`app` collides"),
        (&["app", "app/inside=app"], "`app/inside` collides"),
    ];
    for (files, words) in refused {
        assert_refused(&bench, &publish(&bench, files).run(), 2, words);
    }
    let entrypoint = publish(&bench, &["app"])
        .args(["--entrypoint", "other"])
        .run();
    assert_refused(&bench, &entrypoint, 2, "`other` is not an executable file");
}

#[test]
fn an_empty_data_file_is_content_like_any_other() {
    let bench = Bench::new();
    bench.write("app", "#!one");
    bench.write("empty", "");
    let run = publish(&bench, &["app", "empty"]).run();
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn what_no_machine_can_start_is_not_signed_unless_its_target_is_named() {
    let bench = Bench::new();
    bench.write("app", b"\x9f\x02\x00random\xff");
    let run = publish(&bench, &["app"]).run();
    assert_refused(&bench, &run, 2, "neither an ELF executable");
    let hint = line(&run)["hint"].to_string();
    assert!(hint.contains("--target"), "{hint}");
    let target = "x86_64-unknown-linux-gnu";
    let run = publish(&bench, &["app"]).args(["--target", target]).run();
    assert_eq!((run.code, &line(&run)["target"]), (0, &target.into()));
}

#[test]
fn a_folder_is_told_to_be_named_file_by_file() {
    let bench = Bench::new();
    fs::create_dir(bench.path("folder")).unwrap();
    let hint = line(&publish(&bench, &["folder"]).run())["hint"].to_string();
    assert!(hint.contains("--file NAME=PATH"), "{hint}");
    assert!(!hint.contains("archive"), "{hint}");
}

#[test]
fn a_binary_for_another_machine_is_refused() {
    let bench = Bench::new();
    let mut arm = b"\x7fELF\x02\x01".to_vec();
    arm.resize(16, 0);
    arm.extend(3_u16.to_le_bytes());
    arm.extend(183_u16.to_le_bytes());
    bench.write("app", arm);
    let run = publish(&bench, &["app"])
        .args(["--target", "x86_64-unknown-linux-gnu"])
        .run();
    assert_refused(&bench, &run, 2, "built for aarch64");
    assert_eq!(
        line(&publish(&bench, &["app"]).run())["target"],
        "aarch64-unknown-linux-gnu"
    );
}

#[test]
fn a_store_that_cannot_be_written_ends_with_11() {
    for store in ["https://127.0.0.1:9/releases", "file:///nowhere/at/all"] {
        let bench = Bench::new();
        bench.write("app", "#!one");
        let own = format!("file://{}", bench.path("store").display());
        bench.write(
            "deploy.toml",
            bench.read("deploy.toml").replace(&own, store),
        );
        assert_refused(&bench, &publish(&bench, &["app"]).run(), 11, store);
    }
}

#[tokio::test]
async fn the_source_revision_is_recorded_where_there_is_one() {
    let bench = Bench::new();
    bench.write("app", "#!one");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
        let mut git = Command::new("git");
        git.current_dir(bench.path(""))
            .args(identity)
            .args(arguments);
        String::from_utf8(git.output().unwrap().stdout).unwrap()
    };
    git(&["init", "--quiet"]);
    git(&["commit", "--quiet", "--allow-empty", "--message", "one"]);
    assert_eq!(publish(&bench, &["app"]).run().code, 0);
    let head = git(&["rev-parse", "HEAD"]);
    assert_eq!(
        fetch(&bench).await.1.manifest.git_revision.as_deref(),
        Some(head.trim())
    );
    // Neither time nor revision is content: the same files from a later commit are the same release.
    git(&["commit", "--quiet", "--allow-empty", "--message", "two"]);
    assert_eq!(line(&publish(&bench, &["app"]).run())["already"], true);
    fs::remove_file(bench.path(MANIFEST)).unwrap();
    assert_eq!(publish(&bench, &["app"]).run().code, 0);
    assert_eq!(
        fetch(&bench).await.1.manifest.git_revision.as_deref(),
        Some(head.trim())
    );
}

#[test]
fn words_for_people_name_the_version_and_the_digest() {
    let bench = Bench::new();
    bench.write("app", "#!one");
    let plain = [
        "publish",
        "--version",
        "1.0.0",
        "--file",
        "app",
        "--key",
        "deploy.key",
    ];
    let run = bench.deploy().args(plain).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stdout
            .starts_with("published example 1.0.0\n  manifest  sha256:"),
        "{run:?}"
    );
    assert!(
        run.stderr.is_empty(),
        "no bar where there is no terminal: {run:?}"
    );
    let again = bench.deploy().args(plain).run();
    assert!(
        again
            .stdout
            .starts_with("already published example 1.0.0\n"),
        "{again:?}"
    );
}

#[test]
fn a_generated_key_is_private_and_its_line_can_be_pasted() {
    let bench = Bench::new();
    fs::create_dir(bench.path("keys")).unwrap();
    let run = bench
        .deploy()
        .args(["keygen", "--out", "keys", "--output", "json"])
        .run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("has no password"), "{run:?}");
    let mode = fs::metadata(bench.path("keys/deploy.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let generated = line(&run);
    assert_eq!(
        (&generated["event"], &generated["encrypted"]),
        (&"generated".into(), &false.into())
    );
    let public_key = generated["public_key"].as_str().unwrap();
    assert!(
        bench
            .read("keys/deploy.pub")
            .ends_with(&format!("{public_key}\n"))
    );

    bench.write("app", "#!one");
    let config = bench.read("deploy.toml");
    let old = config
        .lines()
        .find(|line| line.starts_with("public_key"))
        .unwrap();
    bench.write(
        "deploy.toml",
        config.replace(old, &format!("public_key = \"{public_key}\"")),
    );
    let run = bench
        .deploy()
        .args([
            "publish",
            "--version",
            "1.0.0",
            "--file",
            "app",
            "--key",
            "keys/deploy.key",
        ])
        .run();
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn the_folder_for_a_key_is_made_for_its_owner_alone() {
    let bench = Bench::new();
    let run = bench.deploy().args(["keygen", "--out", "new/keys"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    for folder in ["new", "new/keys"] {
        let mode = fs::metadata(bench.path(folder)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o700, "{folder}");
    }
    assert!(bench.path("new/keys/deploy.pub").exists());
    bench.write("file", "");
    let run = bench.deploy().args(["keygen", "--out", "file/keys"]).run();
    assert_eq!(run.code, 23, "{run:?}");
}

#[test]
fn a_key_is_never_overwritten() {
    let bench = Bench::new();
    let key = bench.read("deploy.key");
    let run = bench.deploy().arg("keygen").run();
    assert_eq!(run.code, 23, "{run:?}");
    assert!(run.stderr.contains("deploy.key exists"), "{run:?}");
    assert_eq!(bench.read("deploy.key"), key);
    // The public half alone is reason enough, and no secret half is left behind.
    bench.write("old.pub", "old");
    let run = bench
        .deploy()
        .args(["keygen", "--secret", "new.key", "--public", "old.pub"])
        .run();
    assert_eq!(
        (run.code, bench.read("old.pub").as_str()),
        (23, "old"),
        "{run:?}"
    );
    assert!(!bench.path("new.key").exists());
    let run = bench
        .deploy()
        .args(["keygen", "--secret", "new.key", "--public", "no/new.pub"])
        .run();
    assert_eq!(run.code, 23, "{run:?}");
    assert!(!bench.path("new.key").exists());
}

#[test]
fn an_encrypted_key_needs_its_password() {
    let bench = Bench::new();
    bench.write("app", "#!one");
    let keygen = [
        "keygen",
        "--secret",
        "e.key",
        "--public",
        "e.pub",
        "--password-env",
        "WORD",
    ];
    let run = bench.deploy().args(keygen).run();
    assert_eq!(run.code, 2, "{run:?}");
    assert!(
        run.stderr.contains("the variable WORD holds no password"),
        "{run:?}"
    );
    let run = bench.deploy().args(keygen).env("WORD", "horse").run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    let publish = [
        "publish",
        "--version",
        "1.0.0",
        "--file",
        "app",
        "--key",
        "e.key",
        "--output",
        "json",
    ];
    let run = bench.deploy().args(publish).run();
    assert_refused(&bench, &run, 23, "is encrypted, and there is no password");
    let run = bench
        .deploy()
        .args(publish)
        .env("DEPLOY_SIGNING_KEY_PASSWORD", "cow")
        .run();
    assert_refused(&bench, &run, 23, "Wrong password");
}

/// A stdout whose reader has gone.
fn closed() -> std::io::PipeWriter {
    let (_, writer) = std::io::pipe().expect("a pipe");
    writer
}

#[test]
fn a_result_that_cannot_be_written_is_a_failure_and_a_reader_that_has_gone_is_none() {
    let bench = Bench::new();
    bench.write("app", "#!one");
    let publish = "publish --version 1.0.0 --file app --key deploy.key --output";
    for (command, form) in [
        (publish, "json"),
        (publish, "plain"),
        ("keygen --out one --output", "json"),
        ("keygen --out two --output", "plain"),
    ] {
        let call = || bench.deploy().args(command.split(' ')).arg(form);
        let run = call().run_into(full());
        assert_eq!(run.code, 1, "{run:?}");
        let said = "error: cannot write to stdout: No space left on device";
        assert!(run.stderr.contains(said), "{run:?}");
        assert!(run.stderr.contains("\nhint: make room"), "{run:?}");
        for folder in ["one", "two"] {
            let _ = fs::remove_dir_all(bench.path(folder));
        }
        let run = call().run_into(closed());
        assert_eq!(run.code, 0, "{run:?}");
        assert!(!run.stderr.contains("error"), "{run:?}");
    }
}

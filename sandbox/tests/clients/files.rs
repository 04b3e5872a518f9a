//! Files by `aws s3` and by boto3's managed transfers, large enough to go in parts.

use crate::port::Port;
use crate::python::{command, programs, run, said};
use std::fs;
use std::path::{Path, PathBuf};

/// Beyond the size from which the CLI uploads in parts, 8 MB.
const LARGE: usize = 30 * 1024 * 1024;

struct Aws<'a> {
    bin: &'a Path,
    endpoint: &'a str,
}

impl Aws<'_> {
    /// `aws s3 ...`, which must succeed; answers what it printed.
    async fn s3(&self, args: &[&str]) -> String {
        let mut aws = command(&self.bin.join("aws"));
        aws.env("AWS_ENDPOINT_URL", self.endpoint);
        said(aws.arg("s3").args(args)).await
    }

    async fn names(&self, url: &str) -> Vec<String> {
        let listed = self.s3(&["ls", "--recursive", url]).await;
        let last = |line: &str| line.rsplit(' ').next().unwrap().to_owned();
        listed.lines().map(last).collect()
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder with a large file, a small one and one that has to be escaped on its way.
fn folder(root: &Path) -> PathBuf {
    let folder = root.join("release");
    fs::create_dir_all(folder.join("etc")).unwrap();
    let large: Vec<u8> = (0..=250).cycle().take(LARGE).collect();
    fs::write(folder.join("server"), large).unwrap();
    fs::write(folder.join("etc/a & b+c.toml"), "port = 1").unwrap();
    fs::write(folder.join("etc/empty"), "").unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cli_copies_lists_syncs_moves_and_removes_files() {
    let Some(bin) = programs().await else { return };
    let port = Port::open().await;
    let aws = Aws {
        bin: &bin,
        endpoint: &port.endpoint,
    };
    let root = tempfile::tempdir().unwrap();
    let folder = folder(root.path());
    let back = root.path().join("back");

    aws.s3(&["mb", "s3://walk-files"]).await;
    aws.s3(&["sync", text(&folder), "s3://walk-files/release"])
        .await;
    let unchanged = aws
        .s3(&["sync", text(&folder), "s3://walk-files/release"])
        .await;
    assert_eq!(unchanged, "", "the second time there is nothing to do");
    let listed = aws.s3(&["ls", "s3://walk-files/release/"]).await;
    assert!(
        listed.contains("PRE etc/") && listed.contains("31457280 server"),
        "{listed}"
    );

    aws.s3(&["sync", "s3://walk-files/release", text(&back)])
        .await;
    for name in ["server", "etc/a & b+c.toml", "etc/empty"] {
        let [up, down] = [&folder, &back].map(|folder| fs::read(folder.join(name)).unwrap());
        assert!(up == down, "{name} came back as something else");
    }
    let stdout = aws
        .s3(&["cp", "s3://walk-files/release/etc/a & b+c.toml", "-"])
        .await;
    assert_eq!(stdout, "port = 1");

    aws.s3(&[
        "cp",
        "s3://walk-files/release/server",
        "s3://walk-files/copy/server",
    ])
    .await;
    aws.s3(&[
        "mv",
        "s3://walk-files/release/etc/empty",
        "s3://walk-files/moved",
    ])
    .await;
    let names = ["copy/server", "moved", "b+c.toml", "release/server"];
    assert_eq!(aws.names("s3://walk-files").await, names);
    fs::remove_file(folder.join("server")).unwrap();
    aws.s3(&["sync", "--delete", text(&folder), "s3://walk-files/release"])
        .await;
    let gone = aws.names("s3://walk-files/release/").await;
    assert!(!gone.contains(&"release/server".to_owned()), "{gone:?}");

    aws.s3(&["rm", "--recursive", "s3://walk-files/copy"]).await;
    aws.s3(&["rb", "--force", "s3://walk-files"]).await;
    assert_eq!(aws.s3(&["ls"]).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_moves_large_files_in_parts_and_ranges() {
    let Some(bin) = programs().await else { return };
    let port = Port::open().await;
    let said = run(&bin, "files.py", &[&port.endpoint]).await;
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(
        lines.iter().all(|line| line.contains("-4\"")),
        "four parts of at most 8 MB: {said}"
    );
}

//! Installing from a folder store, and what a crash, a damaged file or a full folder does to it.

use super::*;
use contract::manifest::{File as Entry, Mode};
use contract::store::Access;
use minisign::KeyPair;
use tempfile::TempDir;

struct Fixture {
    folder: TempDir,
    store: Store,
    keys: KeyPair,
    service: Name,
    disk: Arc<Disk>,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let objects = folder.path().join("store");
        fs::create_dir(&objects).unwrap();
        let url = format!("file://{}", objects.display());
        Self {
            store: Store::open(&url, &Access::default()).unwrap(),
            keys: KeyPair::generate_unencrypted_keypair().unwrap(),
            service: "example".parse().unwrap(),
            disk: Arc::new(Disk::open(&folder.path().join("root")).unwrap()),
            folder,
        }
    }

    async fn publish(&self, version: &str) -> Wanted {
        let here = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        self.publish_for(version, here).await
    }

    async fn publish_for(&self, version: &str, target: String) -> Wanted {
        let app = format!("#!/bin/sh\necho {version}\n").into_bytes();
        let files = [
            ("bin/app", Mode::Executable, app),
            ("page.html", Mode::Data, b"<p>".to_vec()),
        ];
        let manifest = Manifest {
            schema: manifest::SCHEMA,
            service: self.service.clone(),
            version: version.parse().unwrap(),
            target,
            entrypoint: "bin/app".to_owned(),
            files: files
                .iter()
                .map(|(path, mode, bytes)| entry(path, *mode, bytes))
                .collect(),
            created: "2026-11-20T10:00:00Z".parse().unwrap(),
            git_revision: None,
        };
        for (_, _, bytes) in files {
            let blob = blob::compress(&bytes).unwrap();
            self.put(&contract::layout::blob(&Digest::of(&bytes)), blob)
                .await;
        }
        let bytes = manifest.to_bytes().unwrap();
        let signature = minisign::sign(None, &self.keys.sk, bytes.as_slice(), None, None).unwrap();
        let (service, number) = (&self.service, &manifest.version);
        self.put(
            &contract::layout::signature(service, number),
            signature.to_string().into(),
        )
        .await;
        self.put(&contract::layout::manifest(service, number), bytes.clone())
            .await;
        Wanted {
            version: manifest.version,
            manifest: Digest::of(&bytes),
        }
    }

    async fn put(&self, path: &str, bytes: Vec<u8>) {
        self.store.create(path, bytes).await.unwrap();
    }

    async fn resolve(&self, wanted: &Wanted) -> Result<Release, InstallError> {
        let key = self.keys.pk.to_base64().parse().unwrap();
        resolve(&self.disk, &self.store, &key, &self.service, wanted).await
    }

    async fn install(&self, wanted: &Wanted) -> Installed {
        let release = self.resolve(wanted).await.unwrap();
        install(self.disk.clone(), &self.store, release)
            .await
            .unwrap()
    }

    /// Lets the store lose everything.
    fn burn_store(&self) {
        let objects = self.folder.path().join("store");
        fs::remove_dir_all(&objects).unwrap();
        fs::create_dir(&objects).unwrap();
    }

    fn link(&self, name: &str) -> PathBuf {
        fs::read_link(self.disk.root().join(name)).unwrap()
    }

    fn releases(&self) -> Vec<String> {
        let entries = fs::read_dir(self.disk.releases()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|name| name.split_once('-').unwrap().1.to_owned())
            .collect();
        names.sort();
        names
    }
}

fn entry(path: &str, mode: Mode, bytes: &[u8]) -> Entry {
    Entry {
        path: path.to_owned(),
        mode,
        size: bytes.len() as u64,
        sha256: Digest::of(bytes),
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn a_release_lies_where_it_belongs_and_nobody_writes_to_it() {
    let fixture = Fixture::new();
    let wanted = fixture.publish("1.4.2").await;
    let installed = fixture.install(&wanted).await;
    let name = format!("{}-1.4.2", wanted.manifest.short());
    assert_eq!(
        installed.folder,
        fixture.disk.root().join("releases").join(name)
    );
    assert_eq!(mode(&installed.entrypoint()), 0o555);
    assert_eq!(mode(&installed.files().join("page.html")), 0o444);
    let text = fs::read_to_string(installed.entrypoint()).unwrap();
    assert_eq!(text, "#!/bin/sh\necho 1.4.2\n");
    let kept = fs::read(installed.folder.join("manifest.json")).unwrap();
    assert_eq!(Digest::of(&kept), wanted.manifest);
    let staging = fixture.disk.root().join("staging");
    assert_eq!(fs::read_dir(staging).unwrap().count(), 0);
}

#[tokio::test]
async fn what_is_installed_and_sound_needs_no_store() {
    let fixture = Fixture::new();
    let wanted = fixture.publish("1.0.0").await;
    let first = fixture.install(&wanted).await;
    fixture.burn_store();
    assert_eq!(fixture.install(&wanted).await, first);
}

#[tokio::test]
async fn damage_of_any_kind_is_found_and_mended() {
    let fixture = Fixture::new();
    let wanted = fixture.publish("1.0.0").await;
    let installed = fixture.install(&wanted).await;
    let app = installed.entrypoint();
    let damages: [(&str, &dyn Fn()); 5] = [
        ("cut", &|| overwrite(&app, b"#!")),
        ("changed", &|| overwrite(&app, b"#!/bin/sh\necho 9.9.9\n")),
        ("gone", &|| fs::remove_file(&app).unwrap()),
        ("not executable", &|| {
            fs::set_permissions(&app, Permissions::from_mode(0o444)).unwrap();
        }),
        ("replaced by a link", &|| {
            fs::remove_file(&app).unwrap();
            std::os::unix::fs::symlink("/bin/true", &app).unwrap();
        }),
    ];
    for (kind, damage) in damages {
        damage();
        assert!(
            verify::fault(&installed.folder, &installed.manifest).is_some(),
            "{kind}"
        );
        assert_eq!(fixture.install(&wanted).await, installed, "{kind}");
        assert_eq!(
            verify::fault(&installed.folder, &installed.manifest),
            None,
            "{kind}"
        );
    }
}

fn overwrite(path: &Path, bytes: &[u8]) {
    let before = fs::metadata(path).unwrap().permissions();
    fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, before).unwrap();
}

#[tokio::test]
async fn a_damaged_manifest_on_the_disk_is_not_believed() {
    let fixture = Fixture::new();
    let wanted = fixture.publish("1.0.0").await;
    let installed = fixture.install(&wanted).await;
    let path = installed.folder.join("manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, text.replace("bin/app", "bin/abb")).unwrap();
    assert_eq!(
        fixture.resolve(&wanted).await.unwrap().manifest,
        installed.manifest
    );
}

#[tokio::test]
async fn a_tampered_blob_leaves_nothing_behind() {
    let fixture = Fixture::new();
    let wanted = fixture.publish("1.0.0").await;
    let release = fixture.resolve(&wanted).await.unwrap();
    let page = &release.manifest.files[1].sha256;
    let other = blob::compress(b"<b>").unwrap();
    fixture
        .store
        .replace(&contract::layout::blob(page), other)
        .await
        .unwrap();
    let refused = install(fixture.disk.clone(), &fixture.store, release)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, InstallError::Blob(BlobError::Tampered { .. })),
        "{refused}"
    );
    assert!(!refused.is_transient());
    assert_eq!(fixture.releases(), [""; 0]);
    let staging = fixture.disk.root().join("staging");
    assert_eq!(fs::read_dir(staging).unwrap().count(), 0);
}

#[tokio::test]
async fn another_manifest_than_the_pinned_one_is_refused() {
    let fixture = Fixture::new();
    let mut wanted = fixture.publish("1.0.0").await;
    wanted.manifest = Digest::of(b"another");
    let refused = fixture.resolve(&wanted).await.unwrap_err();
    assert!(
        matches!(
            refused,
            InstallError::Release(ReleaseError::WrongDigest { .. })
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn a_release_for_another_machine_is_refused_before_its_files_are_fetched() {
    let fixture = Fixture::new();
    for target in [
        "riscv64gc-unknown-linux-gnu",
        "x86_64-apple-darwin",
        "",
        "linux",
    ] {
        let wanted = fixture.publish_for("1.0.0", target.to_owned()).await;
        let refused = fixture.resolve(&wanted).await.unwrap_err();
        assert!(
            matches!(refused, InstallError::OtherTarget { .. }),
            "{refused}"
        );
        assert!(!refused.is_transient());
        fixture.burn_store();
    }
}

#[tokio::test]
async fn the_links_follow_and_old_releases_go() {
    let fixture = Fixture::new();
    let mut installed = Vec::new();
    for version in ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"] {
        let wanted = fixture.publish(version).await;
        installed.push(fixture.install(&wanted).await);
        installed.last().unwrap().link(&fixture.disk).unwrap();
    }
    let relative = |n: usize| {
        installed[n]
            .folder
            .strip_prefix(fixture.disk.root())
            .unwrap()
    };
    assert_eq!(fixture.link("current"), relative(4));
    assert_eq!(fixture.link("previous"), relative(3));
    assert_eq!(fixture.releases(), ["1.2.0", "1.3.0", "1.4.0"]);

    // Back to an older one: it runs, so it stays, whatever its age.
    installed[2].link(&fixture.disk).unwrap();
    assert_eq!(fixture.link("current"), relative(2));
    assert_eq!(fixture.link("previous"), relative(4));
    installed[2].link(&fixture.disk).unwrap();
    assert_eq!(fixture.link("previous"), relative(4));
}

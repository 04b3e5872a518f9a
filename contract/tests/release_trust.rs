//! A release from publish to verified bytes, over a folder store, and each way in which it can be wrong.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use contract::blob::{self, BlobError};
use contract::digest::Digest;
use contract::layout;
use contract::manifest::{File, Manifest, Mode, SCHEMA};
use contract::names::Name;
use contract::release::{Release, ReleaseError};
use contract::signature::{PublicKey, SignatureError};
use contract::store::{Access, Created, Store, StoreError};
use minisign::KeyPair;
use semver::Version;
use tempfile::TempDir;

struct Fixture {
    folder: TempDir,
    store: Store,
    keys: KeyPair,
    service: Name,
    version: Version,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("file://{}", folder.path().display());
        Self {
            store: Store::open(&url, &Access::default()).unwrap(),
            folder,
            keys: KeyPair::generate_unencrypted_keypair().unwrap(),
            service: "example".parse().unwrap(),
            version: Version::new(1, 4, 2),
        }
    }

    fn key(&self) -> PublicKey {
        self.keys.pk.to_base64().parse().unwrap()
    }

    fn manifest(&self, content: &[u8]) -> Manifest {
        Manifest {
            schema: SCHEMA,
            service: self.service.clone(),
            version: self.version.clone(),
            target: "x86_64-unknown-linux-gnu".to_owned(),
            entrypoint: "app".to_owned(),
            files: vec![File {
                path: "app".to_owned(),
                mode: Mode::Executable,
                size: content.len() as u64,
                sha256: Digest::of(content),
            }],
            created: "2026-11-20T10:00:00Z".parse().unwrap(),
            git_revision: None,
        }
    }

    fn sign(&self, bytes: &[u8]) -> String {
        minisign::sign(None, &self.keys.sk, bytes, None, None)
            .unwrap()
            .into_string()
    }

    async fn publish(&self, content: &[u8]) -> Release {
        let manifest = self.manifest(content);
        let bytes = manifest.to_bytes().unwrap();
        let digest = Digest::of(&bytes);
        let blob = blob::compress(content).unwrap();
        let signature = self.sign(&bytes);
        let put =
            async |path: String, bytes: Vec<u8>| self.store.create(&path, bytes).await.unwrap();
        put(layout::blob(&Digest::of(content)), blob).await;
        put(
            layout::signature(&self.service, &self.version),
            signature.into_bytes(),
        )
        .await;
        put(
            layout::manifest(&self.service, &self.version),
            bytes.clone(),
        )
        .await;
        Release {
            manifest,
            digest,
            bytes: bytes.into(),
        }
    }

    async fn fetch(&self) -> Result<Release, ReleaseError> {
        Release::fetch(&self.store, &self.key(), &self.service, &self.version).await
    }

    /// Changes a file of the store behind the library's back, as somebody with write access to the bucket could.
    fn meddle(&self, path: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
        let path = self.folder.path().join(path);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, change(bytes)).unwrap();
    }
}

#[tokio::test]
async fn a_published_release_is_read_back_and_its_bytes_verified() {
    let fixture = Fixture::new();
    let content = b"#!/bin/sh\nexit 0\n".repeat(1000);
    let published = fixture.publish(&content).await;
    let release = fixture.fetch().await.unwrap();
    assert_eq!(release, published);
    let bytes = blob::fetch(&fixture.store, &release.manifest.files[0], Vec::new())
        .await
        .unwrap();
    assert_eq!(bytes, content);
}

#[tokio::test]
async fn an_unpublished_version_is_unknown() {
    let fixture = Fixture::new();
    assert!(matches!(
        fixture.fetch().await,
        Err(ReleaseError::UnknownVersion { .. })
    ));
}

#[tokio::test]
async fn a_manifest_without_signature_is_unsigned() {
    let fixture = Fixture::new();
    fixture.publish(b"x").await;
    let signature = layout::signature(&fixture.service, &fixture.version);
    std::fs::remove_file(fixture.folder.path().join(signature)).unwrap();
    assert!(matches!(
        fixture.fetch().await,
        Err(ReleaseError::Unsigned { .. })
    ));
}

#[tokio::test]
async fn one_changed_byte_of_the_manifest_is_noticed() {
    let fixture = Fixture::new();
    fixture.publish(b"x").await;
    fixture.meddle(
        &layout::manifest(&fixture.service, &fixture.version),
        |mut bytes| {
            bytes.push(b' ');
            bytes
        },
    );
    let error = fixture.fetch().await.unwrap_err();
    let mismatch = |error: &ReleaseError| {
        matches!(
            error,
            ReleaseError::BadSignature {
                source: SignatureError::Mismatch,
                ..
            }
        )
    };
    assert!(mismatch(&error), "{error}");
}

#[tokio::test]
async fn a_signature_of_another_key_or_of_no_form_is_refused() {
    let fixture = Fixture::new();
    fixture.publish(b"x").await;
    let other = Fixture {
        keys: KeyPair::generate_unencrypted_keypair().unwrap(),
        ..fixture
    };
    let error = other.fetch().await.unwrap_err();
    assert!(matches!(
        error,
        ReleaseError::BadSignature {
            source: SignatureError::OtherKey,
            ..
        }
    ));

    other.meddle(&layout::signature(&other.service, &other.version), |_| {
        b"not one".to_vec()
    });
    let error = other.fetch().await.unwrap_err();
    assert!(matches!(
        error,
        ReleaseError::BadSignature {
            source: SignatureError::Malformed,
            ..
        }
    ));
}

#[tokio::test]
async fn a_properly_signed_manifest_in_the_wrong_place_is_refused() {
    let fixture = Fixture::new();
    fixture.publish(b"x").await;
    let newer = Fixture {
        version: Version::new(1, 4, 3),
        ..fixture
    };
    let at = |path: String| newer.folder.path().join(path);
    let from = Version::new(1, 4, 2);
    std::fs::create_dir_all(at(format!("releases/example/{}", newer.version))).unwrap();
    for path in [layout::manifest, layout::signature] {
        std::fs::copy(
            at(path(&newer.service, &from)),
            at(path(&newer.service, &newer.version)),
        )
        .unwrap();
    }
    assert!(matches!(
        newer.fetch().await,
        Err(ReleaseError::Misplaced { .. })
    ));
}

#[tokio::test]
async fn a_pinned_digest_must_be_the_one_found() {
    let fixture = Fixture::new();
    let release = fixture.publish(b"x").await;
    let (store, key) = (&fixture.store, fixture.key());
    let pinned = async |wanted| {
        Release::fetch_pinned(store, &key, &fixture.service, &fixture.version, wanted).await
    };
    assert!(pinned(release.digest).await.is_ok());
    let error = pinned(Digest::of(b"other")).await.unwrap_err();
    assert!(matches!(error, ReleaseError::WrongDigest { .. }));
}

#[tokio::test]
async fn blobs_that_are_absent_other_longer_shorter_or_no_zstd_are_refused() {
    let fixture = Fixture::new();
    let content = b"the right bytes".to_vec();
    let release = fixture.publish(&content).await;
    let file = &release.manifest.files[0];
    let path = layout::blob(&file.sha256);
    let fetch = async || blob::fetch(&fixture.store, file, Vec::new()).await;

    let zeros = vec![0; 50_000_000];
    for wrong in [
        &b"the wrong bytes"[..],
        b"longer than the right bytes",
        b"short",
        b"",
        &zeros,
    ] {
        fixture.meddle(&path, |_| blob::compress(wrong).unwrap());
        let error = fetch().await.expect_err("must be refused");
        assert!(matches!(error, BlobError::Tampered { .. }), "{error}");
    }
    fixture.meddle(&path, |_| content.clone());
    assert!(matches!(fetch().await, Err(BlobError::Tampered { .. })));
    fixture.meddle(&path, |_| {
        let mut cut = blob::compress(&content).unwrap();
        cut.truncate(cut.len() - 3);
        cut
    });
    assert!(matches!(fetch().await, Err(BlobError::Tampered { .. })));
    std::fs::remove_file(fixture.folder.path().join(&path)).unwrap();
    assert!(matches!(fetch().await, Err(BlobError::Absent { .. })));
}

#[tokio::test]
async fn create_never_overwrites_and_may_be_repeated() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    assert_eq!(store.create("a/b", "one").await.unwrap(), Created::Yes);
    assert_eq!(store.create("a/b", "one").await.unwrap(), Created::Yes);
    for other in ["two", "three times as long", ""] {
        assert_eq!(
            store.create("a/b", other).await.unwrap(),
            Created::ExistsWithOtherContent
        );
    }
    assert_eq!(store.read("a/b", 10).await.unwrap().unwrap(), "one");
    assert_eq!(store.list("a/").await.unwrap(), ["a/b"]);
    assert!(store.exists("a/b").await.unwrap() && !store.exists("a/c").await.unwrap());
    assert!(matches!(
        store.read("a/b", 2).await,
        Err(StoreError::TooLarge { .. })
    ));
}

#[test]
fn urls_that_are_no_store_are_refused_before_anything_is_read() {
    let open = |url: &str| Store::open(url, &Access::default());
    for url in [
        "",
        "releases",
        "ftp://host/x",
        "s3://",
        "http://example.com/x",
    ] {
        assert!(matches!(open(url), Err(StoreError::BadUrl { .. })), "{url}");
    }
    assert!(matches!(
        open("file:///nowhere/at/all"),
        Err(StoreError::Absent { .. })
    ));
    assert!(open("http://127.0.0.1:9/x").is_ok());
}

#[tokio::test]
async fn an_https_store_is_read_only() {
    let store = Store::open("https://example.com/releases", &Access::default()).unwrap();
    assert!(matches!(
        store.create("a", "b").await,
        Err(StoreError::ReadOnly { .. })
    ));
    assert!(matches!(
        store.replace("a", "b").await,
        Err(StoreError::ReadOnly { .. })
    ));
}

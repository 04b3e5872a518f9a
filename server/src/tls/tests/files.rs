//! Pairs that cannot be used, and one sentence about each.

use std::fs;

use super::clients::{Folder, Identity, shows};
use crate::tls::Tls;

const ENCRYPTED: &str =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n";
const ENCRYPTED_OLD: &str = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMIIB\n-----END RSA PRIVATE KEY-----\n";
const NO_KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
const NO_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const NOT_BASE64: &str = "-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n";
const HALF_A_START: &str = "-----BEGIN CERTIF";

/// The complaint, with the folder left out.
fn complaint(folder: &Folder) -> String {
    let error = folder.load().unwrap_err().to_string();
    let place = folder.key().parent().unwrap().display().to_string();
    error.replace(&format!("{place}/"), "")
}

#[test]
fn a_pair_that_cannot_be_used_is_told_in_a_sentence() {
    let good = Identity::new();
    let (certificate, key) = (good.certificate(), good.key());
    let other = Identity::new();
    let cut_off = certificate.replace("-----END CERTIFICATE-----", "");
    let wrong_order = other.certificate() + &certificate;
    for (certificate, key, expected) in [
        (
            &*key,
            &*certificate,
            "chain.pem holds a private key and no certificate: are the two files swapped?",
        ),
        (
            ENCRYPTED,
            &certificate,
            "chain.pem holds a private key and no certificate: are the two files swapped?",
        ),
        (
            &certificate,
            &certificate,
            "key.pem holds a certificate and no private key: are the two files swapped?",
        ),
        ("", &key, "chain.pem is empty"),
        (&certificate, "\n \n", "key.pem is empty"),
        ("hello", &key, "chain.pem holds no certificate in PEM form"),
        (
            &certificate,
            "\0\x01",
            "key.pem holds no private key in PEM form",
        ),
        (
            &certificate,
            ENCRYPTED,
            "the private key in key.pem is encrypted; it has to be stored without a passphrase",
        ),
        (
            &certificate,
            ENCRYPTED_OLD,
            "the private key in key.pem is encrypted; it has to be stored without a passphrase",
        ),
        (
            &certificate,
            NO_KEY,
            "the private key in key.pem cannot be used (taken are RSA from 2048 bits, ECDSA P-256 and P-384, Ed25519)",
        ),
        (
            NO_CERTIFICATE,
            &key,
            "the first certificate in chain.pem cannot be used",
        ),
        (
            NOT_BASE64,
            &key,
            "chain.pem is damaged: base64 decode error: InvalidCharacter(63)",
        ),
        (
            HALF_A_START,
            &key,
            "chain.pem is damaged: a line that begins a section is malformed",
        ),
        (
            &cut_off,
            &key,
            "chain.pem is damaged: a section does not end (are its line breaks lost?)",
        ),
        (
            &certificate,
            &other.key(),
            "the private key in key.pem does not belong to the first certificate in chain.pem (the server's own comes first)",
        ),
        (
            &wrong_order,
            &key,
            "the private key in key.pem does not belong to the first certificate in chain.pem (the server's own comes first)",
        ),
    ] {
        assert_eq!(complaint(&Folder::with(certificate, key)), expected);
    }
}

#[test]
fn a_key_on_one_line_is_not_quoted() {
    let identity = Identity::new();
    let key = identity.key().replace('\n', " ");
    let folder = Folder::with(identity.certificate(), key.trim());
    let error = folder.load().unwrap_err();
    assert_eq!(
        complaint(&folder),
        "key.pem is damaged: a section does not end (are its line breaks lost?)"
    );
    let secret = key.split(' ').find(|line| line.starts_with("MI")).unwrap();
    assert!(!format!("{error:?}").contains(secret));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = Folder::of(&Identity::new());
    fs::remove_file(folder.key()).unwrap();
    assert_eq!(complaint(&folder), "key.pem cannot be read");
    fs::create_dir(folder.key()).unwrap();
    assert_eq!(complaint(&folder), "key.pem cannot be read");
}

#[tokio::test]
async fn one_file_may_hold_both() {
    let identity = Identity::new();
    let folder = Folder::with(identity.key() + &identity.certificate(), "");
    let tls = Tls::load(&folder.certificate(), &folder.certificate()).unwrap();
    assert!(shows(&tls, &identity).await);
}

#[tokio::test]
async fn a_reload_changes_every_clone() {
    let (first, second) = (Identity::new(), Identity::new());
    let folder = Folder::of(&first);
    let tls = folder.load().unwrap();
    let clone = tls.clone().http1_only();
    folder.put(second.certificate(), second.key());
    assert!(shows(&tls, &first).await, "files are read on request only");

    tls.reload().unwrap();
    for tls in [&tls, &clone] {
        assert!(shows(tls, &second).await);
        assert!(!shows(tls, &first).await);
    }
}

#[tokio::test]
async fn a_reload_that_fails_keeps_the_pair_in_use() {
    let (first, second) = (Identity::new(), Identity::new());
    let folder = Folder::of(&first);
    let tls = folder.load().unwrap();
    for (certificate, key) in [
        (second.certificate(), first.key()),
        (second.certificate(), String::new()),
        (second.key(), second.certificate()),
        (NO_CERTIFICATE.to_owned(), second.key()),
    ] {
        folder.put(certificate, key);
        tls.reload().unwrap_err();
        assert!(shows(&tls, &first).await);
    }
    fs::remove_file(folder.certificate()).unwrap();
    tls.reload().unwrap_err();
    assert!(shows(&tls, &first).await);

    folder.put(second.certificate(), second.key());
    tls.reload().unwrap();
    assert!(shows(&tls, &second).await);
}

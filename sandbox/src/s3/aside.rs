//! Where objects are kept whose keys are no plain relative paths (`a//b`, `/lead`, `..`, `a/`), and those beside whose plain
//! path something is in the way (`a` and `a/b`). Such a key is written in hexadecimal, in pieces that fit a file name: none of
//! it is ever taken for a path. All but the last piece are folders and end in `+`, so that no key is in the way of another.

use std::path::{Path, PathBuf};

use super::error::S3Error;
use super::folder::read_folder;
use super::name::Key;

/// Longest piece of a key; with the `+` well below the 255 bytes of a file name, and even, so that no byte is torn.
const PIECE: usize = 200;

/// What tells a folder from an object.
const FOLDER: char = '+';

/// Where `key` lies below `folder`.
pub(super) fn path(folder: &Path, key: &Key) -> PathBuf {
    let mut rest = hex::encode(key.as_str());
    let mut path = folder.to_owned();
    while rest.len() > PIECE {
        let after = rest.split_off(PIECE);
        rest.push(FOLDER);
        path.push(rest);
        rest = after;
    }
    path.push(rest);
    path
}

/// Collects the keys of all that is kept below `folder`, in no order.
pub(super) fn walk(folder: &Path, keys: &mut Vec<Key>) -> Result<(), S3Error> {
    walk_from(folder, "", keys)
}

fn walk_from(folder: &Path, before: &str, keys: &mut Vec<Key>) -> Result<(), S3Error> {
    for entry in read_folder(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            continue;
        };
        match name.strip_suffix(FOLDER) {
            Some(piece) => walk_from(&entry.path(), &format!("{before}{piece}"), keys)?,
            None => keys.extend(key(&format!("{before}{name}"))),
        }
    }
    Ok(())
}

fn key(hexadecimal: &str) -> Option<Key> {
    let key = String::from_utf8(hex::decode(hexadecimal).ok()?).ok()?;
    Key::parse(&key).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_place_of_its_own_and_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let long = "\u{10ffff}".repeat(256);
        let mut keys: Vec<Key> = [
            "..",
            "/",
            "//",
            "a/",
            "a",
            "a/b",
            "\0",
            &long,
            &long[..100],
            &long[..200],
        ]
        .iter()
        .map(|key| Key::parse(key).unwrap())
        .collect();
        for key in &keys {
            let path = path(folder.path(), key);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::File::create_new(path).unwrap();
        }
        let mut found = Vec::new();
        walk(folder.path(), &mut found).unwrap();
        found.sort();
        keys.sort();
        assert_eq!(found, keys);
    }
}

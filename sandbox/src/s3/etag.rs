//! Entity tags: the MD5 of an object's bytes, as S3 has it for simple uploads. Remembered per file, because a plain folder has no
//! place to keep them and blobs are large.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::sync::{Mutex, PoisonError};

use md5::{Digest, Md5};

/// Known tags, by the identity of the file's content.
#[derive(Debug, Default)]
pub(super) struct ETags {
    known: Mutex<HashMap<Stamp, String>>,
}

/// What changes when a file's content does: objects are replaced by new files, never written in place.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

/// More than any rehearsal's store holds; beyond it all is forgotten and computed anew.
const CAPACITY: usize = 50_000;

impl ETags {
    /// The tag of an open file, without quotes. Reads the whole file the first time.
    pub(super) fn of(&self, file: &mut File, facts: &Metadata) -> io::Result<String> {
        let stamp = Stamp::of(facts);
        if let Some(known) = self.lock().get(&stamp) {
            return Ok(known.clone());
        }
        let etag = compute(file)?;
        self.remember(facts, &etag);
        Ok(etag)
    }

    /// Notes a tag that is known from the upload.
    pub(super) fn remember(&self, facts: &Metadata, etag: &str) {
        let mut known = self.lock();
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert(Stamp::of(facts), etag.to_owned());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Stamp, String>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stamp {
    fn of(facts: &Metadata) -> Self {
        Self {
            device: facts.dev(),
            inode: facts.ino(),
            size: facts.size(),
            modified: (facts.mtime(), facts.mtime_nsec()),
        }
    }
}

fn compute(file: &mut File) -> io::Result<String> {
    let mut md5 = Md5::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(md5.finalize())),
            read => md5.update(&buffer[..read]),
        }
    }
}

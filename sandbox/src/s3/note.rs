//! What is known of an object beyond its bytes: entity tag, headers, checksum, parts. A plain file has no place for it, so it
//! is written beside the buckets, in a file named after the identity of the object's content. It therefore always belongs to
//! the bytes that one has opened, and an object that somebody else put into the folder simply has none.
//!
//! A machine that crashes can lose what is noted, never what an object holds.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::algorithm::Checksum;

/// What is noted of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// Without quotes.
    pub(super) etag: String,
    /// What was said of the object when it was written and is told with it: `content-type`, `x-amz-meta-...` and so on.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) checksum: Option<Checksum>,
    /// In their order; none for an object that was written at once.
    pub(super) parts: Vec<NotedPart>,
}

/// One part of a multipart object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NotedPart {
    pub(super) number: u16,
    pub(super) size: u64,
    pub(super) checksum: Checksum,
}

/// The form of the files.
#[derive(Serialize, Deserialize)]
struct Document {
    format: u32,
    #[serde(flatten)]
    note: Note,
}

const FORMAT: u32 = 1;

/// The notes of all objects.
#[derive(Debug)]
pub(super) struct Notes {
    folder: PathBuf,
    known: Mutex<HashMap<Stamp, Arc<Note>>>,
}

/// What changes when a file's content does: objects are replaced by new files, never written in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

/// More than any rehearsal's store holds; beyond it all is forgotten and read anew.
const CAPACITY: usize = 50_000;

impl Notes {
    /// Notes that are kept in `folder`, which is created when first written to.
    pub(super) fn new(folder: PathBuf) -> Self {
        let known = Mutex::default();
        Self { folder, known }
    }

    /// The note of an open file. One that was put there by hand is read whole the first time, for its tag.
    pub(super) fn of(&self, file: &mut File, facts: &Metadata) -> io::Result<Arc<Note>> {
        let stamp = Stamp::of(facts);
        if let Some(known) = self.lock().get(&stamp) {
            return Ok(Arc::clone(known));
        }
        let note = match self.read(stamp) {
            Some(note) => note,
            None => Note::of_plain(file)?,
        };
        Ok(self.remember(stamp, note))
    }

    /// Notes this of a new file, before it becomes an object.
    pub(super) fn keep(&self, facts: &Metadata, note: Note) -> io::Result<()> {
        let stamp = Stamp::of(facts);
        let document = Document {
            format: FORMAT,
            note,
        };
        fs::create_dir_all(&self.folder)?;
        let path = self.path(stamp);
        let written = path.with_extension("new");
        fs::write(&written, serde_json::to_vec(&document)?)?;
        fs::rename(&written, path)?;
        self.remember(stamp, document.note);
        Ok(())
    }

    /// The file is no object any more. Whoever has it open goes on with what is remembered.
    pub(super) fn forget(&self, facts: &Metadata) {
        // An object without a note has none to remove.
        let _gone = fs::remove_file(self.path(Stamp::of(facts)));
    }

    /// `None` for what is not there, or not a note in a form that is known.
    fn read(&self, stamp: Stamp) -> Option<Note> {
        let document = fs::read(self.path(stamp)).ok()?;
        let document: Document = serde_json::from_slice(&document).ok()?;
        (document.format == FORMAT).then_some(document.note)
    }

    fn remember(&self, stamp: Stamp, note: Note) -> Arc<Note> {
        let note = Arc::new(note);
        let mut known = self.lock();
        if known.len() >= CAPACITY {
            known.clear();
        }
        known.insert(stamp, Arc::clone(&note));
        note
    }

    fn path(&self, stamp: Stamp) -> PathBuf {
        let Stamp {
            device,
            inode,
            size,
            modified: (seconds, nanos),
        } = stamp;
        let name = format!("{device:x}-{inode:x}-{size:x}-{seconds:x}-{nanos:x}.json");
        self.folder.join(name)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Stamp, Arc<Note>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Note {
    /// Of a file that nobody has said anything about: its tag is the MD5 of its bytes.
    fn of_plain(file: &mut File) -> io::Result<Self> {
        Ok(Self {
            etag: md5_of(file)?,
            headers: BTreeMap::new(),
            checksum: None,
            parts: Vec::new(),
        })
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

fn md5_of(file: &mut File) -> io::Result<String> {
    let mut md5 = Md5::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(md5.finalize())),
            read => md5.update(&buffer[..read]),
        }
    }
}
